// Worlds: how runs end, and one fingerprint for one seed.
#include "sim/world.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/sim/small_world.h"

namespace quorumlab::sim {
namespace {

const NodeId kA(0);
const NodeId kB(1);
const NodeId kC(2);

TEST(World, RunsUpToAndAtTheGivenTime) {
  std::vector<int> done;
  SmallWorld small;
  for (int ms = 1; ms <= 5; ++ms) small.at(ms * 1_ms, [&done, ms] { done.push_back(ms); });
  EXPECT_EQ(small.run_to(3_ms), Stop::kReachedTime);
  EXPECT_EQ(done, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(small.world.now(), after_start(3_ms));
  EXPECT_EQ(small.run_to(1_s), Stop::kIdle);
  EXPECT_EQ(done.size(), 5U);
  EXPECT_EQ(small.world.now(), after_start(1_s));
}

TEST(World, ActsInTheOrderOfAskingWhereTimesTie) {
  std::vector<int> done;
  SmallWorld small;
  for (int i = 0; i < 40; ++i) small.at(1_ms, [&done, i] { done.push_back(i); });
  small.at(500_us, [&] { small.at(1_ms, [&] { done.push_back(40); }); });
  small.run_to(1_s);
  ASSERT_EQ(done.size(), 41U);
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
}

TEST(World, StopsWhereAskedAndCanGoOn) {
  int done = 0;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    for (;; node.sleep(1_ms)) {
      if (++done == 3) node.world().stop();
    }
  });
  EXPECT_EQ(small.run_to(1_s), Stop::kRequested);
  EXPECT_EQ(done, 3);
  EXPECT_EQ(small.world.now(), after_start(2_ms));
  EXPECT_EQ(small.run_to(5_ms), Stop::kReachedTime);
  EXPECT_EQ(done, 6);
}

TEST(World, TellsWhoWaitsForWhomWhenNothingCanHappenAnyMore) {
  SmallWorld small;
  small.add("server", [](Node& node) {
    Condition never(node);
    node.serve([&](const Ping&) {
      never.wait([] { return false; });
      return 0;
    });
  });
  small.add({.name = "client", .is_client = true, .program = [](Node& node) {
               (void)node.call(kA, Ping{}, Duration::max());
             }});
  EXPECT_EQ(small.run_to(1_min), Stop::kIdle);
  const std::vector<WaitingFiber> waiting = small.world.waiting();
  ASSERT_EQ(waiting.size(), 3U);
  EXPECT_EQ(waiting[0].fiber, "main");
  EXPECT_STREQ(waiting[0].waiting.what, "requests");
  EXPECT_EQ(waiting[1].fiber, "Ping");
  EXPECT_STREQ(waiting[1].waiting.what, "a condition");
  EXPECT_EQ(waiting[2].node, kB);
  EXPECT_STREQ(waiting[2].waiting.what, "Ping");
  EXPECT_EQ(waiting[2].waiting.peer, kA);
}

TEST(World, IsNotIdleWhileSomethingCanStillHappen) {
  SmallWorld small;
  small.add("a", [](Node& node) { node.sleep(1_min); });
  EXPECT_EQ(small.run_to(1_s), Stop::kReachedTime);
  EXPECT_EQ(small.run_to(2_min), Stop::kIdle);
}

TEST(World, EndsARunWhoseTimeStandsStill) {
  WorldOptions options{.seed = Seed{1}};
  options.max_at_one_instant = 1'000;
  SmallWorld small(options);
  small.add("a", [](Node& node) {
    node.sleep(5_ms);
    for (;;) node.sleep(0_ms);
  });
  EXPECT_EQ(small.run_to(1_s), Stop::kLivelock);
  EXPECT_EQ(small.world.now(), after_start(5_ms));
  EXPECT_LT(small.world.stats().events, 1'100U);
}

TEST(World, TakesManyEventsAtDifferentTimesForNoLivelock) {
  WorldOptions options{.seed = Seed{1}};
  options.max_at_one_instant = 10;
  SmallWorld small(options);
  small.add("a", [](Node& node) {
    for (int i = 0; i < 1'000; ++i) node.sleep(1_ns);
  });
  EXPECT_EQ(small.run_to(1_s), Stop::kIdle);
}

TEST(World, EndsARunAtItsCapOnEvents) {
  for (const std::uint64_t cap : {100ULL, 70'000ULL, 200'000ULL}) {
    WorldOptions options{.seed = Seed{1}};
    options.max_events = cap;
    SmallWorld small(options);
    small.add("a", [](Node& node) {
      for (;;) node.sleep(1_us);
    });
    EXPECT_EQ(small.run_to(1_min), Stop::kEventCap);
    EXPECT_EQ(small.world.stats().events, cap);
  }
}

TEST(World, EndsARunAtItsCapOnMemory) {
  WorldOptions options{.seed = Seed{1}};
  options.max_memory = std::size_t{64} << 20;
  SmallWorld small(options);
  small.world.network().set_default({.latency = Distribution::constant(1_min)});
  small.add("a", idle_program);
  small.add("b", [](Node& node) {
    for (;; node.sleep(1_us)) node.send(kA, Ping{});
  });
  EXPECT_EQ(small.run_to(30_s), Stop::kMemoryCap);
  EXPECT_LT(small.world.stats().events, 1'000'000U);
}

TEST(World, PassesOnWhatAnActThrows) {
  SmallWorld small;
  small.at(2_ms, [] { throw std::out_of_range("no such fault"); });
  EXPECT_THROW(small.run_to(1_s), std::out_of_range);
  EXPECT_EQ(small.world.now(), after_start(2_ms));
}

TEST(World, NamesTheNodeWhoseInlineCodeThrows) {
  const auto message = [](Program program) -> std::string {
    SmallWorld small;
    small.add("a", std::move(program));
    small.add("b", [](Node& node) {
      node.send(kA, Ping{});
      node.sleep(1_s);
    });
    try {
      small.run_to(10_ms);
    } catch (const ModelError& error) {
      return error.what();
    }
    return "nothing";
  };
  EXPECT_EQ(message([](Node& node) {
              node.serve(run_inline([](const Ping&) -> int { throw std::logic_error("one"); }));
            }),
            "a at 1ms: one");
  EXPECT_EQ(message([](Node& node) {
              node.after(2_ms, [] { throw std::logic_error("two"); });
              node.sleep(1_s);
            }),
            "a at 2ms: two");
  EXPECT_EQ(message([](Node& node) {
              node.serve([](const Ping&) -> int { throw std::logic_error("three"); });
            }),
            "a at 1ms in fiber Ping: three");
}

TEST(WorldDeathTest, DoesNothingInThePast) {
  EXPECT_DEATH(
      {
        SmallWorld small;
        small.run_to(1_s);
        small.at(999_ms, [] {});
      },
      "before now");
}

// Something of everything, for fingerprints and draws.
class Bustle {
 public:
  explicit Bustle(Seed seed) : small(WorldOptions{.seed = seed}) {
    small.world.network().set_default({.latency = Distribution::lognormal({1_ms, 10_ms}),
                                       .loss = Probability(0.05),
                                       .duplicate = Probability(0.05),
                                       .reorder = Probability(0.1),
                                       .reorder_by = Distribution::uniform({1_ms, 5_ms})});
    for (const char* name : {"a", "b", "c"}) add(name);
  }

  NodeId add(const char* name, bool is_client = false) {
    return small.add(
        {.name = name,
         .is_client = is_client,
         .clock_rate_ppb = 50'000,
         .disk = {.sync = Distribution::exponential(500_us), .unsynced = Unsynced::kTorn},
         .program = [this](Node& node) { live(node); }});
  }

  // A crash, a pause, a cut and a bent clock.
  void disturb() {
    World& world = small.world;
    small.at(100_ms, [&world] { world.crash(kB); });
    small.at(150_ms, [&world] { world.start(kB); });
    small.at(200_ms, [&world] { world.pause(kC); });
    small.at(300_ms, [&world] { world.resume(kC); });
    small.at(350_ms, [&world] {
      const CutId cut = world.network().cut({.groups = {{kA}, {kB, kC}}});
      world.at(world.now() + 50_ms, [&world, cut] { world.network().heal(cut); });
    });
    small.at(420_ms, [&world] { world.set_clock_rate(kA, -200'000); });
    small.at(430_ms, [&world] { world.step_clock(kA, 5_s); });
  }

  Digest run(Duration steps = 600_ms) {
    for (Duration until = steps; until <= 600_ms; until += steps) small.run_to(until);
    return small.world.fingerprint();
  }

  std::uint64_t answers = 0;
  SmallWorld small;

 private:
  void live(Node& node) {
    node.spawn("talk", [&node, this] {
      for (;;) {
        node.sleep(Duration(static_cast<std::int64_t>(node.rng().below(2'000'000))));
        auto replies = node.call_all(node.peers(), Ping{3});
        if (replies.wait_for(1, 10_ms)) ++answers;
        node.set_state("answers", static_cast<std::int64_t>(answers));
      }
    });
    node.serve([&node](const Ping& ping) {
      node.disk().append("log", "entry");
      node.disk().sync();
      return ping.x;
    });
  }
};

Digest bustle(Seed seed) {
  Bustle world(seed);
  world.disturb();
  const Digest digest = world.run();
  EXPECT_GT(world.answers, 100U);
  return digest;
}

TEST(World, HasOneFingerprintForOneSeed) {
  const Digest first = bustle(Seed{1});
  EXPECT_EQ(bustle(Seed{1}), first);
  EXPECT_NE(bustle(Seed{2}), first);
  Digest beside[2];
  std::thread one([&] { beside[0] = bustle(Seed{1}); });
  std::thread two([&] { beside[1] = bustle(Seed{1}); });
  one.join();
  two.join();
  EXPECT_EQ(beside[0], first);
  EXPECT_EQ(beside[1], first);
}

TEST(World, HasOneFingerprintHoweverItIsRun) {
  const Digest at_once = bustle(Seed{7});
  for (const Duration steps : {1_ms, 7'500_us, 100_ms}) {
    Bustle in_steps(Seed{7});
    in_steps.disturb();
    EXPECT_EQ(in_steps.run(steps), at_once) << to_text(steps);
  }
  Recorder recorder;
  Bustle traced(Seed{7});
  traced.small.world.set_trace(&recorder);
  traced.disturb();
  EXPECT_EQ(traced.run(), at_once);
  EXPECT_GT(recorder.events.size(), 1'000U);
}

TEST(World, HasAnotherFingerprintIfAnythingDiffers) {
  const Digest before = bustle(Seed{3});
  const auto differs = [&](const std::function<void(World&)>& meddle) {
    Bustle other(Seed{3});
    other.disturb();
    meddle(other.small.world);
    return other.run() != before;
  };
  EXPECT_FALSE(differs([](World&) {}));
  EXPECT_TRUE(differs([](World& world) { world.at(after_start(500_ms), [] {}); }));
  EXPECT_TRUE(differs([](World& world) {
    world.at(after_start(300_ms), [&] { world.node(kA).set_state("answers", -1); });
  }));
  EXPECT_TRUE(differs([](World& world) { world.step_clock(kC, 1_ns); }));
  EXPECT_TRUE(differs([](World& world) { world.set_clock_rate(kC, 50'001); }));
  EXPECT_TRUE(differs([](World& world) { world.node(kA).disk().append("log", "x"); }));
}

TEST(World, DescribesWhatTheFingerprintSaw) {
  Fingerprint::Watch watch;
  watch.wanted_block = 1;
  SmallWorld small;
  small.world.fingerprint_state().set_watch(&watch);
  small.add("server", echo);
  small.add("client", [](Node& node) {
    for (int i = 0; i < 100; ++i) (void)node.call(kA, Ping{}, 10_ms);
  });
  small.run_to(1_s);
  small.world.fingerprint_state().finish();
  std::string all;
  for (const Fingerprint::Entry& entry : watch.entries) all += small.world.describe(entry) + "\n";
  EXPECT_NE(all.find("a decision: network.send"), std::string::npos) << all;
  EXPECT_NE(all.find("a message reaches server"), std::string::npos) << all;
  EXPECT_NE(all.find("a message reaches client"), std::string::npos) << all;
}

TEST(Trace, NamesTheCauseOfEachEvent) {
  Recorder recorder;
  SmallWorld small;
  small.world.set_trace(&recorder);
  small.add("server", [](Node& node) {
    node.serve([&](const Ping& ping) {
      node.disk().append("log", "x");
      node.disk().sync();
      return ping.x;
    });
  });
  small.add("client", [](Node& node) {
    node.sleep(5_ms);
    (void)node.call(kA, Ping{}, 10_ms);
    node.note("done", {});
  });
  small.run_to(1_s);
  const auto timer = recorder.all(EventKind::kTimer);
  const auto sent = recorder.all(EventKind::kSend);
  const auto received = recorder.all(EventKind::kReceive);
  const auto synced = recorder.all(EventKind::kSync);
  const auto noted = recorder.all(EventKind::kNote);
  ASSERT_EQ(timer.size(), 1U);
  ASSERT_EQ(sent.size(), 2U);
  ASSERT_EQ(received.size(), 2U);
  ASSERT_EQ(synced.size(), 1U);
  ASSERT_EQ(noted.size(), 1U);
  EXPECT_EQ(recorder[sent[0]].cause, timer[0]);
  EXPECT_EQ(recorder[received[0]].cause, sent[0]);
  EXPECT_EQ(recorder[synced[0]].cause, received[0]);
  EXPECT_EQ(recorder[sent[1]].cause, received[0]);
  EXPECT_EQ(recorder[received[1]].cause, sent[1]);
  EXPECT_EQ(recorder[noted[0]].cause, received[1]);
}

}  // namespace
}  // namespace quorumlab::sim
