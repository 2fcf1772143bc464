// What quorums cost and who is served: latency of N, R and W, availability, and stand-ins.
#include <fmt/format.h>

#include <cmath>
#include <set>

#include "tests/theory/lab.h"

namespace quorumlab::theory {
namespace {

using models::Function;
using models::Operation;
using models::Outcome;
using sim::EventKind;

// The k-th of n exponential delays takes 1/n + 1/(n-1) + ... on average, k terms of it.
TEST(Row16, PriceOfReadAndWriteQuorums) {
  for (const auto& [n, k] : {std::pair{3, 1}, {3, 2}, {3, 3}, {5, 3}, {5, 5}}) {
    double expected = 0;
    for (int i = 0; i < k; ++i) expected += 1.0 / (n - i);
    const Experiment cluster(homes(n, k, k, "20ms", "200s") +
                             delay("Store", "requests", "exponential(1ms)") +
                             delay("Fetch", "requests", "exponential(1ms)"));
    const models::History history = cluster.run(16).history;
    EXPECT_TRUE(agrees(latencies(history, Function::kRead), expected)) << n << ", R = " << k;
    EXPECT_TRUE(agrees(latencies(history, Function::kWrite), expected)) << n << ", W = " << k;
  }
}

// The second of three exponential answers is later than t in 3 exp(-2t) - 2 exp(-3t) of all cases,
// and with an exponential way to a coordinator before it in 3 exp(-t) - 3 exp(-2t) + exp(-3t): the
// tail is twice as long, as in table 2 of the Dynamo paper (30.4 ms against 68.9 ms at 99.9 %).
TEST(Row16, AClientThatCoordinatesSavesTheWayToACoordinator) {
  const std::string toml =
      homes(3, 2, 2, "20ms", "200s") + delay("Store", "requests", "exponential(1ms)") +
      delay("Fetch", "requests", "exponential(1ms)") +
      delay("Put", "requests", "exponential(1ms)") + delay("Get", "requests", "exponential(1ms)");
  for (const std::string by : {"client", "replica"}) {
    const double way = by == "replica" ? 1 : 0;
    const auto history =
        Experiment(toml, {"replication.coordinator=\"" + by + "\""}).run(16).history;
    for (const Function f : {Function::kRead, Function::kWrite}) {
      EXPECT_TRUE(agrees(latencies(history, f), 1.0 / 3 + 1.0 / 2 + way)) << by;
    }
    for (const double t : {1.0, 2.0, 4.0}) {
      Share later;
      for (const Operation& op : history.operations()) {
        if (op.outcome == Outcome::kOk)
          later.count(milliseconds(op.completed_at - op.invoked_at) > t);
      }
      const double tail = by == "client"
                              ? 3 * std::exp(-2 * t) - 2 * std::exp(-3 * t)
                              : 3 * std::exp(-t) - 3 * std::exp(-2 * t) + std::exp(-3 * t);
      EXPECT_TRUE(agrees(later, tail)) << by << " after " << t << " ms";
    }
  }
}

// All or nothing: whether clients were served with just these homes down.
bool served(const std::string& toml, const std::vector<std::string>& down, sim::Time settled) {
  std::string fault;
  for (const std::string& name : down) {
    fault += fmt::format("[[fault]]\nkind = \"crash\"\nat = \"0s\"\non = \"{}\"\n", name);
  }
  Share share;
  const Experiment cluster(toml + fault, {"workload.timeout=\"60ms\""});
  const models::History history = cluster.run(17).history;
  for (const Operation& op : history.operations()) {
    if (op.invoked_at >= settled && op.invoked_at < sim::Time() + sim::Duration(3'000'000'000)) {
      share.count(op.outcome == Outcome::kOk);
    }
  }
  EXPECT_GT(share.trials, 10U);
  EXPECT_TRUE(share.hits == 0 || share.hits == share.trials);
  return share.hits > 0;
}

// By going through every set of replicas that may be down, each with its probability: no chance.
double availability(const std::string& toml, const std::vector<std::string>& names, double up,
                    sim::Time settled) {
  double sum = 0;
  for (unsigned set = 0; set < 1U << names.size(); ++set) {
    double probability = 1;
    std::vector<std::string> down;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const bool is_up = (set >> i & 1U) != 0;
      probability *= is_up ? up : 1 - up;
      if (!is_up) down.push_back(names[i]);
    }
    if (served(toml, down, settled)) sum += probability;
  }
  return sum;
}

std::vector<std::string> numbered(const std::string& name, int n) {
  std::vector<std::string> names;
  for (int i = 1; i <= n; ++i) names.push_back(fmt::format("{}{}", name, i));
  return names;
}

TEST(Row17, AvailabilityOfAnyMajorityAndAll) {
  struct Case {
    int n, quorum;
    double up, expected;
  };
  for (const Case& c : {Case{3, 1, .99, .999999}, Case{3, 2, .99, .999702},
                        Case{3, 3, .99, .970299}, Case{5, 3, .99, .99999015},
                        Case{5, 5, .99, .95099005}, Case{3, 2, .9, .972}, Case{5, 3, .9, .99144}}) {
    const std::string toml = homes(c.n, c.quorum, c.quorum, "50ms", "3s");
    EXPECT_NEAR(availability(toml, numbered("home", c.n), c.up, sim::Time()), c.expected, 5e-9)
        << c.n << " " << c.quorum;
  }
}

TEST(Row17, AvailabilityOfRaftIsThatOfAMajority) {
  for (const auto& [n, expected] : {std::pair{3, .999702}, {5, .99999015}}) {
    const std::string toml = head("3s") + fmt::format(R"toml(
[cluster]
replicas = {}
[network]
latency = "100us"
[disk]
sync = "100us"
[replication]
model = "raft"
[workload]
rate    = "40/s"
timeout = "100ms"
)toml",
                                                      n);
    EXPECT_NEAR(availability(toml, numbered("n", n), .99, sim::Time(2'000'000'000)), expected,
                5e-9);
  }
}

// A replica of five is cut off, with a client beside it; three of five homes have each key.
std::string one_cut_off(bool sloppy) {
  return head("30s") + fmt::format(R"toml(
[cluster]
zones   = {{ away = 1, here = 4 }}
clients = {{ here = 100, away = 1 }}
[network]
latency = "200us"
[[network.link]]
between = ["away", "here"]
latency = "300us"
[disk]
sync = "0s"
[replication]
model           = "leaderless"
write_quorum    = 3
read_quorum     = 1
read_repair     = "off"
sloppy          = {}
hint_after      = "20ms"
request_timeout = "60ms"
[workload]
keys      = 100000
rate      = "303/s"
reads     = 0.2
read_from = "nearest"
write_to  = "nearest"
[[fault]]
kind  = "partition"
at    = "5s"
for   = "10s"
split = [["away"], ["here"]]
)toml",
                                   sloppy);
}

// Writes of clients on the larger side while the partition lasted.
std::vector<Operation> written_meanwhile(const Recorded& run) {
  std::vector<Operation> writes;
  for (const Operation& op : run.result.history.operations()) {
    if (op.f == Function::kWrite && op.invoked_at >= sim::Time(5'000'000'000) &&
        op.invoked_at < sim::Time(14'900'000'000) && op.client != run.lane("c101")) {
      writes.push_back(op);
    }
  }
  return writes;
}

// away1 is a home of those keys whose place on the ring is one of the last two or its own.
bool is_home(sim::Key key) {
  return key.value % 5 == 0 || key.value % 5 >= 3;
}

TEST(Row19, WithoutStandInsAShareOfTheWritesFails) {
  Share ok;
  for (const Operation& op : written_meanwhile(Experiment(one_cut_off(false)).record(19))) {
    ok.count(op.outcome == Outcome::kOk);
    EXPECT_EQ(op.outcome == Outcome::kOk, !is_home(op.key));
  }
  EXPECT_TRUE(agrees(ok, 2.0 / 5));
}

// Hints: rate x duration x share of the keys that are at home where nobody gets. They drain when
// the partition heals.
TEST(Row19, AStandInTakesEachWriteAndHandsItOver) {
  const Recorded run = Experiment(one_cut_off(true)).record(19);
  const auto writes = written_meanwhile(run);
  Share hinted;
  std::set<sim::Key> missed;
  for (const Operation& op : writes) {
    EXPECT_EQ(op.outcome, Outcome::kOk);
    hinted.count(is_home(op.key));
    if (is_home(op.key)) missed.insert(op.key);
  }
  EXPECT_TRUE(agrees(hinted, 3.0 / 5));
  // Each of 100 clients waits for an answer, 20 ms where somebody has to stand in, and then a third
  // of a second on average; four of five operations are writes.
  const double each = 1.0 / 3 + 0.8 * 0.6 * 0.0206;
  const double expected = 100 * 0.8 * 9.9 / each;
  EXPECT_NEAR(static_cast<double>(writes.size()), expected, 3 * std::sqrt(expected));
  std::set<sim::Key> handed_over;
  for (const sim::TraceEvent& event : run.events(EventKind::kReceive, "Store")) {
    const bool to_home = !event.is_reply && event.lane == run.lane("away1");
    if (!to_home || !missed.contains(event.tags.key)) continue;
    if (event.at > sim::Time(15'000'000'000)) handed_over.insert(event.tags.key);
  }
  EXPECT_EQ(handed_over, missed);
}

// R + W > N promises nothing any more: who asks on the lonely side is told what was before.
TEST(Row19, SloppyQuorumsNeedNotMeet) {
  const std::vector<std::string> one_key = {"workload.keys=1", "workload.writers=100",
                                            "check.consistency=[\"regular\"]"};
  EXPECT_EQ(Experiment(one_cut_off(true), one_key).run(19).property("regular"), 0);
  EXPECT_EQ(Experiment(one_cut_off(false), one_key).run(19).property("regular"), 1);
}

}  // namespace
}  // namespace quorumlab::theory
