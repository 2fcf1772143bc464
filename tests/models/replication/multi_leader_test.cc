// Multi-leader replication under storms of faults: replicas come together, whatever the topology.
#include <gtest/gtest.h>

#include "tests/models/replication/storm.h"

namespace quorumlab::tests {
namespace {

class Convergence : public testing::TestWithParam<const char*> {};

TEST_P(Convergence, FollowsAnyStorm) {
  Storm storm{.replicas = 4,
              .replication = std::string("model = \"multi_leader\"\n") + GetParam(),
              .workload =
                  "keys = 5\nrate = \"80/s\"\nreads = 0.3\nerases = 0.2\nsession = true\n"
                  "read_from = \"nearest\"\nwrite_to = \"nearest\"",
              .check = "consistency = [\"eventual\"]\ninvariants = [\"cause_before_effect\"]"};
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const scenarios::RunResult result = run_text(storm_text(storm, seed));
    EXPECT_EQ(result.property("eventual"), 1) << complaint(result);
    EXPECT_EQ(result.property("cause_before_effect"), 1) << complaint(result);
  }
}

INSTANTIATE_TEST_SUITE_P(
    MultiLeader, Convergence,
    testing::Values("topology = \"all_to_all\"", "topology = \"ring\"\nclock = \"lamport\"",
                    "topology = \"star\"\nclock = \"wall\"", "conflicts = \"siblings\"",
                    "conflicts = \"merge\"\ntopology = \"ring\"",
                    "topology = \"custom\"\nlinks = [[\"n1\", \"n2\"], [\"n2\", \"n3\"], "
                    "[\"n3\", \"n4\"], [\"n4\", \"n1\"], [\"n3\", \"n1\"]]"));

TEST(MultiLeader, LosesNoWriteWhereConflictsAreAvoided) {
  const Storm storm{.replicas = 3,
                    .replication = "model = \"multi_leader\"\nconflicts = \"avoid\"",
                    .check = "consistency = [\"eventual\"]"};
  const Tally tally = violations(storm, 40);
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

TEST(MultiLeader, LosesNoWriteWhereSiblingsAreKept) {
  const Storm storm{.replicas = 3,
                    .replication = "model = \"multi_leader\"\nconflicts = \"siblings\"",
                    .workload = "keys = 3\nrate = \"80/s\"\nwrite_to = \"any\"\nsession = true",
                    .check = "consistency = [\"eventual\"]"};
  const Tally tally = violations(storm, 40);
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

}  // namespace
}  // namespace quorumlab::tests
