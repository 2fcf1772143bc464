// Workloads on the models that carry them out, and what the loader says of those that do not.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>
#include <vector>

#include "models/registry.h"
#include "scenarios/run.h"

namespace quorumlab::scenarios {
namespace {

constexpr const char* kCluster = R"toml(
[scenario]
name = "objects"
duration = "6s"
[cluster]
replicas = 4
clients = 4
[network]
latency = "lognormal(median 1ms, p99 10ms)"
)toml";

std::string text_of(const std::string& replication, const std::string& workload,
                    const std::string& more) {
  return fmt::format("{}[replication]\n{}\n[workload]\n{}\n{}", kCluster, replication, workload,
                     more);
}

std::string problems_of(const std::string& text) {
  config::Diagnostics problems;
  EXPECT_FALSE(load_text("s.toml", text, {}, models::builtin_models(), problems));
  return problems.render(config::Colour::kOff);
}

RunResult run_text(const std::string& text, std::uint64_t seed) {
  const models::Registry registry = models::builtin_models();
  config::Diagnostics problems;
  const auto loaded = load_text("s.toml", text, {}, registry, problems);
  if (!loaded) {
    ADD_FAILURE() << problems.render(config::Colour::kOff);
    return {};
  }
  return run(loaded->scenario, registry, {.seed = seed});
}

const std::vector<std::string> kModels = {
    "model = \"raft\"\nsnapshot_every = 40",
    "model = \"leader_follower\"\nfailover = \"consensus\"\nlease = \"900ms\"\nfollower_reads = "
    "\"refuse\"",
    "model = \"chain\"\nreads = \"any\""};

const std::vector<std::string> kWorkloads = {"type = \"register\"\nerases = 0.4",
                                             "type = \"cas_register\"",
                                             "type = \"counter\"",
                                             "type = \"counter\"\nmethod = \"cas\"",
                                             "type = \"set\"\nremoves = 0.4",
                                             "type = \"list\"",
                                             "type = \"queue\"",
                                             "type = \"lock\"\nholds = \"10ms\""};

class Carried : public testing::TestWithParam<std::size_t> {};

// A sound configuration keeps every object, whoever is down.
TEST_P(Carried, OutByEveryModelThatSaysSo) {
  const std::string crash = "[[fault]]\nkind = \"crash\"\nat = \"2s\"\nfor = \"1s\"\non = \"n1\"\n";
  for (const std::string& model : kModels) {
    const std::string text = text_of(
        model, kWorkloads.at(GetParam()) + "\nkeys = 3\nrate = \"200/s\"\nread_from = \"any\"",
        crash);
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      const RunResult result = run_text(text, seed);
      for (const models::CheckResult& check : result.checks) {
        EXPECT_EQ(check.verdict, models::Verdict::kHolds)
            << model << " seed " << seed << ": " << check.property << " "
            << (check.witness ? check.witness->observation : check.reason);
      }
      EXPECT_EQ(result.durability.gone(), 0U) << model;
      EXPECT_GT(result.durability.acknowledged, 50U) << model;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Workload, Carried, testing::Range<std::size_t>(0, kWorkloads.size()));

TEST(Workloads, AreRefusedWhereTheModelDoesNotCarryThemOut) {
  const std::string text = text_of("model = \"leaderless\"", "type = \"queue\"", "");
  const std::string problems = problems_of(text);
  EXPECT_NE(problems.find("s.toml:13:8"), std::string::npos) << problems;
  EXPECT_NE(problems.find("does not carry out `enqueue`"), std::string::npos) << problems;
  EXPECT_NE(problems.find("`raft`"), std::string::npos) << problems;
}

TEST(Workloads, OfReadsAndWritesAloneRunOnEveryModel) {
  for (const char* const model : {"leaderless", "multi_leader"}) {
    const std::string replication = fmt::format("model = \"{}\"", model);
    const std::string text =
        text_of(replication, "type = \"counter\"\nmethod = \"read_modify_write\"\nthinks = \"5ms\"",
                "[check]\nconsistency = [\"linearizable\"]\n");
    EXPECT_EQ(run_text(text, 1).property("linearizable"), 0) << model;
  }
}

TEST(Workloads, AreHeldAgainstWordsThatSaySomethingOfThem) {
  const std::string causal =
      problems_of(text_of("model = \"raft\"", "type = \"counter\"",
                          "[check]\nconsistency = [\"linearizable\", \"causal\"]\n"));
  EXPECT_NE(causal.find("`causal` says nothing of a counter"), std::string::npos) << causal;
  EXPECT_NE(causal.find("s.toml:15:32"), std::string::npos) << causal;
  const std::string exclusion =
      problems_of(text_of("model = \"raft\"", "type = \"register\"",
                          "[check]\nconsistency = [\"mutual_exclusion\"]\n"));
  EXPECT_NE(exclusion.find("says nothing of a register"), std::string::npos) << exclusion;
}

TEST(Workloads, DrainAQueueToTheLastElement) {
  const RunResult result = run_text(text_of("model = \"raft\"", "type = \"queue\"", ""), 1);
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  for (const models::Operation& op : result.history.operations()) {
    if (op.outcome != models::Outcome::kOk) continue;
    in += op.f == models::Function::kEnqueue ? 1U : 0U;
    out += op.f == models::Function::kDequeue && op.value ? 1U : 0U;
  }
  EXPECT_GT(in, 100U);
  EXPECT_EQ(in, out);
}

}  // namespace
}  // namespace quorumlab::scenarios
