// [check] online: the verdict is that of the whole run, and the run ends where it is decided.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "models/consistency/online.h"
#include "models/registry.h"
#include "scenarios/history_check.h"
#include "scenarios/run.h"
#include "tests/catalogue_files.h"

namespace quorumlab::scenarios {
namespace {

using models::Verdict;

constexpr std::uint64_t kSeeds = 40;

std::string scenario(const std::string& model) {
  return R"toml([scenario]
name     = "an eager failover"
duration = "6s"
[cluster]
replicas = 3
clients  = 3
[network]
latency = "uniform(1ms, 5ms)"
[replication]
model       = "leader_follower"
acknowledge = "none"
failover    = "heartbeat"
[workload]
type      = "register"
keys      = 5
rate      = "60/s"
read_from = "any"
[[fault]]
kind = "partition"
at   = "2s"
for  = "2s"
split = [["n1"], ["n2", "n3"]]
[check]
consistency = [")toml" +
         model + "\"]\n";
}

Scenario load(const std::string& text, const models::Registry& registry) {
  config::Diagnostics problems;
  auto loaded = load_text("f.toml", text, {}, registry, problems);
  EXPECT_TRUE(loaded) << problems.render(config::Colour::kOff);
  return loaded ? loaded->scenario : Scenario{};
}

// What [check] asks of histories, and has found violated.
std::set<std::string> violated_in(const HistoryCheck& check, const RunResult& result) {
  std::set<std::string> models;
  for (const models::CheckResult& checked : result.checks) {
    const bool is_wrong = checked.verdict == Verdict::kViolated;
    if (is_wrong && check.applies(checked.property)) models.insert(checked.property);
  }
  return models;
}

// The run ended with the operation that is named; its verdicts are those of any run that is cut
// there; and one step before nothing was violated. Returns whether something was.
bool ends_where_it_is_decided(const Scenario& whole, const RunResult& expected,
                              const RunResult& found) {
  const HistoryCheck check(whole, {});
  const std::set<std::string> wrong = violated_in(check, expected);
  EXPECT_EQ(found.violated.has_value(), !wrong.empty());
  EXPECT_EQ(found.violated.has_value(), found.is_cut);
  if (!found.violated || wrong.empty()) {
    EXPECT_EQ(found.fingerprint, expected.fingerprint);
    return false;
  }
  const models::Operation& last = found.history.operation(found.violated->at);
  EXPECT_EQ(found.ended, last.completed_at);
  EXPECT_EQ(found.history.last_position(), found.violated->position);
  EXPECT_LE(found.ended, expected.ended);
  EXPECT_TRUE(violated_in(check, found).contains(found.violated->model));
  const std::uint64_t position = found.violated->position;
  const models::History cut = models::beginning_of(expected.history, position);
  const models::History before = models::beginning_of(expected.history, position - 1);
  for (const std::string& model : whole.check.consistency) {
    if (!check.applies(model)) continue;
    EXPECT_EQ(check.judge(cut, model).verdict, found.check(model)->verdict) << model;
    EXPECT_NE(check.judge(before, model).verdict, Verdict::kViolated) << model;
  }
  return true;
}

class Online : public ::testing::TestWithParam<const char*> {};

TEST_P(Online, VerdictsAreThoseOfWholeRunsAndTheRunEndsThere) {
  const models::Registry registry = models::builtin_models();
  const Scenario whole = load(scenario(GetParam()), registry);
  const Scenario online = load(scenario(GetParam()) + "online = true\n", registry);
  int violated = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const RunResult expected = run(whole, registry, {.seed = seed});
    const RunResult found = run(online, registry, {.seed = seed});
    const bool is_wrong = ends_where_it_is_decided(whole, expected, found);
    EXPECT_EQ(is_wrong, found.check(GetParam())->verdict == Verdict::kViolated);
    violated += is_wrong ? 1 : 0;
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  EXPECT_GT(violated, 0);
}

INSTANTIATE_TEST_SUITE_P(Models, Online,
                         ::testing::Values("linearizable", "monotonic_reads", "regular",
                                           "read_your_writes", "causal"));

// Every scenario that there is: by workload and theme, all models.
class OnlineCatalogue : public ::testing::TestWithParam<std::string> {};

TEST_P(OnlineCatalogue, RunsEndWhereTheyAreDecided) {
  const models::Registry registry = models::builtin_models();
  config::Diagnostics problems;
  const std::string file = tests::catalogue_folder() + GetParam();
  const auto whole = load_file(file, {}, registry, problems);
  const auto online = load_file(file, {"check.online=true"}, registry, problems);
  ASSERT_TRUE(whole && online) << problems.render(config::Colour::kOff);
  const auto own = static_cast<std::uint64_t>(whole->scenario.about.seed);
  for (const std::uint64_t seed : {own, own + 1}) {
    const RunResult expected = run(whole->scenario, registry, {.seed = seed});
    // A breach of an invariant may end it before.
    if (!expected.stopped_because.empty()) continue;
    const RunResult found = run(online->scenario, registry, {.seed = seed});
    ends_where_it_is_decided(whole->scenario, expected, found);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Scenarios, OnlineCatalogue, ::testing::ValuesIn(tests::catalogue_files()),
                         tests::test_name);

// By word of the workload: the models of its histories, and what is asked of replicas in the end.
TEST(OnlineWorkloads, EveryWorkloadIsJudgedByEveryModelThatItMayBeHeldAgainst) {
  const models::Registry registry = models::builtin_models();
  const std::map<std::string, std::string> workloads = {
      {"register", "\"linearizable\", \"sequential\", \"causal\", \"pram\", \"safe\", "},
      {"cas_register", "\"linearizable\", \"causal_convergence\", \"bounded_staleness\", "},
      {"counter", "\"linearizable\", \"sequential\", "},
      {"set", "\"linearizable\", \"sequential\", \"consistent_prefix\", "},
      {"list", "\"linearizable\", \"sequential\", \"consistent_prefix\", "},
      {"queue", "\"linearizable\", \"sequential\", "},
      {"lock", "\"linearizable\", \"sequential\", \"mutual_exclusion\", "}};
  for (const auto& [type, models] : workloads) {
    const std::string text =
        "[scenario]\nname = \"x\"\nduration = \"4s\"\n[cluster]\nreplicas = 3\nclients = 3\n"
        "[network]\nlatency = \"uniform(1ms, 5ms)\"\n"
        "[replication]\nmodel = \"raft\"\n[workload]\nkeys = 2\ntype = \"" +
        type + "\"\n[check]\nconsistency = [" + models + "\"eventual\", \"strong_eventual\"]\n";
    const Scenario whole = load(text, registry);
    const Scenario online = load(text + "online = true\n", registry);
    const RunResult expected = run(whole, registry, {.seed = 3});
    const RunResult found = run(online, registry, {.seed = 3});
    EXPECT_FALSE(ends_where_it_is_decided(whole, expected, found)) << type;
    for (const models::CheckResult& checked : expected.checks) {
      EXPECT_EQ(found.check(checked.property)->verdict, checked.verdict)
          << type << " " << checked.property;
    }
  }
}

TEST(OnlineWorkloads, WhatOnlyReplicasTellIsJudgedInTheEnd) {
  const models::Registry registry = models::builtin_models();
  const std::string text =
      "[scenario]\nname = \"x\"\nduration = \"4s\"\n[cluster]\nreplicas = 3\nclients = 3\n"
      "[replication]\nmodel = \"raft\"\n[check]\nonline = true\nconsistency = [\"eventual\"]\n";
  const RunResult result = run(load(text, registry), registry, {.seed = 3});
  EXPECT_FALSE(result.violated);
  EXPECT_EQ(result.property("eventual"), 1);
}

}  // namespace
}  // namespace quorumlab::scenarios
