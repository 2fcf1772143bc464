// Fibers: many at once, reused, unwound by a crash, with exceptions of their own.
#include "sim/fiber.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "tests/sim/small_world.h"

namespace quorumlab::sim {
namespace {

TEST(Fiber, ManyWaitAtOnceAndWakeInTheOrderOfTheirTimes) {
  constexpr int kFibers = 2'000;
  std::vector<int> woken;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    for (int i = 0; i < kFibers; ++i) {
      const int rank = i * 7919 % kFibers;
      node.spawn("sleeper", [&, rank] {
        node.sleep(1_ms + rank * 1_us);
        woken.push_back(rank);
      });
    }
    node.sleep(1_s);
  });
  small.run_to(500_us);
  EXPECT_EQ(small.world.waiting().size(), kFibers + 1U);
  small.run_to(2_s);
  ASSERT_EQ(woken.size(), static_cast<std::size_t>(kFibers));
  EXPECT_TRUE(std::is_sorted(woken.begin(), woken.end()));
}

TEST(Fiber, TiesWakeInTheOrderOfSleeping) {
  std::vector<int> woken;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    for (int i = 0; i < 50; ++i) {
      node.spawn("sleeper", [&, i] {
        node.sleep(1_ms);
        woken.push_back(i);
      });
    }
    node.sleep(1_s);
  });
  small.run_to(1_s);
  ASSERT_EQ(woken.size(), 50U);
  EXPECT_TRUE(std::is_sorted(woken.begin(), woken.end()));
}

