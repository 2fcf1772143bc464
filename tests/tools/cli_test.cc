// Every command, as a user calls it: what it prints where, what it writes, and its exit code.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "models/registry.h"
#include "tools/cli.h"
#include "tools/exit_codes.h"

namespace quorumlab::tools {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSmall =
    "[scenario]\nname = \"small\"\nseed = 5\nduration = \"3s\"\n"
    "[cluster]\nreplicas = 3\nclients = 2\n"
    "[replication]\nmodel = \"leader_follower\"\nacknowledge = \"none\"\nfailover = \"heartbeat\"\n"
    "[workload]\ntype = \"register\"\nrate = \"40/s\"\n"
    "[[fault]]\nkind = \"crash\"\non = \"n1\"\nat = \"1s\"\nfor = \"1s\"\n"
    "[[fault]]\nkind = \"message_loss\"\nat = \"1s\"\nfor = \"1ms\"\nchance = 0.0\n"
    "[check]\nconsistency = [\"linearizable\"]\n";

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Cli : public ::testing::Test {
 protected:
  Cli() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    std::ofstream(small()) << kSmall;
  }
  ~Cli() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] std::string small() const { return path("small.toml"); }

  int run(std::vector<std::string> words) {
    words.insert(words.begin(), "quorumlab");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code =
        tools::main(static_cast<int>(argv.size()), argv.data(), models::builtin_models());
    out = ::testing::internal::GetCapturedStdout();
    talk = ::testing::internal::GetCapturedStderr();
    return code;
  }

  [[nodiscard]] bool says(const std::string& words) const {
    return out.find(words) != std::string::npos;
  }
  [[nodiscard]] bool complains_of(const std::string& words) const {
    return talk.find(words) != std::string::npos;
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  std::string out;
  std::string talk;

 private:
  fs::path folder_ = fs::path(::testing::TempDir()) /
                     ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

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

TEST_F(Cli, HistoriesAreWrittenForJepsenAndReadBack) {
  for (const std::string form : {"edn", "json"}) {
    const int code = run({"run", small(), "--svg", "none", "--trace", path("h." + form)});
    EXPECT_TRUE(code == kAsExpected || code == kDiffers);
    EXPECT_EQ(run({"check", path("h." + form), "--model", "linearizable"}), code);
    run({"graph", small(), "--format", form, "-o", path("g." + form)});
    EXPECT_EQ(content(path("g." + form)), content(path("h." + form)));
  }
  run({"run", small(), "--svg", "none", "--trace", path("h.qtrace")});
  run({"check", path("h.qtrace"), "--convert", "edn"});
  EXPECT_EQ(out, content(path("h.edn")));
}

TEST_F(Cli, DrawsTheCyclesOfAHistory) {
  // Two transactions that read what the other one wrote too late: write skew.
  std::ofstream(path("skew.edn"))
      << "{:process 0, :type :invoke, :f :txn, :value [[:r :x nil] [:append :y 1]]}\n"
         "{:process 1, :type :invoke, :f :txn, :value [[:r :y nil] [:append :x 1]]}\n"
         "{:process 0, :type :ok, :f :txn, :value [[:r :x []] [:append :y 1]]}\n"
         "{:process 1, :type :ok, :f :txn, :value [[:r :y []] [:append :x 1]]}\n"
         "{:process 0, :type :invoke, :f :txn, :value [[:r :x nil] [:r :y nil]]}\n"
         "{:process 0, :type :ok, :f :txn, :value [[:r :x [1]] [:r :y [1]]]}\n";
  EXPECT_EQ(run({"graph", path("skew.edn"), "--of", "cycle", "--format", "dot"}), kAsExpected);
  EXPECT_TRUE(says("digraph anomalies")) << talk;
  EXPECT_TRUE(says("-> c0_")) << out;
  EXPECT_EQ(run({"graph", path("skew.edn"), "--of", "cycle", "--format", "text"}), kBadInput);
}

TEST_F(Cli, DrawsTheWitnessOfAHistoryAsBars) {
  const std::string write =
      "{:process 0, :type :invoke, :f :write, :value 1}\n"
      "{:process 0, :type :ok, :f :write, :value 1}\n"
      "{:process 1, :type :invoke, :f :read, :value nil}\n";
  std::ofstream(path("stale.edn")) << write << "{:process 1, :type :ok, :f :read, :value 7}\n";
  EXPECT_EQ(run({"graph", path("stale.edn")}), kAsExpected) << talk;
  EXPECT_TRUE(out.starts_with("<svg")) << out;
  EXPECT_TRUE(says(">read 7")) << out;
  EXPECT_EQ(run({"graph", path("stale.edn"), "--of", "roles"}), kBadInput);
  std::ofstream(path("good.edn")) << write << "{:process 1, :type :ok, :f :read, :value 1}\n";
  EXPECT_EQ(run({"graph", path("good.edn")}), kBadInput);
  EXPECT_NE(talk.find("nothing to draw"), std::string::npos) << talk;
}

TEST_F(Cli, JudgesAsItReadsAndTheWholeWhereThatCannotBe) {
  const std::string begin =
      "{:process 0, :type :invoke, :f :txn, :value [[:w :x 1] [:r :y nil]]}\n";
  std::ofstream(path("one.edn"))
      << begin << "{:process 0, :type :ok, :f :txn, :value [[:w :x 1] [:r :y nil]]}\n";
  EXPECT_EQ(run({"check", path("one.edn"), "--stream"}), kAsExpected);
  EXPECT_TRUE(says("strict-serializable: holds")) << out;
  EXPECT_EQ(talk, "");
  EXPECT_EQ(run({"check", path("one.edn"), "--stream", "--model", "causal"}), kAsExpected);
  std::ofstream(path("garbage.edn"))
      << begin << "{:process 0, :type :ok, :f :txn, :value [[:w :x 1] [:r :y 7]]}\n";
  EXPECT_EQ(run({"check", path("garbage.edn"), "--stream"}), kDiffers);
  EXPECT_TRUE(says("garbage")) << out;
  EXPECT_NE(talk.find("line 2: 7, read from key :y"), std::string::npos) << talk;
  EXPECT_NE(talk.find("judging the whole history"), std::string::npos) << talk;
  EXPECT_EQ(run({"check", path("one.edn"), "--stream", "--svg", path("x.svg")}), kBadInput);
  std::ofstream(path("damaged.edn")) << begin << "{:process 0, :type :never}\n";
  EXPECT_EQ(run({"check", path("damaged.edn"), "--stream"}), kBadInput);
  EXPECT_NE(talk.find("damaged.edn:2:"), std::string::npos) << talk;
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

TEST_F(Cli, CheckExitsByVerdict) {
  const std::string file = path("history.edn");
  std::ofstream(file) << "{:process 0, :type :invoke, :f :write, :value 1, :time 1}\n"
                         "{:process 0, :type :ok, :f :write, :value 1, :time 2}\n"
                         "{:process 1, :type :invoke, :f :read, :value nil, :time 3}\n"
                         "{:process 1, :type :ok, :f :read, :value 1, :time 4}\n";
  EXPECT_EQ(run({"check", file}), kAsExpected) << out << talk;
  EXPECT_EQ(run({"check", file, "--model", "linearizable", "--object", "register"}), kAsExpected);
  EXPECT_EQ(run({"check", file, "--json"}), kAsExpected);
  EXPECT_TRUE(nlohmann::json::accept(out)) << out;
  EXPECT_EQ(run({"check", file, "--model", "linearisable"}), kBadInput);
  EXPECT_TRUE(complains_of("linearizable")) << talk;
  EXPECT_EQ(run({"check", file, "--object", "regster"}), kBadInput);
  EXPECT_EQ(run({"check", file, "--convert", "json"}), kAsExpected);
  std::ofstream(path("history.json")) << out;
  EXPECT_EQ(run({"check", path("history.json")}), kAsExpected) << out << talk;

  std::string stale = content(file);
  stale.replace(stale.rfind("1, :time 4"), 1, "7");
  std::ofstream(path("stale.edn")) << stale;
  EXPECT_EQ(run({"check", path("stale.edn"), "--svg", path("bars.svg")}), kDiffers) << out << talk;
  EXPECT_NE(content(path("bars.svg")).find("<svg"), std::string::npos);
  const std::string alone = out;
  EXPECT_EQ(run({"check", path("stale.edn"), "--jobs", "3"}), kDiffers) << out << talk;
  EXPECT_EQ(out, alone);
  EXPECT_EQ(run({"check", path("stale.edn"), "--stream"}), kDiffers) << out << talk;
  EXPECT_NE(out.find("line 4: process"), std::string::npos) << out;
  EXPECT_EQ(run({"check", path("history.edn"), "--stream", "--initial", "x"}), kBadInput);
  std::string unwritten =
      "{:process 0, :type :invoke, :f :write, :value 1}\n{:process 0, :type :ok, :f :write, :value "
      "1}\n{:process 1, :type :invoke, :f :read, :value nil}\n";
  std::ofstream(path("nil.edn")) << unwritten << "{:process 1, :type :ok, :f :read, :value nil}\n";
  EXPECT_EQ(run({"check", path("nil.edn")}), kAsExpected) << "nil says nothing";
  std::ofstream(path("unwritten.edn"))
      << unwritten << "{:process 1, :type :ok, :f :read, :value nil, :unwritten true}\n";
  EXPECT_EQ(run({"check", path("unwritten.edn")}), kDiffers) << out << talk;
  std::string hard;
  for (int p = 0; p < 12; ++p) {
    hard += fmt::format("{{:process {}, :type :invoke, :f :write, :value {}}}\n", p, p % 3);
  }
  for (int p = 0; p < 12; ++p) {
    hard += fmt::format("{{:process {}, :type :ok, :f :write, :value {}}}\n", p, p % 3);
  }
  std::ofstream(path("hard.edn")) << hard;
  EXPECT_EQ(run({"check", path("hard.edn"), "--max-steps", "1"}), kUnknown) << out << talk;
  EXPECT_EQ(run({"check", path("hard.edn"), "--max-time", "soon"}), kBadInput) << out << talk;
  EXPECT_NE(talk.find("--max-time needs a duration"), std::string::npos) << talk;
  EXPECT_EQ(run({"check", path("hard.edn")}), kAsExpected) << out << talk;
  EXPECT_EQ(run({"check", path("hard.edn"), "--stream"}), kAsExpected) << out << talk;
  EXPECT_NE(talk.find("judging the whole history"), std::string::npos) << talk;
  std::ofstream(path("torn.edn")) << stale.substr(0, stale.size() - 9);
  EXPECT_EQ(run({"check", path("torn.edn")}), kBadInput);
  EXPECT_TRUE(complains_of("torn.edn:")) << talk;
}

}  // namespace
}  // namespace quorumlab::tools
