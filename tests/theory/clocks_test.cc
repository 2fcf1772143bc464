// Clocks that are off or run at different rates: what rests on them, and by how much it fails.
#include <fmt/format.h>

#include <cmath>

#include "tests/theory/lab.h"

namespace quorumlab::theory {
namespace {

using models::Function;
using models::Operation;
using models::Outcome;

// Two leaders of the same key, each with a client that writes by chance, and a network that costs
// nothing. The second one's clock is ahead.
std::string two_clocks(const std::string& skew, int rate, const std::string& duration) {
  return head(duration) + fmt::format(R"toml(
[cluster]
zones   = {{ left = 1, right = 1 }}
clients = {{ left = 1, right = 1 }}
[network]
latency = "0s"
[[network.link]]
between = ["left", "right"]
latency = "1ns"
[disk]
sync = "0s"
[replication]
model        = "leaderless"
copies       = 2
write_quorum = 1
read_quorum  = 1
read_repair  = "off"
[workload]
keys      = 1
rate      = "{}/s"
reads     = 0
read_from = "nearest"
write_to  = "nearest"
[[fault]]
kind = "clock_offset"
at   = "0s"
on   = "right1"
by   = "{}"
)toml",
                                      2 * rate, skew);
}

// 1/2 (1 - e^(-rate s)): half of the writes have the slower clock, and are dropped on arrival if
// one with the faster clock came within the last s.
TEST(Row23, SkewedClocksDropAcknowledgedWrites) {
  for (const auto& [ms, expected] : {std::pair{1, .0476}, {10, .316}, {100, .5}}) {
    const Experiment cluster(two_clocks(fmt::format("{}ms", ms), 100, "100s"));
    const models::DurabilityResult durable = cluster.run(23).durability;
    EXPECT_GT(durable.acknowledged, 19'000U);
    const Share lost{durable.lost.size(), durable.acknowledged};
    EXPECT_TRUE(agrees(lost, 0.5 * (1 - std::exp(-0.1 * ms)))) << ms;
    EXPECT_NEAR(lost.value(), expected, 0.011) << ms;
  }
}

TEST(Row23, HybridClocksDropNothing) {
  const Experiment cluster(two_clocks("100ms", 100, "20s"), {"replication.order=\"hybrid\""});
  EXPECT_EQ(cluster.run(23).durability.lost.size(), 0U);
}

// A leader with a lease of ten seconds is cut off, together with a client that reads. Followers
// wait `guard` longer than the lease; the leader's clock is slow by `ppm`, theirs are fast by it.
std::string lease(int ppm, int guard_us) {
  return head("13s") + fmt::format(R"toml(
[cluster]
zones   = {{ old = 1, new = 2 }}
clients = {{ new = 1, old = 1 }}
[network]
latency = "1us"
[disk]
sync = "1us"
[replication]
model          = "leader_follower"
acknowledge    = "majority"
failover       = "heartbeat"
lease          = "10s"
timeout        = "{}us"
heartbeat      = "1ms"
append_timeout = "1ms"
retry_backoff  = "1ms"
[workload]
keys    = 1
pace    = "steady"
rate    = "1/400us"
reads   = 0.99
writers = 1
timeout = "1ms"
[[fault]]
kind = "clock_drift"
at   = "0s"
on   = "old1"
rate = "-{}ppm"
[[fault]]
kind = "clock_drift"
at   = "0s"
on   = "new"
rate = "{}ppm"
[[fault]]
kind  = "partition"
at    = "2s"
split = [["old"], ["new"]]
)toml",
                                   10'000'000 + guard_us, ppm, ppm);
}

// For how long two leaders answered reads, in milliseconds; negative: so long nobody did.
double overlap(int ppm, int guard_us) {
  const Recorded run = Experiment(lease(ppm, guard_us)).record(8);
  sim::Time last;
  for (const Operation& op : run.result.history.operations()) {
    const bool after_all = op.invoked_at >= sim::Time(12'999'000'000);  // then faults are over
    if (op.f == Function::kRead && op.outcome == Outcome::kOk && !after_all) last = op.completed_at;
  }
  const auto elected = run.events(sim::EventKind::kNote, "elected");
  EXPECT_EQ(elected.size(), 2U);  // the second one by a follower, once
  return elected.empty() ? 0 : milliseconds(last - elected.back().at);
}

// The lease lasts L on a slow clock, the followers' patience L + g on fast ones: two leaders are
// trusted at once iff 2 rho L > g. A follower looks at its clock every half heartbeat, its last
// heartbeat was up to one before the cut, and the other one may have heard one more: that is the
// room for a later election.
TEST(Row8, ALeaseIsUnsafeIffTheClocksDriftApartByMoreThanItsGuard) {
  constexpr double kLease = 10'000;
  constexpr double kLate = 3;
  constexpr double kEarly = 0.3;
  for (const int ppm : {0, 200, 2'000}) {
    const double rho = ppm * 1e-6;
    for (const double unused : {-3.5, 0.5, 10.0}) {
      const double guard = 2 * rho * kLease + unused;
      if (guard < 0) continue;
      const double apart = kLease / (1 - rho) - (kLease + guard) / (1 + rho);
      const double both = overlap(ppm, static_cast<int>(guard * 1'000));
      EXPECT_LE(both, apart + kEarly) << ppm << " ppm, guard " << guard << " ms";
      EXPECT_GE(both, apart - kLate) << ppm << " ppm, guard " << guard << " ms";
      if (unused > kEarly) {
        EXPECT_LT(both, 0) << ppm << " ppm";
      }
      if (unused < -kLate) {
        EXPECT_GT(both, 0) << ppm << " ppm";
      }
    }
  }
}

}  // namespace
}  // namespace quorumlab::theory
