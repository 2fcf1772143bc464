// Cuts: which messages cross, which are lost when they leave and which on their way.
#include <gtest/gtest.h>

#include "sim/network.h"
#include "tests/sim/small_world.h"

namespace quorumlab::sim {
namespace {

const NodeId kA(0);
const NodeId kB(1);
const NodeId kC(2);

// Three nodes; each sends its number to both others every 10 ms, at 0, 10, ...; links take 1 ms.
class Gossip {
 public:
  Gossip() {
    for (const char* name : {"a", "b", "c"}) {
      small.add(name, [this](Node& node) { talk(node); });
    }
  }

  // Who heard whom between `from` and `to`, as "b<a c<a ...", in order, without repetitions.
  std::string heard(Duration from, Duration to) {
    std::string text;
    for (const NodeId listener : {kA, kB, kC}) {
      for (const NodeId speaker : {kA, kB, kC}) {
        bool found = false;
        for (const Heard& h : log_) {
          found = found || (h.by == listener && h.speaker == speaker && h.at >= after_start(from) &&
                            h.at < after_start(to));
        }
        if (found)
          text += small.world.node(listener).name() + "<" + small.world.node(speaker).name() + " ";
      }
    }
    return text;
  }

  Network& network() { return small.world.network(); }

 private:
  struct Heard {
    NodeId by;
    NodeId speaker;
    Time at;
  };

  void talk(Node& node) {
    node.spawn("talk", [&node] {
      for (;;) {
        for (const NodeId peer : node.peers()) node.send(peer, Ping{});
        node.sleep(10_ms);
      }
    });
    node.serve(run_inline([&](const Ping&, NodeId from) {
      log_.push_back({node.id(), from, node.world().now()});
      return 0;
    }));
  }

  std::vector<Heard> log_;

