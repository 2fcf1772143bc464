// What other runs say about a violation.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "models/registry.h"
#include "tests/catalogue_files.h"
#include "tools/counterfactual.h"
#include "tools/examine.h"
#include "tools/inevitability.h"
#include "traces/align.h"
#include "traces/story.h"
#include "traces/words.h"

namespace quorumlab::tools {
namespace {

using scenarios::Scenario;

struct Told {
  models::Registry registry = models::builtin_models();
  std::string file;
  Scenario scenario;
  traces::Record record;
  scenarios::RunResult result;

  explicit Told(const std::string& name)
      : file(std::string(QUORUMLAB_SOURCE_DIR) + "/scenarios/" + name) {
    scenario = load(file, {}, registry).value();
    result = scenarios::run(scenario, registry, {.record = &record});
  }
  [[nodiscard]] WhatIf ask(const std::string& property) const {
    return what_if({.scenario = &scenario, .result = &result, .property = property, .file = file},
                   registry);
  }
};

const Variant* knob(const WhatIf& answers, const std::string& change) {
  const auto found = std::ranges::find(answers.knobs, change, &Variant::change);
  return found == answers.knobs.end() ? nullptr : &*found;
}

TEST(Explain, FindsTheFaultThatWasNecessary) {
  const Told told("processes/paused_leader.toml");
  ASSERT_TRUE(is_violated(told.result, "linearizable"));
  const WhatIf answers = told.ask("linearizable");
  ASSERT_EQ(answers.faults.size(), 1U);
  EXPECT_TRUE(answers.faults[0].holds);
}

TEST(Explain, NamesNoAlternativeThatItsRunDidNotConfirm) {
  const Told told("failover/github_2018.toml");
  const WhatIf answers = told.ask("linearizable");
  const Variant* const all = knob(answers, "replication.acknowledge = all");
  const Variant* const one = knob(answers, "replication.acknowledge = one");
  ASSERT_TRUE(all != nullptr && one != nullptr);
  EXPECT_TRUE(all->holds && !all->by_luck);
  EXPECT_FALSE(one->holds);
  traces::Explanation explanation;
  tell(answers, explanation);
  std::string said;
  for (const traces::Sentence& s : explanation.sentences) said += s.text + "\n";
  EXPECT_NE(said.find("With replication.acknowledge = all it holds"), std::string::npos) << said;
  EXPECT_EQ(said.find("With replication.acknowledge = one it holds"), std::string::npos) << said;
}

TEST(Explain, LeavesTheRunBeforeTheFaultAsItWas) {
  const Told told("processes/paused_leader.toml");
  traces::Record other;
  static_cast<void>(
      scenarios::run(without_fault(told.scenario, 0), told.registry, {.record = &other}));
  const traces::Alignment aligned = align(told.record, other);
  ASSERT_TRUE(aligned.first.has_value());
  const auto& first = told.record.event(aligned.first->a);
  EXPECT_EQ(first.at, told.record.faults.at(0).begin);
}

// What began after the violation explains nothing, even if the picture goes on until then.
bool overlaps(const traces::Fault& fault, const traces::Slice& slice,
              const models::History& history) {
  const bool is_observed = slice.observer != sim::kNoOp;
  const sim::Time observed =
      is_observed ? history.operation(slice.observer).completed_at : slice.end;
  return fault.begin <= std::min(observed, slice.end) && fault.end >= slice.begin;
}

std::string said_of(const traces::Explanation& why, traces::Clause clause) {
  std::string said;
  for (const traces::Sentence& sentence : why.sentences)
    if (sentence.clause == clause) said += sentence.text + " ";
  return said;
}

class EveryViolation : public testing::TestWithParam<std::string> {};

TEST_P(EveryViolation, IsExplainedInWordsAndWithFewArrows) {
  const Told told(GetParam());
  for (const Violation& violation : violations_of(told.result)) {
    SCOPED_TRACE(violation.property);
    const auto& history = told.result.history;
    const Examined examined = examine(told.record, history, violation.witness, sim::kNoEvent);
    EXPECT_LE(examined.slice.messages.size(), 40U);
    EXPECT_GT(examined.slice.messages.size(), 0U);
    EXPECT_FALSE(said_of(examined.explanation, traces::Clause::kClaim).empty());
    EXPECT_FALSE(said_of(examined.explanation, traces::Clause::kMechanism).empty());
    const auto witness = with_operations(told.record, history, *violation.witness);
    const bool names_operation = std::ranges::any_of(
        examined.explanation.sentences,
        [](const traces::Sentence& s) { return s.text.find("op ") != std::string::npos; });
    EXPECT_TRUE(names_operation || witness.ops.empty());
    const std::string faults = said_of(examined.explanation, traces::Clause::kFault);
    for (const traces::Fault& fault : told.record.faults) {
      const bool is_named = faults.find(fault_text(told.record, fault)) != std::string::npos;
      EXPECT_TRUE(is_named || !overlaps(fault, examined.slice, history)) << faults;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryViolation, testing::ValuesIn(tests::catalogue_files()),
                         tests::test_name);

TEST(Inevitability, RisesToCertaintyAtTheViolation) {
  const Told told("processes/paused_leader.toml");
  const auto found = violations_of(told.result);
  ASSERT_FALSE(found.empty());
  const Examined examined =
      examine(told.record, told.result.history, found[0].witness, sim::kNoEvent);
  const traces::Inevitability curve = inevitability({.scenario = &told.scenario,
                                                     .result = &told.result,
                                                     .property = found[0].property,
                                                     .until = examined.slice.end,
                                                     .points = 5,
                                                     .runs = 12},
                                                    told.registry);
  ASSERT_EQ(curve.points.size(), 5U);
  EXPECT_EQ(curve.points.back().violated, 12U);
  EXPECT_LT(curve.points.front().violated, 12U);
  EXPECT_TRUE(curve.critical.has_value());
}

TEST(Reseed, KeepsWhatCameBefore) {
  const Told told("processes/paused_leader.toml");
  const sim::Time at(3'000'000'000);
  traces::Record other;
  static_cast<void>(
      scenarios::run(told.scenario, told.registry,
                     {.record = &other, .reseed = scenarios::Reseed{.at = at, .seed = 7}}));
  const traces::Alignment aligned = align(told.record, other);
  ASSERT_TRUE(aligned.first.has_value());
  EXPECT_GE(told.record.event(aligned.first->a).at, at);
  EXPECT_LT(told.record.event(aligned.first->a).at, at + sim::Duration(1'000'000'000));
}

constexpr const char* kPausedNowAndThen = R"toml([scenario]
name     = "pauses now and then"
seed     = 7
duration = "5s"
[cluster]
replicas = 3
clients  = 1
[replication]
model = "leader_follower"
[workload]
type = "register"
[[fault]]
kind  = "pause"
on    = "n3"
every = "exponential(200ms)"
for   = "10ms"
)toml";

// The times of a fault come from its own chance alone.
TEST(Reseed, ReachesTheChanceOfFaults) {
  const models::Registry registry = models::builtin_models();
  config::Diagnostics problems;
  const auto loaded =
      scenarios::load_text("pauses.toml", kPausedNowAndThen, {}, registry, problems);
  ASSERT_TRUE(loaded.has_value()) << problems.render(config::Colour::kOff);
  const sim::Time at(2'000'000'000);
  const auto begun = [&](std::optional<scenarios::Reseed> reseed, bool early) {
    const auto result = scenarios::run(loaded->scenario, registry, {.reseed = reseed});
    std::vector<sim::Time> times;
    for (const auto& [from, to] : result.faults.at(0).lasted)
      if ((from < at) == early) times.push_back(from);
    return times;
  };
  const scenarios::Reseed reseed{.at = at, .seed = 99};
  EXPECT_FALSE(begun(reseed, true).empty());
  EXPECT_EQ(begun(reseed, true), begun(std::nullopt, true));
  EXPECT_NE(begun(reseed, false), begun(std::nullopt, false));
}

}  // namespace
}  // namespace quorumlab::tools
