#include "models/consistency/linearizable.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "models/consistency/register_search.h"
#include "models/consistency/register_zones.h"
#include "tests/models/history_support.h"
#include "tests/models/rounds.h"

namespace quorumlab::models {
namespace {

using testing::clean_history;
using testing::CleanOptions;
using testing::edited;
using testing::for_each_history;
using testing::has_order;
using testing::Kind;
using testing::random_history;
using testing::rebuild;
using testing::Rng;

Kind read(Value value) {
  return {.f = Function::kRead, .value = value};
}
Kind write(Value value) {
  return {.f = Function::kWrite, .value = value};
}
Kind cas(Value from, Value to) {
  return {.f = Function::kCas, .value = to, .expected = from};
}
Kind unknown(Kind kind) {
  kind.outcome = Outcome::kUnknown;
  return kind;
}
Kind failed(Kind kind) {
  kind.outcome = Outcome::kFail;
  return kind;
}
Kind mismatched(Kind kind) {
  kind = failed(kind);
  kind.saw_other = true;
  return kind;
}
Kind on(std::uint32_t key, Kind kind) {
  kind.key = Key(key);
  return kind;
}

const std::vector<Kind> kEverything = {
    read({}),
    read(1),
    read(2),
    write(1),
    write(2),
    write(3),
    unknown(write(1)),
    unknown(write(2)),
    cas(1, 2),
    cas(2, 1),
    cas({}, 2),
    unknown(cas(1, 2)),
    unknown(cas(2, 3)),
    failed(write(1)),
    read(3),
    mismatched(cas(1, 2)),
    unknown(read({})),
    mismatched(cas({}, 1)),
};

// All writes that the operations of the witness need: a history closed like this is as linearizable
// as the one it is taken from.
std::set<OpId> with_sources(const History& history, const Witness& witness) {
  std::set<OpId> ops;
  for (const WitnessOp& w : witness.ops) ops.insert(w.op);
  for (bool grew = true; grew;) {
    grew = false;
    for (const OpId id : std::vector<OpId>(ops.begin(), ops.end())) {
      const Operation& op = history.operation(id);
      if (op.f == Function::kWrite) continue;
      for (const Operation& source : history.operations()) {
        const bool feeds =
            source.key == op.key && source.f != Function::kRead &&
            (op.saw_other || source.value == (op.f == Function::kRead ? op.value : op.expected));
        if (feeds) grew = ops.insert(source.id).second || grew;
      }
    }
  }
  return ops;
}

// Everything that must be true of a verdict, for histories small enough for the oracle.
void judge(const History& history, Value initial) {
  const LinearizableResult result = check_linearizable(history, {}, {.initial = initial});
  const bool expected = has_order(history, initial);
  ASSERT_EQ(result.verdict == Verdict::kHolds, expected);
  ASSERT_EQ(result.witness.has_value(), !expected);
  if (expected) return;

  const Witness& witness = *result.witness;
  const OpId observer = witness.ops.front().op;
  ASSERT_EQ(witness.ops.front().role, Role::kObserver);
  const std::uint64_t end = history.operation(observer).completed;
  // What fails later never happened, which a prefix alone could not tell.
  const auto prefix = [&](std::uint64_t until) {
    return rebuild(history, until, [&](const Operation& op) {
      return op.outcome != Outcome::kFail || op.completed <= until;
    });
  };
  ASSERT_FALSE(has_order(prefix(end), initial)) << "the observer came later";
  ASSERT_TRUE(has_order(prefix(end - 1), initial)) << "the observer came earlier";

  const std::set<OpId> ops = with_sources(history, witness);
  const auto in_witness = [&](const Operation& op) { return ops.contains(op.id); };
  ASSERT_FALSE(has_order(rebuild(history, kNever, in_witness), initial))
      << witness.observation << "; " << witness.obligation;
}

void judge_parts(const History& history, Value initial) {
  for (const RegisterHistory& part : split_by_key(history, initial)) {
    const SearchResult search = search_orders(part, {});
    ASSERT_NE(search.verdict, Verdict::kUnknown);
    if (!part.unique_writes) continue;
    ASSERT_EQ(check_zones(part).contradiction, search.contradiction);
  }
}

TEST(Linearizable, AgreesWithBruteForceOnEveryHistoryOfThreeOperations) {
  std::size_t histories = 0;
  std::size_t violated = 0;
  for_each_history(3, kEverything, [&](const History& history) {
    ++histories;
    violated += has_order(history, {}) ? 0U : 1U;
    judge(history, {});
    judge_parts(history, {});
  });
  EXPECT_GT(histories, 40'000U);
  EXPECT_GT(violated, 10'000U);
}

TEST(Linearizable, AgreesWithBruteForceOnEveryHistoryOfFourReadsAndWrites) {
  for_each_history(4, {read(1), read(2), read({}), write(1), write(2), unknown(write(1))},
                   [](const History& history) {
                     judge(history, {});
                     judge_parts(history, {});
                   });
}

TEST(Linearizable, AgreesWithBruteForceOnRandomHistories) {
  Rng rng(1);
  for (int i = 0; i < rounds(20'000) && !HasFatalFailure(); ++i) {
    const History history = random_history(rng, 4 + rng.below(4), kEverything);
    judge(history, {});
    judge(history, 1);
    judge_parts(history, {});
  }
}

TEST(Linearizable, AgreesWithBruteForceOnRandomHistoriesOfUniqueValues) {
  Rng rng(2);
  std::size_t violated = 0;
  for (int i = 0; i < rounds(30'000) && !HasFatalFailure(); ++i) {
    std::vector<Kind> kinds;
    const std::size_t count = 5 + rng.below(3);
    while (kinds.size() < count) {
      const Value value = 1 + rng.below(4);
      const bool written = std::any_of(kinds.begin(), kinds.end(), [&](const Kind& k) {
        return k.f == Function::kWrite && k.value == value;
      });
      kinds.push_back(written || rng.chance(30) ? read(rng.chance(15) ? Value{} : value)
                                                : write(value));
      if (rng.chance(20)) kinds.back().outcome = Outcome::kUnknown;
    }
    std::size_t next = 0;
    History history;
    std::vector<OpId> open;
    while (next < kinds.size() || !open.empty()) {
      if (next < kinds.size() && (open.empty() || rng.chance(55))) {
        const Kind& kind = kinds[next++];
        open.push_back(history.invoke({.process = static_cast<ProcessId>(next),
                                       .f = kind.f,
                                       .key = Key(0),
                                       .value = kind.value}));
      } else {
        const std::uint32_t at = rng.below(static_cast<std::uint32_t>(open.size()));
        const Kind& kind = kinds[open[at].value - 1];
        history.complete(open[at], {.outcome = kind.outcome, .value = kind.value});
        open.erase(open.begin() + at);
      }
    }
    judge(history, {});
    judge_parts(history, {});
    const LinearizableResult result = check_linearizable(history);
    if (!result.witness) continue;
    ++violated;
    EXPECT_NE(result.witness->anomaly, Anomaly::kNoOrder) << "unique values always read simply";
  }
  EXPECT_GT(violated, 1'000U);
}

TEST(Linearizable, KeysAreJudgedAlone) {
  Rng rng(3);
  std::vector<Kind> kinds;
  for (const Kind& kind : kEverything) {
    kinds.push_back(on(0, kind));
    kinds.push_back(on(1, kind));
  }
  for (int i = 0; i < rounds(10'000) && !HasFatalFailure(); ++i) {
    judge(random_history(rng, 7, kinds), {});
  }
}

TEST(Linearizable, TheVerdictSurvivesRenamingShiftingAndOtherKeys) {
  Rng rng(4);
  for (int i = 0; i < rounds(5'000); ++i) {
    const History history = random_history(rng, 8, kEverything);
    const Verdict verdict = check_linearizable(history).verdict;
    const History renamed = edited(history, [](Operation& op) {
      if (op.value) op.value = 1'000 - *op.value * 7;
      if (op.expected) op.expected = 1'000 - *op.expected * 7;
      op.key = Key(op.key.value + 4'000'000'000);
      op.process += 77;
      op.invoked_at = op.invoked_at + sim::Duration(5);
    });
    EXPECT_EQ(check_linearizable(renamed).verdict, verdict);

    History mixed;  // one clean operation on another key around each event
    Rng noise(static_cast<std::uint64_t>(i));
    mixed = edited(history, [](Operation&) {});
    const OpId other =
        mixed.invoke({.process = 9'999, .f = Function::kWrite, .key = Key(5), .value = 1});
    mixed.complete(other, {.outcome = Outcome::kOk});
    EXPECT_EQ(check_linearizable(mixed).verdict, verdict);
  }
}

TEST(Linearizable, CleanHistoriesHold) {
  Rng rng(5);
  for (int i = 0; i < 60; ++i) {
    const CleanOptions options{.operations = 400,
                               .processes = 1 + rng.below(12),
                               .keys = 1 + rng.below(3),
                               .values = rng.below(6),
                               .reads = 20 + rng.below(50),
                               .cas = rng.below(30),
                               .unknown = rng.below(4)};
    const History history = clean_history(rng, options);
    const LinearizableResult result = check_linearizable(history);
    ASSERT_EQ(result.verdict, Verdict::kHolds)
        << result.reason << (result.witness ? result.witness->obligation : "");
    judge_parts(history, {});
  }
}

// Makes one read, late in the history, return a value that was overwritten long before it began.
History with_stale_read(const History& history, OpId& planted, Rng& rng) {
  const auto operations = history.operations();
  std::vector<const Operation*> candidates;
  for (const Operation& op : operations) {
    if (op.f == Function::kRead && op.outcome == Outcome::kOk && op.id.value > history.size() / 2) {
      candidates.push_back(&op);
    }
  }
  const Operation& victim = *candidates[rng.below(static_cast<std::uint32_t>(candidates.size()))];
  planted = victim.id;
  Value stale;
  std::uint64_t overwritten = victim.invoked;
  for (auto op = operations.rbegin(); op != operations.rend(); ++op) {
    if (op->key != victim.key || op->f != Function::kWrite || op->outcome != Outcome::kOk) continue;
    if (op->completed < overwritten && overwritten != victim.invoked) {
      stale = op->value;
      break;
    }
    if (op->completed < victim.invoked) overwritten = std::min(overwritten, op->invoked);
  }
  return edited(history, [&](Operation& op) {
    if (op.id == planted) op.value = stale;
  });
}

TEST(Linearizable, PlantedStaleReadsAreFoundAndNamed) {
  Rng rng(6);
  for (int i = 0; i < 40; ++i) {
    const History clean = clean_history(
        rng, {.operations = 3'000, .processes = 8, .keys = 3, .reads = 60, .unknown = 1});
    OpId planted;
    const History history = with_stale_read(clean, planted, rng);
    const LinearizableResult result = check_linearizable(history);
    ASSERT_EQ(result.verdict, Verdict::kViolated);
    EXPECT_EQ(result.witness->ops.front().op, planted);
    EXPECT_EQ(result.witness->anomaly, Anomaly::kStaleRead);
    EXPECT_EQ(result.witness->ops.size(), history.operation(planted).value ? 3U : 2U);
    const RegisterHistory part =
        split_by_key(
            rebuild(history, kNever,
                    [&](const Operation& op) { return op.key == history.operation(planted).key; }),
            {})
            .front();
    EXPECT_EQ(search_orders(part, {}).contradiction, check_zones(part).contradiction);
  }
}

TEST(Linearizable, AnEmptyHistoryHolds) {
  EXPECT_EQ(check_linearizable(History{}).verdict, Verdict::kHolds);
}

}  // namespace
}  // namespace quorumlab::models
