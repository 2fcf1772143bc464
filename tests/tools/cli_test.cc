// Every command, as a user calls it: what it prints where, what it writes, and its exit code.
#include "tests/tools/cli_fixture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tools/exit_codes.h"

namespace quorumlab::tools {
namespace {

namespace fs = std::filesystem;

TEST_F(Cli, WithoutACommandOrWithAnUnknownOneIsBadInput) {
  EXPECT_EQ(run({}), kBadInput);
  EXPECT_EQ(run({"conquer"}), kBadInput);
  EXPECT_TRUE(complains_of("conquer"));
  EXPECT_EQ(run({"run", small(), "--sed", "3"}), kBadInput);
  EXPECT_EQ(run({"sweep", small(), "--jobs", "-1"}), kBadInput);
  EXPECT_EQ(run({"graph", small(), "--of", "moon"}), kBadInput);
}

TEST_F(Cli, ARecordIsEnoughToRunItAgain) {
  run({"run", small(), "--seed", "9", "--svg", "none", "--trace", path("a.qtrace")});
  ASSERT_EQ(run({"graph", path("a.qtrace"), "--of", "scenario", "-o", path("again.toml")}),
            kAsExpected);
  run({"run", small(), "--seed", "9", "--fingerprint"});
  const std::string first = out.substr(0, 32);
  run({"run", path("again.toml"), "--fingerprint"});
  EXPECT_EQ(out.substr(0, 32), first);
  EXPECT_EQ(run({"graph", small(), "--of", "scenario"}), kBadInput);
}

TEST_F(Cli, HelpAndVersionSucceedOnStandardOutput) {
  EXPECT_EQ(run({"--version"}), kAsExpected);
  EXPECT_FALSE(out.empty());
  for (const char* command :
       {"run", "sweep", "check", "graph", "explain", "diff", "list", "describe", "schema", "new"}) {
    EXPECT_EQ(run({command, "--help"}), kAsExpected) << command;
    EXPECT_TRUE(says("--help")) << command;
  }
}

TEST_F(Cli, AFileThatIsNotThereIsNamed) {
  for (const char* command : {"run", "sweep", "check", "graph", "explain", "diff"}) {
    EXPECT_EQ(run({command, path("absent.toml")}), kBadInput) << command;
    EXPECT_TRUE(complains_of("absent.toml")) << command;
    EXPECT_TRUE(out.empty()) << command;
  }
}

TEST_F(Cli, RunExitsWithOneWhenAVerdictIsNotTheExpectedOne) {
  const std::string file =
      std::string(QUORUMLAB_SOURCE_DIR) + "/scenarios/replication/async_loses_writes.toml";
  EXPECT_EQ(run({"run", file, "--svg", "none"}), kAsExpected) << out;
  EXPECT_EQ(run({"run", file, "--svg", "none", "--set", "replication.acknowledge=all"}), kDiffers);
  EXPECT_EQ(run({"run", file, "--svg", "none", "--set", "replication.acknowledge=some"}),
            kBadInput);
  EXPECT_TRUE(complains_of("some"));
  EXPECT_EQ(run({"run", file, "--svg", "none", "--set", "replication.acknowledg=all"}), kBadInput);
  EXPECT_TRUE(complains_of("acknowledge"));
}

TEST_F(Cli, RunPrintsWhatASeedDeterminesAndNothingElse) {
  ASSERT_EQ(run({"run", small(), "--fingerprint"}), kAsExpected);
  const std::string first = out;
  EXPECT_EQ(std::ranges::count(first, '\n'), 1);
  ASSERT_EQ(run({"run", small(), "--fingerprint", "--seed", "5"}), kAsExpected);
  EXPECT_EQ(out, first);
  ASSERT_EQ(run({"run", small(), "--fingerprint", "--seed", "6"}), kAsExpected);
  EXPECT_NE(out, first);
  EXPECT_EQ(run({"run", small(), "--verify", "--svg", "none"}),
            run({"run", small(), "--svg", "none"}));
}

TEST_F(Cli, RunWritesEachOutputThatIsAskedFor) {
  (void)run({"run", small(), "--svg", path("a.svg"), "--dot", path("a.dot"), "--html",
             path("a.html"), "--trace", path("a.qtrace"), "--timeline"});
  EXPECT_TRUE(content(path("a.svg")).starts_with("<?xml") ||
              content(path("a.svg")).starts_with("<svg"));
  EXPECT_NE(content(path("a.dot")).find("graph"), std::string::npos);
  EXPECT_NE(content(path("a.html")).find("<html"), std::string::npos);
  EXPECT_EQ(files(), 5U);
  for (const char* form : {"b.jsonl", "b.shiviz", "b.perfetto"}) {
    (void)run({"run", small(), "--svg", "none", "--trace", path(form)});
    EXPECT_GT(fs::file_size(path(form)), 1000U) << form;
  }
  EXPECT_EQ(files(), 8U);
}

TEST_F(Cli, WhatCannotBeWrittenIsTriedAgainLaterAndLeavesNothing) {
  std::ofstream(path("wall")) << "a file, not a folder";
  const std::size_t before = files();
  EXPECT_EQ(run({"run", small(), "--svg", path("wall/a.svg")}), kRetry);
  EXPECT_EQ(run({"run", small(), "--svg", "none", "--html", path("wall/a.html")}), kRetry);
  EXPECT_EQ(run({"run", small(), "--svg", "none", "--materialise", path("wall/a.toml")}), kRetry);
  EXPECT_EQ(run({"graph", small(), "-o", path("wall/a.svg")}), kRetry);
  EXPECT_EQ(run({"new", path("wall/a.toml")}), kRetry);
  EXPECT_EQ(files(), before);
}

TEST_F(Cli, StrictFailsOnAFaultThatDidNothing) {
  const int easy = run({"run", small(), "--svg", "none"});
  const int strict = run({"run", small(), "--svg", "none", "--strict"});
  EXPECT_EQ(strict, kDiffers);
  EXPECT_TRUE(says("inert"));
  EXPECT_EQ(easy, kAsExpected);
}

TEST_F(Cli, ReportsAsJsonAreJson) {
  (void)run({"run", small(), "--json"});
  const auto report = nlohmann::json::parse(out);
  EXPECT_TRUE(report.contains("fingerprint"));
  EXPECT_EQ(report["seed"], 5);
  (void)run({"sweep", small(), "--seeds", "1..4", "--json"});
  std::uint64_t runs = 0;
  for (const auto& outcome : nlohmann::json::parse(out)) {
    runs += outcome["runs"].get<std::uint64_t>();
  }
  EXPECT_EQ(runs, 4U);
  (void)run({"explain", small(), "--json", "--svg", "none", "--no-what-if"});
  EXPECT_TRUE(nlohmann::json::accept(out)) << out;
  EXPECT_EQ(run({"list", "--json"}), kAsExpected);
  EXPECT_TRUE(nlohmann::json::parse(out).contains("models"));
}

TEST_F(Cli, EffectivePrintsAScenarioThatRunsTheSame) {
  ASSERT_EQ(run({"run", small(), "--effective"}), kAsExpected);
  std::ofstream(path("effective.toml")) << out;
  ASSERT_EQ(run({"run", small(), "--fingerprint"}), kAsExpected);
  const std::string wanted = out.substr(0, out.find(' '));
  ASSERT_EQ(run({"run", path("effective.toml"), "--fingerprint"}), kAsExpected) << talk;
  EXPECT_EQ(out.substr(0, out.find(' ')), wanted);
}

TEST_F(Cli, StateIsPrintedAtATimeAndAtAnEvent) {
  EXPECT_EQ(run({"run", small(), "--until", "900ms", "--state", "n2"}), kAsExpected) << talk;
  EXPECT_TRUE(out.starts_with("n2 at event"));
  EXPECT_FALSE(says("\nn3 at event"));
  EXPECT_EQ(run({"run", small(), "--until", "100"}), kAsExpected) << talk;
  EXPECT_TRUE(says("\nn3 at event"));
  EXPECT_EQ(run({"run", small(), "--until", "soon"}), kBadInput);
  EXPECT_EQ(run({"run", small(), "--until", "1s", "--state", "n9"}), kBadInput);
}

TEST_F(Cli, SweepTakesOneSeedOrARangeAndNothingElse) {
  for (const char* seeds : {"", "x", "1..", "9..3", "1...3", "1..2..3", "-1..3"}) {
    EXPECT_EQ(run({"sweep", small(), "--seeds", seeds}), kBadInput) << seeds;
  }
  (void)run({"sweep", small(), "--seeds", "7"});
  EXPECT_TRUE(says("      1 runs")) << out;
  EXPECT_TRUE(says("--seed 7"));
}

TEST_F(Cli, SweepSaysTheSameForEachNumberOfThreads) {
  (void)run({"sweep", small(), "--seeds", "1..12", "--jobs", "1"});
  const std::string one = out;
  (void)run({"sweep", small(), "--seeds", "1..12", "--jobs", "3", "--coverage"});
  EXPECT_TRUE(out.starts_with(one)) << out;
  EXPECT_GT(out.size(), one.size());
}

TEST_F(Cli, GraphDrawsToStandardOutputOrAFile) {
  for (const char* of : {"space-time", "roles", "topology"}) {
    for (const char* format : {"svg", "dot"}) {
      EXPECT_EQ(run({"graph", small(), "--of", of, "--format", format}), kAsExpected)
          << of << format << talk;
      EXPECT_FALSE(out.empty()) << of << format;
    }
  }
  EXPECT_EQ(run({"graph", small(), "--format", "text", "-o", path("a.txt")}), kAsExpected) << talk;
  EXPECT_TRUE(out.empty());
  EXPECT_GT(fs::file_size(path("a.txt")), 100U);
}

TEST_F(Cli, DiffFindsWhereTwoSeedsPart) {
  EXPECT_EQ(run({"diff", small(), "--other-seed", "6"}), kDiffers) << out << talk;
  EXPECT_EQ(run({"diff", small(), "--other-seed", "5"}), kAsExpected) << out << talk;
  EXPECT_EQ(run({"diff", small(), "--without", "1"}), kDiffers) << out << talk;
  EXPECT_EQ(run({"diff", small(), "--without", "9"}), kBadInput);
  EXPECT_EQ(run({"diff", small(), "--change", "replication.acknowledge=all"}), kDiffers) << talk;
}

TEST_F(Cli, ListTakesASection) {
  EXPECT_EQ(run({"list", "models"}), kAsExpected);
  EXPECT_TRUE(says("raft"));
  EXPECT_FALSE(says("partition"));
  EXPECT_EQ(run({"list", "planets"}), kBadInput);
  EXPECT_TRUE(complains_of("models"));
}

TEST_F(Cli, EverythingThatListNamesCanBeDescribed) {
  ASSERT_EQ(run({"list", "--json"}), kAsExpected);
  const auto all = nlohmann::json::parse(out);
  for (const char* section : {"models", "faults", "workloads"}) {
    for (const auto& line : all[section]) {
      EXPECT_EQ(run({"describe", line["name"]}), kAsExpected) << line;
      EXPECT_EQ(run({"describe", line["name"], "--markdown"}), kAsExpected) << line;
    }
  }
  EXPECT_EQ(run({"describe", "scenario"}), kAsExpected);
  EXPECT_EQ(run({"describe", "rafft"}), kBadInput);
  EXPECT_TRUE(complains_of("raft"));
}

TEST_F(Cli, SchemaIsAJsonSchema) {
  ASSERT_EQ(run({"schema"}), kAsExpected);
  EXPECT_TRUE(nlohmann::json::parse(out).contains("$schema"));
}

TEST_F(Cli, NewStartsAScenarioOfEachModelThatRuns) {
  const models::Registry registry = models::builtin_models();
  for (const models::ModelEntry& entry : registry.all()) {
    const std::string& model = entry.schema.name();
    const std::string file = path(model + ".toml");
    ASSERT_EQ(run({"new", file, "--model", model}), kAsExpected) << talk;
    EXPECT_NE(run({"run", file, "--svg", "none"}), kBadInput) << talk;
    EXPECT_EQ(run({"new", file, "--model", model}), kBadInput);
    EXPECT_TRUE(complains_of("left alone"));
  }
  EXPECT_EQ(run({"new", path("x.toml"), "--model", "rafft"}), kBadInput);
  EXPECT_TRUE(complains_of("raft"));
}

}  // namespace
}  // namespace quorumlab::tools
