#include "models/consistency/register_models.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "models/consistency/register_sessions.h"
#include "tests/models/history_support.h"
#include "tests/models/register_agreement.h"
#include "tests/models/rounds.h"
#include "tests/models/session_oracle.h"

namespace quorumlab::models {
namespace {

using testing::clean_history;
using testing::random_small;
using testing::Rng;
using testing::Small;

constexpr int kHistories = 15'000;

// Ends each operation at once.
class Script {
 public:
  Script& write(ProcessId process, std::uint32_t key, std::int64_t value) {
    return add(process, Function::kWrite, key, value);
  }
  Script& read(ProcessId process, std::uint32_t key, Value value) {
    return add(process, Function::kRead, key, value);
  }
  [[nodiscard]] Verdict verdict(std::string_view model) const {
    return check_register(history_, model).verdict;
  }
  [[nodiscard]] const History& history() const { return history_; }

 private:
  Script& add(ProcessId process, Function f, std::uint32_t key, Value value) {
    const auto at = sim::Time(++now_ * 1'000'000);
    const OpId id =
        history_.invoke({.process = process, .f = f, .key = Key(key), .value = value, .at = at});
    history_.complete(id, {.outcome = Outcome::kOk, .value = value, .at = at});
    return *this;
  }
  History history_;
  std::int64_t now_ = 0;
};

void agree(std::string_view model, bool (*oracle)(const Small&), std::uint64_t seed) {
  testing::agree({.model = model,
                  .seed = seed,
                  .histories = rounds(kHistories),
                  .draw = [](Rng& rng) { return random_small(rng, 4 + rng.below(5)); },
                  .fits = oracle});
}

TEST(RegisterModels, SequentialAgreesWithAllOrders) {
  agree("sequential", testing::fits_sequential, 1);
}
TEST(RegisterModels, PramAgreesWithAllOrders) {
  agree("pram", testing::fits_pram, 2);
}
TEST(RegisterModels, CausalMemoryAgreesWithAllOrders) {
  agree("causal", testing::fits_causal_memory, 3);
}
TEST(RegisterModels, WeakCausalAgreesWithAllOrders) {
  agree("weak_causal", testing::fits_weak_causal, 4);
}
TEST(RegisterModels, CausalConvergenceAgreesWithAllOrders) {
  agree("causal_convergence", testing::fits_causal_convergence, 5);
}

TEST(RegisterModels, WhatViolatesTheWeakerViolatesTheStronger) {
  Rng rng(6);
  std::map<std::string, int> violated;
  for (int i = 0; i < rounds(kHistories); ++i) {
    const Small small = random_small(rng, 4 + rng.below(6));
    std::map<std::string_view, Verdict> verdicts;
    for (const RegisterModel& model : register_models()) {
      verdicts[model.name] = check_register(small.history, model.name).verdict;
      violated[std::string(model.name)] += verdicts[model.name] == Verdict::kViolated ? 1 : 0;
    }
    for (const auto& [stronger, strong] : verdicts) {
      for (const auto& [weaker, weak] : verdicts) {
        if (!register_model_implies(stronger, weaker)) continue;
        ASSERT_FALSE(strong == Verdict::kHolds && weak == Verdict::kViolated)
            << stronger << " holds and " << weaker << " does not, history " << i;
      }
    }
  }
  for (const RegisterModel& model : register_models()) {
    EXPECT_GT(violated[std::string(model.name)], 100) << model.name;
  }
}

TEST(RegisterModels, LinearizableHistoriesSatisfyEverything) {
  Rng rng(7);
  const History history = clean_history(rng, {.operations = 2'000, .keys = 5, .unknown = 2});
  for (const RegisterModel& model : register_models()) {
    EXPECT_EQ(check_register(history, model.name).verdict, Verdict::kHolds) << model.name;
  }
}

TEST(RegisterModels, StaleReadsOfOtherClientsAreSequential) {
  Script s;
  s.write(1, 0, 5).read(2, 0, {}).read(2, 0, 5);
  EXPECT_EQ(s.verdict("linearizable"), Verdict::kViolated);
  EXPECT_EQ(s.verdict("regular"), Verdict::kViolated);
  EXPECT_EQ(s.verdict("sequential"), Verdict::kHolds);
}

TEST(RegisterModels, ReadersThatDisagreeOnOneOrderOfWritesAreCausalButNotConvergent) {
  Script s;
  s.write(1, 0, 1).write(2, 0, 2).read(3, 0, 1).read(3, 0, 2).read(4, 0, 2).read(4, 0, 1);
  EXPECT_EQ(s.verdict("causal"), Verdict::kHolds);
  EXPECT_EQ(s.verdict("causal_convergence"), Verdict::kViolated);
  EXPECT_EQ(s.verdict("sequential"), Verdict::kViolated);
}

TEST(RegisterModels, AnAnswerSeenWithoutItsQuestionIsNotCausal) {
  Script s;
  s.write(1, 0, 1).read(2, 0, 1).write(2, 1, 2).read(3, 1, 2).read(3, 0, {});
  EXPECT_EQ(s.verdict("causal"), Verdict::kViolated);
  EXPECT_EQ(s.verdict("writes_follow_reads"), Verdict::kViolated);
  EXPECT_EQ(s.verdict("pram"), Verdict::kHolds);
  const CheckResult result = check_register(s.history(), "writes_follow_reads");
  EXPECT_EQ(result.witness->ops.front().op, OpId(5));
}

TEST(RegisterModels, EachSessionGuaranteeIsBrokenByItsOwnExample) {
  const auto only = [](const Script& s, std::string_view broken) {
    for (const std::string_view model :
         {"read_your_writes", "monotonic_reads", "monotonic_writes", "writes_follow_reads"}) {
      EXPECT_EQ(s.verdict(model), model == broken ? Verdict::kViolated : Verdict::kHolds)
          << model << " where " << broken << " is broken";
    }
  };
  only(Script().write(1, 0, 1).read(1, 0, {}), "read_your_writes");
  only(Script().write(1, 0, 1).write(2, 0, 2).read(3, 0, 1).read(3, 0, 2).read(3, 0, 1),
       "monotonic_reads");
  only(Script().write(1, 0, 1).write(1, 1, 2).read(2, 1, 2).read(2, 0, {}), "monotonic_writes");
  only(Script().write(1, 0, 1).read(2, 0, 1).write(2, 1, 2).read(3, 1, 2).read(3, 0, {}),
       "writes_follow_reads");
}

TEST(RegisterModels, ReadsOfValuesThatNobodyWroteViolateEverything) {
  const Script s = Script().read(1, 0, 7);
  for (const RegisterModel& model : register_models()) {
    EXPECT_EQ(s.verdict(model.name), Verdict::kViolated) << model.name;
  }
}

TEST(BoundedStaleness, CountsTheNewerWritesAndTheirAge) {
  const Script s = Script().write(1, 0, 1).write(1, 0, 2).write(1, 0, 3).read(2, 0, 1);
  EXPECT_EQ(check_staleness(s.history(), {.versions = 1}).verdict, Verdict::kViolated);
  EXPECT_EQ(check_staleness(s.history(), {.versions = 2}).verdict, Verdict::kHolds);
  const auto within = [&](std::int64_t nanoseconds) {
    return check_staleness(s.history(), {.versions = {}, .time = sim::Duration(nanoseconds)})
        .verdict;
  };
  EXPECT_EQ(within(1'999'999), Verdict::kViolated);
  EXPECT_EQ(within(2'000'000), Verdict::kHolds);
}

TEST(SafeRegister, SaysNothingOfReadsThatOverlapAWrite) {
  History history;
  const OpId first =
      history.invoke({.process = 1, .f = Function::kWrite, .key = Key(0), .value = 1});
  history.complete(first, {.outcome = Outcome::kOk});
  const OpId second =
      history.invoke({.process = 1, .f = Function::kWrite, .key = Key(0), .value = 2});
  const OpId read = history.invoke({.process = 2, .key = Key(0)});
  history.complete(read, {.outcome = Outcome::kOk});
  history.complete(second, {.outcome = Outcome::kOk});
  EXPECT_EQ(check_register(history, "safe").verdict, Verdict::kHolds);
  EXPECT_EQ(check_register(history, "regular").verdict, Verdict::kViolated);
}

TEST(RegisterModels, SearchesThatMayKeepNothingSayThatTheyDoNotKnow) {
  testing::Rng rng(31);
  const History history = testing::clean_history(
      rng, {.operations = 60, .processes = 12, .values = 80, .cas = 20, .unknown = 10});
  const History unique = testing::clean_history(rng, {.operations = 60, .processes = 5});
  RegisterCheckOptions options;
  options.budget.max_memory = 1;
  for (const auto& [model, judged] : {std::pair{"linearizable", &history},
                                      {"pram", &unique},
                                      {"causal", &unique},
                                      {"weak_causal", &unique},
                                      {"causal_convergence", &unique}}) {
    const CheckResult result = check_register(*judged, model, options);
    EXPECT_EQ(result.verdict, Verdict::kUnknown) << model;
    EXPECT_NE(result.reason.find("max_memory"), std::string::npos) << model << result.reason;
    EXPECT_EQ(check_register(*judged, model).verdict, Verdict::kHolds) << model;
  }
}

}  // namespace
}  // namespace quorumlab::models
