// Raft under storms of faults: the protocol keeps its promises, and each planted mistake is caught.
#include <gtest/gtest.h>

#include "tests/models/replication/storm.h"

namespace quorumlab::tests {
namespace {

const std::string kFigure3 =
    "consistency = [\"linearizable\", \"eventual\"]\n"
    "invariants = [\"one_leader_per_term\", \"leader_append_only\", \"log_matching\", "
    "\"leader_completeness\", \"state_machine_safety\"]";

Storm raft(const std::string& options) {
  return {.replicas = 5, .replication = "model = \"raft\"\n" + options, .check = kFigure3};
}

class Reads : public testing::TestWithParam<const char*> {};

TEST_P(Reads, AreLinearizableUnderAnyStorm) {
  const Tally tally = violations(raft(GetParam()), 60);
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

INSTANTIATE_TEST_SUITE_P(
    Raft, Reads,
    testing::Values("reads = \"log\"", "reads = \"read_index\"", "reads = \"lease\"",
                    "reads = \"read_index\"\npre_vote = false\ncheck_quorum = false",
                    "reads = \"read_index\"\nsnapshot_every = 50\nsnapshot_chunk = 200",
                    "reads = \"lease\"\nsnapshot_every = 20\npipeline = 1\nbatch = 3"));

// QUORUMLAB_SEEDS=1000 for the long run.
TEST(Raft, FiveServersStayLinearizableThroughAMinuteOfRandomFaults) {
  Storm storm = raft("reads = \"read_index\"\nsnapshot_every = 200");
  storm.seconds = 60;
  storm.faults = 25;
  const Tally tally = violations(storm, seeds_or(8));
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

const std::string kJoint = R"(
voters = ["n1", "n2", "n3"]
membership = "joint"
[[replication.change]]
at  = "3s"
add = ["n4", "n5"]
remove = ["n1"]
[[replication.change]]
at   = "7s"
lead = "n4"
[[replication.change]]
at   = "9s"
add  = ["n1"]
remove = ["n2"])";

const std::string kSingle = R"(
voters = ["n1", "n2", "n3", "n4"]
membership = "single"
[[replication.change]]
at  = "2s"
patience = "600ms"
add = ["n5"]
[[replication.change]]
at  = "4s"
patience = "600ms"
remove = ["n1"]
[[replication.change]]
at  = "6s"
patience = "600ms"
remove = ["n3"]
[[replication.change]]
at  = "8s"
patience = "600ms"
add = ["n3"]
[[replication.change]]
at  = "10s"
patience = "600ms"
lead = "n2")";

Storm without_convergence(Storm storm) {
  storm.check.replace(storm.check.find(", \"eventual\""), 12, "");
  return storm;
}

TEST(Membership, ChangesJointlyUnderAnyStorm) {
  const Tally tally = violations(without_convergence(raft("reads = \"lease\"" + kJoint)), 100);
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

TEST(Membership, ChangesOneByOneUnderAnyStorm) {
  const Tally tally = violations(
      without_convergence(raft("reads = \"read_index\"\nsnapshot_every = 40" + kSingle)), 100);
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

// Not in the catalogue: any storm shows it.
TEST(Mistakes, ALeaderThatCommitsAloneLosesWrites) {
  Storm storm = raft("mistakes = [\"acknowledge_before_quorum\"]");
  EXPECT_GT(violations(storm, 20).violated, 0);
}

TEST(Sessions, ApplyARepeatedRequestOnceUnderAnyStorm) {
  Storm storm = raft("snapshot_every = 30");
  storm.workload = "keys = 2\nrate = \"80/s\"\ntimeout = \"3s\"\nattempt = \"50ms\"";
  const Tally tally = violations(storm, 60);
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

TEST(Followers, AnswerReadsThroughTheLeaderUnderAnyStorm) {
  Storm storm = raft("follower_reads = true");
  storm.workload = "keys = 2\nrate = \"80/s\"\nread_from = \"any\"";
  const Tally tally = violations(storm, 60);
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

}  // namespace
}  // namespace quorumlab::tests
