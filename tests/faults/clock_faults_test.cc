// Clocks: exact figures, and who notices what.
#include <gtest/gtest.h>

#include "tests/faults/kit.h"
#include "tests/sim/small_world.h"

namespace quorumlab::faults {
namespace {

using namespace sim::literals;
using sim::after_start;
using sim::Duration;
using sim::Node;
using sim::NodeId;
using sim::SmallWorld;
using sim::Time;

// A fault of this kind with these keys, for a world without a scenario.
std::unique_ptr<Fault> made(const std::string& kind, config::Value::Table keys) {
  const FaultKind& found = fault_kind(kind);
  config::Diagnostics problems;
  auto options = found.schema.make();
  const config::Value table = config::Value::table(std::move(keys));
  EXPECT_TRUE(found.schema.read_any(table, options.get(), config::Reporter(problems, found.schema)))
      << problems.render(config::Colour::kOff);
  return found.make(config::Chosen(kind, options, found.schema.type()), Making{});
}

config::Member key(const std::string& name, const std::string& value) {
  return {name, config::Value::text(value), {}};
}

TEST(FastClock, Of100PpmExpiresATenSecondTimerOneMillisecondEarly) {
  SmallWorld small;
  Time expired;
  const NodeId a = small.add({.name = "a", .clock_rate_ppb = 100'000, .program = [&](Node& node) {
                                node.sleep(10_s);
                                expired = node.world().now();
                              }});
  (void)a;
  small.run_to(11_s);
  // 10 s / 1.0001, to the nanosecond at which the clock shows them: 0.9999 ms early.
  EXPECT_EQ(expired.count(), 9'999'000'100);
}

TEST(ClockStep, MovesNoTimer) {
  SmallWorld small;
  Time expired;
  const NodeId a = small.add("a", [&](Node& node) {
    node.sleep(10_s);
    expired = node.world().now();
  });
  small.at(5_s, [&] { small.world.step_clock(a, -60_s); });
  small.run_to(11_s);
  EXPECT_EQ(expired, after_start(10_s));
}

TEST(ClockFreeze, StopsTheTimeOfDayAndNoTimer) {
  SmallWorld small;
  std::vector<Time> walls;
  const NodeId a = small.add("a", [&](Node& node) {
    for (int i = 0; i < 4; ++i) {
      node.sleep(1_s);
      walls.push_back(node.wall_now());
    }
  });
  (void)a;
  const auto freeze = made("clock_freeze", {key("on", "a")});
  small.at(1500_ms, [&] { freeze->begin(small.world); });
  small.at(3500_ms, [&] { freeze->end(small.world); });
  small.run_to(5_s);
  EXPECT_EQ(walls, (std::vector<Time>{after_start(1_s), after_start(1500_ms), after_start(1500_ms),
                                      after_start(2_s)}));
  EXPECT_EQ(freeze->effect(small.world).effects, 2U);
}

TEST(LeapSecond, SmearedIsWholeWhenTheSmearIsOver) {
  for (const char* const smear : {"0s", "10s"}) {
    SmallWorld small;
    std::vector<Duration> behind;
    small.add("a", [&](Node& node) {
      for (int i = 0; i < 3; ++i) {
        node.sleep(7_s);
        behind.push_back(node.world().now() - node.wall_now());
      }
    });
    const auto leap = made("leap_second", {key("on", "a"), key("smear", smear)});
    small.at(2_s, [&] { leap->begin(small.world); });
    small.run_to(30_s);
    const bool steps = std::string(smear) == "0s";
    EXPECT_EQ(behind, (std::vector<Duration>{steps ? 1_s : 500_ms, 1_s, 1_s})) << smear;
  }
}

// Row 31 of the visual catalogue: the error is half the asymmetry, the bound half the round trip.
TEST(ClockSync, LeavesHalfTheAsymmetryAndClaimsHalfTheRoundTrip) {
  SmallWorld small;
  Duration error;
  Duration claimed;
  const NodeId a = small.add({.name = "a", .clock_offset = 37_s, .program = [&](Node& node) {
                                node.sleep(1_s);
                                error = node.wall_now() - node.world().now();
                                const sim::WallInterval interval = node.wall_interval();
                                claimed = (interval.latest - interval.earliest) / 2;
                              }});
  const auto ntp = made("clock_sync", {key("on", "a"), key("out", "10ms"), key("back", "2ms"),
                                       key("poll", "10s"), key("growth", "0ppm")});
  small.at(0_s, [&] { ntp->begin(small.world); });
  small.run_to(2_s);
  EXPECT_EQ(error, 4_ms);
  EXPECT_EQ(claimed, 6_ms);
  EXPECT_EQ(small.world.node(a).counters().lies, 0U);
}

TEST(ClockSync, SlewsToTheSamePlaceWithoutAJump) {
  SmallWorld small;
  std::vector<Duration> errors;
  small.add({.name = "a", .clock_offset = 1_ms, .program = [&](Node& node) {
               for (int i = 0; i < 3; ++i) {
                 node.sleep(1_s);
                 errors.push_back(node.wall_now() - node.world().now());
               }
             }});
  const auto ntp = made("clock_sync", {key("on", "a"), key("out", "0ms"), key("back", "0ms"),
                                       key("poll", "100s"), key("correct", "slew")});
  small.at(0_s, [&] { ntp->begin(small.world); });
  small.run_to(4_s);
  // 1 ms at 500 ppm takes two seconds.
  EXPECT_EQ(errors, (std::vector<Duration>{500_us, 0_ns, 0_ns}));
}

// Row 32: with a bound of eps a commit waits about twice that until its interval has passed.
TEST(WallInterval, CommitWaitIsTwiceTheBound) {
  SmallWorld small;
  Duration waited;
  small.add("a", [&](Node& node) {
    node.world().set_clock_bound(node.id(), {.bound = 7_ms});
    const Time timestamp = node.wall_interval().latest;
    const Time begun = node.world().now();
    while (node.wall_interval().earliest <= timestamp) node.sleep(100_us);
    waited = node.world().now() - begun;
  });
  small.run_to(1_s);
  EXPECT_EQ(waited, 14'100_us);
}

// The same of a model: leaderless writes wait out their stamps.
TEST(CommitWait, CostsAWriteTwiceTheBound) {
  const auto median = [](const std::string& bound) {
    const Broken run("kind = \"disk_slow\"\nat = \"4s\"\non = \"n1\"\nby = \"0s\"",
                     {"replication={ model = \"leaderless\", commit_wait = true }",
                      "clock={ bound = \"" + bound + "\" }", "network.latency=\"1ms\"",
                      "workload.rate=\"20/s\""});
    return run.result.writes.median;
  };
  // Copies travel meanwhile, so what comes on top is only the way to the coordinator and back.
  EXPECT_NEAR(median("7ms").seconds(), 0.014 + 0.002, 0.001);
  EXPECT_NEAR(median("40ms").seconds(), 0.080 + 0.002, 0.001);
  EXPECT_LT(median("0ms").seconds(), 0.006);
}

// How long an isolated Raft leader goes on serving from its lease, in seconds.
double lease_lasts(const std::string& bound) {
  const Broken run(
      "kind = \"isolate\"\nat = \"3s\"\nfor = \"1900ms\"\non = \"leader\"",
      {"replication={ model = \"raft\", reads = \"lease\", lease_clock = \"interval\", "
       "election_timeout = \"1s\", request_timeout = \"10ms\" }",
       "clock={ bound = \"" + bound + "\" }", "workload.reads=1.0", "workload.timeout=\"20ms\"",
       "network.latency=\"1ms\""});
  double last = 0;
  for (const models::Operation& op : run.result.history.operations()) {
    const bool served = op.outcome == models::Outcome::kOk && op.invoked_at.seconds() < 4;
    if (served && op.invoked_at.seconds() > 3) last = op.completed_at.seconds() - 3;
  }
  return last;
}

TEST(IntervalLease, IsShorterByTwiceTheBound) {
  EXPECT_NEAR(lease_lasts("0ms") - lease_lasts("150ms"), 0.3, 0.06);
  EXPECT_EQ(lease_lasts("600ms"), 0);
}

TEST(ClockBound, ThatIsTooSmallMakesIntervalsLie) {
  SmallWorld small;
  small.add({.name = "a", .clock_offset = 5_ms, .program = [&](Node& node) {
               for (int i = 0; i < 4; ++i) {
                 node.sleep(1_s);
                 (void)node.wall_interval();
               }
             }});
  small.world.set_clock_bound(NodeId(0), {.bound = 10_ms});
  const auto lie = made("clock_bound", {key("on", "a"), key("bound", "1ms")});
  small.at(1500_ms, [&] { lie->begin(small.world); });
  small.at(3500_ms, [&] { lie->end(small.world); });
  small.run_to(5_s);
  EXPECT_EQ(lie->effect(small.world).opportunities, 2U);
  EXPECT_EQ(lie->effect(small.world).effects, 2U);
}

// The bound sawtooths as Spanner's: 200 us more with each second since the last exchange.
TEST(ClockBound, GrowsBy200PpmUntilTheNextExchange) {
  SmallWorld small;
  std::vector<Duration> bounds;
  small.add("a", [&](Node& node) {
    node.sleep(1_ms);
    for (int i = 0; i < 4; ++i) {
      node.sleep(10_s);
      const sim::WallInterval interval = node.wall_interval();
      bounds.push_back((interval.latest - interval.earliest) / 2);
    }
  });
  const auto ntp = made(
      "clock_sync", {key("on", "a"), key("out", "1ms"), key("back", "1ms"), key("poll", "30s")});
  small.at(0_s, [&] { ntp->begin(small.world); });
  small.run_to(50_s);
  ASSERT_EQ(bounds.size(), 4U);
  EXPECT_NEAR(bounds[0].seconds(), 0.003, 1e-5);
  EXPECT_NEAR(bounds[1].seconds(), 0.005, 1e-5);
  EXPECT_NEAR(bounds[2].seconds(), 0.007, 1e-5);
  EXPECT_NEAR(bounds[3].seconds(), 0.003, 1e-5);
}

// Row 8: a lease of ten seconds between a leader that is `rho` slow and followers that are `rho`
// fast outlives their promise by 2 rho L: a guard of less than 4 ms is unsafe at 200 ppm.
TEST(Lease, OutlivesThePromiseByTwiceTheDriftTimesItsLength) {
  SmallWorld small;
  Time lease_over;
  Time promise_over;
  small.add({.name = "leader", .clock_rate_ppb = -200'000, .program = [&](Node& node) {
               node.sleep(10_s);
               lease_over = node.world().now();
             }});
  small.add({.name = "follower", .clock_rate_ppb = 200'000, .program = [&](Node& node) {
               node.sleep(10_s);
               promise_over = node.world().now();
             }});
  small.run_to(11_s);
  EXPECT_NEAR((lease_over - promise_over).seconds(), 0.004, 1e-6);
}

TEST(ClockDrift, BendsTimersAndSaysHowMany) {
  const Broken run("kind = \"clock_drift\"\nat = \"1s\"\nfor = \"2s\"\non = \"n1\"\nrate = \"5%\"");
  EXPECT_EQ(run.count(sim::EventKind::kClockRate), 2U);
  EXPECT_GT(run.effect().effects, 0U);
}

TEST(ClockOffset, NobodyLooksAtIsInert) {
  const Broken run("kind = \"clock_offset\"\nat = \"1s\"\nfor = \"1s\"\non = \"n3\"\nby = \"1h\"");
  EXPECT_EQ(run.effect().effects, 0U);
  EXPECT_EQ(run.result.property("inert_faults"), 1);
}

}  // namespace
}  // namespace quorumlab::faults
