// SWIM as its paper promises it: rumours that converge, detection in e/(e-1) periods, news in
// O(log n) periods, constant load, and fewer false alarms with suspicion; and the phi detector.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/replication/membership/phi.h"
#include "models/replication/membership/swim.h"
#include "sim/world.h"

namespace quorumlab::models::membership {
namespace {

using namespace sim::literals;
using sim::Duration;
using sim::Node;
using sim::Stream;
using sim::Time;

constexpr Duration kPeriod = 1_s;

SwimOptions second_periods() {
  return {.period = kPeriod, .ping_timeout = 200_ms, .suspicion = 5, .staggered = false};
}

// So many members of one group, each with what it has noted.
class Group {
 public:
  struct Noted {
    Time at;
    NodeId by;
    NodeId about;
  };

  Group(std::size_t members, const SwimOptions& options, std::uint64_t seed, double loss = 0)
      : world_({.seed = sim::Seed{seed}}), swims_(members) {
    world_.network().set_default(
        {.latency = sim::Distribution::constant(1_ms), .loss = sim::Probability(loss)});
    world_.observe(
        {.state = nullptr,
         .note = [this](Node& node, std::string_view what, const sim::Tags& tags) {
           noted_[std::string(what)].push_back(
               {world_.now(), node.id(), NodeId(static_cast<std::uint32_t>(tags.value))});
         }});
    for (std::size_t i = 0; i < members; ++i) {
      world_.add_node({.name = "m" + std::to_string(i),
                       .program = [this, options](Node& node) { run(node, options); }});
    }
  }

  void start(std::size_t members) {
    for (std::uint32_t i = 0; i < members; ++i) world_.start(NodeId(i));
  }
  void run_to(Duration d) { world_.run_until(Time() + d); }
  [[nodiscard]] sim::World& world() { return world_; }
  [[nodiscard]] Swim& swim(std::uint32_t member) { return *swims_.at(member); }
  [[nodiscard]] const std::vector<Noted>& noted(const std::string& what) { return noted_[what]; }
  // Whom a newcomer asks; else everybody is known from the start.
  std::function<std::vector<NodeId>(Node&)> contacts = nullptr;

 private:
  void run(Node& node, const SwimOptions& options) {
    const std::vector<NodeId> all(node.peers().begin(), node.peers().end());
    Swim swim(options, node, contacts ? contacts(node) : all, {});
    swims_[node.id().value] = &swim;
    node.spawn("swim", [&swim] { swim.run(); });
    node.serve([&swim](const Ping& ping, NodeId from) { return swim.answer(ping, from); },
               [&swim](const PingRequest& ask, NodeId from) { return swim.relay(ask, from); });
  }

