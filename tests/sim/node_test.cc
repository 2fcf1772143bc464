// Nodes: a crash takes the memory and leaves the disk, a pause delays, state is there to be seen.
#include "sim/node.h"

#include <gtest/gtest.h>

#include "tests/sim/small_world.h"

namespace quorumlab::sim {
namespace {

const NodeId kA(0);
const NodeId kB(1);

TEST(Node, StartsAgainFromItsDiskAlone) {
  std::vector<std::string> log;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    int memory = 0;
    log.push_back(node.disk().read("log") + " in life " + std::to_string(node.incarnation()));
    node.disk().append("log", std::to_string(++memory));
    node.disk().sync();
    node.sleep(1_min);
  });
  for (const Duration crash : {10_ms, 20_ms}) {
    small.at(crash, [&] { small.world.crash(kA); });
    small.at(crash + 5_ms, [&] { small.world.start(kA); });
  }
  small.run_to(1_s);
  EXPECT_EQ(log, (std::vector<std::string>{" in life 1", "1 in life 2", "11 in life 3"}));
}

TEST(Node, EndsItsLastLifeBeforeTheNextBegins) {
  std::vector<std::string> log;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    const std::string life = std::to_string(node.incarnation());
    log.push_back("begin " + life);
    const Farewell farewell(log, "end " + life);
    node.sleep(1_min);
  });
  small.at(1_ms, [&] {
    small.world.crash(kA);
    small.world.start(kA);
  });
  small.run_to(10_ms);
  EXPECT_EQ(log, (std::vector<std::string>{"begin 1", "end 1", "begin 2"}));
}

TEST(Node, MayCrashAndStartSeveralTimesAtOnce) {
  std::vector<std::uint32_t> lives;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    lives.push_back(node.incarnation());
    node.sleep(1_min);
  });
  small.at(1_ms, [&] {
    for (int i = 0; i < 3; ++i) {
      small.world.crash(kA);
      small.world.start(kA);
    }
  });
  small.run_to(10_ms);
  EXPECT_EQ(lives, (std::vector<std::uint32_t>{1, 4}));
  EXPECT_EQ(small.world.waiting().size(), 1U);
}

TEST(Node, TakesItsFibersWithIt) {
  int ticks = 0;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    node.spawn("ticker", [&] {
      for (;;) {
        node.sleep(1_ms);
        ++ticks;
      }
    });
    node.sleep(1_min);
  });
  small.at(5'500_us, [&] { small.world.crash(kA); });
  small.run_to(1_s);
  EXPECT_EQ(ticks, 5);
}

// What a destructor does while its node dies must not be seen by anybody.
struct LastWords {
  Node& node;
  std::vector<std::string>& log;
  ~LastWords() {
    node.send(kB, Ping{1});
    node.set_state("term", 7);
    node.note("elected", {});
    node.after(1_ms, [this] { log.emplace_back("timer"); });
    node.spawn("ghost", [this] { log.emplace_back("fiber"); });
  }
};

TEST(Node, HasNoEffectWhileItDies) {
  std::vector<std::string> log;
  SmallWorld small;
  small.world.observe(
      {.state = [&](Node&, std::string_view field, std::int64_t,
                    std::int64_t) { log.emplace_back(field); },
       .note = [&](Node&, std::string_view what, const Tags&) { log.emplace_back(what); }});
  small.add("a", [&](Node& node) {
    const LastWords words{node, log};
    node.sleep(1_min);
  });
  small.add("b", [&](Node& node) {
    node.serve([&](const Ping&) {
      log.emplace_back("message");
      return 0;
    });
  });
  small.at(1_ms, [&] { small.world.crash(kA); });
  small.run_to(1_s);
  EXPECT_EQ(log, std::vector<std::string>{});
  EXPECT_EQ(small.world.network().stats().sent, 0U);
}

TEST(Node, ThatIsDownOrDoesNotServeYetLosesMessages) {
  int heard = 0;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    node.sleep(5_ms);  // recovery
    node.serve([&](const Ping&) { return ++heard; });
  });
  small.add("b", [&](Node& node) {
    for (int i = 0; i < 10; ++i, node.sleep(1_ms)) node.send(kA, Ping{});
  });
  small.at(7'500_us, [&] { small.world.crash(kA); });
  small.run_to(1_s);
  // Sent at 0, 1, 2, ... ms; they arrive at 1, 2, 3, ...
  EXPECT_EQ(heard, 2 + 1);
  EXPECT_EQ(small.world.node(kA).counters().lost_while_down, 4U + 3U);
}

