// Random faults are a list that is made before the run: written out, it gives the same run.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "faults/random.h"
#include "models/registry.h"
#include "scenarios/coverage.h"
#include "tests/faults/kit.h"

namespace quorumlab::faults {
namespace {

using namespace sim::literals;

Places five() {
  Places places;
  for (const char* name : {"n1", "n2", "n3", "n4", "n5"}) places.replicas.emplace_back(name);
  places.nodes = places.replicas;
  places.zones = {"default"};
  return places;
}

RandomFaults everything() {
  RandomFaults random;
  for (const FaultKind& kind : fault_kinds()) {
    if (kind.random) random.kinds.emplace_back(kind.schema.name(), 1.0);
  }
  random.every = sim::Distribution::exponential(500_ms);
  return random;
}

std::string random_cluster() {
  std::string text = cluster();
  text.resize(text.find("[[fault]]"));
  text.replace(text.find("duration = \"5s\""), 15, "duration = \"2s\"");
  text +=
      "[check]\nrecovery = \"5s\"\n\n[random_faults]\nkeep_quorum = false\nevery = "
      "\"exponential(300ms)\"\n"
      "for = \"uniform(50ms, 900ms)\"\nkinds = { ";
  for (const auto& [kind, weight] : everything().kinds) text += kind + " = 1.0, ";
  text.resize(text.size() - 2);
  return text + " }\n";
}

TEST(Nemesis, WrittenOutGivesTheSameFingerprintOver200Seeds) {
  const models::Registry registry = models::builtin_models();
  config::Diagnostics problems;
  const auto loaded = scenarios::load_text("r.toml", random_cluster(), {}, registry, problems);
  ASSERT_TRUE(loaded) << problems.render(config::Colour::kOff);
  std::set<std::string> kinds;
  std::set<std::string> fingerprints;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const scenarios::Scenario written = scenarios::materialised(loaded->scenario, seed);
    const std::string text = scenarios::without_defaults(written, registry);
    const auto again = scenarios::load_text("m.toml", text, {}, registry, problems);
    ASSERT_TRUE(again) << problems.render(config::Colour::kOff) << text;
    EXPECT_FALSE(again->scenario.random_faults.has_value());
    const auto random = scenarios::run(loaded->scenario, registry, {.seed = seed});
    const auto replayed = scenarios::run(again->scenario, registry, {});
    ASSERT_EQ(random.fingerprint, replayed.fingerprint) << "seed " << seed;
    for (const FaultEntry& entry : again->scenario.faults) kinds.insert(entry.kind.word());
    fingerprints.insert(random.fingerprint.text());
  }
  EXPECT_EQ(fingerprints.size(), 200U);
  EXPECT_EQ(kinds.size(), everything().kinds.size()) << "some kind was never drawn";
}

// What became of the core that was left after such a fault, of five Raft replicas.
const models::CheckResult core_after(const std::string& fault, const std::string& recovery) {
  const Broken run(fault, {"cluster.replicas=5", "replication={ model = \"raft\" }",
                           "check.core=true", "check.recovery=\"" + recovery + "\""});
  const models::CheckResult* const found = run.result.check("sufficient_core");
  return found != nullptr ? *found : models::CheckResult{};
}

TEST(SufficientCore, IsAMajorityWithWholeDisksAndServesEverybody) {
  const auto core =
      core_after("kind = \"amnesia\"\nat = \"2s\"\nfor = \"500ms\"\non = [\"n1\", \"n4\"]", "20s");
  EXPECT_EQ(core.verdict, models::Verdict::kHolds) << core.reason;
  EXPECT_EQ(core.reason, "n2, n3, n5 alone served every client");
}

TEST(SufficientCore, ThatDoesNotServeInTimeIsAViolation) {
  const auto core = core_after("kind = \"crash\"\nat = \"4900ms\"\non = \"leader\"", "1ms");
  EXPECT_EQ(core.verdict, models::Verdict::kViolated) << core.reason;
}

TEST(SufficientCore, ThatDoesNotExistIsComputedNotExcused) {
  const auto core = core_after(
      "kind = \"amnesia\"\nat = \"2s\"\nfor = \"500ms\"\non = [\"n1\", \"n2\", \"n4\"]", "5s");
  EXPECT_EQ(core.verdict, models::Verdict::kUnknown);
  EXPECT_EQ(core.reason, "only n3, n5 kept an undamaged disk, and that is not enough");
}

TEST(SufficientCore, OfAModelWithoutFailoverHasTheLeader) {
  const Broken run("kind = \"bit_rot\"\nat = \"2s\"\non = \"n1\"", {"check.core=true"});
  ASSERT_NE(run.result.check("sufficient_core"), nullptr);
  EXPECT_EQ(run.result.check("sufficient_core")->verdict, models::Verdict::kUnknown);
}

// What is left of a model after this fault has damaged disks, and whether that served everybody.
models::CheckResult core_of(const std::string& model, const std::string& on, int seed) {
  const Broken run("kind = \"bit_rot\"\nat = \"2s\"\non = " + on,
                   {"cluster.replicas=5", "replication={ " + model + " }", "check.core=true",
                    "workload.attempt=\"100ms\"", "workload.write_to=\"any\"",
                    "workload.read_from=\"any\"", "workload.timeout=\"1s\"", "check.consistency=[]",
                    "check.recovery=\"20s\"", "scenario.seed=" + std::to_string(seed)});
  const models::CheckResult* const found = run.result.check("sufficient_core");
  return found != nullptr ? *found : models::CheckResult{};
}

std::size_t size_of(const models::CheckResult& core) {
  return static_cast<std::size_t>(std::count(core.reason.begin(), core.reason.end(), ',')) + 1;
}

TEST(SufficientCore, OfLeaderlessHasAQuorumOfHomesForEachKey) {
  const std::string all = "model = \"leaderless\", copies = 5, read_quorum = 2, write_quorum = 3";
  const auto three = core_of(all, "[\"n1\", \"n3\"]", 1);
  EXPECT_EQ(three.verdict, models::Verdict::kHolds) << three.reason;
  EXPECT_EQ(three.reason, "n2, n4, n5 alone served every client");
  EXPECT_EQ(core_of(all, "[\"n1\", \"n2\", \"n3\"]", 1).verdict, models::Verdict::kUnknown);
  // With three homes for a key, whoever is left has two of any three neighbours on the ring.
  const std::string some = "model = \"leaderless\", copies = 3, read_quorum = 2, write_quorum = 2";
  for (int seed = 1; seed <= 5; ++seed) {
    const auto core = core_of(some, "\"n1\"", seed);
    EXPECT_EQ(core.verdict, models::Verdict::kHolds) << core.reason;
    EXPECT_EQ(size_of(core), 4U) << core.reason;
  }
}

TEST(SufficientCore, OfMultiLeaderIsAnybodyUnlessEachKeyHasOneLeader) {
  const auto one = core_of("model = \"multi_leader\"", "[\"n1\", \"n2\", \"n3\", \"n4\"]", 1);
  EXPECT_EQ(one.verdict, models::Verdict::kHolds) << one.reason;
  EXPECT_EQ(one.reason, "n5 alone served every client");
  const auto split = core_of("model = \"multi_leader\", conflicts = \"avoid\"", "\"n2\"", 1);
  EXPECT_EQ(split.verdict, models::Verdict::kUnknown) << split.reason;
}

TEST(SufficientCore, OfAChainIsItsMasterAndAMember) {
  const auto two = core_of("model = \"chain\"", "[\"n2\", \"n3\", \"n4\"]", 1);
  EXPECT_EQ(two.verdict, models::Verdict::kHolds) << two.reason;
  EXPECT_EQ(two.reason, "n1, n5 alone served every client");
  EXPECT_EQ(core_of("model = \"chain\"", "\"n1\"", 1).verdict, models::Verdict::kUnknown);
  const auto members = core_of("model = \"chain\"", "[\"n2\", \"n3\", \"n4\", \"n5\"]", 1);
  EXPECT_EQ(members.verdict, models::Verdict::kUnknown) << members.reason;
}

TEST(Coverage, FindsWhatWasTriedAndWhatWasNot) {
  const models::Registry registry = models::builtin_models();
  config::Diagnostics problems;
  const auto loaded = scenarios::load_text(
      "c.toml", cluster() + "kind = \"pause\"\nat = \"1s\"\nfor = \"1s\"\non = \"n2\"", {},
      registry, problems);
  ASSERT_TRUE(loaded);
  scenarios::Coverage coverage(loaded->scenario);
  const scenarios::Coverage untried(loaded->scenario);
  const auto result = scenarios::run(loaded->scenario, registry, {.seed = 1, .leadership = true});
  coverage.add(result);
  EXPECT_GT(coverage.count(models::Function::kRead, "pause", 1), 20U);
  EXPECT_GT(coverage.count(models::Function::kWrite, "pause", 1), 20U);
  EXPECT_EQ(coverage.count(models::Function::kWrite, "pause", 0), 0U);
  EXPECT_EQ(coverage.holes().size(), 4U) << "nobody was without a leader, or had two";
  EXPECT_TRUE(coverage.inert().empty());
  EXPECT_EQ(untried.holes().size(), 6U);
  EXPECT_EQ(untried.inert(), std::vector<std::string>{"pause never began"});
  EXPECT_EQ(result.fingerprint,
            scenarios::run(loaded->scenario, registry, {.seed = 1}).fingerprint);
}

TEST(Nemesis, DrawsOtherFaultsForOtherSeeds) {
  const auto words = [](std::uint64_t seed) {
    std::string all;
    for (const auto& e : draw_faults(everything(), five(), sim::Seed{seed}, {0_s, 60_s}, 0)) {
      all += e.kind.word() + to_text(*e.at) + " ";
    }
    return all;
  };
  EXPECT_EQ(words(1), words(1));
  EXPECT_NE(words(1), words(2));
}

// Of everybody who is down at some time, by the options of crash and pause.
std::size_t most_down(const std::vector<FaultEntry>& faults) {
  std::size_t most = 0;
  for (const FaultEntry& at : faults) {
    std::set<std::string> down;
    for (const FaultEntry& other : faults) {
      const bool covers = *other.at <= *at.at && *at.at < *other.at + other.lasts->mean();
      if (!covers) continue;
      const config::Value keys =
          fault_kind(other.kind.word()).schema.write_any(other.kind.options(), nullptr);
      const config::Value& on = *keys.get("on");
      if (on.is(config::Kind::kText)) down.insert(on.text());
      if (!on.is(config::Kind::kArray)) continue;
      for (const config::Value& one : on.elements()) down.insert(one.text());
    }
    most = std::max(most, down.size());
  }
  return most;
}

TEST(Nemesis, KeepsAQuorumUp) {
  RandomFaults random;
  random.kinds = {{"crash", 1.0}, {"power_loss", 1.0}, {"pause", 1.0}};
  random.every = sim::Distribution::constant(100_ms);
  random.lasts = sim::Distribution::constant(2_s);
  std::size_t most = 0;
  std::size_t unbounded = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    random.keep_quorum = true;
    most = std::max(most, most_down(draw_faults(random, five(), sim::Seed{seed}, {0_s, 20_s}, 0)));
    random.keep_quorum = false;
    unbounded = std::max(unbounded,
                         most_down(draw_faults(random, five(), sim::Seed{seed}, {0_s, 20_s}, 0)));
  }
  EXPECT_EQ(most, 2U);
  EXPECT_EQ(unbounded, 5U);
}

