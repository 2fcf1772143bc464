// Sleeps, time-outs and callbacks: they follow the clock of their node.
#include "sim/timers.h"

#include <gtest/gtest.h>

#include "tests/sim/small_world.h"

namespace quorumlab::sim {
namespace {

// When a sleep of 10 s ends if `meddle` happens to the world meanwhile.
template <class Meddle>
Time end_of_sleep(std::int64_t rate_ppb, Meddle meddle) {
  Time end;
  SmallWorld small;
  small.add({.name = "a", .clock_rate_ppb = rate_ppb, .program = [&](Node& node) {
               node.sleep(10_s);
               end = node.world().now();
             }});
  meddle(small);
  small.run_to(1_min);
  return end;
}

TEST(Sleep, FollowsTheClockOfItsNode) {
  EXPECT_EQ(end_of_sleep(0, [](SmallWorld&) {}), Time{} + 10_s);
  EXPECT_EQ(end_of_sleep(100'000, [](SmallWorld&) {}), Time(9'999'000'100));
  EXPECT_EQ(end_of_sleep(-100'000, [](SmallWorld&) {}), Time(10'001'000'101));
}

TEST(Sleep, EndsEarlierWhenTheClockSpeedsUp) {
  EXPECT_EQ(end_of_sleep(0,
                         [](SmallWorld& small) {
                           small.at(4_s, [&] {
                             EXPECT_EQ(small.world.set_clock_rate(NodeId(0), 1'000'000'000), 1U);
                           });
                         }),
            Time{} + 7_s);
}

TEST(Sleep, EndsLaterWhenTheClockSlowsDown) {
  EXPECT_EQ(end_of_sleep(0,
                         [](SmallWorld& small) {
                           small.at(4_s,
                                    [&] { small.world.set_clock_rate(NodeId(0), -500'000'000); });
                         }),
            Time{} + 16_s);
}

TEST(Sleep, FollowsEveryChangeOfRate) {
  EXPECT_EQ(end_of_sleep(1'000'000'000,
                         [](SmallWorld& small) {
                           small.at(1_s,
                                    [&] { small.world.set_clock_rate(NodeId(0), -750'000'000); });
                           small.at(5_s, [&] { small.world.set_clock_rate(NodeId(0), 0); });
                         }),
            Time{} + 12_s);
}

TEST(Sleep, DoesNotNoticeAStepOfTheWallClock) {
  EXPECT_EQ(end_of_sleep(0,
                         [](SmallWorld& small) {
                           small.at(1_s, [&] { small.world.step_clock(NodeId(0), 1_min); });
                           small.at(2_s, [&] { small.world.step_clock(NodeId(0), -5_min); });
                         }),
            Time{} + 10_s);
}

TEST(Sleep, OfNothingOrLessStillLetsOthersRun) {
  std::vector<std::string> log;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    node.spawn("other", [&] { log.emplace_back("other"); });
    node.sleep(-1_s);
    log.emplace_back("main");
    node.sleep(1_ms);
  });
  small.run_to(1_s);
  EXPECT_EQ(log, (std::vector<std::string>{"other", "main"}));
}

TEST(Sleep, ForEverNeverEnds) {
  bool woke = false;
  SmallWorld small;
  small.add({.name = "a", .clock_rate_ppb = 100'000, .program = [&](Node& node) {
               node.sleep(1_s);
               node.sleep(Duration::max());
               woke = true;
             }});
  EXPECT_EQ(small.world.run_until(Time::max()), Stop::kIdle);
  small.world.set_clock_rate(NodeId(0), -5);
  EXPECT_EQ(small.world.run_until(Time::max()), Stop::kIdle);
  EXPECT_FALSE(woke);
  EXPECT_LT(small.world.now(), after_start(2_s));
  ASSERT_EQ(small.world.waiting().size(), 1U);
  EXPECT_STREQ(small.world.waiting().front().waiting.what, "sleep");
}

TEST(Timeout, OfACallFollowsTheClockOfTheCaller) {
  Time end;
  SmallWorld small;
  small.add({.name = "a", .clock_rate_ppb = 1'000'000'000, .program = [&](Node& node) {
               EXPECT_FALSE(node.call(NodeId(1), Ping{}, 100_ms));
               end = node.world().now();
             }});
  small.add("b", idle_program);
  small.run_to(1_s);
  EXPECT_EQ(end, after_start(50_ms));
}

