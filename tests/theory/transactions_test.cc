// Compare-and-set without a leader: decided by Paxos key by key, it counts as one that has one.
#include <algorithm>

#include "tests/theory/lab.h"

namespace quorumlab::theory {
namespace {

using models::Function;
using models::Operation;
using models::Outcome;

// Eight clients add to one counter through any of three replicas, and fall over each other.
std::string counting(const std::string& transactions, const std::string& method) {
  return head("20s") + R"toml(
[cluster]
replicas = 3
clients  = 8
[network]
latency = "uniform(1ms, 3ms)"
[replication]
model        = "leaderless"
transactions = ")toml" +
         transactions + R"toml("
[workload]
type      = "counter"
method    = ")toml" +
         method + R"toml("
keys      = 1
rate      = "100/s"
reads     = 0.1
read_from = "any"
write_to  = "any"
)toml";
}

struct Count {
  std::int64_t told = 0;     // adds that were confirmed
  std::int64_t unknown = 0;  // that may have happened
  std::int64_t total = 0;    // as read last
};

Count count(const scenarios::RunResult& result) {
  Count count;
  for (const Operation& op : result.history.operations()) {
    if (op.f == Function::kAdd && op.outcome == Outcome::kOk) ++count.told;
    if (op.f == Function::kAdd && op.outcome == Outcome::kUnknown) ++count.unknown;
    if (op.f == Function::kRead && op.outcome == Outcome::kOk) {
      count.total = std::max(count.total, op.value.value_or(0));
    }
  }
  return count;
}

TEST(Row25, TransactionsWithoutALeaderLoseNoAdd) {
  const Count counted = count(Experiment(counting("conditional", "cas")).run(25));
  EXPECT_GT(counted.told, 300);
  EXPECT_GE(counted.total, counted.told);
  EXPECT_LE(counted.total, counted.told + counted.unknown);
}

TEST(Row25, QuorumsWithoutTransactionsDo) {
  const Count counted = count(Experiment(counting("off", "read_modify_write")).run(25));
  EXPECT_GT(counted.told, 300);
  EXPECT_LT(counted.total, counted.told * 3 / 4);
}

}  // namespace
}  // namespace quorumlab::theory
