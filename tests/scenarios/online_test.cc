// [check] online: the verdict is that of the whole run, and the run ends where it is decided.
#include <gtest/gtest.h>

#include <string>

#include "models/consistency/online.h"
#include "models/registry.h"
#include "scenarios/run.h"

namespace quorumlab::scenarios {
namespace {

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

class Online : public ::testing::TestWithParam<const char*> {};

TEST_P(Online, VerdictsAreThoseOfWholeRunsAndTheRunEndsThere) {
  const models::Registry registry = models::builtin_models();
  const Scenario whole = load(scenario(GetParam()), registry);
  const Scenario online = load(scenario(GetParam()) + "online = true\n", registry);
  int violated = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const RunResult expected = run(whole, registry, {.seed = seed});
    const RunResult found = run(online, registry, {.seed = seed});
    ASSERT_EQ(found.checks[0].verdict, expected.checks[0].verdict) << "seed " << seed;
    ASSERT_EQ(found.violated.has_value(), found.checks[0].verdict == models::Verdict::kViolated);
    if (!found.violated) {
      EXPECT_EQ(found.fingerprint, expected.fingerprint) << "seed " << seed;
      continue;
    }
    ++violated;
    const models::Operation& last = found.history.operation(found.violated->at);
    EXPECT_EQ(found.ended, last.completed_at) << "seed " << seed;
    EXPECT_LT(found.ended, expected.ended) << "seed " << seed;
    EXPECT_EQ(found.history.last_position(), found.violated->position);
    // One completion less, and nothing was wrong yet.
    const models::History before =
        models::beginning_of(expected.history, found.violated->position - 1);
    EXPECT_NE(models::check_register(before, GetParam()).verdict, models::Verdict::kViolated)
        << "seed " << seed;
  }
  EXPECT_GT(violated, 0);
}

INSTANTIATE_TEST_SUITE_P(Models, Online,
                         ::testing::Values("linearizable", "monotonic_reads", "regular",
                                           "read_your_writes", "causal"));

}  // namespace
}  // namespace quorumlab::scenarios
