// Chain replication under storms of faults.
#include <gtest/gtest.h>

#include <string>

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

// A tail that has yet to let the next one in does not answer as the tail, and has nobody to ask.
TEST(Chain, ATailWithASuccessorOnItsWayAsksNobodyAboutAWriteUnderWay) {
  Storm storm = chain("reads = \"any\"");
  storm.check = "consistency = [\"linearizable\", \"eventual\"]";
  EXPECT_EQ(complaint(run_text(storm_text(storm, 783))), "");
}

// Shipping what is not on disk, a member that has yet to catch up found work again and again, and
// did not wait for anything.
TEST(Chain, AMemberThatCatchesUpWaitsBeforeItShips) {
  EXPECT_EQ(run_file("chain/shipped_before_sync.toml", {}, 254).stopped_because, "");
}

// Who came behind the tail confirmed a write while the old tail had not heard that it was none any
// more, and answered without it.
TEST(Chain, ANewTailFirstHearsThatTheOldOneKnows) {
  const auto result = run_file("chain/no_grace.toml", {"replication.mistakes=[]"}, 823);
  EXPECT_EQ(result.property("linearizable"), 1) << complaint(result);
}

Storm council(const std::string& options) {
  Storm storm = chain("masters = [\"n1\", \"n2\", \"n3\"]\n" + options);
  storm.replicas = 6;
  storm.check =
      "consistency = [\"linearizable\", \"eventual\"]\n"
      "invariants = [\"one_leader_per_term\", \"one_order_per_epoch\"]";
  return storm;
}

TEST(Chain, IsLinearizableUnderAnyStormThatAlsoHitsItsMasters) {
  const Tally tally = violations(council(""), seeds_or(40));
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

TEST(Chain, IsLinearizableWithSeveralMastersWhenEveryMemberAnswersReads) {
  const Tally tally = violations(council("reads = \"any\""), seeds_or(40));
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

// While the head's own disk keeps a write waiting, the master takes the head out of the chain and
// it throws the entry away.
TEST(Chain, AHeadMayLoseAnEntryWhileItsDiskStandsStill) {
  const std::string text = R"toml([scenario]
name     = "a head whose disk stands still while the chain changes"
duration = "6s"
[cluster]
replicas = 4
clients  = 4
[replication]
model = "chain"
[workload]
keys = 3
rate = "100/s"
[[fault]]
kind = "disk_stall"
on   = "n2"
at   = "2s"
for  = "2s"
[[fault]]
kind   = "message_loss"
chance = 0.3
at     = "2300ms"
for    = "1500ms"
)toml";
  for (int seed = 1; seed <= 10; ++seed) {
    std::string seeded = text;
    seeded.insert(seeded.find("duration"), "seed = " + std::to_string(seed) + "\n");
    EXPECT_EQ(run_text(seeded).property("linearizable"), 1) << seed;
  }
}

}  // namespace
}  // namespace quorumlab::tests
