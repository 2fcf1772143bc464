// What one client sees of its own and others' writes while copies are on their way.
#include <fmt/format.h>

#include <cmath>

#include "tests/theory/lab.h"

namespace quorumlab::theory {
namespace {

using models::Function;
using models::Operation;
using models::Outcome;
using sim::EventKind;

constexpr double kLag = 50;  // milliseconds, on average

// n1 takes every write at once and sends a copy to each of the others, on its way for an
// exponential time of its own; whoever is asked answers from its own copy.
std::string lagging_copies(const std::string& duration, int clients) {
  return head(duration) +
         fmt::format(R"toml(
[cluster]
zones   = {{ near = 1, far = 2 }}
clients = {{ near = {} }}
[network]
latency = "0s"
[[network.link]]
between = ["near", "far"]
latency = "1ns"
[disk]
sync = "0s"
[replication]
model           = "leaderless"
write_quorum    = 1
read_quorum     = 1
read_repair     = "off"
request_timeout = "100s"
[workload]
keys      = 1
pace      = "steady"
read_from = "any"
write_to  = "nearest"
)toml",
                     clients) +
         delay("Store", "requests", fmt::format("exponential({}ms)", kLag));
}

// (n-1)/n e^(-t/L): the read goes to a copy, and the write has not come there within t.
TEST(Row20, ReadYourWritesIsViolatedByWhoAsksTooSoon) {
  struct Case {
    double t;
    std::string gap, duration;
  };
  for (const Case& c :
       {Case{0, "1us", "20ms"}, Case{50, "50ms", "1000s"}, Case{200, "200ms", "4000s"}}) {
    const Experiment cluster(lagging_copies(c.duration, 1), {"workload.rate=\"1/" + c.gap + "\""});
    const Share stale = misses_own_write(cluster.run(20).history);
    EXPECT_GT(stale.trials, 4'000U);
    EXPECT_TRUE(agrees(stale, 2.0 / 3 * std::exp(-c.t / kLag))) << c.gap;
  }
}

TEST(Row20, WhoStaysWithOneReplicaSeesItsOwnWrites) {
  const Experiment cluster(
      lagging_copies("20s", 1),
      {"workload.rate=\"1/1ms\"", "workload.read_from=\"sticky\"", "workload.write_to=\"sticky\""});
  const Share stale = misses_own_write(cluster.run(20).history);
  EXPECT_GT(stale.trials, 1'000U);
  EXPECT_EQ(stale.hits, 0U);
}

// The other cure: a token with the position of the log. A leader ships asynchronously; followers
// that are behind wait, or send the reader on.
TEST(Row20, WhoShowsWhatItHasSeenSeesItsOwnWrites) {
  const auto stale = [](const std::string& session) {
    const std::string toml = head("200s") + R"toml(
[cluster]
replicas = 3
[network]
latency = "1ms"
[replication]
model       = "leader_follower"
acknowledge = "none"
[workload]
keys      = 1
rate      = "1/20ms"
read_from = "any"
)toml" + delay("Append", "requests", "exponential(50ms)");
    return misses_own_write(Experiment(toml, {"workload.session=" + session}).run(20).history);
  };
  EXPECT_GT(stale("false").hits, 100U);
  EXPECT_GT(stale("true").trials, 1'000U);
  EXPECT_EQ(stale("true").hits, 0U);
}

// Of writes at intervals of `period` on average; `gap` milliseconds between two reads, each from a
// random one of three replicas. The chance that the second read returns an older version. A copy
// lacks a version of age x with the chance e^(-x/L), each on its own.
double lacks(double age) {
  return std::exp(-age / kLag);
}

// At regular intervals. `phase`: the newest version's age at the first read.
double goes_back_at(double phase, double period, double gap) {
  constexpr int kVersions = 40;
  // None of the versions that are written between the reads has come to the second replica.
  double none_newer = 1;
  for (double age = gap - (period - phase); age > 0; age -= period) none_newer *= lacks(age);
  const double second_lags = lacks(phase + gap) * none_newer;
  // First a copy, whose newest version is the j-th; then the other copy, which has none so new.
  double both_lag = 0;
  double first_lacks = 1;
  double second_lacks = none_newer;
  for (int j = 0; j < kVersions; ++j) {
    const double age = phase + j * period;
    second_lacks *= lacks(age + gap);
    both_lag += first_lacks * (1 - lacks(age)) * second_lacks;
    first_lacks *= lacks(age);
  }
  return 2.0 / 9 * (second_lags + both_lag);
}
double goes_back_regular(double period, double gap) {
  const auto at = [&](double phase) { return goes_back_at(phase, period, gap); };
  return integral(at, 0, period, 400) / period;
}

// By chance: versions that have arrived thin out a Poisson process. The newest version that the
// first replica has is `age` old; whatever was written since has come to neither.
double goes_back_random(double period, double gap) {
  const double none_newer = std::exp(-(gap - kLag * (1 - lacks(gap))) / period);
  const auto fresh_first = [&](double age) {
    return std::exp(-age / period) / period * lacks(age + gap) * none_newer;
  };
  const auto lagging_first = [&](double age) {
    const double arrived = age - lacks(gap) * kLag / 2 * (1 - lacks(2 * age));
    return std::exp(-arrived / period) / period * (1 - lacks(age)) * lacks(age + gap) * none_newer;
  };
  const auto both = [&](double age) { return fresh_first(age) + lagging_first(age); };
  return 2.0 / 9 * integral(both, 0, 1'000, 400);
}

struct Again {
  double gap = 0;
  bool older = false;
};
// Consecutive reads of the one reader: values grow with time.
std::vector<Again> read_again(const models::History& history) {
  std::vector<Again> all;
  std::optional<Operation> last;
  for (const Operation& op : history.operations()) {
    if (op.f != Function::kRead || op.outcome != Outcome::kOk) continue;
    if (last) {
      all.push_back({milliseconds(op.invoked_at - last->completed_at),
                     op.value.value_or(0) < last->value.value_or(0)});
    }
    last = op;
  }
  return all;
}

// One client writes ten times a second, the other one reads.
std::vector<std::string> reading_each(double gap) {
  const double reads = 1'000 / gap;
  return {"workload.writers=1", fmt::format("workload.rate=\"{:.6f}/s\"", reads + 10),
          fmt::format("workload.reads={:.12f}", reads / (reads + 10))};
}

TEST(Row21, MonotonicReadsAtRegularIntervals) {
  // Of the table's 0, 50 and 200 ms, such that they keep out of step with the writer.
  for (const auto& [gap, duration] : {std::pair{0.937, "30s"}, {49.3, "1000s"}, {199.3, "4000s"}}) {
    const Experiment cluster(lagging_copies(duration, 2), reading_each(gap));
    Share back;
    for (const Again& again : read_again(cluster.run(21).history)) back.count(again.older);
    EXPECT_GT(back.trials, 20'000U);
    // Reads of one version are not independent: hence the slack.
    const double theory = goes_back_regular(100, gap);
    EXPECT_TRUE(agrees(back, theory, 0.05 * theory)) << gap;
  }
}

TEST(Row21, MonotonicReadsAtRandomIntervals) {
  for (const auto& [gap, expected] : {std::pair{0.0, .107}, {50.0, .029}, {200.0, .0004}}) {
    // The table's figures come from a simulation of its own.
    EXPECT_NEAR(goes_back_random(100, gap), expected, 0.0035);
  }
  std::vector<double> theory;
  for (int gap = 0; gap < 2'000; ++gap) theory.push_back(goes_back_random(100, gap));
  auto sets = reading_each(50);
  sets.push_back("workload.pace=\"poisson\"");
  const Experiment cluster(lagging_copies("2000s", 2), sets);
  double expected = 0;
  Share back;
  for (const Again& again : read_again(cluster.run(21).history)) {
    back.count(again.older);
    const auto whole = static_cast<std::size_t>(again.gap);
    const double part = again.gap - static_cast<double>(whole);
    expected += (1 - part) * theory.at(whole) + part * theory.at(whole + 1);
  }
  expected /= static_cast<double>(back.trials);
  EXPECT_GT(back.trials, 30'000U);
  EXPECT_TRUE(agrees(back, expected, 0.03 * expected));
}

TEST(Row21, WhoStaysWithOneReplicaNeverGoesBack) {
  auto sets = reading_each(1);
  sets.push_back("workload.read_from=\"sticky\"");
  for (const Again& again :
       read_again(Experiment(lagging_copies("20s", 2), sets).run(21).history)) {
    EXPECT_FALSE(again.older);
  }
}

// 1/2 e^(-g/L): the second of two writes, g later, overtakes the first on its way to a copy.
TEST(Row22, AnEffectOvertakesItsCause) {
  struct Case {
    double gap;
    std::string text, duration;
  };
  for (const Case& c : {Case{0.5, "500us", "5s"}, Case{50, "50ms", "500s"}}) {
    const Experiment cluster(lagging_copies(c.duration, 1),
                             {"workload.rate=\"1/" + c.text + "\"", "workload.reads=0"});
    const Recorded run = cluster.record(22);
    Share overtaken;
    for (const std::string copy : {"far1", "far2"}) {
      const sim::NodeId lane = run.lane(copy);
      std::map<sim::OpId, sim::Time> arrived;
      for (const sim::TraceEvent& event : run.events(EventKind::kReceive, "Store")) {
        if (event.lane == lane) arrived[event.tags.op] = event.at;
      }
      for (auto next = arrived.begin(), cause = next++; next != arrived.end(); cause = next++) {
        overtaken.count(next->second < cause->second);
      }
    }
    EXPECT_GT(overtaken.trials, 9'000U);
    // Neighbouring pairs share a write, and the two copies do not.
    // What was under way at the end is missing, slow ones above all.
    EXPECT_TRUE(agrees(overtaken, 0.5 * std::exp(-c.gap / kLag), 0.005)) << c.text;
  }
}

// Three leaders; what one of them knew when it wrote is the cause of what it wrote.
TEST(Row22, WhereCausesComeFirstNoEffectOvertakesThem) {
  const auto overtaken = [](const std::string& causal) {
    const std::string toml = head("100s") + R"toml(
[cluster]
replicas = 3
clients  = 3
[network]
latency = "1ms"
[replication]
model      = "multi_leader"
ship_every = "0s"
[workload]
keys      = 5
rate      = "50/s"
read_from = "any"
write_to  = "any"
)toml" + delay("Changes", "requests", "exponential(50ms)");
    return Experiment(toml, {"replication.causal=" + causal})
        .record(22)
        .events(EventKind::kNote, "effect_before_cause")
        .size();
  };
  EXPECT_GT(overtaken("false"), 100U);
  EXPECT_EQ(overtaken("true"), 0U);
}

}  // namespace
}  // namespace quorumlab::theory