TEST(Node, ReceivesWhatWasUnderWayWhenItDied) {
  std::vector<std::uint32_t> lives;
  SmallWorld small;
  small.world.network().set_default({.latency = Distribution::constant(10_ms)});
  small.add("a", [&](Node& node) {
    node.serve([&](const Ping&) {
      lives.push_back(node.incarnation());
      return 0;
    });
  });
  small.add("b", [&](Node& node) { node.send(kA, Ping{}); });
  small.at(5_ms, [&] {
    small.world.crash(kA);
    small.world.start(kA);
  });
  small.run_to(1_s);
  EXPECT_EQ(lives, std::vector<std::uint32_t>{2});
}

TEST(Node, RunsAnInlineHandlerWithoutAFiber) {
  std::uint64_t before = 0;
  int sum = 0;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    node.serve(run_inline([&](const Ping& ping) { return sum += ping.x; }));
  });
  small.add("b", [&](Node& node) {
    before = node.world().stats().fibers;
    for (int i = 1; i <= 10; ++i) EXPECT_EQ(node.call(kA, Ping{i}, 10_ms), i * (i + 1) / 2);
  });
  small.run_to(1_s);
  EXPECT_EQ(small.world.stats().fibers, before);
}

TEST(Node, KnowsItsPeers) {
  const auto values = [](std::span<const NodeId> ids) {
    std::vector<std::uint32_t> all;
    for (const NodeId id : ids) all.push_back(id.value);
    return all;
  };
  SmallWorld small;
  for (const char* name : {"a", "b", "c"}) small.add(name, idle_program);
  const NodeId client = small.add({.name = "client", .is_client = true, .program = idle_program});
  EXPECT_EQ(values(small.world.node(kB).peers()), (std::vector<std::uint32_t>{0, 2}));
  EXPECT_EQ(values(small.world.node(client).peers()), (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(small.world.replicas(), 3U);
}

TEST(Node, TellsObserversWhatChanges) {
  std::vector<std::string> seen;
  SmallWorld small;
  small.world.observe(
      {.state =
           [&](Node& node, std::string_view field, std::int64_t before, std::int64_t now) {
             seen.push_back(node.name() + " " + std::string(field) + " " + std::to_string(before) +
                            " " + std::to_string(now));
           },
       .note =
           [&](Node& node, std::string_view what, const Tags& tags) {
             seen.push_back(node.name() + " " + std::string(what) + " " +
                            std::to_string(tags.term));
           }});
  small.add("a", [&](Node& node) {
    node.set_state("term", 3);
    node.set_state("term", 3);
    node.set_state("role", 0);
    node.set_state("term", 4);
    node.note("elected", {.term = 4});
  });
  small.run_to(1_ms);
  EXPECT_EQ(seen,
            (std::vector<std::string>{"a term 0 3", "a role 0 0", "a term 3 4", "a elected 4"}));
  EXPECT_EQ(small.world.node(kA).state("term"), 4);
  EXPECT_EQ(small.world.node(kA).state("vote"), std::nullopt);
  small.world.crash(kA);
  EXPECT_EQ(small.world.node(kA).state("term"), std::nullopt);
}

// A node that writes down everything that happens to it.
void diary(Node& node, std::vector<std::string>& log) {
  node.spawn("sleeper", [&] {
    node.sleep(10_ms);
    log.emplace_back("woken");
  });
  node.after(11_ms, [&] { log.emplace_back("timer"); });
  node.spawn("writer", [&] {
    node.sleep(4_ms);
    node.disk().append("log", "x");
    node.disk().sync();
    node.disk().sync();
    log.emplace_back("synced");
  });
  node.serve([&](const Ping& ping) {
    log.push_back("ping " + std::to_string(ping.x));
    return ping.x;
  });
}

TEST(Pause, DelaysEverythingInItsOrder) {
  std::vector<std::string> log;
  std::vector<Time> answered;
  std::uint64_t waited = 0;
  SmallWorld small;
  small.add("a", [&](Node& node) { diary(node, log); });
  small.add("b", [&](Node& node) {
    node.sleep(8_ms);
    node.send(kA, Ping{1});  // arrives at 9 ms
    node.sleep(3_ms);
    EXPECT_TRUE(node.call(kA, Ping{2}, 1_s));  // at 12 ms
    answered.push_back(node.world().now());
  });
  small.at(3'500_us, [&] { small.world.pause(kA); });
  small.run_to(40_ms);
  EXPECT_TRUE(log.empty());
  small.at(50_ms, [&] { waited = small.world.resume(kA); });
  small.run_to(1_s);
  // The writer wakes late, so its syncs begin after the pause.
  EXPECT_EQ(log, (std::vector<std::string>{"ping 1", "woken", "timer", "ping 2", "synced"}));
  EXPECT_EQ(waited, 5U);
  EXPECT_EQ(small.world.node(kA).counters().held_back, 5U);
  EXPECT_EQ(answered, std::vector<Time>{after_start(51_ms)});
}

TEST(Pause, EndsInFrontOfWhatArrivesAtThatVeryInstant) {
  std::vector<int> heard;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    node.serve(run_inline([&](const Ping& ping) {
      heard.push_back(ping.x);
      return 0;
    }));
  });
  small.add("b", [&](Node& node) {
    for (int i = 0; i < 10; ++i, node.sleep(1_ms)) node.send(kA, Ping{i});
  });
  small.at(2'500_us, [&] { small.world.pause(kA); });
  // Asked for before the messages are sent, so it comes before what arrives then.
  small.at(6_ms, [&] { EXPECT_EQ(small.world.resume(kA), 3U); });
  small.run_to(1_s);
  EXPECT_EQ(heard, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(Pause, ThatEndsInACrashLosesWhatWaited) {
  std::vector<int> heard;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    node.after(3_ms, [&] { heard.push_back(-1); });
    node.serve([&](const Ping& ping) {
      heard.push_back(ping.x);
      return 0;
    });
  });
  small.add("b", [&](Node& node) {
    for (int i = 0; i < 6; ++i, node.sleep(1_ms)) node.send(kA, Ping{i});
  });
  small.at(1'500_us, [&] { small.world.pause(kA); });
  small.at(4'500_us, [&] {
    small.world.crash(kA);
    small.world.start(kA);
    EXPECT_FALSE(small.world.node(kA).is_paused());
  });
  small.run_to(1_s);
  EXPECT_EQ(heard, (std::vector<int>{0, 4, 5, -1}));
  EXPECT_EQ(small.world.messages().alive(), 0U);
}

TEST(Pause, KeepsMessagesThatHadArrivedFromALaterCut) {
  std::vector<int> heard;
  SmallWorld small;
  small.add("a", [&](Node& node) {
    node.serve([&](const Ping& ping) {
      heard.push_back(ping.x);
      return 0;
    });
  });
  small.add("b", [&](Node& node) {
    node.send(kA, Ping{1});  // arrives before the cut
    node.sleep(1_ms);
    node.send(kA, Ping{2});  // after it
  });
  small.at(500_us, [&] { small.world.pause(kA); });
  small.at(1'500_us, [&] { small.world.network().cut({.groups = {{kA}, {kB}}}); });
  small.at(5_ms, [&] { small.world.resume(kA); });
  small.run_to(1_s);
  EXPECT_EQ(heard, std::vector<int>{1});
}

TEST(Pause, OfOneNodeIsNoneOfAnother) {
  Time end;
  SmallWorld small;
  small.add("a", idle_program);
  small.add("b", [&](Node& node) {
    node.sleep(10_ms);
    end = node.world().now();
  });
  small.at(1_ms, [&] { small.world.pause(kA); });
  small.run_to(1_s);
  EXPECT_EQ(end, after_start(10_ms));
}

TEST(NodeDeathTest, LivesOnceAtATime) {
  EXPECT_DEATH(
      {
        SmallWorld small;
        small.add("a", idle_program);
        small.world.start(kA);
      },
      "a starts while it runs");
  EXPECT_DEATH(
      {
        SmallWorld small;
        small.add("a", idle_program);
        small.world.crash(kA);
        small.world.crash(kA);
      },
      "a crashes while it is down");
}

TEST(NodeDeathTest, MustNotReturnWhileItsFibersReferToIt) {
  EXPECT_DEATH(
      {
        SmallWorld small;
        small.add("a", [](Node& node) { node.spawn("left over", [&] { node.sleep(1_s); }); });
        small.run_to(1_s);
      },
      "the program of a returned while 1 fibers of its run");
}

TEST(NodeDeathTest, DoesNotCrashItself) {
  EXPECT_DEATH(
      {
        SmallWorld small;
        small.add("a", [](Node& node) { node.world().crash(node.id()); });
        small.run_to(1_s);
      },
      "crashes its own node");
}

}  // namespace
}  // namespace quorumlab::sim
