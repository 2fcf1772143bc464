// Draws: adding a node, a client or a fault shifts nobody else's.
#include <gtest/gtest.h>

#include <functional>

#include "sim/world.h"
#include "tests/sim/small_world.h"

namespace quorumlab::sim {
namespace {

const NodeId kA(0);
const NodeId kB(1);

// What b hears of a's heartbeats over a link that draws a lot. `extra` adds to the world, and may
// not be noticed.
std::vector<Time> heard(const std::function<void(SmallWorld&)>& extra) {
  std::vector<Time> times;
  SmallWorld small;
  small.world.network().set_default({.latency = Distribution::lognormal({1_ms, 10_ms}),
                                     .loss = Probability(0.1),
                                     .duplicate = Probability(0.1),
                                     .reorder = Probability(0.1),
                                     .reorder_by = Distribution::exponential(3_ms)});
  small.add("a", [](Node& node) {
    node.spawn("heart", [&] {
      for (;; node.sleep(1_ms)) node.send(kB, Ping{});
    });
    node.serve([](const Parcel&) { return 0; });
  });
  small.add("b", [&](Node& node) {
    node.serve(run_inline([&](const Ping&) {
                 times.push_back(node.world().now());
                 return 0;
               }),
               run_inline([](const Parcel&) { return 0; }));
  });
  extra(small);
  small.run_to(1_s);
  return times;
}

void chatter(Node& node) {
  for (int i = 0; i < 500; ++i) {
    node.sleep(Duration(static_cast<std::int64_t>(node.rng().below(1'000'000))));
    node.disk().append("log", "x");
    node.disk().sync();
    (void)node.call_all(std::vector<NodeId>{kA, kB}, Parcel{1, 10}).wait_for(2, 5_ms);
  }
}

TEST(Draws, OfALinkAreShiftedByNothingElse) {
  const std::vector<Time> alone = heard([](SmallWorld&) {});
  EXPECT_GT(alone.size(), 900U);
  EXPECT_EQ(
      heard([](SmallWorld& small) {
        small.add(
            {.name = "c", .disk = {.sync = Distribution::exponential(1_ms)}, .program = chatter});
      }),
      alone)
      << "another replica";
  EXPECT_EQ(heard([](SmallWorld& small) {
              small.add({.name = "client", .is_client = true, .program = chatter});
            }),
            alone)
      << "a client";
  EXPECT_EQ(heard([](SmallWorld& small) {
              const NodeId c = small.add("c", chatter);
              small.world.network().cut({.groups = {{kA, kB}, {c}}});
              small.at(300_ms, [&small, c] { small.world.crash(c); });
              small.at(400_ms, [&small, c] { small.world.start(c); });
            }),
            alone)
      << "faults elsewhere";
}

// A client's own draws, and when it hears from a, in a world with or without another replica.
std::vector<std::int64_t> life_of_client(bool with_b) {
  std::vector<std::int64_t> life;
  SmallWorld small;
  small.world.network().set_default({.latency = Distribution::exponential(3_ms)});
  const NodeId client(with_b ? 2 : 1);
  small.add("a", [&](Node& node) {
    for (int i = 0; i < 50; ++i, node.sleep(1_ms)) node.send(client, Ping{});
  });
  if (with_b) small.add("b", [](Node&) {});
  small.add({.name = "client", .is_client = true, .program = [&](Node& node) {
               life.push_back(static_cast<std::int64_t>(node.rng().next() >> 1U));
               node.serve(run_inline([&](const Ping&) {
                 life.push_back((node.world().now() - Time()).count());
                 return 0;
               }));
             }});
  small.run_to(1_s);
  return life;
}

TEST(Draws, BelongToANameAndNotToAPlaceInTheRow) {
  const std::vector<std::int64_t> alone = life_of_client(false);
  EXPECT_GT(alone.size(), 50U);
  EXPECT_EQ(life_of_client(true), alone);
}

TEST(Draws, OfALinkGoOnUnderACut) {
  const std::vector<Time> alone = heard([](SmallWorld&) {});
  const std::vector<Time> cut = heard([](SmallWorld& small) {
    small.at(300_ms, [&] {
      const CutId id = small.world.network().cut({.groups = {{kA}, {kB}}});
      small.at(400_ms, [&small, id] { small.world.network().heal(id); });
    });
  });
  EXPECT_LT(cut.size(), alone.size() - 80);
  // Whoever leaves long after the heal meets the same fate in both worlds.
  const auto late = [](const std::vector<Time>& all) {
    std::vector<Time> rest;
    for (const Time t : all) {
      if (t > after_start(600_ms)) rest.push_back(t);
    }
    return rest;
  };
  EXPECT_EQ(late(cut), late(alone));
}

TEST(Draws, OfADisabledFeatureDoNotHappen) {
  Stream fresh(Seed{1}, "network.link", stream_key("a"), stream_key("b"));
  std::vector<Time> expected;
  for (int i = 0; i < 10; ++i) {
    expected.push_back(after_start(i * 10_ms) + Distribution::uniform({1_ms, 5_ms}).sample(fresh));
  }
  std::vector<Time> times;
  SmallWorld small;
  small.world.network().set_default({.latency = Distribution::uniform({1_ms, 5_ms})});
  small.add("a", [](Node& node) {
    for (int i = 0; i < 10; ++i, node.sleep(10_ms)) node.send(kB, Ping{});
  });
  small.add("b", [&](Node& node) {
    node.serve(run_inline([&](const Ping&) {
      times.push_back(node.world().now());
      return 0;
    }));
  });
  small.run_to(1_s);
  EXPECT_EQ(times, expected);
}

}  // namespace
}  // namespace quorumlab::sim