 public:
  SmallWorld small;
};

constexpr const char* kEverybody = "a<b a<c b<a b<c c<a c<b ";

TEST(Cut, SeversBothWaysUntilItHeals) {
  Gossip gossip;
  CutId cut = 0;
  gossip.small.at(105_ms, [&] { cut = gossip.network().cut({.groups = {{kA}, {kB, kC}}}); });
  gossip.small.at(205_ms, [&] { gossip.network().heal(cut); });
  gossip.small.run_to(300_ms);
  EXPECT_EQ(gossip.heard(0_ms, 105_ms), kEverybody);
  EXPECT_EQ(gossip.heard(105_ms, 205_ms), "b<c c<b ");
  EXPECT_EQ(gossip.heard(205_ms, 300_ms), kEverybody);
  // Ten rounds of four messages across.
  EXPECT_EQ(gossip.network().effect(cut).dropped, 40U);
  EXPECT_EQ(gossip.network().effect(cut).crossing, 40U);
  EXPECT_EQ(gossip.network().stats().cut, 40U);
}

TEST(Cut, OneWayLosesOnlyWhatGoesFromAnEarlierGroupToALater) {
  Gossip gossip;
  gossip.small.at(105_ms, [&] {
    gossip.network().cut({.groups = {{kA}, {kB}}, .one_way = true});
    EXPECT_TRUE(gossip.network().severed(kA, kB));
    EXPECT_FALSE(gossip.network().severed(kB, kA));
  });
  gossip.small.run_to(200_ms);
  EXPECT_EQ(gossip.heard(105_ms, 200_ms), "a<b a<c b<c c<a c<b ");
}

TEST(Cut, LeavesANodeInNoGroupConnectedToAll) {
  Gossip gossip;
  gossip.small.at(105_ms, [&] { gossip.network().cut({.groups = {{kA}, {kC}}}); });
  gossip.small.run_to(200_ms);
  EXPECT_EQ(gossip.heard(105_ms, 200_ms), "a<b b<a b<c c<b ");
}

TEST(Cut, HealedLeavesAnotherInForce) {
  Gossip gossip;
  CutId wide = 0;
  gossip.small.at(105_ms, [&] {
    gossip.network().cut({.groups = {{kA}, {kB}}});
    wide = gossip.network().cut({.groups = {{kA}, {kB, kC}}});
  });
  gossip.small.at(205_ms, [&] { gossip.network().heal(wide); });
  gossip.small.run_to(300_ms);
  EXPECT_EQ(gossip.heard(105_ms, 205_ms), "b<c c<b ");
  EXPECT_EQ(gossip.heard(205_ms, 300_ms), "a<c b<c c<a c<b ");
}

TEST(Cut, TakesMessagesThatAreUnderWayWhenItComes) {
  Gossip gossip;
  CutId cut = 0;
  gossip.small.at(100'500_us, [&] { cut = gossip.network().cut({.groups = {{kA}, {kB, kC}}}); });
  gossip.small.at(105_ms, [&] { gossip.network().heal(cut); });
  gossip.small.run_to(109_ms);
  EXPECT_EQ(gossip.heard(100_ms, 109_ms), "b<c c<b ");
  EXPECT_EQ(gossip.network().effect(cut).dropped, 4U);
}

TEST(Cut, ThatHealsBeforeTheyArriveLetsMessagesUnderWayPass) {
  Gossip gossip;
  CutId cut = 0;
  gossip.small.at(100'200_us, [&] { cut = gossip.network().cut({.groups = {{kA}, {kB, kC}}}); });
  gossip.small.at(100'800_us, [&] { gossip.network().heal(cut); });
  gossip.small.run_to(109_ms);
  EXPECT_EQ(gossip.heard(100_ms, 109_ms), kEverybody);
  EXPECT_EQ(gossip.network().effect(cut).dropped, 0U);
}

TEST(Cut, TakesWhatWasSentBeforeItHealed) {
  Gossip gossip;
  CutId cut = 0;
  gossip.small.at(95_ms, [&] { cut = gossip.network().cut({.groups = {{kA}, {kB, kC}}}); });
  gossip.small.at(100'500_us, [&] { gossip.network().heal(cut); });
  gossip.small.run_to(109_ms);
  EXPECT_EQ(gossip.heard(100_ms, 109_ms), "b<c c<b ");
}

TEST(Cut, OnTheWayBackLosesTheAnswer) {
  std::optional<int> answer = 0;
  bool asked = false;
  SmallWorld small;
  small.add("a", [&](Node& node) { answer = node.call(kB, Ping{}, 50_ms); });
  small.add("b", [&](Node& node) {
    node.serve([&](const Ping&) {
      asked = true;
      return 1;
    });
  });
  small.world.network().cut({.groups = {{kB}, {kA}}, .one_way = true});
  small.run_to(1_s);
  EXPECT_TRUE(asked);
  EXPECT_EQ(answer, std::nullopt);
}

TEST(Cut, IsSeenInTheTrace) {
  Recorder recorder;
  SmallWorld small;
  small.world.set_trace(&recorder);
  small.add("a", [&](Node& node) {
    node.send(kB, Ping{});  // under way when the cut comes
    node.sleep(1_ms);
    node.send(kB, Ping{});
  });
  small.add("b", echo);
  small.at(500_us, [&] { small.world.network().cut({.groups = {{kA}, {kB}}}); });
  small.run_to(1_s);
  const auto sent = recorder.all(EventKind::kSend);
  const auto dropped = recorder.all(EventKind::kDrop);
  ASSERT_EQ(sent.size(), 2U);
  ASSERT_EQ(dropped.size(), 2U);
  for (const EventId drop : dropped) EXPECT_EQ(recorder[drop].reason, DropReason::kPartition);
  std::vector<EventId> causes{recorder[dropped[0]].cause, recorder[dropped[1]].cause};
  std::sort(causes.begin(), causes.end());
  EXPECT_EQ(causes, sent);
}

TEST(CutDeathTest, HealsOnce) {
  EXPECT_DEATH(
      {
        Gossip gossip;
        const CutId cut = gossip.network().cut({.groups = {{kA}, {kB}}});
        gossip.network().heal(cut);
        gossip.network().heal(cut);
      },
      "healed twice");
}

}  // namespace
}  // namespace quorumlab::sim
