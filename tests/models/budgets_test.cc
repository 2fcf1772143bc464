// Whatever is judged with next to no budget gets the verdict that it gets with all of it, or
// "unknown" and the name of what ran out.
#include "models/consistency/budget.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bench/txn_generator.h"
#include "models/consistency/isolation.h"
#include "models/consistency/isolation_models.h"
#include "models/consistency/register_models.h"
#include "models/consistency/register_proof.h"
#include "models/consistency/sequential_search.h"
#include "models/consistency/set_search.h"
#include "models/consistency/version_search.h"
#include "models/exchange/journal.h"
#include "models/exchange/subject.h"
#include "tests/models/object_oracle.h"
#include "tests/models/rounds.h"
#include "tests/models/session_oracle.h"
#include "tests/models/txn_oracle.h"

namespace quorumlab::models {
namespace {

using testing::Rng;

std::vector<Budget> tiny_budgets() {
  std::vector<Budget> budgets;
  for (const std::uint64_t steps : {0U, 3U, 30U, 300U}) budgets.push_back({.max_steps = steps});
  for (const std::uint64_t bytes : {0U, 100U, 1'000U}) budgets.push_back({.max_memory = bytes});
  budgets.push_back({.max_configurations = 1});
  return budgets;
}

// With less than everything: `tiny`.
void expect_same_or_unknown(Verdict whole, Verdict tiny, const std::string& reason,
                            const std::string& what, int& unknown) {
  if (tiny == Verdict::kUnknown && whole != Verdict::kUnknown) {
    ++unknown;
    ASSERT_NE(reason.find("max_"), std::string::npos) << what << ": " << reason;
    return;
  }
  ASSERT_EQ(tiny, whole) << what << ": " << reason;
}

void judge_isolation(const testing::SmallTxns& shape, std::uint64_t seed, int histories) {
  Rng rng(seed);
  std::map<std::string_view, int> unknown;
  for (int i = 0; i < histories && !::testing::Test::HasFatalFailure(); ++i) {
    testing::SmallTxns options = shape;
    options.txns = 3 + rng.below(8);
    const TxnHistory txns = testing::small_txns(rng, options);
    for (const std::string_view model : isolation_models()) {
      const IsolationResult whole = check_isolation(txns, model);
      for (const Budget& budget : tiny_budgets()) {
        const IsolationResult tiny = check_isolation(txns, model, budget);
        expect_same_or_unknown(whole.verdict, tiny.verdict, tiny.reason, std::string(model),
                               unknown[model]);
      }
    }
  }
  if (shape.kind != TxnKind::kRegister) return;
  for (const std::string_view model : {"serializable", "snapshot-isolation", "prefix",
                                       "strong-session-causal", "strong-snapshot-isolation"}) {
    EXPECT_GT(unknown[model], 0) << model;
  }
}

TEST(Budgets, IsolationOfListsIsRightOrUnknown) {
  judge_isolation({.kind = TxnKind::kListAppend}, 1, 30);
  judge_isolation({.kind = TxnKind::kListAppend, .odd = 3, .snapshots = true}, 2, 30);
}

TEST(Budgets, IsolationOfRegistersIsRightOrUnknown) {
  judge_isolation({.kind = TxnKind::kRegister}, 3, 30);
  judge_isolation({.kind = TxnKind::kRegister, .odd = 3, .snapshots = true}, 4, 30);
}

TEST(Budgets, ModelsOfRegistersAreRightOrUnknown) {
  Rng rng(5);
  std::map<std::string_view, int> unknown;
  for (int i = 0; i < rounds(300) && !HasFatalFailure(); ++i) {
    const History history = i % 2 == 0
                                ? testing::random_small(rng, 7).history
                                : testing::clean_history(rng, {.operations = 40,
                                                               .values = i % 3 == 0 ? 4U : 0U,
                                                               .cas = i % 3 == 0 ? 20U : 0U,
                                                               .unknown = 10});
    for (const RegisterModel& model : register_models()) {
      RegisterCheckOptions options;
      const CheckResult whole = check_register(history, model.name, options);
      for (const Budget& budget : tiny_budgets()) {
        options.budget = budget;
        const CheckResult tiny = check_register(history, model.name, options);
        expect_same_or_unknown(whole.verdict, tiny.verdict, tiny.reason, std::string(model.name),
                               unknown[model.name]);
      }
    }
  }
  for (const std::string_view model :
       {"linearizable", "sequential", "causal", "causal_convergence", "weak_causal", "pram"}) {
    EXPECT_GT(unknown[model], 0) << model;
  }
}

// Three elements that come and go, and sometimes do what they should not.
testing::Calls random_set(Rng& rng) {
  bool there[3] = {};
  return testing::random_calls(rng, {.count = 7, .unknown = 25}, [&]() -> ObjectCall {
    const std::uint32_t e = rng.below(3);
    if (rng.chance(60)) {
      there[e] = !there[e];
      return {.method = there[e] ? Method::kAdd : Method::kRemove, .a = integer_cell(e)};
    }
    ObjectCall read{.method = Method::kRead, .result = kNilCell};
    for (std::uint32_t i = 0; i < 3; ++i) {
      if (there[i] != rng.chance(10)) read.many.push_back(integer_cell(i));
    }
    return read;
  });
}

TEST(Budgets, SetsAreRightOrUnknown) {
  Rng rng(6);
  const auto specification = specification_of({.kind = ObjectKind::kSet});
  int unknown = 0;
  int unordered = 0;
  for (int i = 0; i < rounds(1'500) && !HasFatalFailure(); ++i) {
    const testing::Calls calls = random_set(rng);
    const Verdict whole = check_set(calls, {}).verdict;
    const Verdict sequential = search_sequential(specification, {{calls}}, {}).verdict;
    for (const Budget& budget : tiny_budgets()) {
      const SpecificationResult tiny = check_set(calls, budget);
      expect_same_or_unknown(whole, tiny.verdict, tiny.reason, "linearizable", unknown);
      const SequentialResult order = search_sequential(specification, {{calls}}, budget);
      expect_same_or_unknown(sequential, order.verdict, order.reason, "sequential", unordered);
    }
  }
  EXPECT_GT(unknown, 100);
  EXPECT_GT(unordered, 100);
}

// Many writers of few keys, of which no read tells who came first.
TxnHistory blind_writes(std::uint32_t txns, std::uint32_t keys) {
  static const Pool kNoTexts;
  TxnHistory history;
  history.kind = TxnKind::kRegister;
  history.pool = &kNoTexts;
  history.sessions = 50;
  for (std::uint32_t k = 0; k < keys; ++k) history.keys.push_back(integer_cell(k));
  for (std::uint32_t t = 0; t < txns; ++t) {
    Txn txn{.first = t, .count = 1, .session = t % history.sessions, .id = t};
    txn.invoked = 2 * t;
    txn.completed = 2 * t + 100;
    history.micros.push_back({.kind = Micro::Kind::kWrite, .key = t % keys, .value = t});
    history.versions.push_back({.key = t % keys, .writer = t, .micro = t, .is_last = true});
    history.version_values.push_back(integer_cell(t));
    history.txns.push_back(txn);
  }
  return history;
}

TEST(Budgets, ManyUnorderedWritesCostWhatTheHistoryIsLong) {
  const auto question = [](const TxnHistory& txns, const Budget& budget) {
    VersionWriters writers(txns.keys.size());
    for (std::uint32_t t = 0; t < txns.txns.size(); ++t) {
      writers[txns.micros[t].key].push_back({t, {}});
    }
    return search_versions(txns, writers, {{}, static_cast<std::uint32_t>(txns.txns.size())},
                           budget);
  };
  for (const std::uint32_t count : {1'000U, 8'000U}) {
    const TxnHistory txns = blind_writes(count, 4);
    const VersionAnswer answer = question(txns, {});
    EXPECT_EQ(answer.verdict, Verdict::kHolds) << answer.reason;
    EXPECT_LT(answer.steps, 20 * count);
  }
  const VersionAnswer little = question(blind_writes(1'000, 4), {.max_memory = 5'000});
  EXPECT_EQ(little.verdict, Verdict::kUnknown);
  EXPECT_NE(little.reason.find("max_memory"), std::string::npos);
}

// What went wrong, and the search for a proof of it.
TEST(Budgets, AProofThatCostsTooMuchIsNotGiven) {
  History history;
  std::int64_t at = 0;
  const auto run = [&](ProcessId process, Function f, std::int64_t value) {
    const OpId op = history.invoke({.process = process, .f = f, .value = value});
    history.complete(op, {.outcome = Outcome::kOk, .value = value, .at = sim::Time(++at)});
  };
  for (const std::int64_t value : {1, 2}) run(0, Function::kWrite, value);
  for (const std::int64_t value : {2, 1}) run(1, Function::kRead, value);
  ASSERT_EQ(check_register(history, "pram").verdict, Verdict::kViolated);
  EXPECT_TRUE(prove_register(history, "pram", Verdict::kViolated, {}, {}));
  EXPECT_FALSE(prove_register(history, "pram", Verdict::kViolated, {}, {.max_steps = 3}));
}

// Right by construction, and few reads tell which of two writes came first.
TEST(Budgets, RegistersOfRightHistoriesAreOrderedInStepsInProportion) {
  for (const std::uint64_t count : {500U, 4'000U}) {
    const std::string text = bench::TxnGenerator({.txns = count, .lists = false}).run();
    JournalResult read = read_journal(text);
    ASSERT_FALSE(read.error);
    for (const std::string_view model : {"strict-serializable", "serializable", "prefix"}) {
      const IsolationResult result = check_isolation(compile_txns(*read.journal), model);
      EXPECT_EQ(result.verdict, Verdict::kHolds) << model << ": " << result.reason;
      EXPECT_LT(result.steps, 6'000 * count) << model;
    }
  }
}

}  // namespace
}  // namespace quorumlab::models
