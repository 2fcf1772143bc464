// Leaderless replication under storms of faults: the configurations that claim something keep it.
#include <gtest/gtest.h>

#include <map>

#include "models/registry.h"
#include "tests/models/replication/storm.h"

namespace quorumlab::tests {
namespace {

Storm leaderless(const std::string& options, const std::string& consistency) {
  return {.replicas = 3,
          .replication = "model = \"leaderless\"\n" + options,
          .workload = "keys = 3\nrate = \"60/s\"\nwrite_to = \"any\"\nread_from = \"any\"",
          .check = "consistency = [" + consistency + "]"};
}

const std::string kAtomic = "order = \"read_first\"\nread_repair = \"blocking\"\n";
const std::string kHealing = "anti_entropy = \"300ms\"\n";

TEST(Leaderless, AtomicRegistersAreLinearizableUnderAnyStorm) {
  const Tally tally =
      violations(leaderless(kAtomic + kHealing, "\"linearizable\", \"eventual\""), 100);
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

TEST(Leaderless, AtomicRegistersOnThreeOfFiveReplicasAreLinearizable) {
  Storm storm = leaderless(kAtomic, "\"linearizable\"");
  storm.replicas = 5;
  const Tally tally = violations(storm, 100);
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

TEST(Leaderless, QuorumsThatOverlapAreNotEnoughForLinearizability) {
  EXPECT_GT(violations(leaderless("", "\"linearizable\""), 20).violated, 0);
}

TEST(Leaderless, AtomicityIsGoneWithoutTheReadBeforeTheWrite) {
  EXPECT_GT(violations(leaderless("read_repair = \"blocking\"", "\"linearizable\""), 20).violated,
            0);
}

// Four members, of six replicas; one joins, one leaves, one joins, whatever happens meanwhile.
Storm moving(const std::string& options, const std::string& consistency) {
  Storm storm =
      leaderless(options +
                     "membership = \"gossip\"\nmembers = [\"n1\", \"n2\", \"n3\", \"n4\"]\n"
                     "stream_batch = 1\n"
                     "[[replication.change]]\nat = \"2s\"\njoin = [\"n5\"]\n"
                     "[[replication.change]]\nat = \"5s\"\nleave = [\"n1\"]\n"
                     "[[replication.change]]\nat = \"7s\"\njoin = [\"n6\"]\n"
                     "leave = [\"n2\"]\n",
                 consistency);
  storm.replicas = 6;
  return storm;
}

TEST(Leaderless, AtomicRegistersStayLinearizableWhileReplicasComeAndGo) {
  Storm storm = moving(kAtomic + kHealing, "\"linearizable\", \"eventual\"");
  storm.workload = "keys = 8\nrate = \"100/s\"\nwrite_to = \"any\"\nread_from = \"any\"";
  storm.check += "\ninvariants = [\"one_change_at_a_time\"]";
  const Tally tally = violations(storm, 40);
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

TEST(Leaderless, ThePhiDetectorAndSloppyQuorumsLoseNothingWhileReplicasComeAndGo) {
  const Tally tally =
      violations(moving("order = \"read_first\"\nsloppy = true\ndetector = \"phi\"\n" + kHealing,
                        "\"eventual\""),
                 20);
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

// What each replica that is up said last of this field, by its number.
std::map<std::uint32_t, std::int64_t> last_said(const traces::Record& record,
                                                const std::string& field) {
  std::map<std::uint32_t, std::int64_t> said;
  const auto name = record.find_name(field);
  for (const sim::TraceEvent& event : record.events()) {
    const bool is_it = event.kind == sim::EventKind::kState && name && event.name == *name;
    if (is_it) said[event.lane.value] = event.tags.value;
  }
  return said;
}

TEST(Leaderless, ViewsOfTheRingConvergeAndEveryChangeIsMade) {
  const models::Registry registry = models::builtin_models();
  config::Diagnostics problems;
  const auto loaded = scenarios::load_file(
      std::string(QUORUMLAB_SOURCE_DIR) + "/scenarios/membership/rolling_replacement.toml", {},
      registry, problems);
  ASSERT_TRUE(loaded.has_value()) << problems.render(config::Colour::kOff);
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    traces::Record record;
    (void)scenarios::run(loaded->scenario, registry, {.seed = seed, .record = &record});
    const auto standing = last_said(record, "standing");
    const auto ring = last_said(record, "ring");
    const auto members = last_said(record, "members");
    for (std::uint32_t replica = 0; replica < 8; ++replica) {
      EXPECT_EQ(standing.at(replica), replica < 4 ? 6 : 3) << replica << ", seed " << seed;
      if (replica < 4) continue;
      EXPECT_EQ(ring.at(replica), ring.at(4)) << replica << ", seed " << seed;
      EXPECT_EQ(members.at(replica), 4) << replica << ", seed " << seed;
    }
  }
}

// Clients read from the stand-in what its home never had in effect: op 219 of seed 104 was such.
TEST(Leaderless, AHintThatComesAfterANewerWriteHasHadItsTime) {
  const models::Registry registry = models::builtin_models();
  config::Diagnostics problems;
  const auto loaded = scenarios::load_file(
      std::string(QUORUMLAB_SOURCE_DIR) + "/scenarios/leaderless/forgotten_hints.toml",
      {"replication.mistakes=[]"}, registry, problems);
  ASSERT_TRUE(loaded.has_value()) << problems.render(config::Colour::kOff);
  for (const std::uint64_t seed : {11U, 104U}) {
    const auto result = scenarios::run(loaded->scenario, registry, {.seed = seed});
    EXPECT_TRUE(result.durability.lost.empty()) << seed;
  }
}

// A newcomer that is away for longer than its patience gives up, and then another one may join.
TEST(Leaderless, WhoIsAwayForTooLongGivesUpItsJoin) {
  const std::string text =
      "[scenario]\nname = \"x\"\nduration = \"14s\"\n[cluster]\nreplicas = 6\nclients = 3\n"
      "[workload]\nkeys = 8\nrate = \"60/s\"\nread_from = \"any\"\nwrite_to = \"any\"\n"
      "[check]\nconsistency = [\"linearizable\"]\n[replication]\nmodel = \"leaderless\"\n" +
      kAtomic + kHealing +
      "membership = \"gossip\"\nmembers = [\"n1\", \"n2\", \"n3\", \"n4\"]\n"
      "[[replication.change]]\nat = \"2s\"\npatience = \"2s\"\njoin = [\"n5\"]\n"
      "[[replication.change]]\nat = \"3s\"\njoin = [\"n6\"]\n"
      "[[fault]]\nkind = \"crash\"\non = \"n5\"\nfor = \"4s\"\n"
      "when = { event = \"begins\", on = \"n5\" }\n";
  const models::Registry registry = models::builtin_models();
  config::Diagnostics problems;
  const auto loaded = scenarios::load_text("x.toml", text, {}, registry, problems);
  ASSERT_TRUE(loaded.has_value()) << problems.render(config::Colour::kOff);
  traces::Record record;
  const auto result = scenarios::run(loaded->scenario, registry, {.seed = 4, .record = &record});
  EXPECT_EQ(complaint(result), "");
  const auto standing = last_said(record, "standing");
  EXPECT_EQ(standing.at(4), 0);
  EXPECT_EQ(standing.at(5), 3);
}

TEST(Leaderless, ImpossibleMembershipIsBadInput) {
  const std::string head =
      "[scenario]\nname = \"x\"\nduration = \"2s\"\n[cluster]\nreplicas = 4\nclients = 1\n"
      "[replication]\nmodel = \"leaderless\"\n";
  for (const std::string options :
       {"members = [\"n1\", \"n2\", \"n3\"]",                   // not with static
        "membership = \"gossip\"\nmembers = [\"n1\", \"n2\"]",  // fewer than copies
        "membership = \"gossip\"\nmembers = [\"n1\", \"n2\", \"n3\", \"x\"]",
        "membership = \"gossip\"\n[[replication.change]]\nat = \"1s\"",  // nothing to do
        "membership = \"gossip\"\n[[replication.change]]\nat = \"1s\"\njoin = [\"x\"]",
        "membership = \"gossip\"\ncontact = \"quorum\"",
        "membership = \"gossip\"\nping_timeout = \"1s\""}) {
    config::Diagnostics problems;
    const auto loaded =
        scenarios::load_text("x.toml", head + options, {}, models::builtin_models(), problems);
    EXPECT_FALSE(loaded.has_value()) << options;
    for (const config::Diagnostic& problem : problems.sorted()) {
      EXPECT_GT(problem.span.line, 7U) << problem.message;
    }
  }
}

Storm transactions(const std::string& options) {
  Storm storm = leaderless("transactions = \"all\"\n" + options, "\"linearizable\", \"eventual\"");
  storm.workload += "\ntype = \"cas_register\"";
  return storm;
}

TEST(Leaderless, TransactionsAreLinearizableUnderAnyStorm) {
  const Tally tally = violations(transactions(kHealing), seeds_or(40));
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

TEST(Leaderless, TransactionsAloneAreLinearizableUnderAnyStorm) {
  Storm storm = transactions(kHealing + "settle = false\nballots = \"counter\"\n");
  storm.workload += "\ncas = 1.0\nkeys = 1";
  storm.workload.erase(0, storm.workload.find('\n') + 1);
  const Tally tally = violations(storm, seeds_or(40));
  EXPECT_EQ(tally.violated, 0) << tally.first;
}

class Healing : public testing::TestWithParam<const char*> {};

TEST_P(Healing, BringsReplicasTogetherAfterAnyStorm) {
  Storm storm = leaderless(GetParam(), "\"eventual\"");
  storm.workload += "\nerases = 0.2\nsession = true";
  int diverged = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    if (run_text(storm_text(storm, seed)).property("eventual") != 1) ++diverged;
  }
  EXPECT_EQ(diverged, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Leaderless, Healing,
    testing::Values("anti_entropy = \"300ms\"\nread_repair = \"off\"",
                    "anti_entropy = \"300ms\"\nconflicts = \"siblings\"\norder = \"lamport\"",
                    "anti_entropy = \"300ms\"\norder = \"hybrid\"\nwrite_quorum = 1"));

}  // namespace
}  // namespace quorumlab::tests
