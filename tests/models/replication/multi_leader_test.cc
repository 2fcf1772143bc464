// Multi-leader replication under storms of faults: replicas come together, whatever the topology.
#include <gtest/gtest.h>

#include "models/registry.h"
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

struct Shared {
  const char* replication;
  const char* workload;
};

class SharedObjects : public testing::TestWithParam<Shared> {};

TEST_P(SharedObjects, ConvergeAndLoseNothingInAnyStorm) {
  Storm storm{.replicas = 4,
              .replication = std::string("model = \"multi_leader\"\n") + GetParam().replication,
              .workload = std::string("keys = 3\nrate = \"80/s\"\nreads = 0.2\n"
                                      "read_from = \"nearest\"\nwrite_to = \"nearest\"\n") +
                          GetParam().workload,
              .check = "consistency = [\"eventual\", \"strong_eventual\"]"};
  storm.kinds.push_back("duplicate");
  const Tally tally = violations(storm, 20);
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

INSTANTIATE_TEST_SUITE_P(
    MultiLeader, SharedObjects,
    testing::Values(
        Shared{"conflicts = \"crdt\"\ncrdt = \"g_counter\"\ntopology = \"ring\"",
               "type = \"counter\""},
        Shared{"conflicts = \"crdt\"\ncrdt = \"pn_counter\"\nupdates = \"operations\"\n"
               "topology = \"star\"",
               "type = \"counter\""},
        Shared{"conflicts = \"merge\"\nmerge = \"sum_of_deltas\"", "type = \"counter\""},
        Shared{"conflicts = \"crdt\"\ncrdt = \"g_set\"\ncausal = false", "type = \"set\""},
        Shared{"conflicts = \"crdt\"\ncrdt = \"or_set\"\ntopology = \"ring\"",
               "type = \"set\"\nremoves = 0.4"},
        Shared{"conflicts = \"crdt\"\ncrdt = \"or_set\"\ncausal = false",
               "type = \"set\"\nremoves = 0.4"},
        Shared{"conflicts = \"crdt\"\ncrdt = \"or_set\"\nupdates = \"operations\"",
               "type = \"set\"\nremoves = 0.4"},
        Shared{"conflicts = \"crdt\"\ncrdt = \"lww_register\"", "type = \"register\""},
        Shared{"conflicts = \"crdt\"\ncrdt = \"mv_register\"\ntopology = \"star\"",
               "type = \"register\"\nerases = 0.1"},
        Shared{"conflicts = \"crdt\"\ncrdt = \"rga\"\ntopology = \"ring\"", "type = \"list\""},
        Shared{"conflicts = \"crdt\"\ncrdt = \"rga\"\nupdates = \"operations\"",
               "type = \"list\""}));

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

// Totals were equal by chance, each without what the other side had counted last.
TEST(MultiLeader, EqualTotalsAreNotYetAnAgreement) {
  const auto result =
      run_file("multi_leader/counter_with_one_cell.toml", {"replication.mistakes=[]"}, 463);
  EXPECT_EQ(result.property("lost_writes"), 0) << complaint(result);
}

// Whoever writes `crdt` and forgets `conflicts` would get registers in which the last write wins.
TEST(MultiLeader, AFunctionOrATypeThatNobodyAsksForIsBadInput) {
  const std::string head =
      "[scenario]\nname = \"x\"\nduration = \"2s\"\n[cluster]\nreplicas = 3\nclients = 1\n"
      "[replication]\nmodel = \"multi_leader\"\n";
  for (const std::string options :
       {"crdt = \"or_set\"", "merge = \"union\"", "conflicts = \"merge\"\ncrdt = \"rga\"",
        "conflicts = \"crdt\"\ncrdt = \"g_set\"\nmerge = \"least\""}) {
    config::Diagnostics problems;
    EXPECT_FALSE(
        scenarios::load_text("x.toml", head + options, {}, models::builtin_models(), problems))
        << options;
    for (const config::Diagnostic& problem : problems.sorted()) {
      EXPECT_GT(problem.span.line, 8U) << problem.message;
    }
  }
}

}  // namespace
}  // namespace quorumlab::tests
