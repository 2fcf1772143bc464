// What other runs say about a violation.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/registry.h"
#include "tools/counterfactual.h"
#include "tools/examine.h"
#include "tools/inevitability.h"
#include "traces/align.h"

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

TEST(Explain, DrawsAtMostFortyArrowsForEveryViolationOfTheCatalogue) {
  for (const char* name : {"failover/github_2018.toml", "processes/paused_leader.toml",
                           "replication/stale_follower.toml"}) {
    const Told told(name);
    for (const Violation& violation : violations_of(told.result)) {
      const Examined examined =
          examine(told.record, told.result.history, violation.witness, sim::kNoEvent);
      EXPECT_LE(examined.slice.messages.size(), 40U) << name;
      EXPECT_GT(examined.slice.drawn, 0U) << name;
    }
  }
}

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

}  // namespace
}  // namespace quorumlab::tools
