// Each planted mistake is seen by a checker, and without it nothing is: over many seeds.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "models/registry.h"
#include "scenarios/run.h"

namespace quorumlab::scenarios {
namespace {

constexpr int kSeeds = 40;

std::string in_cluster(const std::string& rest) {
  return R"toml([scenario]
name     = "a cluster of three"
duration = "12s"
[cluster]
replicas = 3
clients  = 3
[network]
latency = "uniform(1ms, 5ms)"
)toml" + rest;
}

// The leader is back with a shorter log than its followers, reuses places in it, and is replaced.
const std::string kTwoCrashes = in_cluster(R"toml(
[disk]
sync = "40ms"
[replication]
model       = "leader_follower"
acknowledge = "all"
failover    = "heartbeat"
[workload]
type      = "register"
keys      = 40
rate      = "150/s"
read_from = "leader"
[[fault]]
kind = "crash"
at   = "2s"
for  = "300ms"
on   = "n1"
[[fault]]
kind = "crash"
at   = "4s"
for  = "3s"
on   = "n1"
)toml");

// The leader restarts where it reaches its clients, but none of the disks that confirm its log.
const std::string kRestartAlone = in_cluster(R"toml(
[replication]
model       = "leader_follower"
acknowledge = "majority"
[workload]
type      = "register"
keys      = 3
rate      = "150/s"
read_from = "leader"
[[fault]]
kind = "crash"
at   = "2s"
for  = "300ms"
on   = "n1"
[[fault]]
kind  = "partition"
at    = "2s"
for   = "1s"
split = [["n1", "clients"], ["n2", "n3"]]
)toml");

// The wall clock of an isolated leader jumps back, and with it the end of a lease that is measured
// on it.
const std::string kStepBack = in_cluster(R"toml(
[replication]
model       = "leader_follower"
acknowledge = "majority"
failover    = "heartbeat"
promotion   = "most_advanced"
lease       = "1s"
timeout     = "1100ms"
[workload]
type  = "register"
keys  = 2
rate  = "200/s"
reads = 0.8
read_from = "leader"
[[fault]]
kind  = "partition"
at    = "4s"
for   = "5s"
split = [["n1", "c1"], ["n2", "n3", "c2", "c3"]]
[[fault]]
kind = "clock_step"
at   = "4500ms"
on   = "n1"
by   = "-10s"
)toml");

const std::string kPlainCrash = in_cluster(R"toml(
[disk]
sync = "20ms"
[replication]
model       = "leader_follower"
acknowledge = "majority"
[workload]
type = "register"
rate = "100/s"
[check]
invariants  = ["acknowledged_on_disk"]
)toml");

struct Planted {
  std::string mistake;
  std::string scenario;
  std::string property;  // that it breaks
};

// In how many of the seeds `property` does not hold.
int broken(const Planted& planted, const std::vector<std::string>& overrides) {
  const models::Registry registry = models::builtin_models();
  config::Diagnostics problems;
  const auto loaded = load_text("planted.toml", planted.scenario, overrides, registry, problems);
  EXPECT_TRUE(loaded.has_value()) << problems.render(config::Colour::kOff);
  if (!loaded) return 0;
  int broken = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    if (run(loaded->scenario, registry, {.seed = seed}).property(planted.property) != 1) ++broken;
  }
  return broken;
}

class PlantedMistake : public testing::TestWithParam<Planted> {};

TEST_P(PlantedMistake, IsSeenAndNothingElseIs) {
  EXPECT_GT(broken(GetParam(), {"replication.mistakes=[\"" + GetParam().mistake + "\"]"}), 0);
  EXPECT_EQ(broken(GetParam(), {}), 0);
}

INSTANTIATE_TEST_SUITE_P(
    LeaderFollower, PlantedMistake,
    testing::Values(Planted{"ship_before_sync", kTwoCrashes, "linearizable"},
                    Planted{"serve_before_commit", kRestartAlone, "linearizable"},
                    Planted{"lease_on_wall_clock", kStepBack, "linearizable"},
                    Planted{"acknowledge_before_sync", kPlainCrash, "acknowledged_on_disk"}),
    [](const testing::TestParamInfo<Planted>& planted) { return planted.param.mistake; });

}  // namespace
}  // namespace quorumlab::scenarios
