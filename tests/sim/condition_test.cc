// Conditions: waiting inside one node until something holds, or until it is too late.
#include "sim/condition.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/sim/small_world.h"

namespace quorumlab::sim {
namespace {

TEST(Condition, WakesAllInTheOrderOfWaiting) {
  std::vector<int> woken;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    Condition changed(node);
    bool open = false;
    for (int i = 0; i < 4; ++i) {
      node.spawn("waiter", [&, i] {
        changed.wait([&] { return open; });
        woken.push_back(i);
      });
    }
    node.sleep(1_ms);
    EXPECT_TRUE(woken.empty());
    open = true;
    changed.notify_all();
    EXPECT_TRUE(woken.empty());
    node.sleep(1_ms);
  });
  small.run_to(1_s);
  EXPECT_EQ(woken, (std::vector<int>{0, 1, 2, 3}));
}

TEST(Condition, GoesOnWaitingWhileItDoesNotHold) {
  int asked = 0;
  Time end;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    Condition changed(node);
    int value = 0;
    node.spawn("waiter", [&] {
      changed.wait([&] {
        ++asked;
        return value == 3;
      });
      end = node.now();
    });
    for (; value < 5; node.sleep(1_ms)) {
      ++value;
      changed.notify_all();
      changed.notify_all();  // once more in the same breath wakes nobody twice
    }
  });
  small.run_to(1_s);
  EXPECT_EQ(end, after_start(2_ms));
  EXPECT_EQ(asked, 3);
}

TEST(Condition, DoesNotWaitForWhatHoldsAlready) {
  bool done = false;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    Condition changed(node);
    changed.wait([] { return true; });
    EXPECT_TRUE(changed.wait_for(1_s, [] { return true; }));
    EXPECT_TRUE(changed.wait_for(-1_s, [] { return true; }));
    EXPECT_FALSE(changed.wait_for(0_s, [] { return false; }));
    EXPECT_EQ(node.now(), Time{});
    done = true;
  });
  small.run_to(1_s);
  EXPECT_TRUE(done);
}

TEST(Condition, GivesUpAfterTheTimeout) {
  Time end;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    Condition changed(node);
    node.spawn("noise", [&] {
      for (int i = 0; i < 20; ++i, node.sleep(1_ms)) changed.notify_all();
    });
    EXPECT_FALSE(changed.wait_for(10_ms, [] { return false; }));
    end = node.now();
    node.sleep(20_ms);
  });
  small.run_to(1_s);
  EXPECT_EQ(end, after_start(10_ms));
}

TEST(Condition, MeasuresTheTimeoutOnTheClockOfItsNode) {
  Time end;
  SmallWorld small;
  small.add({.name = "a", .clock_rate_ppb = 1'000'000'000, .program = [&](Node& node) {
               Condition changed(node);
               EXPECT_FALSE(changed.wait_for(10_ms, [] { return false; }));
               end = node.world().now();
             }});
  small.run_to(1_s);
  EXPECT_EQ(end, after_start(5_ms));
}

TEST(Condition, NotifiedAtTheDeadlineHolds) {
  bool held = false;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    Condition changed(node);
    bool ready = false;
    node.after(10_ms, [&] {
      ready = true;
      changed.notify_all();
    });
    held = changed.wait_for(10_ms, [&] { return ready; });
    EXPECT_EQ(node.now(), after_start(10_ms));
  });
  small.run_to(1_s);
  EXPECT_TRUE(held);
}

TEST(Condition, LetsItsPredicateWaitForSomethingElse) {
  std::vector<Time> asked;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    Condition changed(node);
    node.spawn("noise", [&] {
      for (int i = 0; i < 10; ++i, node.sleep(10_ms)) changed.notify_all();
    });
    // The time-out at 25 ms must not end the sleep of 30 ms that the predicate does meanwhile.
    EXPECT_FALSE(changed.wait_for(25_ms, [&] {
      node.sleep(asked.empty() ? 0_ms : 30_ms);
      asked.push_back(node.now());
      return false;
    }));
    node.sleep(100_ms);
  });
  small.run_to(1_s);
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[1] - asked[0], 40_ms);
}

TEST(Condition, IsLeftByFibersThatACrashUnwinds) {
  std::vector<std::string> log;
  SmallWorld small;
  const NodeId a = small.add("a", [&](Node& node) {
    Condition changed(node);
    for (int i = 0; i < 3; ++i) {
      node.spawn("waiter", [&] {
        const Farewell farewell(log, "unwound");
        if (changed.wait_for(1_min, [] { return false; })) log.emplace_back("never");
      });
    }
    node.spawn("another", [&] { changed.wait([] { return false; }); });
    node.sleep(1_min);
  });
  small.at(1_ms, [&] { small.world.crash(a); });
  small.run_to(5_min);
  EXPECT_EQ(log, (std::vector<std::string>(3, "unwound")));
}

TEST(ConditionDeathTest, MustNotEndWhileSomebodyWaits) {
  EXPECT_DEATH(
      {
        SmallWorld small;
        small.add("a", [](Node& node) {
          auto changed = std::make_unique<Condition>(node);
          node.spawn("waiter", [&] { changed->wait([] { return false; }); });
          node.sleep(1_ms);
          changed.reset();
        });
        small.run_to(1_s);
      },
      "a condition ends while fiber waiter waits on it");
}

}  // namespace
}  // namespace quorumlab::sim
