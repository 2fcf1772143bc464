// Who notices that a leader is gone, and who leads when the network splits.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "models/replication/membership/phi.h"
#include "tests/theory/lab.h"

namespace quorumlab::theory {
namespace {

using models::Function;
using models::Operation;
using models::Outcome;
using sim::EventKind;
using sim::Time;

// A leader that tells its one follower that it lives, and a network that loses a share of it.
std::string beating_heart(const std::string& timeout, const std::string& duration) {
  return head(duration) + fmt::format(R"toml(
[cluster]
replicas = 2
[network]
latency = "5ms"
[disk]
sync = "0s"
[replication]
model          = "leader_follower"
acknowledge    = "none"
failover       = "heartbeat"
heartbeat      = "50ms"
timeout        = "{}"
append_timeout = "10100us"
retry_backoff  = "1ms"
[workload]
rate = "0.001/s"
)toml",
                                      timeout);
}

// (k - 1/2) h + d for a crash at a random moment. Our leader waits h after each answer, so that
// its beats are h + 2d apart and the last one was sent half of that before the crash; and a
// follower looks at its clock every h/2, here 5, 10, 15, 20 or 25 ms late.
TEST(Row6, DetectionTime) {
  constexpr double kHeartbeat = 50;
  constexpr double kDelay = 5;
  constexpr double kTimeout = 3 * kHeartbeat;
  constexpr int kPhases = 211;  // over 300 ms, in which beats and looks come to the same again
  Sample detection;
  for (int phase = 0; phase < kPhases; ++phase) {
    const double crash = 3'000 + phase * 300.0 / kPhases;
    const Recorded run =
        Experiment(beating_heart("150ms", "4s") +
                   fmt::format("[[fault]]\nkind = \"crash\"\non = \"n1\"\nat = \"{}us\"\n",
                               std::llround(crash * 1'000)))
            .record(6);
    const auto elected = run.events(EventKind::kNote, "elected");
    ASSERT_GE(elected.size(), 2U);
    detection.add(elected[1].at.seconds() * 1e3 - crash);
  }
  const double expected = kTimeout - (kHeartbeat + 2 * kDelay) / 2 + kDelay + 15;
  EXPECT_NEAR(detection.mean(), expected, 0.3);
}

// p^k: k beats in a row have to be lost, which takes (1 - p^k) / (p^k (1 - p)) beats on average.
TEST(Row6, FalseAlarms) {
  struct Case {
    double p;
    int k;
    std::string duration;
  };
  constexpr std::uint64_t kRuns = 200;
  for (const auto& [p, k, duration] :
       {Case{.2, 3, "70s"}, Case{.3, 2, "12s"}, Case{.4, 3, "15s"}}) {
    const std::string timeout = fmt::format("{}ms", k * 60 + 30);
    const std::string loss = fmt::format(
        "[[fault]]\nkind = \"message_loss\"\nat = \"0s\"\nmessages = [\"Append\"]\n"
        "part = \"requests\"\nchance = {}\n",
        p);
    const Experiment cluster(beating_heart(timeout, duration) + loss);
    Sample beats;
    for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
      const Recorded run = cluster.record(seed);
      const auto elected = run.events(EventKind::kNote, "elected");
      if (elected.size() < 2) continue;
      // Who is still on its way came too late to matter.
      const Time last = elected[1].at - sim::Duration(30'000'000);
      const auto sent = run.events(EventKind::kSend, "Append");
      beats.add(static_cast<double>(std::count_if(sent.begin(), sent.end(), [&](const auto& e) {
        return !e.is_reply && e.lane == run.lane("n1") && e.at <= last;
      })));
    }
    EXPECT_GE(beats.size(), kRuns - 1);
    const double run_of_losses = std::pow(p, k);
    EXPECT_TRUE(agrees(beats, (1 - run_of_losses) / (run_of_losses * (1 - p)), 0.5)) << p;
  }
}

// P(later) = e^(-t/1s): phi reaches x after x ln 10 seconds of silence.
TEST(Row6, PhiOfExponentialGaps) {
  const sim::Distribution gap = sim::Distribution::exponential(sim::Duration(1'000'000'000));
  sim::Stream stream(sim::Seed{6}, "theory.phi");
  for (const auto& [threshold, seconds] : {std::pair{1.0, 2.30}, {3.0, 6.91}, {8.0, 18.4}}) {
    Sample reached;
    for (int run = 0; run < 20; ++run) {
      models::membership::PhiAccrual beats(models::membership::PhiAccrual::Gaps::kExponential,
                                           1'000);
      Time now;
      beats.expect(gap.sample(stream), now);
      for (int i = 0; i < 1'000; ++i) beats.arrived(now = now + gap.sample(stream));
      Time silent = now;
      while (beats.phi(silent) < threshold) silent = silent + sim::Duration(1'000'000);
      reached.add((silent - now).seconds());
    }
    EXPECT_TRUE(agrees(reached, seconds, 0.01)) << threshold;
  }
}

// A leader and its client are cut off for `kSplit`; the others promote one of themselves.
constexpr double kSplit = 5;
struct Accepted {
  double old_side = 0;
  double new_side = 0;
};
Accepted during_split(const std::string& acknowledge, double lease) {
  const std::string toml = head("12s") + fmt::format(R"toml(
[cluster]
zones   = {{ old = 1, new = 2 }}
clients = {{ old = 1, new = 1 }}
[network]
latency = "100us"
[disk]
sync = "0s"
[replication]
model          = "leader_follower"
acknowledge    = "{}"
failover       = "heartbeat"
heartbeat      = "2ms"
timeout        = "500ms"
lease          = "{}ms"
commit_timeout = "5ms"
append_timeout = "5ms"
[workload]
pace     = "steady"
rate     = "400/s"
reads    = 0
timeout  = "10ms"
write_to = "nearest"
[[fault]]
kind  = "partition"
at    = "2s"
for   = "{}s"
split = [["old"], ["new"]]
)toml",
                                                     acknowledge, lease * 1'000, kSplit);
  const Recorded run = Experiment(toml).record(7);
  Accepted accepted;
  for (const Operation& op : run.result.history.operations()) {
    if (op.invoked_at < Time(2'000'000'000) || op.invoked_at >= Time(7'000'000'000)) continue;
    if (op.outcome != Outcome::kOk) continue;
    ++(op.client == run.lane("c1") ? accepted.old_side : accepted.new_side);
  }
  return accepted;
}

// rate x min(partition, lease) by the old leader, rate x what is left after the failover by the
// new one; and nothing where followers refuse whoever has an older epoch, as tokens do.
TEST(Row7, SplitBrainTakesWritesOnBothSides) {
  constexpr double kPatience = 0.5;
  constexpr double kRoundTrip = 0.0002;
  constexpr double kEach = 1.0 / 200 + kRoundTrip;  // a client asks anew after each answer
  for (const double lease : {0.0, 0.45, 8.0}) {
    const Accepted accepted = during_split("none", lease);
    const double trusted = lease == 0 ? kSplit : std::min(kSplit, lease);
    EXPECT_NEAR(accepted.old_side, trusted / kEach, 2) << lease;
    EXPECT_NEAR(accepted.new_side, (kSplit - kPatience) / kEach, 2) << lease;
  }
  const Accepted fenced = during_split("majority", 0);
  EXPECT_EQ(fenced.old_side, 0);
  EXPECT_NEAR(fenced.new_side, (kSplit - kPatience) / (kEach + kRoundTrip), 2);
}

// Three of five on one side; who leads when the network splits is up to chance.
std::string split_three_two(const std::string& replication, const std::string& workload) {
  return head("20s") + fmt::format(R"toml(
[cluster]
zones   = {{ large = 3, small = 2 }}
clients = {{ large = 1, small = 1 }}
[network]
latency = "uniform(1ms, 3ms)"
[[network.link]]
between = ["large", "small"]
latency = "uniform(2ms, 4ms)"
[replication]
{}
[workload]
pace = "steady"
rate = "100/s"
keys = 50
{}
[[fault]]
kind  = "partition"
at    = "5s"
for   = "10s"
split = [["large"], ["small"]]
)toml",
                                   replication, workload);
}

// Consensus: the larger side goes on at once if the leader is there, in 3/5 of the runs, else after
// an election; the smaller one stands still.
TEST(Row18, ConsensusServesTheMajorityAndNobodyElse) {
  const Experiment cluster(split_three_two("model = \"raft\"", "timeout = \"50ms\""));
  constexpr int kRuns = 60;
  Share leader_in_minority;
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
    const Recorded run = cluster.record(seed);
    const auto& sides = run.result.faults.at(0).sides;
    ASSERT_EQ(sides.size(), 2U);
    EXPECT_EQ(sides[1].writes_ok + sides[1].reads_ok, 0U) << seed;
    const bool interrupted =
        sides[0].writes_ok + sides[0].reads_ok < sides[0].writes + sides[0].reads;
    leader_in_minority.count(interrupted);
    Time last_election;
    for (const sim::TraceEvent& event : run.events(EventKind::kNote, "elected")) {
      const bool during = event.at > Time(5'000'000'000) && event.at < Time(15'000'000'000);
      if (during) last_election = event.at;
    }
    EXPECT_EQ(interrupted, last_election > Time()) << seed;
    // 300 to 600 ms until somebody stands, rehearsal and vote, and a split vote once in a while.
    EXPECT_LT(last_election, Time(6'500'000'000)) << seed;
  }
  EXPECT_TRUE(agrees(leader_in_minority, 2.0 / 5));
}

// Every replica by itself: both sides are served, and keys that both wrote are in conflict: of K
// keys K (1 - e^(-a/K)) (1 - e^(-b/K)), if a and b writes came on the two sides.
TEST(Row18, LeadersOnBothSidesServeEverybodyAndDiverge) {
  const Experiment cluster(split_three_two("model = \"multi_leader\"",
                                           "read_from = \"nearest\"\nwrite_to = \"nearest\""),
                           {"check.recovery=\"5s\"", "workload.reads=0.9"});
  Sample conflicts;
  Sample expected;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const Recorded run = cluster.record(seed);
    std::map<sim::Key, std::set<sim::NodeId>> writers;
    for (const Operation& op : run.result.history.operations()) {
      const bool during =
          op.invoked_at >= Time(5'000'000'000) && op.invoked_at < Time(15'000'000'000);
      if (during && op.f == Function::kWrite) writers[op.key].insert(op.client);
    }
    const auto& sides = run.result.faults.at(0).sides;
    for (const scenarios::Side& side : sides) {
      EXPECT_EQ(side.reads_ok, side.reads);
      EXPECT_EQ(side.writes_ok, side.writes);
    }
    EXPECT_TRUE(run.result.converged.has_value());
    conflicts.add(static_cast<double>(std::count_if(
        writers.begin(), writers.end(), [](const auto& key) { return key.second.size() == 2; })));
    const auto touched = [&](const scenarios::Side& side) {
      return 1 - std::exp(-static_cast<double>(side.writes) / 50);
    };
    expected.add(50 * touched(sides[0]) * touched(sides[1]));
  }
  EXPECT_TRUE(agrees(conflicts, expected.mean()));
}

// From three to five voters in one step: two of the old three and three of the new five do not
// overlap. n3 leads when it makes the change, and then the old and the new are cut apart.
constexpr const char* kThreeToFive = R"toml(
[cluster]
replicas = 5
clients  = 2
[network]
latency = "uniform(1ms, 3ms)"
[replication]
model    = "raft"
voters   = ["n1", "n2", "n3"]
learners = ["n4", "n5"]
[[replication.change]]
at   = "1s"
lead = "n3"
[[replication.change]]
at  = "3s"
add = ["n4", "n5"]
[workload]
keys = 2
rate = "60/s"
timeout = "100ms"
[[fault]]
kind  = "partition"
when  = { event = "change", on = "n3" }
for   = "5s"
split = [["n1", "n2", "c1"], ["n3", "n4", "n5", "c2"]]
)toml";

TEST(Row13, AChangeInOneStepGivesTwoMajorities) {
  const auto accepting_sides = [](const std::string& mistakes, std::uint64_t seed) {
    const Recorded run =
        Experiment(head("9s") + kThreeToFive, {"replication.mistakes=" + mistakes}).record(seed);
    std::set<sim::NodeId> sides;
    for (const Operation& op : run.result.history.operations()) {
      const bool during =
          op.invoked_at > Time(5'000'000'000) && op.invoked_at < Time(7'800'000'000);
      if (during && op.f == Function::kWrite && op.outcome == Outcome::kOk) sides.insert(op.client);
    }
    return sides.size();
  };
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    EXPECT_EQ(accepting_sides("[\"change_at_once\"]", seed), 2U) << seed;
    EXPECT_EQ(accepting_sides("[]", seed), 1U) << seed;
  }
}

}  // namespace
}  // namespace quorumlab::theory
