// What configurations claim, held against sweeps under random faults; and what they do not claim,
// shown by the catalogue. QUORUMLAB_SEEDS=1000 sweeps longer.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "models/registry.h"
#include "scenarios/run.h"
#include "tests/models/replication/storm.h"

namespace quorumlab::tests {
namespace {

using models::Claim;
using models::ModelEntry;
using models::Verdict;
using scenarios::RunResult;

const models::Registry& registry() {
  static const models::Registry kRegistry = models::builtin_models();
  return kRegistry;
}

struct Case {
  const ModelEntry* model;
  const Claim* claim;
  std::string name;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const ModelEntry& model : registry().all()) {
    for (std::size_t i = 0; i < model.claims.size(); ++i) {
      all.push_back({&model, &model.claims[i], fmt::format("{}_{}", model.schema.name(), i + 1)});
    }
  }
  return all;
}

std::string replication_of(const Case& tested) {
  return fmt::format("model = \"{}\"\n{}", tested.model->schema.name(), tested.claim->options);
}

// Its logs tell which request a change came from, so a request that the network repeats is done
// once. raft knows that too, but there a server that refuses a request, and lets its client call it
// failed, may lead when the second copy comes. The others take that for a new request.
bool knows_requests_again(const ModelEntry& model) {
  return model.schema.name() == "multi_leader";
}

Storm storm_against(const Case& tested) {
  std::string checked;
  for (const std::string& property : tested.claim->holds) {
    if (property == "durable") continue;
    checked += fmt::format("{}\"{}\"", checked.empty() ? "" : ", ", property);
  }
  std::vector<std::string> kinds = Storm().kinds;
  if (knows_requests_again(*tested.model)) kinds.push_back("duplicate");
  return {.replicas = static_cast<int>(tested.claim->replicas),
          .replication = replication_of(tested),
          .workload = "keys = 3\nrate = \"60/s\"\n" + tested.claim->workload,
          .check = fmt::format("consistency = [{}]", checked),
          .kinds = kinds};
}

bool refuted(const RunResult& result, const std::string& property) {
  if (property == "durable") return result.durability.verdict == Verdict::kViolated;
  return result.property(property) == 0;
}

class Claims : public testing::TestWithParam<Case> {};

TEST_P(Claims, AreNotRefutedByAnySeed) {
  const Storm storm = storm_against(GetParam());
  for (std::uint64_t seed = 1; seed <= seeds_or(20); ++seed) {
    const RunResult result = run_text(storm_text(storm, seed));
    for (const std::string& property : GetParam().claim->holds) {
      EXPECT_FALSE(refuted(result, property)) << property << ": " << complaint(result);
    }
  }
}

// The scenario has to be one of this configuration: each of its options is as the claim says.
void expect_configured(const Case& tested, const scenarios::Scenario& scenario) {
  config::Diagnostics problems;
  const auto claimed = scenarios::load_text("claim.toml", storm_text(storm_against(tested), 1), {},
                                            registry(), problems);
  ASSERT_TRUE(claimed.has_value()) << problems.render(config::Colour::kOff);
  ASSERT_EQ(scenario.replication.model.word(), tested.model->schema.name());
  const auto& schema = tested.model->schema;
  const config::Value wanted =
      schema.write_any(claimed->scenario.replication.model.options(), schema.make().get());
  const config::Value found = schema.write_any(scenario.replication.model.options(), nullptr);
  for (const config::Member& member : wanted.members()) {
    const std::string& key = member.key;
    const config::Value& value = member.value;
    if (key == "sentinels" || key == "anti_entropy") continue;  // other nodes, another pace
    const config::Value* const other = config::find(found, key);
    ASSERT_NE(other, nullptr) << key;
    EXPECT_TRUE(*other == value) << key;
  }
}

TEST_P(Claims, WhatIsNotClaimedIsShownByTheCatalogue) {
  for (const Claim::Counterexample& lacks : GetParam().claim->lacks) {
    config::Diagnostics problems;
    const auto loaded =
        scenarios::load_file(std::string(QUORUMLAB_SOURCE_DIR) + "/scenarios/" + lacks.scenario, {},
                             registry(), problems);
    ASSERT_TRUE(loaded.has_value()) << problems.render(config::Colour::kOff);
    expect_configured(GetParam(), loaded->scenario);
    scenarios::Scenario scenario = loaded->scenario;
    if (lacks.property != "durable") scenario.check.consistency = {lacks.property};
    EXPECT_TRUE(refuted(scenarios::run(scenario, registry(), {}), lacks.property))
        << lacks.scenario << " does not refute " << lacks.property;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Claims, testing::ValuesIn(cases()),
                         [](const testing::TestParamInfo<Case>& tested) {
                           return tested.param.name;
                         });

}  // namespace
}  // namespace quorumlab::tests
