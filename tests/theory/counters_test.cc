// What becomes of adds to one counter that several clients make at once.
#include <fmt/format.h>

#include "tests/theory/lab.h"

namespace quorumlab::theory {
namespace {

// A client thinks for 5 ms on average, reads, computes for as long, and writes. Nothing else takes
// time.
std::string counting(int clients, const std::string& method, const std::string& duration) {
  return head(duration) + fmt::format(R"toml(
[cluster]
replicas = 1
clients  = {}
[network]
latency = "0s"
[disk]
sync = "0s"
[replication]
model = "leader_follower"
[workload]
type   = "counter"
method = "{}"
keys   = 1
rate   = "{}/s"
reads  = 0.0
thinks = "exponential(5ms)"
)toml",
                                      clients, method, 200 * clients);
}

// The shares of the table, which come from a simulation of its own.
TEST(Row25, ReadModifyWriteLosesWhatOthersAddMeanwhile) {
  for (const auto& [clients, lost] : {std::pair{2, .373}, {4, .634}, {8, .795}}) {
    const auto result = Experiment(counting(clients, "read_modify_write", "100s")).run(25);
    const Share missing{result.durability.missing, result.durability.acknowledged};
    EXPECT_GT(missing.trials, 15'000U);
    EXPECT_TRUE(agrees(missing, lost, 0.005)) << clients;
  }
}

TEST(Row25, CompareAndSetLosesNothingAndTriesAgainTheMoreClientsThereAre) {
  double before = 0;
  for (const int clients : {2, 4, 8}) {
    const auto result = Experiment(counting(clients, "cas", "20s")).run(25);
    const auto acknowledged = result.durability.acknowledged;
    EXPECT_GT(acknowledged, 1'500U);
    EXPECT_EQ(result.durability.gone(), 0U);
    const auto refused = static_cast<double>(result.property("failed_operations").value_or(0));
    const double retries = refused / static_cast<double>(acknowledged);
    EXPECT_GT(retries, before + 0.3) << clients;
    before = retries;
  }
}

TEST(Row25, AStoreThatAddsLosesNothing) {
  const auto result = Experiment(counting(8, "native", "20s")).run(25);
  EXPECT_GT(result.durability.acknowledged, 15'000U);
  EXPECT_EQ(result.durability.gone(), 0U);
  EXPECT_EQ(result.property("failed_operations"), 0);
}

}  // namespace
}  // namespace quorumlab::theory
