// What a counter with a cell for each leader keeps, and how much room it takes (row 25).
#include <fmt/format.h>

#include <algorithm>

#include "tests/theory/lab.h"

namespace quorumlab::theory {
namespace {

using models::Function;
using models::Operation;
using models::Outcome;
using sim::EventKind;

// Clients that add all the time, each at its own leader, while every message takes 40 ms
// and, for a third of the time, two of the leaders do not hear of each other at all.
std::string leaders_that_count(int leaders, const std::string& method,
                               const std::string& conflicts) {
  std::string zones;
  std::string clients;
  for (int i = 1; i <= leaders; ++i) {
    zones += fmt::format("{}z{} = 1", i == 1 ? "" : ", ", i);
    clients += fmt::format("{}z{} = 1", i == 1 ? "" : ", ", i);
  }
  return head("12s") + fmt::format(R"toml(
[cluster]
zones   = {{ {} }}
clients = {{ {} }}
[network]
latency = "constant(40ms)"
[disk]
sync = "0s"
[replication]
model = "multi_leader"
{}
[workload]
type      = "counter"
method    = "{}"
keys      = 1
rate      = "{}/s"
reads     = 0
read_from = "nearest"
write_to  = "nearest"
[[fault]]
kind  = "partition"
at    = "4s"
for   = "4s"
split = [["z1"], ["z2"]]
)toml",
                                   zones, clients, conflicts, method, 40 * leaders);
}

std::int64_t acknowledged(const models::History& history) {
  const auto all = history.operations();
  return std::count_if(all.begin(), all.end(), [](const Operation& op) {
    return op.f == Function::kAdd && op.outcome == Outcome::kOk;
  });
}

const std::string kVector = "conflicts = \"crdt\"\ncrdt = \"g_counter\"";

TEST(Row25, ACounterWithACellForEachLeaderLosesNothing) {
  for (const int leaders : {2, 4, 8}) {
    const auto result = Experiment(leaders_that_count(leaders, "native", kVector)).run(1);
    EXPECT_GT(acknowledged(result.history), 100 * leaders);
    EXPECT_EQ(result.property("lost_writes"), 0) << leaders << " leaders";
  }
}

TEST(Row25, TheSameInARegisterKeepsAboutOneLeadersShare) {
  for (const int leaders : {2, 4}) {
    const auto result = Experiment(leaders_that_count(leaders, "read_modify_write",
                                                      "conflicts = \"last_write_wins\""))
                            .run(1);
    const auto added = static_cast<double>(acknowledged(result.history));
    const auto lost = static_cast<double>(result.property("lost_writes").value_or(0));
    EXPECT_NEAR(lost / added, 1 - 1.0 / leaders, 0.12) << leaders << " leaders";
  }
}

// Its state is a count for each leader, however often they add.
TEST(Row25, ACountersStateGrowsWithTheNumberOfLeadersAndNotWithThatOfIncrements) {
  for (const int leaders : {2, 4, 8}) {
    const Recorded recorded = Experiment(leaders_that_count(leaders, "native", kVector)).record(1);
    std::int64_t most = 0;
    for (const sim::TraceEvent& event : recorded.events(EventKind::kState, "state_bytes")) {
      most = std::max(most, event.tags.value);
    }
    EXPECT_EQ(most, 4 + 12 * leaders);  // how many, and of each its number and its count
  }
}

}  // namespace
}  // namespace quorumlab::theory
