// What becomes of versions that differ: dropped, kept side by side, or found by comparing hashes.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/theory/lab.h"

namespace quorumlab::theory {
namespace {

using models::Operation;
using sim::EventKind;

// c clients write the same key at the same time, each through a replica whose clock is a second
// ahead of the one before: only what has the latest stamp is ever seen.
std::string concurrent_writers(int c, const std::string& conflicts) {
  std::string zones;
  std::string clocks;
  for (int i = 0; i < c; ++i) {
    zones += fmt::format("{}z{} = 1", i == 0 ? "" : ", ", i);
    clocks += fmt::format(
        "[[fault]]\nkind = \"clock_offset\"\nat = \"0s\"\non = \"z{}\"\nby = \"{}s\"\n", i, i);
  }
  return head("100s") +
         fmt::format(R"toml(
[cluster]
zones   = {{ {0} }}
clients = {{ {0} }}
[network]
latency = "0s"
[disk]
sync = "0s"
[replication]
model        = "leaderless"
copies       = {1}
write_quorum = 1
read_quorum  = 1
read_repair  = "off"
conflicts    = "{2}"
[workload]
keys      = 1
rate      = "{3}/s"
pace      = "steady"
reads     = 0
session   = true
read_from = "nearest"
write_to  = "nearest"
)toml",
                     zones, c, conflicts, 10 * c) +
         clocks;
}

TEST(Row24, LastWriteWinsKeepsOneOfConcurrentWritesAndVersionVectorsAll) {
  for (const int c : {2, 3, 5}) {
    const auto lost = [&](const std::string& conflicts) {
      const models::DurabilityResult durable =
          Experiment(concurrent_writers(c, conflicts)).run(24).durability;
      return Share{durable.lost.size(), durable.acknowledged};
    };
    const Share dropped = lost("last_write_wins");
    // In the first round nobody has heard of a greater stamp yet.
    EXPECT_NEAR(dropped.value(), 1 - 1.0 / c, 0.003) << c;
    EXPECT_EQ(lost("siblings").hits, 0U) << c;
  }
}

// Two replicas that were cut off from each other while one of them took `differences` writes.
std::string differing(int depth, int differences) {
  return head("4s") + fmt::format(R"toml(
[cluster]
zones   = {{ left = 1, right = 1 }}
clients = {{ left = 1 }}
[network]
latency = "0s"
[[network.link]]
between = ["left", "right"]
latency = "100us"
[disk]
sync = "0s"
[replication]
model           = "leaderless"
copies          = 2
write_quorum    = 1
read_quorum     = 1
read_repair     = "off"
anti_entropy    = "1s"
tree_depth      = {}
request_timeout = "50ms"
[workload]
keys      = {}
pace      = "steady"
rate      = "{}/3900ms"
reads     = 0
read_from = "nearest"
write_to  = "nearest"
[[fault]]
kind  = "partition"
at    = "0s"
split = [["left"], ["right"]]
)toml",
                                  depth, 1 << depth, differences);
}

// The hashes of the first comparison that got past the root.
std::uint64_t hashes_exchanged(const Recorded& run) {
  std::map<sim::NodeId, std::uint64_t> asked;
  std::uint64_t most = 0;
  for (const sim::TraceEvent& event : run.events(EventKind::kReceive, "Hashes")) {
    if (event.is_reply) continue;
    std::uint64_t& sum = asked[event.peer];
    const bool is_root = event.tags.index == 0;
    if (is_root && sum > 2) break;
    sum = (is_root ? 0 : sum) + 2 * event.tags.count;
    most = std::max(most, sum);
  }
  return most;
}

// Each node whose hash differs has two children, whose hashes are compared: 2 D log2(n/D) + 2 D for
// D differences spread evenly over n leaves, where the table counts the two roots as well. Spread
// by chance, D leaves share some more of their ways: 2^l (1 - (1 - 2^-l)^D) nodes of level l
// differ.
TEST(Row27, AntiEntropyComparesTheWaysDownToTheDifferences) {
  constexpr int kDepth = 16;
  for (const int differences : {1, 16, 256}) {
    const Recorded run =
        Experiment(differing(kDepth, differences), {"check.recovery=\"5s\""}).record(27);
    std::set<std::pair<int, std::uint32_t>> ways;
    std::set<std::uint32_t> leaves;
    for (const Operation& op : run.result.history.operations()) {
      if (op.invoked_at >= sim::Time(4'000'000'000)) continue;
      leaves.insert(op.key.value);
      for (int level = 0; level < kDepth; ++level) {
        ways.emplace(level, op.key.value >> static_cast<unsigned>(kDepth - level));
      }
    }
    const std::uint64_t hashes = hashes_exchanged(run);
    EXPECT_EQ(hashes, 2 * ways.size()) << differences;
    const auto d = static_cast<double>(leaves.size());
    double expected = 0;
    for (int level = 0; level < kDepth; ++level) {
      expected += 2 * std::ldexp(1 - std::pow(1 - std::ldexp(1.0, -level), d), level);
    }
    EXPECT_NEAR(static_cast<double>(hashes), expected, 0.05 * expected) << differences;
    const double evenly = 2 * d * (kDepth - std::log2(d)) + 2 * d - 2;
    EXPECT_LE(static_cast<double>(hashes), evenly) << differences;
    EXPECT_GE(static_cast<double>(hashes), 0.85 * evenly) << differences;
  }
}

}  // namespace
}  // namespace quorumlab::theory
