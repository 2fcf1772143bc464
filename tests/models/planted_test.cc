// One anomaly of each kind in the midst of a clean history: it is found and rightly named, and
// without it the history is clean.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "bench/object_generator.h"
#include "bench/planted.h"
#include "bench/txn_generator.h"
#include "models/consistency/exclusion.h"
#include "models/consistency/growing.h"
#include "models/consistency/isolation.h"
#include "models/consistency/isolation_models.h"
#include "models/consistency/linearizable.h"
#include "models/consistency/queue_order.h"
#include "models/consistency/stack_order.h"
#include "models/exchange/journal.h"
#include "models/exchange/predicates.h"
#include "models/exchange/subject.h"
#include "tests/models/scripts.h"

namespace quorumlab::models {
namespace {

using testing::judge;
using testing::script;

IsolationResult judge_txns(std::string_view plant, bool lists, std::string_view model,
                           std::uint64_t txns = 400) {
  bench::TxnGenerator generator({.txns = txns, .lists = lists, .plant = plant});
  JournalResult read = read_journal(generator.run());
  EXPECT_FALSE(read.error);
  if (has_predicates(*read.journal)) expand_predicates(*read.journal);
  return check_isolation(compile_txns(*read.journal), model);
}

TEST(Planted, EachAnomalyOfTransactionsIsFoundAndNamed) {
  for (const bench::PlantedTxns& planted : bench::planted_txns()) {
    for (const bool lists : {true, false}) {
      if ((lists ? planted.lists : planted.registers).empty()) continue;
      const std::string name = std::string(planted.name) + (lists ? " of lists" : " of registers");
      const IsolationResult found = judge_txns(planted.name, lists, planted.model, 800);
      EXPECT_EQ(found.verdict, Verdict::kViolated) << name << ": " << found.reason;
      EXPECT_TRUE(found.types.contains(std::string(planted.name)))
          << name << ", but: " << ::testing::PrintToString(found.types);
      EXPECT_TRUE(is_ruled_out(planted.model, {std::string(planted.name)})) << name;
    }
  }
}

// But for what has no check of its own: Adya's G-monotonic rules out monotonic view, which is
// decided by what is stronger or weaker.
TEST(Planted, EachNameOfAnAnomalyIsPlanted) {
  for (const std::string_view name : anomaly_names()) {
    const bool is_planted =
        !bench::planted_script(name, true).empty() || !bench::planted_script(name, false).empty();
    EXPECT_EQ(is_planted, name != "G-monotonic") << name;
  }
}

TEST(Planted, WithoutItModelsHold) {
  for (const bool lists : {true, false}) {
    for (const std::string_view model :
         {"strict-serializable", "strong-session-serializable", "serializable", "repeatable-read",
          "strong-snapshot-isolation", "snapshot-isolation", "parallel-snapshot-isolation",
          "prefix", "causal", "read-atomic", "monotonic-atomic-view", "read-committed",
          "read-uncommitted", "cut-isolation"}) {
      const IsolationResult found = judge_txns("", lists, model, 150);
      EXPECT_EQ(found.verdict, Verdict::kHolds) << model << ": " << found.reason;
      EXPECT_TRUE(found.types.empty()) << model;
    }
  }
}

// What no two shapes have in common is that only theirs rules out so little.
TEST(Planted, WeakerModelsSurviveIt) {
  const auto weakest = [](std::string_view plant) {
    return judge_txns(plant, true, "strict-serializable").weakest;
  };
  using Models = std::vector<std::string_view>;
  EXPECT_EQ(weakest("G0"), Models{"read-uncommitted"});
  EXPECT_EQ(weakest("G1c"), Models{"read-committed"});
  EXPECT_EQ(weakest("G2-item"), Models{"repeatable-read"});
  EXPECT_EQ(weakest("G2-item-process"), Models{"strong-session-serializable"});
  EXPECT_EQ(weakest("G2-item-realtime"), Models{"strong-serializable"});
  EXPECT_EQ(weakest("G-single-item-realtime"), Models{"strong-snapshot-isolation"});
}

struct Judged {
  Verdict verdict;
  std::string why;
};

Judged judge_object(ObjectKind kind, bool planted) {
  const bench::ObjectShape shape{.kind = kind, .calls = 3'000, .planted = planted};
  const bench::Calls calls = bench::object_calls(shape);
  if (kind == ObjectKind::kRegister) {
    const LinearizableResult result = check_linearizable(bench::register_history(calls));
    return {result.verdict, result.witness ? result.witness->obligation : ""};
  }
  if (kind == ObjectKind::kIds) {
    const PromiseResult result = check_unique(calls);
    return {result.verdict, result.why};
  }
  ContainerResult result;
  if (kind == ObjectKind::kSet) result = check_growing_set(calls).value();
  if (kind == ObjectKind::kCounter) result = check_growing_counter(calls, 0).value();
  if (kind == ObjectKind::kQueue) result = check_plain_queue(*passages_of(calls), calls);
  if (kind == ObjectKind::kStack) result = check_plain_stack(*passages_of(calls), calls);
  return {result.verdict, result.why};
}

TEST(Planted, EachObjectWithOneWrongResultIsFoundAndCleanOnesHold) {
  const std::pair<ObjectKind, std::string_view> kinds[] = {
      {ObjectKind::kRegister, ""},
      {ObjectKind::kIds, "twice"},
      {ObjectKind::kSet, "neither of two contents"},
      {ObjectKind::kCounter, "more had been added"},
      {ObjectKind::kQueue, "enqueued earlier"},
      {ObjectKind::kStack, ""}};
  for (const auto& [kind, why] : kinds) {
    EXPECT_EQ(judge_object(kind, false).verdict, Verdict::kHolds) << name_of(kind);
    const Judged found = judge_object(kind, true);
    EXPECT_EQ(found.verdict, Verdict::kViolated) << name_of(kind);
    EXPECT_NE(found.why.find(why), std::string::npos) << name_of(kind) << ": " << found.why;
  }
}

struct Wrong {
  const char* model;
  const char* lines;       // clean
  const char* wrong_line;  // added: not any more
};

TEST(Planted, EachPromiseIsBrokenByOneOperationAndKeptWithoutIt) {
  constexpr Wrong kWrong[] = {
      {"read_your_writes", "1 write [0 1]\n1 write [0 2]", "1 read [0 nil] -> [0 1]"},
      {"monotonic_reads", "1 write [0 1]\n1 write [0 2]\n2 read [0 nil] -> [0 2]",
       "2 read [0 nil] -> [0 1]"},
      {"monotonic_writes", "1 write [0 1]\n1 write [0 2]\n1 write [1 3]\n2 read [1 nil] -> [1 3]",
       "2 read [0 nil] -> [0 1]"},
      {"writes_follow_reads",
       "1 write [0 1]\n1 write [0 2]\n2 read [0 nil] -> [0 2]\n2 write [1 3]\n"
       "3 read [1 nil] -> [1 3]",
       "3 read [0 nil] -> [0 1]"},
      {"pram", "1 write [0 1]\n1 write [0 2]\n2 read [0 nil] -> [0 2]", "2 read [0 nil] -> [0 1]"},
      {"causal",
       "1 write [0 1]\n1 write [0 2]\n2 read [0 nil] -> [0 2]\n2 write [1 3]\n"
       "3 read [1 nil] -> [1 3]",
       "3 read [0 nil] -> [0 1]"},
      {"regular", "1 write [0 1]\n1 write [0 2]", "2 read [0 nil] -> [0 1]"},
      {"safe", "1 write [0 1]\n1 write [0 2]", "2 read [0 nil] -> [0 1]"},
      {"consistent_prefix", "1 write [0 1]", "2 read [0 nil] -> [0 7]"},
      {"linearizable", "1 write [0 1]\n1 write [0 2]", "2 read [0 nil] -> [0 1]"},
      {"mutual_exclusion", "1 acquire nil -> 1", "2 acquire nil -> 2"},
      {"linearizable", "1 acquire nil -> 5\n1 release nil", "2 acquire nil -> 5"},
      {"unique", "1 generate nil -> 5\n2 generate nil -> 6", "3 generate nil -> 5"},
      {"linearizable", "1 enqueue 1\n1 enqueue 2\n2 dequeue nil -> 1", "2 dequeue nil -> 1"},
      {"linearizable", "1 enqueue 1\n1 enqueue 2", "2 dequeue nil -> 2"},
      {"linearizable", "1 enqueue 1", "2 dequeue nil -> nil"},
      {"linearizable", "1 push 1\n1 push 2", "2 pop nil -> 1"},
      {"linearizable", "1 add 1\n1 add 2\n2 read nil -> [1 2]", "2 read nil -> [1]"},
      {"durable", "1 add 1\n1 add 2\n2 read nil -> [1 2]", "2 read nil -> [1]"},
      {"linearizable", "1 send 7 -> [0 7]\n1 send 8 -> [1 8]", "2 poll 0 -> [0 8]"},
      // A log that loses, repeats, skips, or goes back.
      {"durable", "1 send 7 -> [0 7]\n1 send 8 -> [1 8]\n2 poll 1 -> [1 8]\n2 poll 0 -> [0 7]",
       "2 poll 0 -> [0 nil]"},
      {"unique", "1 send 7 -> [0 7]", "1 send 8 -> [0 8]"},
      {"linearizable", "1 send 7 -> [0 7]\n2 poll 0 -> [0 7]", "2 poll 1 -> [1 7]"},
      {"linearizable", "1 send 7 -> [0 7]\n2 poll 0 -> [0 7]", "2 poll 0 -> [0 nil]"},
      {"linearizable", "1 send 7 -> [0 7]\n1 send 8 -> [1 8]", "1 send 9 -> [0 9]"},
      {"linearizable", "1 append [0 \"a\"]\n1 append [0 \"b\"]\n1 put [1 \"c\"]",
       "2 get [0 nil] -> [0 \"b\"]"},
      {"bank-total", "1 read nil -> {0 5, 1 5}\n1 transfer {:from 0, :to 1, :amount 2}",
       "2 read nil -> {0 3, 1 5}"},
  };
  for (const Wrong& wrong : kWrong) {
    const std::string clean = script(wrong.lines);
    const Finding good = judge(clean, {.model = wrong.model});
    EXPECT_EQ(good.verdict, Verdict::kHolds) << wrong.model << ": " << good.reason << "\n" << clean;
    const Finding bad = judge(clean + script(wrong.wrong_line), {.model = wrong.model});
    EXPECT_EQ(bad.verdict, Verdict::kViolated) << wrong.model << ": " << bad.reason << "\n"
                                               << clean << wrong.wrong_line;
    std::string spoken(wrong.model);
    std::replace(spoken.begin(), spoken.end(), '_', ' ');
    std::string claim = bad.claim;
    std::replace(claim.begin(), claim.end(), '_', ' ');
    EXPECT_NE(claim.find(spoken), std::string::npos) << claim;
  }
}

}  // namespace
}  // namespace quorumlab::models