  sim::World world_;
  std::vector<Swim*> swims_;
  std::map<std::string, std::vector<Noted>> noted_;
};

Rumour random_rumour(Stream& stream) {
  const auto about = static_cast<std::uint32_t>(stream.below(4));
  const auto belief = static_cast<Belief>(stream.below(4));
  const auto incarnation = static_cast<std::uint32_t>(stream.below(3));
  return {NodeId(about), belief, incarnation, NodeId(0)};
}

TEST(MemberList, TheOrderOfRumoursDoesNotMatter) {
  Stream stream(sim::Seed{1}, "test.rumours");
  for (int round = 0; round < 500; ++round) {
    std::vector<Rumour> rumours;
    for (int i = 0; i < 8; ++i) rumours.push_back(random_rumour(stream));
    MemberList forwards(NodeId(9), 3);
    MemberList shuffled(NodeId(9), 3);
    for (const Rumour& rumour : rumours) (void)forwards.take(rumour);
    stream.shuffle(rumours);
    for (const Rumour& rumour : rumours) (void)shuffled.take(rumour);
    for (const Rumour& rumour : rumours) EXPECT_FALSE(shuffled.take(rumour));  // idempotent
    for (std::uint32_t i = 0; i < 4; ++i) {
      ASSERT_EQ(forwards.belief(NodeId(i)), shuffled.belief(NodeId(i)));
    }
  }
}

TEST(MemberList, AnObjectionOverridesASuspicionAndNothingOfItsOwnIncarnationDoes) {
  MemberList list(NodeId(9), 3);
  const NodeId who(1);
  EXPECT_TRUE(list.take({.about = who, .incarnation = 4}));
  EXPECT_TRUE(list.take({who, Belief::kSuspect, 4, NodeId(0)}));
  EXPECT_FALSE(list.take({who, Belief::kAlive, 4, NodeId(0)}));
  EXPECT_TRUE(list.take({who, Belief::kAlive, 5, NodeId(0)}));
  EXPECT_FALSE(list.take({who, Belief::kSuspect, 4, NodeId(0)}));
  EXPECT_FALSE(list.take({who, Belief::kDead, 4, NodeId(0)}));
  EXPECT_TRUE(list.take({who, Belief::kDead, 5, NodeId(0)}));
  EXPECT_FALSE(list.take({who, Belief::kSuspect, 5, NodeId(0)}));
}

TEST(MemberList, ARumourIsToldSoOftenAndNoMoreTheLeastToldFirst) {
  MemberList list(NodeId(0), 3);
  for (std::uint32_t i = 1; i < 50; ++i) (void)list.take({.about = NodeId(i)});
  std::map<NodeId, std::uint32_t> told;
  for (int message = 0; list.has_news(); ++message) {
    for (const Rumour& rumour : list.to_tell(6)) ++told[rumour.about];
    const auto [least, most] = std::minmax_element(
        told.begin(), told.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    if (told.size() == 49) {
      EXPECT_LE(most->second - least->second, 1U) << message;
    }
  }
  EXPECT_EQ(list.tellings(), static_cast<std::uint32_t>(std::ceil(3 * std::log(50.0))));
  for (const auto& [who, times] : told) EXPECT_EQ(times, list.tellings());
}

// With m others in random order, a member has not chosen the dead one in j periods with probability
// 1 - j/m: it takes the sum of (1 - j/m)^m over j periods, which comes to e/(e - 1) (section 3.1).
TEST(Swim, TheFirstSuspicionTakesAboutOneAndAHalfPeriodsWhateverTheSize) {
  for (const std::size_t members : {10U, 40U}) {
    constexpr int kTrials = 400;
    const double others = static_cast<double>(members) - 1;
    double expected = 0;
    for (std::size_t j = 0; j < members; ++j) {
      expected += std::pow(1 - static_cast<double>(j) / others, others);
    }
    double sum = 0;
    double squares = 0;
    for (int trial = 1; trial <= kTrials; ++trial) {
      Group group(members, second_periods(), static_cast<std::uint64_t>(trial));
      group.start(members);
      // Before the first period nobody has chosen anybody.
      group.world().at(Time() + 0_ns, [&] { group.world().crash(NodeId(3)); });
      for (int i = 1; group.noted("suspect").empty(); ++i) group.run_to(kPeriod * i + 100_ms);
      const double periods =
          (group.noted("suspect").front().at - Time()).seconds() / kPeriod.seconds();
      sum += periods;
      squares += periods * periods;
    }
    const double mean = sum / kTrials;
    const double error = std::sqrt((squares / kTrials - mean * mean) / kTrials);
    EXPECT_NEAR(mean, expected, 3 * error) << members;
    EXPECT_NEAR(mean, M_E / (M_E - 1), 3 * error + 0.11) << members;
  }
}

TEST(Swim, NobodyIsSuspectedWhereNothingIsLost) {
  Group group(20, second_periods(), 7);
  group.start(20);
  group.run_to(100_s);
  EXPECT_TRUE(group.noted("suspect").empty());
  EXPECT_TRUE(group.noted("confirm").empty());
}

// A ping and its answer for each member and period, however many members there are.
TEST(Swim, TheLoadOfAMemberDoesNotDependOnTheirNumber) {
  for (const std::size_t members : {5U, 20U, 80U}) {
    Group group(members, second_periods(), 3);
    group.start(members);
    group.run_to(20_s - 1_ms);
    const auto sent = group.world().network().stats().sent;
    EXPECT_EQ(sent, 2 * members * 20) << members;
  }
}

// Periods from the first confirmation to the last.
double periods_to_spread(std::size_t members, std::uint64_t seed) {
  SwimOptions options = second_periods();
  options.suspicion = 100;  // the rumour shall not be overtaken by the confirmation
  Group group(members, options, seed);
  group.start(members);
  group.world().at(Time() + 0_ns, [&] { group.world().crash(NodeId(3)); });
  for (int i = 1; group.noted("suspect").size() < members - 1 && i < 200; ++i) {
    group.run_to(kPeriod * i);
  }
  const auto& suspected = group.noted("suspect");
  EXPECT_EQ(suspected.size(), members - 1);
  return (suspected.back().at - suspected.front().at).seconds() / kPeriod.seconds();
}

TEST(Swim, NewsReachesEverybodyInLogarithmicTime) {
  std::vector<double> means;
  for (const std::size_t members : {8U, 32U, 128U}) {
    double sum = 0;
    for (std::uint64_t seed = 1; seed <= 15; ++seed) sum += periods_to_spread(members, seed);
    means.push_back(sum / 15);
  }
  // Four times the members: some periods more, not four times as many.
  for (const std::size_t i : {0U, 1U}) {
    EXPECT_GT(means[i + 1], means[i]);
    EXPECT_LT(means[i + 1] - means[i], 3);
  }
}

std::size_t false_alarms(const SwimOptions& options) {
  std::size_t count = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Group group(12, options, seed, 0.25);
    group.start(12);
    group.run_to(60_s);
    count += group.noted("confirm").size();
  }
  return count;
}

TEST(Swim, SuspicionSavesTheLivingAndLifeguardSavesMore) {
  SwimOptions plain = second_periods();
  plain.helpers = 1;
  SwimOptions hasty = plain;
  hasty.suspicion = 0;
  SwimOptions guarded = plain;
  guarded.lifeguard = true;
  const std::size_t without = false_alarms(hasty);
  const std::size_t with = false_alarms(plain);
  EXPECT_GT(without, 500U);
  EXPECT_LT(with * 5, without);
  EXPECT_LT(false_alarms(guarded), std::max<std::size_t>(with, 1));
}

TEST(Swim, WhoIsSuspectedObjectsUnlessItsIncarnationStays) {
  for (const bool raises : {true, false}) {
    SwimOptions options = second_periods();
    options.raises_incarnation = raises;
    options.suspicion = 8;
    Group group(6, options, 5);
    group.start(6);
    group.world().at(Time() + 2_s, [&] { group.world().pause(NodeId(2)); });
    group.world().at(Time() + 4500_ms, [&] { group.world().resume(NodeId(2)); });
    group.run_to(40_s);
    EXPECT_FALSE(group.noted("suspect").empty());
    EXPECT_EQ(group.noted("confirm").empty(), raises);
    EXPECT_EQ(group.swim(0).belief(NodeId(2)) == Belief::kAlive, raises);
  }
}

TEST(Swim, TheHalvesOfAHealedPartitionFindTogether) {
  Group group(6, second_periods(), 5);
  group.start(6);
  sim::CutId cut = 0;
  group.world().at(Time() + 2_s, [&] {
    cut = group.world().network().cut(
        {.groups = {{NodeId(0), NodeId(1), NodeId(2)}, {NodeId(3), NodeId(4), NodeId(5)}}});
  });
  group.world().at(Time() + 30_s, [&] {
    EXPECT_EQ(group.swim(0).belief(NodeId(4)), Belief::kDead);
    EXPECT_EQ(group.swim(5).belief(NodeId(1)), Belief::kDead);
    group.world().network().heal(cut);
  });
  group.run_to(80_s);
  for (std::uint32_t a = 0; a < 6; ++a) {
    for (std::uint32_t b = 0; b < 6; ++b) {
      EXPECT_EQ(group.swim(a).belief(NodeId(b)), Belief::kAlive) << a << " of " << b;
    }
  }
}

TEST(Swim, NewcomersNeedOneContactAndWhoLeavesIsNotCalledDead) {
  Group group(8, second_periods(), 11);
  group.contacts = [](Node& node) {
    std::vector<NodeId> old{NodeId(0), NodeId(1), NodeId(2), NodeId(3), NodeId(4), NodeId(5)};
    if (node.id().value >= 6) old.resize(1);
    return old;
  };
  group.start(6);
  group.world().at(Time() + 5_s, [&] {
    group.world().start(NodeId(6));
    group.world().start(NodeId(7));
  });
  group.run_to(20_s);
  for (std::uint32_t a = 0; a < 8; ++a) EXPECT_EQ(group.swim(a).list().size(), 8U) << a;
  group.world().at(group.world().now() + 1_s, [&] { group.swim(2).leave(); });
  group.run_to(60_s);
  for (std::uint32_t a = 0; a < 8; ++a) {
    EXPECT_EQ(group.swim(a).belief(NodeId(2)), Belief::kLeft) << a;
  }
  EXPECT_TRUE(group.noted("confirm").empty());
}

TEST(Swim, ACrashedMemberThatStartsAgainIsBelieved) {
  Group group(6, second_periods(), 12);
  group.start(6);
  group.world().at(Time() + 3_s, [&] { group.world().crash(NodeId(1)); });
  group.world().at(Time() + 30_s, [&] {
    EXPECT_EQ(group.swim(0).belief(NodeId(1)), Belief::kDead);
    group.world().start(NodeId(1));
  });
  group.run_to(50_s);
  EXPECT_EQ(group.swim(0).belief(NodeId(1)), Belief::kAlive);
  EXPECT_GT(group.swim(1).incarnation(), 0U);
}

TEST(Phi, RegularBeatsOfNormalGapsAreTrustedUntilTheyStop) {
  PhiAccrual beats(PhiAccrual::Gaps::kNormal, 100);
  Time now;
  beats.expect(1_s, now);
  for (int i = 0; i < 100; ++i) beats.arrived(now = now + 1_s);
  EXPECT_LT(beats.phi(now + 500_ms), 0.01);
  EXPECT_NEAR(beats.phi(now + 1_s), -std::log10(0.5), 1e-6);
  EXPECT_GT(beats.phi(now + 1600_ms), 8);
}

}  // namespace
}  // namespace quorumlab::models::membership
