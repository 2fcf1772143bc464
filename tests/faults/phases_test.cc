// Runs in phases, finite replicas, and upgrades.
#include <gtest/gtest.h>

#include "tests/faults/kit.h"

namespace quorumlab::faults {
namespace {

const std::string kPhases =
    "\n[phases]\nwarm_up = \"1s\"\nsettle = \"500ms\"\nquiet = \"1500ms\"\n";

models::CheckResult restored(const Broken& run) {
  const models::CheckResult* const found = run.result.check("restored");
  return found != nullptr ? *found : models::CheckResult{};
}

TEST(Phases, HealFaultsBeforeTheQuietPeriod) {
  const Broken run("kind = \"isolate\"\nat = \"1s\"\non = \"n1\"\nfrom = \"all\"\n" + kPhases);
  ASSERT_EQ(run.result.faults[0].lasted.size(), 1U);
  EXPECT_EQ(run.result.faults[0].lasted[0].second.seconds(), 3);
  EXPECT_EQ(restored(run).verdict, models::Verdict::kHolds) << restored(run).reason;
}

TEST(Phases, SeeDamageThatOutlivesTheFaults) {
  // One replica of two has a log that does not go on where the other's ends: nothing is
  // acknowledged any more.
  const Broken run("kind = \"amnesia\"\nat = \"1500ms\"\nfor = \"500ms\"\non = \"n1\"\n" + kPhases,
                   {"cluster.replicas=1", "replication.lease=\"0s\"", "disk.on_error=\"report\""});
  EXPECT_NE(restored(run).reason, "");
}

TEST(Phases, LetNothingBeginInTheWarmUp) {
  const std::string pause = "kind = \"pause\"\non = \"n2\"\nfor = \"50ms\"\n";
  const auto first = [&](const std::string& when) {
    const std::vector<double> begun = Broken(pause + when + kPhases).begun();
    return begun.empty() ? -1.0 : begun.front();
  };
  EXPECT_EQ(first("every = \"300ms\""), 1.3);
  EXPECT_GE(first("when = { event = \"append\" }"), 1);
  EXPECT_GE(first("when = { message = \"Append\" }"), 1);
  const std::vector<double> begun = Broken(pause + "every = \"300ms\"\n" + kPhases).begun();
  EXPECT_LT(begun.back(), 3);
}

TEST(Phases, LimitANemesisToTheTimeOfFaults) {
  const Broken run("kind = \"pause\"\nat = \"1s\"\nfor = \"10ms\"\non = \"n3\"\n" + kPhases +
                   "\n[random_faults]\nkinds = { pause = 1 }\nevery = \"50ms\"\nfor = \"20ms\"\n");
  ASSERT_GT(run.result.faults.size(), 10U);
  for (const auto& fault : run.result.faults) {
    for (const auto& [begin, end] : fault.lasted) {
      EXPECT_GE(begin.seconds(), 1);
      EXPECT_LE(end.seconds(), 3);
    }
  }
}

TEST(Phases, ThatLeaveNoTimeForFaultsAreAMistake) {
  const std::string told = problems_of(
      "kind = \"pause\"\nat = \"1s\"\non = \"n1\"\n\n[phases]\nwarm_up = \"2s\"\nsettle = \"1s\"\n"
      "quiet = \"2s\"\n");
  EXPECT_NE(told.find("no time is left for faults"), std::string::npos) << told;
}

TEST(Service, MakesReplicasFinite) {
  const std::string nothing = "kind = \"clock_offset\"\nat = \"1s\"\non = \"c2\"\nby = \"0s\"";
  const Broken fast(nothing);
  const Broken slow(nothing, {"service={ takes = \"4ms\", queue = 1000 }"});
  EXPECT_GT(slow.result.writes.median, fast.result.writes.median + sim::Duration(4'000'000));
  const Broken tiny(nothing, {"service={ takes = \"4ms\", queue = 0 }"});
  EXPECT_GT(tiny.dropped(sim::DropReason::kOverflow), 20U);
}

// A fault that slows a node down leaves it as slow as it was before.
TEST(Service, IsWhatASlowNodeReturnsTo) {
  const std::string fault =
      "kind = \"slow_node\"\nat = \"1s\"\nfor = \"1s\"\non = \"n1\"\ntakes = \"20ms\"\nqueue = 5";
  const Broken run(fault, {"service={ takes = \"6ms\", queue = 0 }"});
  std::size_t later = 0;
  for (const sim::TraceEvent& event : run.record.events()) {
    later += std::size_t{event.at.seconds() > 3 && event.reason == sim::DropReason::kOverflow &&
                         event.peer == sim::NodeId(0)};
  }
  EXPECT_GT(later, 10U);
}

const std::string kUpgrade = "kind = \"upgrade\"\nat = \"1s\"\ndown = \"100ms\"\ngap = \"200ms\"\n";

// How often a replica sends entries or heartbeats in the last second.
std::size_t sends(const Broken& run, std::uint32_t lane) {
  std::size_t count = 0;
  for (const sim::TraceEvent& event : run.record.events()) {
    count +=
        std::size_t{event.at.seconds() > 4 && event.kind == sim::EventKind::kSend &&
                    event.lane == sim::NodeId(lane) && run.record.name(event.name) == "Append"};
  }
  return count;
}

TEST(Upgrade, GivesNewOptionsToThoseWhoHadTheirTurn) {
  const std::vector<std::string> idle = {"workload.rate=\"1/s\""};
  const Broken all(kUpgrade + "on = \"replicas\"\nset = { heartbeat = \"10ms\" }", idle);
  const Broken others(kUpgrade + "on = [\"n2\", \"n3\"]\nset = { heartbeat = \"10ms\" }", idle);
  EXPECT_EQ(all.count(sim::EventKind::kCrash), 3U);
  EXPECT_EQ(others.count(sim::EventKind::kCrash), 2U);
  EXPECT_GT(sends(all, 0), 3 * sends(others, 0)) << "the leader has its turn in one of them";
  EXPECT_EQ(all.effect().effects, 3U);
  EXPECT_EQ(all.result.property("lost_writes"), 0);
}

TEST(Upgrade, ThatEndsInTheMiddleLeavesOldAndNewSideBySide) {
  const Broken run(kUpgrade +
                       "for = \"250ms\"\non = [\"n1\", \"n2\"]\n"
                       "set = { heartbeat = \"10ms\" }",
                   {"workload.rate=\"1/s\""});
  EXPECT_EQ(run.effect().effects, 1U);
  EXPECT_EQ(run.count(sim::EventKind::kCrash), 1U);
  EXPECT_GT(sends(run, 0), 100U);
}

TEST(Upgrade, OfAVersionWithABugIsFound) {
  const std::string outage =
      "\n[[fault]]\nkind = \"power_loss\"\nat = \"3s\"\nfor = \"500ms\"\non = \"replicas\"";
  const Broken run(kUpgrade +
                       "on = [\"n2\", \"n3\"]\n"
                       "set = { mistakes = [\"acknowledge_before_sync\"] }" +
                       outage,
                   {"disk.sync=\"20ms\"", "check.invariants=[\"acknowledged_on_disk\"]",
                    "replication.mistakes=[]"});
  EXPECT_EQ(run.result.property("acknowledged_on_disk"), 0);
}

}  // namespace
}  // namespace quorumlab::faults