TEST(Nemesis, KeepsToMaxDown) {
  RandomFaults random;
  random.kinds = {{"crash", 1.0}};
  random.every = sim::Distribution::constant(100_ms);
  random.max_down = 1;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    EXPECT_LE(most_down(draw_faults(random, five(), sim::Seed{seed}, {0_s, 20_s}, 0)), 1U);
  }
}

TEST(Nemesis, LeavesOneDiskAlone) {
  RandomFaults random;
  random.kinds = {{"amnesia", 1.0}, {"bit_rot", 1.0}};
  random.every = sim::Distribution::constant(1_s);
  random.lasts = sim::Distribution::constant(100_ms);
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    std::set<std::string> hit;
    for (const FaultEntry& e : draw_faults(random, five(), sim::Seed{seed}, {0_s, 120_s}, 0)) {
      const config::Value keys =
          fault_kind(e.kind.word()).schema.write_any(e.kind.options(), nullptr);
      const config::Value& on = *keys.get("on");
      if (on.is(config::Kind::kText)) hit.insert(on.text());
      if (!on.is(config::Kind::kArray)) continue;
      for (const config::Value& one : on.elements()) hit.insert(one.text());
    }
    EXPECT_EQ(hit.size(), 4U);
  }
}

TEST(Nemesis, ASwarmUsesSomeKindsInEachSeed) {
  RandomFaults random = everything();
  random.swarm = true;
  random.keep_quorum = false;
  std::set<std::size_t> sizes;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    std::set<std::string> kinds;
    for (const FaultEntry& e : draw_faults(random, five(), sim::Seed{seed}, {0_s, 600_s}, 0)) {
      kinds.insert(e.kind.word());
    }
    EXPECT_GE(kinds.size(), 1U);
    EXPECT_LT(kinds.size(), random.kinds.size());
    sizes.insert(kinds.size());
  }
  EXPECT_GT(sizes.size(), 3U);
}

TEST(Nemesis, BeginsAfterItsWarmUpAndEndsBeforeItsQuietPeriod) {
  RandomFaults random = everything();
  random.from = 5_s;
  random.upto = 8_s;
  const auto faults = draw_faults(random, five(), sim::Seed{3}, {0_s, 20_s}, 0);
  ASSERT_FALSE(faults.empty());
  EXPECT_GE(*faults.front().at, 5_s);
  EXPECT_LT(*faults.back().at, 8_s);
}

}  // namespace
}  // namespace quorumlab::faults
