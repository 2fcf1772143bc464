// Processes: crashes of each scope, pauses, finite speed, restarts in turn.
#include <gtest/gtest.h>

#include "tests/faults/kit.h"

namespace quorumlab::faults {
namespace {

using sim::EventKind;
using sim::NodeId;

TEST(Crash, UnwindsTheProcessAndStartsItAgain) {
  const Broken run("kind = \"crash\"\nat = \"1s\"\nfor = \"1s\"\non = \"n1\"");
  EXPECT_EQ(run.count(EventKind::kCrash), 1U);
  EXPECT_EQ(run.count(EventKind::kRestart), 6U);  // five starts and one more
  EXPECT_EQ(run.effect().effects, 1U);
  EXPECT_EQ(run.result.property("lost_writes"), 0);
}

TEST(Crash, OfANodeThatIsDownIsInert) {
  const Broken run(
      "kind = \"crash\"\nat = \"1s\"\nfor = \"3s\"\non = \"n1\"\n\n"
      "[[fault]]\nkind = \"crash\"\nat = \"2s\"\nfor = \"1s\"\non = \"n1\"");
  EXPECT_EQ(run.effect(0).effects, 1U);
  EXPECT_EQ(run.effect(1).opportunities, 1U);
  EXPECT_EQ(run.effect(1).effects, 0U);
}

TEST(PowerLoss, OfAllAtOnceKeepsWhatWasAcknowledged) {
  const Broken run("kind = \"power_loss\"\nat = \"2s\"\nfor = \"500ms\"\non = \"replicas\"");
  EXPECT_EQ(run.effect().effects, 3U);
  EXPECT_EQ(run.result.property("lost_writes"), 0);
  EXPECT_EQ(run.result.property("recovered"), 1);
}

TEST(PowerLoss, TearsUnsyncedWritesAndRecoveryNotices) {
  for (std::uint64_t image = 0; image < 16; ++image) {
    const Broken run(
        "kind = \"power_loss\"\nat = \"2s\"\nfor = \"500ms\"\non = \"replicas\"\nimage = " +
            std::to_string(image),
        {"disk.unsynced=torn", "disk.sync=\"20ms\""});
    EXPECT_EQ(run.result.property("lost_writes"), 0) << image;
    EXPECT_EQ(run.result.property("linearizable"), 1) << image;
  }
}

TEST(Amnesia, OfEverybodyLosesEverythingBefore) {
  const Broken all("kind = \"amnesia\"\nat = \"2s\"\nfor = \"500ms\"\non = \"replicas\"");
  EXPECT_GT(all.result.property("lost_writes"), 50);
}

TEST(Pause, LetsEverythingWaitAndHappenAtOnce) {
  const Broken run("kind = \"pause\"\nat = \"1s\"\nfor = \"1s\"\non = \"n1\"");
  EXPECT_EQ(run.count(EventKind::kPause), 1U);
  EXPECT_EQ(run.count(EventKind::kResume), 1U);
  for (const sim::TraceEvent& event : run.record.events()) {
    const bool paused = event.at.seconds() > 1 && event.at.seconds() < 2;
    EXPECT_FALSE(paused && event.lane == NodeId(0) && event.kind == EventKind::kReceive);
  }
}

TEST(Pause, CountsWhatStillWaitsWhenTheRunEnds) {
  const Broken cut("kind = \"pause\"\nat = \"1s\"\nfor = \"3s\"\non = \"n1\"",
                   {"limits.events=1500"});
  ASSERT_EQ(cut.count(EventKind::kPause), 1U);
  ASSERT_EQ(cut.count(EventKind::kResume), 0U);
  EXPECT_GT(cut.effect().effects, 0U);
}

TEST(SlowNode, TurnsAwayWhatFindsItsQueueFull) {
  const std::string fault = "kind = \"slow_node\"\nat = \"1s\"\nfor = \"3s\"\non = \"n1\"\n";
  const Broken busy(fault + "takes = \"50ms\"\nqueue = 1");
  EXPECT_GT(busy.dropped(sim::DropReason::kOverflow), 0U);
  const Broken relaxed(fault + "takes = \"10us\"\nqueue = 100");
  EXPECT_EQ(relaxed.dropped(sim::DropReason::kOverflow), 0U);
  EXPECT_GT(busy.result.writes.p99, relaxed.result.writes.p99);
}

TEST(RollingRestart, TakesOneAfterTheOther) {
  const Broken run(
      "kind = \"rolling_restart\"\nat = \"1s\"\nfor = \"1600ms\"\non = \"replicas\"\n"
      "down = \"100ms\"\ngap = \"400ms\"");
  std::vector<std::uint32_t> order;
  int down = 0;
  for (const sim::TraceEvent& event : run.record.events()) {
    if (event.kind == EventKind::kCrash) {
      order.push_back(event.lane.value);
      EXPECT_EQ(++down, 1) << "two were down at once";
    }
    if (event.kind == EventKind::kRestart && event.at.seconds() > 0) --down;
  }
  EXPECT_EQ(order, (std::vector<std::uint32_t>{0, 1, 2, 0}));
  EXPECT_EQ(run.result.property("lost_writes"), 0);
}

TEST(RestartStorm, IsACrashThatComesAgainAndAgain) {
  const Broken run(
      "kind = \"process_crash\"\nevery = \"300ms\"\nfor = \"50ms\"\ntimes = 6\non = \"n1\"");
  EXPECT_EQ(run.effect().activations, 6U);
  EXPECT_EQ(run.count(EventKind::kCrash), 6U);
  EXPECT_EQ(run.result.property("recovered"), 1);
}

TEST(CrashAtAPoint, BeforeTheSyncLosesTheEntryThatWasNotDurable) {
  const Broken run(
      "kind = \"crash\"\nwhen = { event = \"before_sync\", on = \"n1\", nth = 20 }\n"
      "for = \"500ms\"\non = \"n1\"");
  ASSERT_EQ(run.count(EventKind::kCrash), 1U);
  for (const sim::TraceEvent& event : run.record.events()) {
    if (event.kind != EventKind::kCrash) continue;
    EXPECT_GT(event.tags.value, 0);
  }
  EXPECT_EQ(run.result.property("lost_writes"), 0);
}

TEST(CrashAtAPoint, InsideRecoveryIsRecoveredFromToo) {
  const Broken run(
      "kind = \"process_crash\"\nat = \"1s\"\nfor = \"200ms\"\non = \"n1\"\n\n"
      "[[fault]]\nkind = \"process_crash\"\n"
      "when = { event = \"restart\", on = \"n1\" }\nfor = \"200ms\"\non = \"n1\"");
  EXPECT_EQ(run.count(EventKind::kCrash), 2U);
  EXPECT_EQ(run.effect(1).effects, 1U);
  EXPECT_EQ(run.result.property("recovered"), 1);
}

}  // namespace
}  // namespace quorumlab::faults
