// What durability costs, what its lack loses, and how far messages go.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "tests/theory/lab.h"

namespace quorumlab::theory {
namespace {

using models::Function;
using models::Operation;
using models::Outcome;
using sim::EventKind;

// A client beside the leader; each follower a message away, and nothing else costs time.
std::string leader_and_followers(int followers, const std::string& latency, const std::string& gap,
                                 const std::string& duration) {
  return head(duration) + fmt::format(R"toml(
[cluster]
zones   = {{ near = 1, far = {} }}
clients = {{ near = 1 }}
[network]
latency = "0s"
[[network.link]]
between = ["near", "far"]
latency = "{}"
[disk]
sync = "0s"
[replication]
model          = "leader_follower"
heartbeat      = "1000s"
append_timeout = "100s"
commit_timeout = "100s"
[workload]
keys    = 100
pace    = "steady"
rate    = "1/{}"
reads   = 0
timeout = "100s"
)toml",
                                      followers, latency, gap);
}

std::string acknowledge(const std::string& mode) {
  return "replication.acknowledge=\"" + mode + "\"";
}

TEST(Row1, ASynchronousWriteTakesOneRoundTrip) {
  for (const int followers : {2, 4}) {
    const std::string toml = leader_and_followers(followers, "7ms", "50ms", "5s");
    for (const std::string mode : {"one", "majority", "all"}) {
      const auto history = Experiment(toml, {acknowledge(mode)}).run(1).history;
      EXPECT_TRUE(agrees(latencies(history, Function::kWrite), 2 * 7)) << mode;
    }
    const auto history = Experiment(toml, {acknowledge("none")}).run(1).history;
    EXPECT_TRUE(agrees(latencies(history, Function::kWrite), 0));
  }
}

// There and back, each exponential: the chance that it takes longer than x.
double still_under_way(double x, double mean) {
  return (1 + x / mean) * std::exp(-x / mean);
}

// The chance that fewer than k of n round trips are over after x.
double fewer_than(int k, int n, double x, double mean) {
  const double open = still_under_way(x, mean);
  double sum = 0;
  double ways = 1;
  for (int i = 0; i < k; ++i) {
    sum += ways * std::pow(1 - open, i) * std::pow(open, n - i);
    ways = ways * (n - i) / (i + 1);
  }
  return sum;
}

struct Jitter {
  int followers;
  std::string mode;
  int k;  // how many followers have to confirm
  double mean, p99;
};
class Row1 : public testing::TestWithParam<Jitter> {};

// The k-th of n round trips: "all" pays the slowest, a majority does not.
TEST_P(Row1, UnderJitterTheKthRoundTripDecides) {
  const Jitter& c = GetParam();
  constexpr double kMean = 10;
  const std::string toml = leader_and_followers(c.followers, "exponential(10ms)", "400ms", "4500s");
  const Sample took =
      latencies(Experiment(toml, {acknowledge(c.mode)}).run(1).history, Function::kWrite);
  const auto later = [&](double x) { return fewer_than(c.k, c.followers, x, kMean); };
  const double mean = integral(later, 0, 40 * kMean);
  EXPECT_TRUE(agrees(took, mean));
  EXPECT_NEAR(mean, c.mean, 0.06);
  double p99 = 0;
  while (later(p99) > 0.01) p99 += 0.01;
  EXPECT_NEAR(p99, c.p99, 0.3);
  EXPECT_NEAR(took.quantile(0.99), p99, 0.07 * p99);
}
INSTANTIATE_TEST_SUITE_P(
    Theory, Row1,
    testing::Values(Jitter{2, "one", 1, 12.5, 38.9}, Jitter{2, "majority", 1, 12.5, 38.9},
                    Jitter{2, "all", 2, 27.5, 74.3}, Jitter{4, "one", 1, 8.1, 23.6},
                    Jitter{4, "majority", 2, 14.4, 34.6}, Jitter{4, "all", 4, 35.5, 82.3}),
    [](const auto& p) {
      return fmt::format("{}With{}Followers", p.param.mode, p.param.followers);
    });

// The leader goes down for good at `crash`; the first follower takes over with what it has.
std::string lost_leader(const std::string& acknowledge, unsigned latency_ms,
                        const std::string& crash) {
  return head("6s") + fmt::format(R"toml(
[cluster]
zones   = {{ near = 1, far = 2 }}
clients = {{ near = 10 }}
[network]
latency = "{}ms"
[[network.link]]
between = ["near", "near"]
latency = "0s"
[disk]
sync = "0s"
[replication]
model       = "leader_follower"
acknowledge = "{}"
failover    = "heartbeat"
batch       = 100000
[workload]
keys  = 100
rate  = "1000/s"
reads = 0
[[fault]]
kind = "crash"
at   = "{}"
on   = "near1"
)toml",
                                  latency_ms, acknowledge, crash);
}

