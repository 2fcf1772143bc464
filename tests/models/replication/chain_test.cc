// Chain replication under storms of faults that leave its master alone.
#include <gtest/gtest.h>

#include "tests/models/replication/storm.h"

namespace quorumlab::tests {
namespace {

Storm chain(const std::string& options) {
  return {.replicas = 4,
          .replication = "model = \"chain\"\n" + options,
          .workload = "keys = 3\nrate = \"60/s\"\nread_from = \"any\"",
          .check =
              "consistency = [\"linearizable\", \"eventual\"]\n"
              "invariants = [\"one_leader_per_term\"]"};
}

TEST(Chain, IsLinearizableUnderAnyStorm) {
  const Tally tally = violations(chain(""), 100);
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

TEST(Chain, IsLinearizableWhenEveryMemberAnswersReads) {
  const Tally tally = violations(chain("reads = \"any\""), 100);
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

}  // namespace
}  // namespace quorumlab::tests
