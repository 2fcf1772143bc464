// How long an election takes, against the arithmetic of time-outs.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>

#include "tests/theory/lab.h"

namespace quorumlab::theory {
namespace {

using sim::EventKind;
using sim::Time;

// In milliseconds.
struct Timing {
  double delay = 7.5;   // one way
  int least = 150;      // election time-out,
  double spread = 150;  // and by how much chance prolongs it at most
  int heartbeat = 50;
};

std::string servers(const Timing& t, int count, double duration) {
  return head(fmt::format("{}ms", duration)) + fmt::format(R"toml(
[cluster]
replicas = {}
[network]
latency = "{}us"
[disk]
sync = "0s"
[replication]
model            = "raft"
election_timeout = "{}ms"
election_spread  = {}
heartbeat        = "{}ms"
pre_vote         = false
check_quorum     = false
[workload]
rate = "0.001/s"
)toml",
                                                           count, t.delay * 1'000, t.least,
                                                           t.spread / t.least, t.heartbeat);
}

struct Election {
  double at = INFINITY;        // milliseconds since the start; infinite: not until the end
  std::size_t candidates = 0;  // in the first term of those that it took
  std::uint32_t term = 0;
};

// The first election after `from`.
Election election_after(const Recorded& run, Time from) {
  Election result;
  std::map<sim::NodeId, std::int64_t> roles;
  std::map<std::int64_t, std::set<sim::NodeId>> candidates;  // by term
  for (const sim::TraceEvent& event : run.record.events()) {
    const std::string_view name = run.record.name(event.name);
    const bool is_state = event.kind == EventKind::kState;
    if (is_state && name == "role") roles[event.lane] = event.tags.value;
    if (event.at <= from) continue;
    if (is_state && name == "term" && roles[event.lane] == sim::kCandidate) {
      candidates[event.tags.value].insert(event.lane);
    }
    if (event.kind == EventKind::kNote && name == "elected") {
      result.at = event.at.seconds() * 1e3;
      result.term = event.tags.term;
      break;
    }
  }
  if (!candidates.empty()) result.candidates = candidates.begin()->second.size();
  return result;
}

constexpr int kElections = 600;

// Evenly spread over [0, 1) whatever the number of seeds.
double phase_of(std::uint64_t seed) {
  return std::fmod(static_cast<double>(seed) * 0.618033988749895, 1);
}

// T + r/(m+1) - h/2 + 2d, the table says: the wait for the first of m time-outs in [T, T+r] and one
// round of votes, h/2 after the last heartbeat on average. Three things are ours. What a leader
// sent before it died still arrives, d later, so that it is 3d. Only elections with one candidate
// count, so that the first time-out is d ahead of the next. And a server draws its next time-out
// when one has run out, not with every heartbeat: the four that are left keep theirs from the
// start, when the shortest of five won. So it is the second of five that counts, where of the six
// parts into which they divide r two are longer than d.
TEST(Row3, TheFailoverWindow) {
  const Timing t;
  Sample window;
  Share alone;
  for (std::uint64_t seed = 1; seed <= kElections; ++seed) {
    const double after = 600 + phase_of(seed) * t.heartbeat;
    const Recorded run =
        Experiment(servers(t, 5, 2'500) +
                   fmt::format("[[fault]]\nkind = \"crash\"\non = \"leader\"\n"
                               "when = {{ event = \"elected\", after = \"{}us\" }}",
                               std::llround(after * 1'000)))
            .record(seed);
    const auto& lasted = run.result.faults.at(0).lasted;
    ASSERT_EQ(lasted.size(), 1U);
    if (election_after(run, Time()).term != 1) continue;
    const Election next = election_after(run, lasted.front().first);
    alone.count(next.candidates == 1);
    if (next.candidates == 1) window.add(next.at - lasted.front().first.seconds() * 1e3);
  }
  EXPECT_GT(window.size(), 300U);
  const double apart = t.delay / t.spread;
  const double second = t.spread * (2 * (1 - 2 * apart) / 6 + apart);
  EXPECT_TRUE(agrees(window, t.least + second - t.heartbeat / 2.0 + 3 * t.delay));
  EXPECT_TRUE(agrees(alone, std::pow((1 - 2 * apart) / (1 - apart), 5)));
}

// (1 - d/r)^m: nobody else's time is up before the first candidate's request is there. At the
// start all time-outs are fresh, so that m is the number of servers.
TEST(Row4, OneCandidateIsAllIfChanceSpreadsThemWiderThanTheDelay) {
  struct Case {
    Timing t;
    double expected;
  };
  for (const Case& c : {Case{{}, .8145}, Case{{.delay = 5, .least = 50, .spread = 50}, .656},
                        Case{{.spread = 25}, .2401}, Case{{.spread = 75}, .6561}}) {
    constexpr int kServers = 4;
    Timing t = c.t;
    t.heartbeat = 20;
    const Experiment cluster(servers(t, kServers, 400));
    Share alone;
    Sample at;
    for (std::uint64_t seed = 1; seed <= kElections; ++seed) {
      const Election first = election_after(cluster.record(seed), Time());
      alone.count(first.candidates == 1);
      if (first.candidates == 1) at.add(first.at);
    }
    EXPECT_NEAR(std::pow(1 - t.delay / t.spread, kServers), c.expected, 5e-4);
    EXPECT_TRUE(agrees(alone, std::pow(1 - t.delay / t.spread, kServers))) << t.spread;
    EXPECT_TRUE(agrees(at, t.least + (t.spread - t.delay) / (kServers + 1) + 2 * t.delay));
  }
}

// Milliseconds until five servers have a leader.
Sample until_led(const Timing& t, int elections, double duration) {
  const Experiment cluster(servers(t, 5, duration));
  Sample sample;
  for (int seed = 1; seed <= elections; ++seed) {
    sample.add(election_after(cluster.record(static_cast<std::uint64_t>(seed)), Time()).at);
  }
  return sample;
}

TEST(Row4, WithoutRandomnessVotesAreSplitForEver) {
  std::map<double, double> median;
  for (const double spread : {0.0, 5.0, 10.0, 25.0, 50.0, 150.0}) {
    median[spread] = until_led({.spread = spread}, 60, 6'000).quantile(0.5);
  }
  EXPECT_EQ(median[0], INFINITY);
  EXPECT_GT(median[5], 5 * median[50]);
  EXPECT_GT(median[10], 1.5 * median[50]);
  EXPECT_NEAR(median[25], median[50], 20);
  EXPECT_GT(median[150], median[50]);  // then waiting costs more than it saves
}

// Below the round trip of 15 ms nobody is ever elected: our candidates wait T for an answer and no
// longer. The table's wait as long as chance says, so that some succeed; the shape is the same.
// From there on a longer T costs its own length, and less and less of it in failed rounds.
TEST(Row5, TimeOutsBelowTheRoundTripCostMoreThanTheySave) {
  std::map<int, double> median;
  for (const int least : {12, 16, 25, 50, 100}) {
    const Sample s = until_led(
        {.least = least, .spread = static_cast<double>(least), .heartbeat = least / 3}, 200, 1'000);
    median[least] = s.quantile(0.5);
  }
  EXPECT_EQ(median[12], INFINITY);
  EXPECT_LT(median[25], median[50]);
  EXPECT_LT(median[50], median[100]);
  EXPECT_GT(median[16] / 16, median[25] / 25);
  EXPECT_GT(median[25] / 25, median[50] / 50);
  EXPECT_GT(median[50] / 50, median[100] / 100);
}

}  // namespace
}  // namespace quorumlab::theory
