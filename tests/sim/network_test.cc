// Links: how long messages take, which ones are lost, doubled, overtaken, or wait for their turn.
#include "sim/network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/sim/small_world.h"

namespace quorumlab::sim {
namespace {

struct Arrival {
  Time at;
  int number = 0;
  bool operator==(const Arrival&) const = default;
};

struct Traffic {
  LinkOptions link;
  int messages = 1;
  Duration gap;
  std::size_t bytes = 100;
};

// What b receives of the numbered parcels that a sends, one every `gap` from time 0 on.
std::vector<Arrival> deliver(const Traffic& traffic, Network::Stats* stats = nullptr) {
  std::vector<Arrival> arrivals;
  SmallWorld small;
  small.world.network().set_default(traffic.link);
  small.add("b", [&](Node& node) {
    node.serve(run_inline([&](const Parcel& parcel) {
      arrivals.push_back({node.world().now(), parcel.x});
      return 0;
    }));
  });
  small.add("a", [&](Node& node) {
    for (int i = 0; i < traffic.messages; ++i) {
      node.send(NodeId(0), Parcel{i, traffic.bytes});
      if (traffic.gap > 0_ns) node.sleep(traffic.gap);
    }
  });
  small.run_to(10_min);
  if (stats != nullptr) *stats = small.world.network().stats();
  return arrivals;
}

std::vector<int> numbers(const std::vector<Arrival>& arrivals) {
  std::vector<int> all;
  all.reserve(arrivals.size());
  for (const Arrival& arrival : arrivals) all.push_back(arrival.number);
  return all;
}

TEST(Network, DeliversAfterTheLatency) {
  EXPECT_EQ(
      deliver({.link = {.latency = Distribution::constant(3_ms)}, .messages = 3, .gap = 1_ms}),
      (std::vector<Arrival>{
          {after_start(3_ms), 0}, {after_start(4_ms), 1}, {after_start(5_ms), 2}}));
}

TEST(Network, DrawsEachLatencyFromTheLaw) {
  const auto arrivals = deliver(
      {.link = {.latency = Distribution::uniform({1_ms, 5_ms})}, .messages = 2'000, .gap = 10_ms});
  ASSERT_EQ(arrivals.size(), 2'000U);
  Duration sum;
  for (const Arrival& arrival : arrivals) {
    const Duration took = arrival.at - (Time{} + 10_ms * arrival.number);
    EXPECT_GE(took, 1_ms);
    EXPECT_LE(took, 5_ms);
    sum += took;
  }
  EXPECT_NEAR(static_cast<double>((sum / 2'000).count()), 3e6, 0.1e6);
}

TEST(Network, LosesAsOftenAsAsked) {
  Network::Stats stats;
  const std::size_t arrived =
      deliver({.link = {.loss = Probability(0.25)}, .messages = 4'000, .gap = 1_us}, &stats).size();
  EXPECT_NEAR(static_cast<double>(arrived), 3'000, 120);
  EXPECT_EQ(stats.sent, 4'000U);
  EXPECT_EQ(stats.lost, 4'000 - arrived);
  EXPECT_TRUE(deliver({.link = {.loss = Probability(1)}, .messages = 50}).empty());
  EXPECT_EQ(deliver({.messages = 50}).size(), 50U);
}

TEST(Network, DeliversADuplicateAtATimeOfItsOwn) {
  Network::Stats stats;
  auto arrivals = deliver(
      {.link = {.latency = Distribution::uniform({1_ms, 5_ms}), .duplicate = Probability(1)},
       .messages = 100,
       .gap = 10_ms},
      &stats);
  ASSERT_EQ(arrivals.size(), 200U);
  EXPECT_EQ(stats.duplicated, 100U);
  for (std::size_t i = 0; i < 200; i += 2) {
    EXPECT_EQ(arrivals[i].number, arrivals[i + 1].number);
    EXPECT_NE(arrivals[i].at, arrivals[i + 1].at);
  }
}

TEST(Network, DoublesAsOftenAsAsked) {
  const auto arrivals =
      deliver({.link = {.duplicate = Probability(0.1)}, .messages = 4'000, .gap = 1_us});
  EXPECT_NEAR(static_cast<double>(arrivals.size()), 4'400, 80);
}

TEST(Network, LetsWhatItHoldsBackBeOvertaken) {
  const auto arrivals = deliver({.link = {.latency = Distribution::constant(1_ms),
                                          .reorder = Probability(0.5),
                                          .reorder_by = Distribution::constant(10_ms)},
                                 .messages = 200,
                                 .gap = 1_ms});
  ASSERT_EQ(arrivals.size(), 200U);
  std::set<Duration> delays;
  for (const Arrival& arrival : arrivals)
    delays.insert(arrival.at - after_start(1_ms * arrival.number));
  EXPECT_EQ(delays, (std::set<Duration>{1_ms, 11_ms}));
  const std::vector<int> order = numbers(arrivals);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
}

TEST(Network, KeepsTheOrderOnlyIfAsked) {
  Traffic traffic{
      .link = {.latency = Distribution::uniform({0_ms, 10_ms})}, .messages = 200, .gap = 1_ms};
  const std::vector<int> free = numbers(deliver(traffic));
  EXPECT_EQ(free.size(), 200U);
  EXPECT_FALSE(std::is_sorted(free.begin(), free.end()));
  traffic.link.fifo = true;
  const std::vector<int> kept = numbers(deliver(traffic));
  EXPECT_EQ(kept.size(), 200U);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
}

TEST(Network, SendsMessagesOneAfterTheOtherOverANarrowLink) {
  const LinkOptions narrow{.latency = Distribution::constant(2_ms), .bandwidth = 1'000'000};
  const auto arrivals = deliver({.link = narrow, .messages = 4, .bytes = 1'000});
  EXPECT_EQ(arrivals, (std::vector<Arrival>{{after_start(3_ms), 0},
                                            {after_start(4_ms), 1},
                                            {after_start(5_ms), 2},
                                            {after_start(6_ms), 3}}));
  // One at a time finds the link idle.
  const auto spaced = deliver({.link = narrow, .messages = 3, .gap = 5_ms, .bytes = 2'000});
  EXPECT_EQ(spaced, (std::vector<Arrival>{
                        {after_start(4_ms), 0}, {after_start(9_ms), 1}, {after_start(14_ms), 2}}));
}

TEST(Network, EndsOfTimeDoNotOverflow) {
  const LinkOptions hopeless{.latency = Distribution::constant(Distribution::kLongest),
                             .reorder = Probability(1),
                             .reorder_by = Distribution::constant(Distribution::kLongest),
                             .bandwidth = 1};
  EXPECT_TRUE(deliver({.link = hopeless, .messages = 30, .bytes = std::size_t{1} << 40}).empty());
}

TEST(Network, KnowsTheLinksBetweenZones) {
  SmallWorld small;
  for (const char* zone : {"east", "east", "west", "north"}) {
    small.world.add_node({.name = zone, .zone = zone, .program = idle_program});
  }
  Network& network = small.world.network();
  const auto latency = [&](std::uint32_t from, std::uint32_t to) {
    return network.options(NodeId(from), NodeId(to)).latency.mean();
  };
  network.set_between("east", "west", {.latency = Distribution::constant(30_ms)});
  network.set_between("east", "east", {.latency = Distribution::constant(100_us)});
  EXPECT_EQ(latency(0, 1), 100_us);
  EXPECT_EQ(latency(0, 2), 30_ms);
  EXPECT_EQ(latency(2, 0), 30_ms);
  EXPECT_EQ(latency(0, 3), 1_ms);
  network.set_between("west", "east", {.latency = Distribution::constant(40_ms)});
  EXPECT_EQ(latency(0, 2), 40_ms);
}

TEST(Network, ReturnsAtTheSpeedOfTheWayBack) {
  Time answered;
  SmallWorld small;
  small.world.network().set_between("near", "far", {.latency = Distribution::constant(20_ms)});
  small.add({.name = "b", .zone = "far", .program = echo});
  small.add({.name = "a", .zone = "near", .program = [&](Node& node) {
               EXPECT_EQ(node.call(NodeId(0), Ping{6}, 1_s), 7);
               answered = node.world().now();
             }});
  small.run_to(1_s);
  EXPECT_EQ(answered, after_start(40_ms));
}

TEST(NetworkDeathTest, NobodySendsToHimself) {
  EXPECT_DEATH(
      {
        SmallWorld small;
        small.add("a", [](Node& node) { node.send(node.id(), Ping{}); });
        small.run_to(1_s);
      },
      "a sends Ping to itself");
}

}  // namespace
}  // namespace quorumlab::sim
