// Transactions that share no key, apart and together.
#include "models/consistency/txn_parts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "bench/txn_generator.h"
#include "models/consistency/txn_replay.h"
#include "models/exchange/journal.h"
#include "models/exchange/subject.h"
#include "tests/models/rounds.h"
#include "tests/models/txn_oracle.h"

namespace quorumlab::models {
namespace {

using testing::has_serial_order;
using testing::Respect;
using testing::Rng;
using testing::small_txns;

// Real time is local: the whole has an order exactly if each part has. So has what asks for no
// order at all; of sessions that is true only if parts share none.
TEST(TxnParts, AllHoldExactlyIfTheWholeDoes) {
  Rng rng(51);
  int split = 0;
  int violated = 0;
  for (int i = 0; i < rounds(6'000); ++i) {
    const TxnHistory txns =
        small_txns(rng, {.kind = rng.chance(50) ? TxnKind::kListAppend : TxnKind::kRegister,
                         .txns = 3 + rng.below(4),
                         .keys = 5,
                         .odd = 25});
    for (const Respect respect : {Respect::kNothing, Respect::kSessions, Respect::kTime}) {
      const std::vector<TxnHistory> parts = parts_of(txns, respect == Respect::kSessions);
      if (parts.empty()) continue;
      ++split;
      const bool expected = has_serial_order(txns, respect);
      violated += expected ? 0 : 1;
      const bool found = std::all_of(parts.begin(), parts.end(), [&](const TxnHistory& part) {
        return has_serial_order(part, respect);
      });
      ASSERT_EQ(found, expected) << "history " << i << "\n" << testing::to_text(txns);
    }
  }
  EXPECT_GT(split, 1'000);
  EXPECT_GT(violated, 100);
}

struct Read {
  JournalResult journal;
  TxnHistory txns;
};

Read groups_of(std::uint32_t groups, bool lists, std::string_view plant = {}) {
  Read read{
      .journal = read_journal(
          bench::TxnGenerator({.txns = 8'000, .lists = lists, .groups = groups, .plant = plant})
              .run())};
  EXPECT_FALSE(read.journal.error);
  read.txns = compile_txns(*read.journal.journal);
  read.txns.pool = &read.journal.journal->pool;
  return read;
}

// From the last to the first, each on a thread of its own.
class Backwards : public Executor {
 public:
  void run(std::size_t count, const std::function<void(std::size_t)>& work) override {
    std::vector<std::thread> threads;
    for (std::size_t i = count; i-- > 0;) threads.emplace_back([&work, i] { work(i); });
    for (std::thread& thread : threads) thread.join();
    ran += count;
  }
  std::size_t ran = 0;
};

TEST(TxnParts, ThreadsChangeNothing) {
  for (const bool lists : {true, false}) {
    const Read read = groups_of(4, lists);
    for (const std::string_view model : {"strict-serializable", "read-atomic", "read-committed"}) {
      if (!lists && model == "strict-serializable") continue;
      Backwards executor;
      const IsolationResult one = check_isolation(read.txns, model);
      const IsolationResult many = check_isolation(read.txns, model, {}, &executor);
      EXPECT_GE(executor.ran, 4U);
      EXPECT_EQ(one.verdict, Verdict::kHolds) << model << ": " << one.reason;
      EXPECT_EQ(many.verdict, one.verdict);
      EXPECT_EQ(many.reason, one.reason);
      EXPECT_EQ(many.steps, one.steps);
      EXPECT_EQ(many.order, one.order);
      if (model == "strict-serializable") {
        EXPECT_TRUE(explains(read.txns, one.order));
      }
    }
  }
}

TEST(TxnParts, OrdersAreMergedInRealTime) {
  const Read read = groups_of(5, true);
  const IsolationResult found = check_isolation(read.txns, "strict-serializable");
  ASSERT_EQ(found.verdict, Verdict::kHolds);
  std::uint32_t begun = 0;  // the last of those that come before
  for (const std::uint32_t t : found.order) {
    ASSERT_GT(read.txns.txns[t].completed, begun);
    begun = std::max(begun, read.txns.txns[t].invoked);
  }
}

TEST(TxnParts, WhatIsWrongWithOneIsNamedAsInTheWhole) {
  for (const std::string_view plant : {"G1c", "G2-item-process", "G-single-item-realtime"}) {
    const Read read = groups_of(4, true, plant);
    Backwards executor;
    const IsolationResult found = check_isolation(read.txns, "strict-serializable", {}, &executor);
    EXPECT_EQ(found.verdict, Verdict::kViolated);
    EXPECT_TRUE(found.types.contains(std::string(plant))) << plant;
  }
}

TEST(TxnParts, SessionsJoinWhereTheyCount) {
  const Read read = groups_of(4, true);
  EXPECT_FALSE(parts_of(read.txns, false).empty());
  // Every process keeps to its group.
  EXPECT_EQ(parts_of(read.txns, true).size(), 4U);
}

}  // namespace
}  // namespace quorumlab::models