TEST(Timer, CallsBackOnceUnlessCancelled) {
  std::vector<Time> calls;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    node.after(3_ms, [&] { calls.push_back(node.now()); });
    const TimerId unwanted = node.after(4_ms, [&] { calls.push_back(Time()); });
    node.after(5_ms, [&] { calls.push_back(node.now()); });
    node.cancel(unwanted);
    node.cancel(unwanted);
    node.cancel(TimerId{});
    node.sleep(10_ms);
    const TimerId over = node.after(0_ms, [&] { calls.push_back(node.now()); });
    node.sleep(1_ms);
    node.after(1_ms, [&] { calls.push_back(node.now()); });
    node.cancel(over);  // its slot serves another timer by now
    node.sleep(2_ms);
  });
  small.run_to(1_s);
  EXPECT_EQ(calls, (std::vector<Time>{after_start(3_ms), after_start(5_ms), after_start(10_ms),
                                      after_start(12_ms)}));
}

TEST(Timer, KeepsTheOrderOfTiesWhenTheRateChanges) {
  std::vector<int> order;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    for (int i = 0; i < 5; ++i) node.after(10_ms, [&order, i] { order.push_back(i); });
    node.sleep(1_s);
  });
  small.at(1_ms, [&] { EXPECT_EQ(small.world.set_clock_rate(NodeId(0), 50'000), 6U); });
  small.run_to(2_s);
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(Timer, OfACrashedNodeNeverFires) {
  int fired = 0;
  SmallWorld small;
  const NodeId a = small.add("a", [&](Node& node) {
    const int now = node.incarnation() == 1 ? 1 : 100;
    node.after(10_ms, [&fired, now] { fired += now; });
    node.sleep(20_ms);
    fired += 10 * now;
    node.sleep(1_s);
  });
  small.at(5_ms, [&] { small.world.crash(a); });
  small.at(6_ms, [&] { small.world.start(a); });
  small.run_to(16_ms);
  EXPECT_EQ(fired, 100);
  small.run_to(26_ms);
  EXPECT_EQ(fired, 1100);
}

TEST(Timer, LeavesABoundedQueueWhenCancelled) {
  std::size_t most = 0;
  int calls = 0;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    for (; calls < 20'000; ++calls) {
      if (!node.call(NodeId(1), Ping{}, 10_min)) return;
      most = std::max(most, node.world().queue().size());
    }
  });
  small.add("b", echo);
  small.run_to(1_min);
  EXPECT_EQ(calls, 20'000);
  EXPECT_LT(most, 2'100U);
}

TEST(Timer, LeavesABoundedQueueWhenItsClockIsSmeared) {
  SmallWorld small;
  const NodeId a = small.add("a", [](Node& node) { node.sleep(10_min); });
  for (int i = 1; i <= 20'000; ++i) {
    small.run_to(i * 1_ms);
    small.world.set_clock_rate(a, i % 7);
  }
  EXPECT_LT(small.world.queue().size(), 2'100U);
}

TEST(Timer, LeavesABoundedQueueWhenItsNodeFlaps) {
  SmallWorld small;
  const NodeId a = small.add("a", [](Node& node) { node.sleep(10_min); });
  for (int i = 1; i <= 20'000; ++i) {
    small.run_to(i * 1_ms);
    small.world.crash(a);
    small.world.start(a);
  }
  EXPECT_LT(small.world.queue().size(), 2'100U);
  EXPECT_EQ(small.world.node(a).incarnation(), 20'001U);
}

TEST(WallClock, JumpsAndCountsItsReaders) {
  std::vector<Duration> offsets;
  SmallWorld small;
  const NodeId a = small.add({.name = "a", .clock_offset = 3_ms, .program = [&](Node& node) {
                                for (int i = 0; i < 3; ++i, node.sleep(10_ms)) {
                                  offsets.push_back(node.wall_now() - node.now());
                                }
                              }});
  small.at(5_ms, [&] { small.world.step_clock(a, 1_s); });
  small.at(15_ms, [&] { small.world.step_clock(a, -2_s); });
  small.run_to(1_s);
  EXPECT_EQ(offsets, (std::vector<Duration>{3_ms, 1_s + 3_ms, 3_ms - 1_s}));
  EXPECT_EQ(small.world.node(a).counters().wall_reads, 3U);
}

}  // namespace
}  // namespace quorumlab::sim