// rate x lag. Our leader has one message to a follower under way at a time and sends it what has
// come meanwhile, so that the lag is what was logged since the last one was sent: anything up to a
// round trip, its half on average, which is the one-way delay.
TEST(Row2, AsynchronousReplicationLosesRateTimesLag) {
  Sample lost;
  constexpr unsigned kDelay = 100;
  constexpr unsigned kPhases = 40;
  for (unsigned phase = 0; phase < kPhases; ++phase) {
    const std::string crash = fmt::format("{}ms", 3'000 + phase * 2 * kDelay / kPhases);
    // Until the old leader is back and has thrown away what nobody else has.
    const Experiment cluster(lost_leader("none", kDelay, crash), {"check.recovery=\"3s\""});
    lost.add(static_cast<double>(cluster.run(phase + 1U).durability.lost.size()));
  }
  // Chance, and up to a step between two phases.
  EXPECT_NEAR(lost.mean(), kDelay, 3 * std::sqrt(1.0 * kDelay / kPhases) + 2.5);
  EXPECT_LT(lost.quantile(0), 20);
  EXPECT_GT(lost.quantile(0.99), 170);
}

// One write, held by the follower that was quicker when the leader dies and its messages with it;
// whoever leads next is n2.
std::string tail_of_the_log(const std::string& promotion) {
  return head("4s") +
         fmt::format(R"toml(
[cluster]
replicas = 3
clients  = 1
[network]
latency = "1ms"
[disk]
sync = "0s"
[replication]
model       = "leader_follower"
acknowledge = "one"
failover    = "heartbeat"
promotion   = "{}"
[workload]
pace  = "steady"
rate  = "1/500ms"
reads = 0
[[fault]]
kind = "connection_reset"
from = ["n1"]
to   = ["n2", "n3"]
when = {{ state = "commit(n1) >= 3" }}
[[fault]]
kind  = "partition"
split = [["n1"], ["n2", "n3"]]
when  = {{ state = "commit(n1) >= 3" }}
[[fault]]
kind = "crash"
on   = "n1"
when = {{ state = "commit(n1) >= 3", after = "1200us" }}
)toml",
                     promotion) +
         delay("Append", "requests", "exponential(10ms)");
}

TEST(Row2, OneCopySavesAWriteIfItsHolderIsPromoted) {
  constexpr int kRuns = 300;
  Share tail_lost;
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
    const std::vector<std::string> sets = {"check.recovery=\"3s\""};
    const auto lost = [&](const std::string& promotion) {
      return Experiment(tail_of_the_log(promotion), sets).run(seed).durability.lost.size();
    };
    tail_lost.count(lost("first") > 0);
    EXPECT_EQ(lost("most_advanced"), 0U) << seed;
  }
  EXPECT_TRUE(agrees(tail_lost, 0.5));
}

// MySQL's way: a leader that nobody confirms waits, gives up after the time-out, and then loses
// whatever it acknowledges alone.
TEST(Row2, SemiSynchronousReplicationLosesWhatComesAfterItsTimeOut) {
  const auto lost = [](const std::string& fallback) {
    const std::string toml = head("12s") + fmt::format(R"toml(
[cluster]
zones   = {{ old = 1, new = 2 }}
clients = {{ old = 1 }}
[network]
latency = "0s"
[[network.link]]
between = ["old", "new"]
latency = "1ms"
[disk]
sync = "0s"
[replication]
model       = "leader_follower"
acknowledge = "one"
failover    = "heartbeat"
timeout     = "1s"
fallback    = "{}"
commit_timeout = "20s"
append_timeout = "10ms"
retry_backoff  = "2ms"
[workload]
pace     = "steady"
rate     = "100/s"
reads    = 0
timeout  = "20s"
[[fault]]
kind  = "partition"
at    = "2s"
for   = "8s"
split = [["old"], ["new"]]
)toml",
                                                       fallback);
    return Experiment(toml, {"check.recovery=\"5s\""}).run(2).durability.lost.size();
  };
  EXPECT_NEAR(static_cast<double>(lost("2s")), 100 * (8 - 2), 3);
  EXPECT_NEAR(static_cast<double>(lost("5s")), 100 * (8 - 5), 3);
  EXPECT_EQ(lost("0s"), 0U);
}

// How many messages with entries each replica sends for one write.
std::map<std::string, double> copies_sent(const Recorded& run) {
  std::map<std::string, double> sent;
  double writes = 0;
  for (const Operation& op : run.result.history.operations()) {
    if (op.f == Function::kWrite && op.outcome == Outcome::kOk) ++writes;
  }
  for (const std::string message : {"Append", "AppendEntries"}) {
    for (const sim::TraceEvent& event : run.events(EventKind::kSend, message)) {
      const bool copies = !event.is_reply && event.tags.count > 0;
      if (copies) sent[run.record.lane_name(event.lane)] += 1 / writes;
    }
  }
  return sent;
}

std::string hops(const std::string& replication, int replicas) {
  return head("30s") + fmt::format(R"toml(
[cluster]
replicas = {}
[network]
latency = "1ms"
[disk]
sync = "0s"
[replication]
{}
[workload]
rate  = "1/173ms"
pace  = "steady"
reads = 0
)toml",
                                   replicas, replication);
}

// A star with a majority takes 4 hops, two of them the client's, and its leader sends n-1 copies; a
// node of a chain sends 1. The paper's tail answers the client, after n+1 hops; ours lets the
// confirmation go back up to the head, whom the client asked: n-1 hops more.
TEST(Row10, ChainAgainstStar) {
  for (const int n : {3, 5}) {
    const Recorded star = Experiment(hops("model = \"raft\"", n)).record(10);
    EXPECT_NEAR(latencies(star.result.history, Function::kWrite).quantile(0.5), 4, 1e-6);
    double most = 0;
    for (const auto& [node, copies] : copies_sent(star)) most = std::max(most, copies);
    EXPECT_NEAR(most, n - 1, 0.05 * (n - 1)) << n;
    const Recorded chain = Experiment(hops("model = \"chain\"", n + 1)).record(10);
    EXPECT_NEAR(latencies(chain.result.history, Function::kWrite).quantile(0.5), 2 * n, 1e-6) << n;
    const auto sent = copies_sent(chain);
    EXPECT_EQ(sent.size(), static_cast<std::size_t>(n - 1));  // the tail sends none
    for (const auto& [node, copies] : sent) EXPECT_NEAR(copies, 1, 0.02) << node;
  }
}

}  // namespace
}  // namespace quorumlab::theory
