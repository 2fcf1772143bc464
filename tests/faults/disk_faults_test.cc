// The table of durability: what each kind of outage takes from a disk, and what broken disks do.
#include <gtest/gtest.h>

#include <set>

#include "tests/faults/kit.h"
#include "tests/sim/small_world.h"

namespace quorumlab::faults {
namespace {

using namespace sim::literals;
using sim::Node;
using sim::NodeId;
using sim::Outage;
using sim::Scope;

struct Liar : sim::DiskTrouble {
  void sync(Node&, std::uint64_t, sim::SyncFate& fate) override { fate.lies = true; }
};
struct Failing : sim::DiskTrouble {
  void sync(Node&, std::uint64_t, sim::SyncFate& fate) override { fate.fails = failing; }
  bool failing = true;
};

// What a node finds on its disk after the outage: it wrote "synced" and synced, then "cached".
std::string found_after(Scope scope, sim::DiskTrouble* trouble) {
  sim::SmallWorld small;
  std::string found;
  const NodeId a = small.add(
      {.name = "a",
       .disk = {.sync = sim::Distribution::constant(1_ms), .on_error = sim::OnDiskError::kReport},
       .program = [&](Node& node) {
         if (node.incarnation() == 2) {
           found = node.disk().read("log");
           return;
         }
         if (trouble != nullptr) node.disk().join(*trouble);
         node.disk().append("log", "synced");
         node.disk().sync();
         node.disk().append("log", "+cached");
         node.sleep(1_s);
       }});
  small.at(100_ms, [&] { small.world.crash(a, {.scope = scope}); });
  small.at(200_ms, [&] { small.world.start(a); });
  small.run_to(300_ms);
  return found;
}

TEST(DurabilityTable, AnHonestDisk) {
  EXPECT_EQ(found_after(Scope::kProcess, nullptr), "synced+cached");
  EXPECT_EQ(found_after(Scope::kMachine, nullptr), "synced");
  EXPECT_EQ(found_after(Scope::kPower, nullptr), "synced");
  EXPECT_EQ(found_after(Scope::kEverything, nullptr), "");
}

TEST(DurabilityTable, ADiskThatLiesAboutSyncs) {
  Liar liar;
  EXPECT_EQ(found_after(Scope::kProcess, &liar), "synced+cached");
  EXPECT_EQ(found_after(Scope::kMachine, &liar), "synced");
  EXPECT_EQ(found_after(Scope::kPower, &liar), "");
  EXPECT_EQ(found_after(Scope::kEverything, &liar), "");
}

TEST(DurabilityTable, ADiskWhoseSyncFails) {
  Failing failing;
  EXPECT_EQ(found_after(Scope::kProcess, &failing), "synced+cached");
  EXPECT_EQ(found_after(Scope::kMachine, &failing), "");
  EXPECT_EQ(found_after(Scope::kPower, &failing), "");
}

TEST(FailedSync, IsNotMadeGoodByALaterOne) {
  sim::SmallWorld small;
  Failing failing;
  std::vector<bool> said;
  std::string found;
  const NodeId a = small.add(
      {.name = "a", .disk = {.on_error = sim::OnDiskError::kReport}, .program = [&](Node& node) {
         if (node.incarnation() == 2) {
           found = node.disk().read("log");
           return;
         }
         node.disk().join(failing);
         node.disk().append("log", "lost");
         said.push_back(node.disk().sync());
         failing.failing = false;
         said.push_back(node.disk().sync());
         node.disk().append("log", "kept");
         said.push_back(node.disk().sync());
         EXPECT_EQ(node.disk().read("log"), "lostkept");
         node.sleep(1_s);
       }});
  small.at(100_ms, [&] { small.world.crash(a); });
  small.at(200_ms, [&] { small.world.start(a); });
  small.run_to(300_ms);
  EXPECT_EQ(said, (std::vector<bool>{false, true, true}));
  EXPECT_EQ(found, std::string(4, '\0') + "kept");
}

// Every legal image of two unsynced writes of a sector each, by number.
std::set<std::string> images(sim::Unsynced unsynced, std::uint64_t* count) {
  std::set<std::string> all;
  for (std::uint64_t image = 0; image < 8; ++image) {
    sim::SmallWorld small;
    const NodeId a =
        small.add({.name = "a", .disk = {.unsynced = unsynced}, .program = [](Node& node) {
                     node.disk().append("log", std::string(512, 'a'));
                     node.disk().append("log", std::string(512, 'b'));
                     node.sleep(1_s);
                   }});
    small.run_to(1_ms);
    *count = small.world.node(a).disk().crash_images(Scope::kMachine);
    small.world.crash(a, {.scope = Scope::kMachine, .image = image});
    std::string left;
    const std::string& log = small.world.node(a).disk().read("log");
    for (std::size_t at = 0; at < log.size(); at += 512) left += log[at] == '\0' ? '.' : log[at];
    all.insert(left);
    small.run_to(2_ms);
  }
  return all;
}

TEST(CrashImages, AreEnumeratedEachOnce) {
  std::uint64_t count = 0;
  EXPECT_EQ(images(sim::Unsynced::kLost, &count), (std::set<std::string>{""}));
  EXPECT_EQ(count, 1U);
  EXPECT_EQ(images(sim::Unsynced::kPrefix, &count), (std::set<std::string>{"", "a", "ab"}));
  EXPECT_EQ(count, 3U);
  EXPECT_EQ(images(sim::Unsynced::kTorn, &count), (std::set<std::string>{"", "a", ".b", "ab"}));
  EXPECT_EQ(count, 4U);
}

const std::string kOnLeader = "at = \"1s\"\nfor = \"1s\"\non = \"n1\"\n";

TEST(DiskStall, HoldsSyncsUntilItEnds) {
  const Broken run("kind = \"disk_stall\"\n" + kOnLeader);
  for (const sim::TraceEvent& event : run.record.events()) {
    if (event.kind != sim::EventKind::kSync || event.lane != NodeId(0)) continue;
    EXPECT_FALSE(event.at.seconds() > 1 && event.at.seconds() < 2);
  }
  EXPECT_EQ(run.result.property("recovered"), 1);
}

TEST(DiskFull, MakesAProcessGiveUpAndComeBackWhenThereIsRoom) {
  const Broken run("kind = \"disk_full\"\n" + kOnLeader);
  EXPECT_EQ(run.count(sim::EventKind::kCrash), 1U);
  EXPECT_EQ(run.notes("disk_full"), run.effect().effects);
  EXPECT_EQ(run.result.property("lost_writes"), 0);
  EXPECT_EQ(run.result.property("recovered"), 1);
}

// The page that was dropped stays readable until the machine goes down: who starts again from the
// page cache builds on a hole (Rebello et al., USENIX ATC 2020, section 4).
TEST(SyncFails, CostsWhatIsAcknowledgedLaterWhetherTheProcessLooksOrStops) {
  const std::string fault =
      "kind = \"sync_fails\"\n" + kOnLeader +
      "\n[[fault]]\nkind = \"crash\"\nat = \"3s\"\nfor = \"500ms\"\non = \"replicas\"\n";
  const auto lost_in_ten_runs = [&](const std::string& on_error) {
    std::int64_t lost = 0;
    for (int seed = 1; seed <= 10; ++seed) {
      const Broken run(fault, {"cluster.replicas=1", "disk.on_error=" + on_error,
                               "scenario.seed=" + std::to_string(seed)});
      lost += run.result.property("lost_writes").value_or(0);
    }
    return lost;
  };
  EXPECT_GT(lost_in_ten_runs("crash"), 0);
  EXPECT_GT(lost_in_ten_runs("report"), 0);
}

TEST(SyncLies, CostsNothingUntilThePowerFails) {
  const auto lost = [](const std::string& outage) {
    const Broken run(
        "kind = \"sync_lies\"\nat = \"0s\"\non = \"replicas\"\n\n[[fault]]\nkind = \"" + outage +
        "\"\nat = \"3s\"\nfor = \"500ms\"\non = \"replicas\"\n");
    return run.result.property("lost_writes").value_or(-1);
  };
  EXPECT_EQ(lost("process_crash"), 0);
  EXPECT_EQ(lost("crash"), 0);
  EXPECT_GT(lost("power_loss"), 0);
}

TEST(SkippedSync, IsCaughtWhenThePowerFails) {
  const std::string outage =
      "kind = \"power_loss\"\nat = \"2s\"\nfor = \"500ms\"\non = \"replicas\"\n";
  const Broken good(outage, {"disk.sync=\"20ms\""});
  EXPECT_EQ(good.result.property("lost_writes"), 0);
  const Broken bad(outage,
                   {"disk.sync=\"20ms\"", "replication.mistakes=[\"acknowledge_before_sync\"]",
                    "check.invariants=[\"acknowledged_on_disk\"]"});
  EXPECT_EQ(bad.result.property("acknowledged_on_disk"), 0);
}

TEST(LostWrites, ShowOnlyAfterTheMachineWentDown) {
  const auto lost = [](const std::string& outage) {
    const Broken run(
        "kind = \"lost_writes\"\nat = \"0s\"\nfor = \"4s\"\non = \"replicas\"\n"
        "chance = 0.05\n\n[[fault]]\nkind = \"" +
        outage + "\"\nat = \"3s\"\nfor = \"500ms\"\non = \"replicas\"\n");
    return run.result.property("lost_writes").value_or(-1);
  };
  EXPECT_EQ(lost("process_crash"), 0);
  EXPECT_GT(lost("crash"), 0);
}

TEST(MisdirectedWrites, DestroyWhatWasThereBefore) {
  const Broken run(
      "kind = \"misdirected_writes\"\nat = \"1s\"\nfor = \"3s\"\non = \"replicas\"\n"
      "chance = 0.05\n\n[[fault]]\nkind = \"crash\"\nat = \"3s\"\nfor = \"500ms\"\n"
      "on = \"replicas\"\n");
  EXPECT_GT(run.effect().effects, 0U);
  EXPECT_GT(run.result.property("lost_writes"), 0);
}

TEST(BitRot, FlipsAsManyBitsAsItSays) {
  sim::SmallWorld small;
  const NodeId a = small.add("a", [](Node& node) {
    node.disk().append("log", std::string(64, '\0'));
    node.disk().sync();
    node.sleep(1_s);
  });
  small.run_to(10_ms);
  sim::Stream stream(sim::Seed{1}, "test");
  EXPECT_EQ(small.world.node(a).disk().rot(stream, 1), 1U);
  int bits = 0;
  for (const char c : small.world.node(a).disk().read("log")) {
    bits += std::popcount(static_cast<unsigned char>(c));
  }
  EXPECT_EQ(bits, 1);
}

}  // namespace
}  // namespace quorumlab::faults
