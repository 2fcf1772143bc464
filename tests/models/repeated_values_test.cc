// Registers whose values repeat: verdicts against all choices of what each read saw.
#include "models/consistency/repeated_values.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/models/history_support.h"
#include "tests/models/register_agreement.h"
#include "tests/models/rounds.h"
#include "tests/models/session_oracle.h"

namespace quorumlab::models {
namespace {

using testing::fits_some;
using testing::random_small;
using testing::Rng;
using testing::Small;

using Oracle = std::function<bool(const Small&)>;

void agree(std::string_view model, const Oracle& fits, std::uint64_t seed) {
  testing::agree({.model = model,
                  .seed = seed,
                  .histories = rounds(3'000),
                  .least = 50,
                  .draw = [](Rng& rng) { return random_small(rng, 5 + rng.below(4), 2); },
                  .fits = [&](const Small& small) { return fits_some(small, fits); }});
}

TEST(RepeatedValues, SequentialAgreesWithAllChoices) {
  agree("sequential", testing::fits_sequential, 1);
}
TEST(RepeatedValues, PramAgreesWithAllChoices) {
  agree("pram", testing::fits_pram, 2);
}
TEST(RepeatedValues, CausalMemoryAgreesWithAllChoices) {
  agree("causal", testing::fits_causal_memory, 3);
}
TEST(RepeatedValues, WeakCausalAgreesWithAllChoices) {
  agree("weak_causal", testing::fits_weak_causal, 4);
}
TEST(RepeatedValues, CausalConvergenceAgreesWithAllChoices) {
  agree("causal_convergence", testing::fits_causal_convergence, 5);
}

TEST(RepeatedValues, SessionGuaranteesAgreeWithAllChoices) {
  for (const char* const guarantee :
       {"read_your_writes", "monotonic_reads", "monotonic_writes", "writes_follow_reads"}) {
    Rng rng(6);
    int judged = 0;
    int violated = 0;
    for (int i = 0; i < rounds(20'000); ++i) {
      const Small small = random_small(rng, 6 + rng.below(5), 2);
      // By some choice a read is of a later write, of which they say nothing.
      bool is_early = false;
      const bool expected = fits_some(small, [&](const Small& known) {
        const auto keeps = testing::keeps_guarantee(known, guarantee);
        is_early = is_early || !keeps;
        return keeps.value_or(false);
      });
      if (is_early) continue;
      ++judged;
      violated += expected ? 0 : 1;
      ASSERT_EQ(check_register(small.history, guarantee).verdict,
                expected ? Verdict::kHolds : Verdict::kViolated)
          << guarantee << ", history " << i;
    }
    EXPECT_GT(judged, 300) << guarantee;
    EXPECT_GT(violated, 1) << guarantee;
  }
}

// By the definitions, of values: is there a write of this value, begun by then, after the end of
// which no acknowledged one both began and ended before the read?
bool is_regular(const History& history, const Operation& read) {
  const auto is_stale = [&](std::uint64_t since) {
    for (const Operation& op : history.operations()) {
      const bool replaces = op.f == Function::kWrite && op.key == read.key &&
                            op.outcome == Outcome::kOk && op.completed < read.invoked;
      if (replaces && op.invoked >= since) return true;
    }
    return false;
  };
  if (!read.value) return !is_stale(0);
  for (const Operation& op : history.operations()) {
    const bool fits = op.f == Function::kWrite && op.key == read.key && op.value == read.value &&
                      op.invoked < read.completed;
    if (fits && (op.completed == kNever || !is_stale(op.completed))) return true;
  }
  return false;
}

TEST(RepeatedValues, RegularRegistersAgreeWithTheirDefinition) {
  Rng rng(7);
  int violated = 0;
  for (int i = 0; i < rounds(5'000); ++i) {
    const Small small = random_small(rng, 5 + rng.below(8), 2 + rng.below(2));
    bool expected = true;
    for (const Operation& op : small.history.operations()) {
      const bool reads = op.f == Function::kRead && op.outcome == Outcome::kOk;
      expected = expected && (!reads || is_regular(small.history, op));
    }
    ASSERT_EQ(check_register(small.history, "regular").verdict,
              expected ? Verdict::kHolds : Verdict::kViolated)
        << "history " << i;
    violated += expected ? 0 : 1;
  }
  EXPECT_GT(violated, 200);
  EXPECT_LT(violated, rounds(5'000) - 200);
}

TEST(RepeatedValues, WhatViolatesTheWeakerViolatesTheStronger) {
  Rng rng(8);
  int unknown = 0;
  for (int i = 0; i < rounds(500); ++i) {
    const History history = testing::clean_history(
        rng, {.operations = 20, .processes = 4, .keys = 2, .values = 3, .cas = 20, .unknown = 5});
    for (const RegisterModel& model : register_models()) {
      const Verdict verdict = check_register(history, model.name).verdict;
      ASSERT_EQ(verdict, Verdict::kHolds) << model.name << ", history " << i;
    }
    const Small small = random_small(rng, 12 + rng.below(12), 3);
    std::map<std::string_view, Verdict> verdicts;
    for (const RegisterModel& model : register_models()) {
      verdicts[model.name] = check_register(small.history, model.name).verdict;
      unknown += verdicts[model.name] == Verdict::kUnknown ? 1 : 0;
    }
    for (const auto& [stronger, strong] : verdicts) {
      for (const auto& [weaker, weak] : verdicts) {
        if (!register_model_implies(stronger, weaker)) continue;
        ASSERT_FALSE(strong == Verdict::kHolds && weak == Verdict::kViolated)
            << stronger << " holds and " << weaker << " does not, history " << i;
      }
    }
  }
  EXPECT_LT(unknown, rounds(500));  // of fourteen times as many
}

TEST(RepeatedValues, AHistoryByOneChoiceDiffersInValuesAlone) {
  Rng rng(9);
  const History history = testing::clean_history(
      rng, {.operations = 200, .processes = 5, .keys = 2, .values = 3, .cas = 30, .unknown = 10});
  const RepeatedValues repeated(history, {});
  std::vector<std::uint32_t> choice;
  for (const std::uint32_t read : repeated.open()) choice.push_back(repeated.likeliest(read));
  ASSERT_GT(choice.size(), 20U);
  const History known = repeated.suppose(choice);
  ASSERT_EQ(known.size(), history.size());
  const RegisterSources sources(known, {});
  EXPECT_FALSE(sources.duplicate());
  EXPECT_FALSE(sources.phantom());
  const Names plain;
  const Narrator told(history, plain);
  const Names names = repeated.names(plain);
  const Narrator tells(known, names);
  for (std::size_t i = 0; i < known.size(); ++i) {
    EXPECT_EQ(tells.observation(known.operations()[i]), told.observation(history.operations()[i]));
    EXPECT_EQ(known.operations()[i].invoked, history.operations()[i].invoked);
    EXPECT_EQ(known.operations()[i].completed, history.operations()[i].completed);
  }
  for (std::size_t i = 0; i < choice.size(); ++i) {
    EXPECT_EQ(sources.of(repeated.open()[i]), choice[i]);
  }
}

// A compare-and-set to what was there: it is not the write that it saw.
TEST(RepeatedValues, AChangeThatChangesNothingSawWhatWasThere) {
  History history;
  const auto run = [&](ProcessId process, Function f, Value value, Value expected) {
    const OpId id =
        history.invoke({.process = process, .f = f, .value = value, .expected = expected});
    history.complete(id, {.outcome = Outcome::kOk, .value = value});
  };
  run(0, Function::kWrite, 1, {});
  run(0, Function::kCas, 1, 1);
  run(1, Function::kRead, 1, {});
  for (const RegisterModel& model : register_models()) {
    EXPECT_EQ(check_register(history, model.name).verdict, Verdict::kHolds) << model.name;
  }
}

// The work on each read must not be that on all who wrote its value.
TEST(RepeatedValues, ManyWritesOfFewValuesAreToldApartByTheReadsThatSawThem) {
  History history;
  for (std::int64_t i = 0; i < 200'000; ++i) {
    const Function f = i % 2 == 0 ? Function::kWrite : Function::kRead;
    const OpId id = history.invoke({.process = 0, .f = f, .value = i / 2 % 3});
    history.complete(id, {.outcome = Outcome::kOk, .value = i / 2 % 3});
  }
  for (const char* const model : {"regular", "bounded_staleness", "pram"}) {
    EXPECT_EQ(check_register(history, model).verdict, Verdict::kHolds) << model;
  }
}

// A thousand operations and three values: nobody can try all choices.
TEST(RepeatedValues, LongHistoriesAreJudged) {
  Rng rng(10);
  const History history = testing::clean_history(
      rng, {.operations = 1'000, .processes = 5, .values = 3, .cas = 20, .unknown = 1});
  for (const RegisterModel& model : register_models()) {
    EXPECT_EQ(check_register(history, model.name).verdict, Verdict::kHolds) << model.name;
  }
}

// One after the other.
struct Deed {
  ProcessId process;
  Function f;
  Value value;
  Value expected = {};
};

History history_of(const std::vector<Deed>& deeds) {
  History history;
  for (const Deed& deed : deeds) {
    const bool reads = deed.f == Function::kRead;
    const OpId id = history.invoke({.process = deed.process,
                                    .f = deed.f,
                                    .value = reads ? Value() : deed.value,
                                    .expected = deed.expected});
    history.complete(id, {.outcome = Outcome::kOk, .value = deed.value});
  }
  return history;
}

void expect_all(Verdict verdict, const std::vector<Deed>& deeds, Value initial) {
  const History history = history_of(deeds);
  for (const RegisterModel& model : register_models()) {
    EXPECT_EQ(check_register(history, model.name, {.initial = initial}).verdict, verdict)
        << model.name;
  }
}

TEST(RepeatedValues, WhatWasThereAtFirstMayBeWrittenAgain) {
  constexpr Function kRead = Function::kRead;
  constexpr Function kWrite = Function::kWrite;
  expect_all(Verdict::kHolds,
             {{2, kRead, 1},
              {1, kWrite, 2},
              {2, kRead, 2},
              {1, kWrite, 1},
              {2, kRead, 1},
              {1, kWrite, 1},
              {2, kRead, 1}},
             1);
  expect_all(Verdict::kHolds, {{1, kWrite, 2}, {2, kRead, 2}, {1, kWrite, 1}, {2, kRead, 1}}, 1);
  const History late = history_of({{1, kWrite, 2}, {1, kWrite, 1}, {2, kRead, 2}, {2, kRead, 1}});
  EXPECT_EQ(check_register(late, "linearizable", {.initial = 1}).verdict, Verdict::kViolated);
  EXPECT_EQ(check_register(late, "sequential", {.initial = 1}).verdict, Verdict::kHolds);
  EXPECT_EQ(check_register(late, "causal", {.initial = 1}).verdict, Verdict::kHolds);
  const History stale = history_of({{1, kWrite, 1}, {1, kWrite, 2}, {2, kRead, 2}, {2, kRead, 1}});
  EXPECT_EQ(check_register(stale, "monotonic_reads", {.initial = 1}).verdict, Verdict::kViolated);
  EXPECT_EQ(check_register(stale, "regular", {.initial = 1}).verdict, Verdict::kViolated);
}

TEST(RepeatedValues, ACompareAndSetDoesNotSeeItself) {
  expect_all(Verdict::kViolated, {{1, Function::kCas, 2, 2}, {2, Function::kRead, 2}}, {});
  expect_all(Verdict::kHolds,
             {{1, Function::kWrite, 2}, {1, Function::kCas, 2, 2}, {2, Function::kRead, 2}}, {});
}

// Whatever the others saw, of whom nobody can try all choices.
TEST(RepeatedValues, AViolationNeedsNoChoiceWhereReadsTell) {
  Rng rng(11);
  std::vector<Deed> deeds;
  for (int i = 0; i < 400; ++i) {
    deeds.push_back({1, Function::kWrite, 1 + rng.below(3)});
    deeds.push_back({2, Function::kRead, deeds.back().value});
  }
  for (const std::int64_t value : {100, 101}) deeds.push_back({1, Function::kWrite, value});
  for (const std::int64_t value : {101, 100}) deeds.push_back({2, Function::kRead, value});
  const History history = history_of(deeds);
  for (const char* const model : {"sequential", "causal", "causal_convergence", "weak_causal",
                                  "pram", "monotonic_writes", "monotonic_reads"}) {
    const CheckResult result = check_register(history, model);
    EXPECT_EQ(result.verdict, Verdict::kViolated) << model << ": " << result.reason;
  }
}

TEST(RepeatedValues, ADeletedKeyHoldsNothingWhateverItHeldAtFirst) {
  History history;
  const auto end = [&](OpId id, Value value) {
    history.complete(id, {.outcome = Outcome::kOk, .value = value});
  };
  end(history.invoke({.process = 1, .f = Function::kWrite, .key = Key(0), .value = {}}), {});
  end(history.invoke({.process = 2, .key = Key(0)}), {});
  for (const RegisterModel& model : register_models()) {
    EXPECT_EQ(check_register(history, model.name, {.initial = 5}).verdict, Verdict::kHolds)
        << model.name;
  }
}

}  // namespace
}  // namespace quorumlab::models
