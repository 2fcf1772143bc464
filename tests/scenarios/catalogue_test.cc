// Every scenario of the catalogue comes out as its [expect] says, twice with the same fingerprint,
// with and without a trace, alone and on two threads at once.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <thread>

#include "models/registry.h"
#include "scenarios/run.h"
#include "tests/catalogue_files.h"

namespace quorumlab::scenarios {
namespace {

const std::string kSource = QUORUMLAB_SOURCE_DIR;

std::map<std::string, std::string> golden_fingerprints() {
  std::map<std::string, std::string> golden;
  std::ifstream file(kSource + "/tests/golden/fingerprints.txt");
  std::string fingerprint;
  std::string name;
  while (file >> fingerprint >> name) golden[name] = fingerprint;
  return golden;
}

Scenario load(const std::string& file, const models::Registry& registry) {
  config::Diagnostics problems;
  auto loaded = load_file(tests::catalogue_folder() + file, {}, registry, problems);
  EXPECT_TRUE(loaded.has_value()) << problems.render(config::Colour::kOff);
  return loaded ? loaded->scenario : Scenario{};
}

class Catalogue : public testing::TestWithParam<std::string> {
 protected:
  const models::Registry registry_ = models::builtin_models();
};

TEST_P(Catalogue, ComesOutAsExpected) {
  const Scenario scenario = load(GetParam(), registry_);
  EXPECT_FALSE(scenario.expect.empty()) << "a scenario without [expect] teaches nothing";
  EXPECT_FALSE(scenario.about.source.empty());
  EXPECT_FALSE(scenario.about.story.empty());
  const RunResult result = run(scenario, registry_, {});
  for (const Judgement::Line& line : judge(scenario, result).lines) {
    EXPECT_TRUE(line.met) << line.property << ": expected " << line.expected << ", found "
                          << line.found;
  }
}

TEST_P(Catalogue, HasOneFingerprint) {
  const Scenario scenario = load(GetParam(), registry_);
  const sim::Digest alone = run(scenario, registry_, {}).fingerprint;
  traces::Record record;
  EXPECT_EQ(run(scenario, registry_, {.record = &record}).fingerprint, alone);
  EXPECT_FALSE(record.events().empty());
  sim::Digest beside[2];
  std::thread first([&] { beside[0] = run(scenario, registry_, {}).fingerprint; });
  std::thread second([&] { beside[1] = run(scenario, registry_, {}).fingerprint; });
  first.join();
  second.join();
  EXPECT_EQ(beside[0], alone);
  EXPECT_EQ(beside[1], alone);
  EXPECT_EQ(golden_fingerprints()["scenarios/" + GetParam()], alone.text())
      << "a changed fingerprint is a changed run: say why in CHANGELOG, then ./dev bless";
}

TEST_P(Catalogue, ReadsBackFromItsEffectiveForm) {
  const Scenario scenario = load(GetParam(), registry_);
  config::Diagnostics problems;
  const auto again =
      load_text("effective.toml", effective(scenario, registry_), {}, registry_, problems);
  ASSERT_TRUE(again.has_value()) << problems.render(config::Colour::kOff);
  EXPECT_EQ(run(again->scenario, registry_, {}).fingerprint,
            run(scenario, registry_, {}).fingerprint);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Catalogue, testing::ValuesIn(tests::catalogue_files()),
                         tests::test_name);

TEST(Loader, ReportsTenMistakesOfOneFileAtOnce) {
  config::Diagnostics problems;
  const auto loaded =
      load_file(kSource + "/tests/data/bad.toml", {}, models::builtin_models(), problems);
  EXPECT_FALSE(loaded.has_value());
  EXPECT_EQ(problems.size(), 10U) << problems.render(config::Colour::kOff);
  for (const config::Diagnostic& problem : problems.sorted()) {
    EXPECT_GT(problem.span.line, 0U) << problem.message;
    EXPECT_GT(problem.span.column, 0U) << problem.message;
    EXPECT_TRUE(!problem.hint.empty() || problem.message.find("must be") != std::string::npos)
        << problem.message;
  }
}

TEST(Loader, GivesTheUsualWorkloadToWhoNamesNone) {
  const models::Registry registry = models::builtin_models();
  config::Diagnostics problems;
  const std::string text =
      "[scenario]\nname = \"x\"\nduration = \"2s\"\n[cluster]\nreplicas = 3\n"
      "[replication]\nmodel = \"raft\"\n";
  const auto loaded = load_text("x.toml", text, {}, registry, problems);
  ASSERT_TRUE(loaded.has_value());
  EXPECT_GT(run(loaded->scenario, registry, {}).history.size(), 100U);
}

TEST(GitHub2018, LosesNothingWhenEveryDiskMustConfirm) {
  const models::Registry registry = models::builtin_models();
  config::Diagnostics problems;
  const auto loaded = load_file(kSource + "/scenarios/failover/github_2018.toml",
                                {"replication.acknowledge=all"}, registry, problems);
  ASSERT_TRUE(loaded.has_value());
  const RunResult result = run(loaded->scenario, registry, {});
  EXPECT_EQ(result.property("linearizable"), 1);
  EXPECT_EQ(result.property("lost_writes"), 0);
}

}  // namespace
}  // namespace quorumlab::scenarios