TEST(Fiber, WorkersAreReused) {
  const FiberPool& pool = FiberPool::of_this_thread();
  const std::size_t in_use = pool.in_use();
  std::size_t stacks = 0;
  {
    int done = 0;
    SmallWorld small;
    small.add("a", [&](Node& node) {
      for (int i = 0; i < 10'000; ++i) {
        node.spawn("short", [&] { ++done; });
        node.sleep(1_us);
        if (i == 0) stacks = pool.stacks();
      }
    });
    small.run_to(1_s);
    EXPECT_EQ(done, 10'000);
    EXPECT_EQ(small.world.stats().fibers, 10'001U);
  }
  EXPECT_EQ(pool.stacks(), stacks);
  EXPECT_EQ(pool.in_use(), in_use);
}

TEST(Fiber, IsUnwoundByACrashYoungestFirst) {
  std::vector<std::string> log;
  SmallWorld small;
  const NodeId a = small.add("a", [&](Node& node) {
    const Farewell mine(log, "main");
    for (const char* name : {"older", "younger"}) {
      node.spawn(name, [&, name] {
        const Farewell outer(log, std::string(name) + " outer");
        const Farewell inner(log, std::string(name) + " inner");
        node.sleep(1_min);
        log.emplace_back("never");
      });
    }
    node.sleep(1_min);
    log.emplace_back("never");
  });
  World::CrashEffect effect;
  small.at(1_ms, [&] { effect = small.world.crash(a); });
  small.run_to(2_min);
  EXPECT_EQ(effect.fibers, 3U);
  EXPECT_EQ(log, (std::vector<std::string>{"younger inner", "younger outer", "older inner",
                                           "older outer", "main"}));
}

TEST(Fiber, IsUnwoundWhenItsWorldEnds) {
  std::vector<std::string> log;
  {
    SmallWorld small;
    for (const char* name : {"a", "b"}) {
      small.add(name, [&log, name](Node& node) {
        const Farewell mine(log, name);
        node.sleep(1_min);
      });
    }
    small.run_to(1_ms);
    EXPECT_TRUE(log.empty());
  }
  EXPECT_EQ(log.size(), 2U);
}

TEST(Fiber, KilledBeforeItsStartNeverRuns) {
  int alive = 0;
  bool ran = false;
  SmallWorld small;
  const NodeId a = small.add("a", [&](Node& node) {
    if (node.incarnation() > 1) return;
    node.sleep(1_ms);
    node.world().at(node.world().now(), [&] { node.world().crash(node.id()); });
    node.spawn("late", [&ran, counted = Counted(alive)] { ran = true; });
    node.sleep(1_ms);
  });
  small.run_to(1_s);
  EXPECT_FALSE(ran);
  EXPECT_EQ(alive, 0);
  EXPECT_FALSE(small.world.node(a).is_up());
  EXPECT_TRUE(small.world.waiting().empty());
}

TEST(Fiber, ALateWakeUpDoesNotReachTheNextUserOfItsStack) {
  std::vector<Time> woken;
  SmallWorld small;
  const NodeId a = small.add("a", [&](Node& node) {
    if (node.incarnation() == 1) {
      node.disk().append("log", "x");
      node.disk().sync();  // its end is in the queue when the crash comes
    }
    node.sleep(10_ms);
    woken.push_back(node.world().now());
  });
  small.at(500_us, [&] {
    small.world.crash(a);
    small.world.start(a);
  });
  small.run_to(1_s);
  EXPECT_EQ(woken, std::vector<Time>{after_start(10'500_us)});
}

TEST(Fiber, HandlesItsOwnExceptionEvenIfItWaitsMeanwhile) {
  std::vector<std::string> caught;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    for (const char* name : {"first", "second", "third"}) {
      node.spawn(name, [&, name] {
        try {
          try {
            throw std::runtime_error(name);
          } catch (const std::runtime_error&) {
            node.sleep(1_ms);
            throw;
          }
        } catch (const std::runtime_error& error) {
          caught.emplace_back(std::string(name) + " caught " + error.what());
        }
      });
    }
    node.sleep(10_ms);
  });
  small.run_to(1_s);
  EXPECT_EQ(caught, (std::vector<std::string>{"first caught first", "second caught second",
                                              "third caught third"}));
}

TEST(Fiber, AThrowEndsTheRunAndSaysWhereAndWhen) {
  SmallWorld small;
  small.add("good", [](Node& node) { node.sleep(1_min); });
  small.add("bad", [](Node& node) {
    node.spawn("worker", [&] {
      node.sleep(2_ms);
      throw std::runtime_error("the log is empty");
    });
    node.sleep(1_min);
  });
  try {
    small.run_to(1_s);
    FAIL() << "nothing was thrown";
  } catch (const ModelError& error) {
    EXPECT_STREQ(error.what(), "bad at 2ms in fiber worker: the log is empty");
  }
  EXPECT_EQ(small.world.now(), after_start(2_ms));
}

TEST(Fiber, TwoWorldsOfOneThreadTakeTurns) {
  const auto busy = [](Node& node) {
    for (int i = 0; i < 20; ++i) {
      node.sleep(Duration(static_cast<std::int64_t>(1 + node.rng().below(1'000'000))));
    }
    node.sleep(1_min);
  };
  const auto fill = [&](SmallWorld& small) {
    for (const char* name : {"a", "b", "c"}) small.add(name, busy);
  };
  SmallWorld alone;
  fill(alone);
  alone.run_to(1_s);
  SmallWorld one;
  SmallWorld two;
  fill(one);
  fill(two);
  for (int i = 1; i <= 1'000; ++i) {
    one.run_to(i * 1_ms);
    two.run_to(i * 1_ms);
  }
  EXPECT_EQ(one.world.fingerprint(), alone.world.fingerprint());
  EXPECT_EQ(two.world.fingerprint(), alone.world.fingerprint());
}

TEST(Fiber, EachThreadHasItsOwn) {
  const std::size_t here = FiberPool::of_this_thread().in_use();
  std::vector<Time> ends(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    threads.emplace_back([&ends, i] {
      SmallWorld small;
      small.add("a", [&](Node& node) {
        for (int turn = 0; turn < 2'000; ++turn) node.sleep(1_us);
        ends[i] = node.world().now();
      });
      small.run_to(1_s);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ends, std::vector<Time>(4, after_start(2_ms)));
  EXPECT_EQ(FiberPool::of_this_thread().in_use(), here);
}

void crash_after_a_millisecond(Program program) {
  SmallWorld small;
  const NodeId a = small.add("a", std::move(program));
  small.at(1_ms, [&] { small.world.crash(a); });
  small.run_to(1_s);
}

TEST(FiberDeathTest, ReturningInSpiteOfTheCrashIsDetected) {
  EXPECT_DEATH(crash_after_a_millisecond([](Node& node) {
                 try {
                   node.sleep(1_min);
                 } catch (const Killed&) {
                   return;
                 }
               }),
               "fiber main swallowed sim::Killed");
}

TEST(FiberDeathTest, GoingOnInSpiteOfTheCrashIsDetected) {
  EXPECT_DEATH(crash_after_a_millisecond([](Node& node) {
                 try {
                   node.sleep(1_min);
                 } catch (const Killed&) {
                   node.note("so what", {});
                 }
                 node.sleep(1_min);
               }),
               "although its node crashed");
}

TEST(FiberDeathTest, ThrowingSomethingElseThanTheCrashIsDetected) {
  EXPECT_DEATH(crash_after_a_millisecond([](Node& node) {
                 try {
                   node.sleep(1_min);
                 } catch (const Killed&) {
                   throw std::runtime_error("mine");
                 }
               }),
               "made another exception of sim::Killed: mine");
}

struct SleepsAtItsEnd {
  Node& node;
  ~SleepsAtItsEnd() { node.sleep(1_ms); }
};

TEST(FiberDeathTest, ADestructorThatWaitsIsDetected) {
  EXPECT_DEATH(crash_after_a_millisecond([](Node& node) {
                 const SleepsAtItsEnd late{node};
                 node.sleep(1_min);
               }),
               "a destructor suspends");
}

TEST(FiberDeathTest, AnInlineCallbackThatWaitsIsDetected) {
  EXPECT_DEATH(
      {
        SmallWorld small;
        small.add("a", [](Node& node) {
          node.after(1_ms, [&] { node.sleep(1_ms); });
          node.sleep(1_min);
        });
        small.run_to(1_s);
      },
      "an inline handler or callback waits for sleep");
}

// NOLINTNEXTLINE(misc-no-recursion): it shall end the stack
int deep(int levels) {
  volatile char frame[1'024] = {};
  frame[0] = static_cast<char>(levels);
  return levels == 0 ? frame[0] : deep(levels - 1) + frame[0];
}

TEST(FiberDeathTest, AStackThatOverflowsHitsItsGuard) {
  EXPECT_DEATH(
      {
        int sum = 0;
        SmallWorld small;
        small.add("a", [&](Node&) { sum = deep(100'000); });
        small.run_to(1_s);
      },
      "");
}

}  // namespace
}  // namespace quorumlab::sim
