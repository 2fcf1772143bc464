// Transactions judged as they are read, against every order of them and against whole histories.
#include "models/consistency/txn_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "bench/txn_generator.h"
#include "models/exchange/judge_stream.h"
#include "models/exchange/subject.h"
#include "tests/models/rounds.h"
#include "tests/models/txn_oracle.h"

namespace quorumlab::models {
namespace {

using testing::has_serial_order;
using testing::Respect;
using testing::Rng;
using testing::small_txns;
using testing::SmallTxns;

// As a journal would have the micro-operations of a transaction.
std::vector<Cell> cells_of(const TxnHistory& txns, std::uint32_t t, bool ok, Pool& pool) {
  std::vector<Cell> cells{kNilCell};
  const bool lists = txns.kind == TxnKind::kListAppend;
  for (const Micro& micro : txns.micros_of(t)) {
    const bool writes = micro.kind == Micro::Kind::kWrite;
    std::vector<Cell> value;
    if (writes) {
      value = {txns.version_values[micro.value]};
    } else if (ok && lists) {
      value = {make_cell(Tag::kList, micro.count)};
      for (const std::uint32_t version : txns.list(micro)) {
        value.push_back(txns.version_values[version]);
      }
    } else {
      const bool found = ok && micro.value < kInitialVersion;
      value = {found ? txns.version_values[micro.value] : kNilCell};
    }
    cells.push_back(make_cell(Tag::kList, 2 + value.size()));
    cells.push_back(pool.keyword(!writes ? "r" : lists ? "append" : "w"));
    cells.push_back(txns.keys[micro.key]);
    cells.insert(cells.end(), value.begin(), value.end());
  }
  cells.front() = make_cell(Tag::kList, cells.size() - 1);
  return cells;
}

Verdict stream(const TxnHistory& txns, bool loses, std::size_t patience) {
  Pool pool;
  const auto judge = make_txn_stream({.pool = &pool, .patience = patience});
  struct Moment {
    std::uint32_t at = 0;
    std::uint32_t txn = 0;
    bool ends = false;
  };
  std::vector<Moment> moments;
  for (std::uint32_t t = 0; t < txns.txns.size(); ++t) {
    moments.push_back({txns.txns[t].invoked, t, false});
    const bool ok = txns.txns[t].outcome == TxnOutcome::kOk;
    if (ok) moments.push_back({txns.txns[t].completed, t, true});
  }
  std::sort(moments.begin(), moments.end(),
            [](const Moment& a, const Moment& b) { return a.at < b.at; });
  std::vector<ObjectStream::Ticket> tickets(txns.txns.size());
  for (const auto& [at, t, ends] : moments) {
    bool fine = true;
    const std::vector<Cell> cells = cells_of(txns, t, ends, pool);
    if (ends) {
      fine = judge->end(tickets[t], cells, at + 1);
    } else {
      tickets[t] = judge->begin_with({.method = Method::kTxn, .begun = at + 1}, cells);
      if (loses && txns.txns[t].outcome == TxnOutcome::kInfo) judge->lose(tickets[t]);
    }
    if (!judge->problem().empty()) return Verdict::kUnknown;
    if (!fine) return Verdict::kViolated;
  }
  const bool fine = judge->finish();
  if (!judge->problem().empty()) return Verdict::kUnknown;
  return fine ? Verdict::kHolds : Verdict::kViolated;
}

void agree(const SmallTxns& shape, std::uint64_t seed) {
  constexpr int kHistories = 20'000;
  Rng rng(seed);
  int known = 0;
  int violated = 0;
  for (int i = 0; i < rounds(kHistories); ++i) {
    SmallTxns options = shape;
    options.txns = 3 + rng.below(4);
    const TxnHistory txns = small_txns(rng, options);
    const bool loses = rng.chance(50);
    const Verdict found = stream(txns, loses, rng.chance(50) ? 4'096 : rng.below(4));
    if (found == Verdict::kUnknown) continue;
    ++known;
    const bool expected = has_serial_order(txns, Respect::kTime);
    violated += expected ? 0 : 1;
    ASSERT_EQ(found, expected ? Verdict::kHolds : Verdict::kViolated) << "history " << i << "\n"
                                                                      << testing::to_text(txns);
  }
  const bool lists = shape.kind == TxnKind::kListAppend;
  EXPECT_GT(known, kHistories / (lists ? 2 : 10));
  if (lists) {
    EXPECT_GT(violated, known / 10);
  }
}

TEST(TxnStream, ListsAgreeWithEveryOrder) {
  agree({}, 41);
}
TEST(TxnStream, ListsUnderSnapshotsAgreeWithEveryOrder) {
  agree({.odd = 0, .snapshots = true}, 42);
}
TEST(TxnStream, RegistersAgreeWithEveryOrderWhereTheyAreJudged) {
  agree({.kind = TxnKind::kRegister}, 43);
}

TEST(TxnStream, PlantedAnomaliesAreFoundInTheMidstOfALongHistory) {
  for (const bench::PlantedTxns& planted : bench::planted_txns()) {
    const bool has_predicates = planted.lists.find('*') != std::string_view::npos;
    if (planted.lists.empty() || planted.model != "strict-serializable" || has_predicates) continue;
    std::istringstream in(bench::TxnGenerator({.txns = 6'000, .plant = planted.name}).run());
    const StreamFinding found = judge_stream(in, {.piece = 10'000});
    EXPECT_FALSE(found.error);
    EXPECT_EQ(found.finding.verdict, Verdict::kViolated)
        << planted.name << ": " << found.finding.reason;
  }
}

TEST(TxnStream, WhatHoldsMeansThatWeakerModelsHold) {
  const auto judge = [](std::string_view plant, const std::string& model) {
    std::istringstream in(bench::TxnGenerator({.txns = 2'000, .plant = plant}).run());
    return judge_stream(in, {.model = model}).finding;
  };
  EXPECT_EQ(judge("", "strong-serializable").verdict, Verdict::kHolds);
  EXPECT_EQ(judge("", "snapshot-isolation").verdict, Verdict::kHolds);
  EXPECT_EQ(judge("", "snapshot-isolation").model, "snapshot-isolation");
  EXPECT_EQ(judge("G2-item", "strict-serializable").verdict, Verdict::kViolated);
  EXPECT_EQ(judge("G2-item", "snapshot-isolation").verdict, Verdict::kUnknown);
  EXPECT_EQ(judge("", "linearizable").verdict, Verdict::kUnknown);
}

TEST(TxnStream, LittleIsKeptHoweverLongTheHistory) {
  for (const std::uint64_t txns : {20'000U, 60'000U}) {
    std::istringstream in(bench::TxnGenerator({.txns = txns}).run());
    const StreamFinding found = judge_stream(in, {});
    EXPECT_EQ(found.finding.verdict, Verdict::kHolds) << found.finding.reason;
    EXPECT_EQ(found.finding.operations, txns);
    EXPECT_LT(found.most_kept, 4'300U);
  }
}

// Writes of registers that were read first: their order is known.
TEST(TxnStream, RegistersThatAreReadBeforeTheyAreWrittenAreJudged) {
  std::string text;
  for (int i = 0; i < rounds(3'000); ++i) {
    const std::string key = std::to_string(i % 3);
    const std::string before = i < 3 ? "nil" : std::to_string(i - 3);
    const std::string write = "] [:w " + key + " " + std::to_string(i) + "]]}\n";
    const std::string head = "{:process " + std::to_string(i % 2) + ", :f :txn, :type ";
    text += head + ":invoke, :value [[:r " + key + " nil" + write;
    text += head + ":ok, :value [[:r " + key + " " + before + write;
  }
  std::istringstream in(text);
  EXPECT_EQ(judge_stream(in, {}).finding.verdict, Verdict::kHolds);
}

}  // namespace
}  // namespace quorumlab::models
