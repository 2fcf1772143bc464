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

}  // namespace
}  // namespace quorumlab::tests
