// Single-leader replication under storms of faults: what each way of failover promises.
#include <gtest/gtest.h>

#include "tests/models/replication/storm.h"

namespace quorumlab::tests {
namespace {

Storm single_leader(const std::string& options, const std::string& consistency) {
  return {.replicas = 5,
          .replication = "model = \"leader_follower\"\n" + options,
          .check = "consistency = [" + consistency +
                   "]\ninvariants = [\"one_leader_per_term\", \"acknowledged_on_disk\"]"};
}

TEST(LeaderFollower, ElectedByConsensusIsLinearizableUnderAnyStorm) {
  const Storm storm =
      single_leader("acknowledge = \"majority\"\nfailover = \"consensus\"\nlease = \"800ms\"\n",
                    "\"linearizable\", \"eventual\"");
  const Tally tally = violations(storm, seeds_or(60));
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

const std::string kSentinels = "failover = \"external\"\nsentinels = [\"n4\", \"n5\", \"n6\"]\n";

TEST(LeaderFollower, LosesNothingWithTwoInSyncAndCleanElections) {
  Storm storm =
      single_leader("acknowledge = \"in_sync\"\nmin_in_sync = 2\n" + kSentinels, "\"eventual\"");
  storm.replicas = 6;
  const Tally tally = violations(storm, seeds_or(60));
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

TEST(LeaderFollower, LosesWritesWhenSentinelsPromoteWhoLacksThem) {
  Storm storm = single_leader("acknowledge = \"none\"\n" + kSentinels, "\"eventual\"");
  storm.replicas = 6;
  EXPECT_GT(violations(storm, 20).violated, 0);
}

TEST(LeaderFollower, AgreesInTheEndWithCascadesAndSlowApply) {
  Storm storm = single_leader(
      "acknowledge = \"one\"\ncascade = [[\"n2\", \"n4\"], [\"n4\", \"n5\"]]\n"
      "apply_lag = \"exponential(mean 50ms)\"\napply_rate = \"500/s\"\n",
      "\"eventual\"");
  const Tally tally = violations(storm, seeds_or(40));
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

TEST(LeaderFollower, AgreesInTheEndWhenOldLeadersStartFromNothing) {
  Storm storm = single_leader(
      "acknowledge = \"none\"\nfailover = \"heartbeat\"\nrejoin = \"resync\"\n", "\"eventual\"");
  storm.check = "consistency = [\"eventual\"]";
  int diverged = 0;
  for (std::uint64_t seed = 1; seed <= seeds_or(30); ++seed) {
    if (run_text(storm_text(storm, seed)).property("eventual") != 1) ++diverged;
  }
  EXPECT_EQ(diverged, 0);
}

}  // namespace
}  // namespace quorumlab::tests
