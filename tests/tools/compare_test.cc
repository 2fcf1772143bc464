// compare: what its table says, whatever the number of threads, and what it refuses.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/registry.h"
#include "scenarios/scenario.h"
#include "tests/catalogue_files.h"
#include "tools/cli.h"
#include "tools/exit_codes.h"
#include "tools/tally.h"

namespace quorumlab::tools {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const std::string kTable = tests::catalogue_folder() + "leaderless/quorum_table.toml";

struct Ran {
  int code = 0;
  std::string out;
  std::string talk;
};

Ran quorumlab(std::vector<std::string> words) {
  words.insert(words.begin(), "quorumlab");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Ran ran;
  ran.code = tools::main(static_cast<int>(argv.size()), argv.data(), models::builtin_models());
  ran.out = testing::internal::GetCapturedStdout();
  ran.talk = testing::internal::GetCapturedStderr();
  return ran;
}

Ran compare(std::vector<std::string> words) {
  words.insert(words.begin(), "compare");
  return quorumlab(std::move(words));
}

double share(const Json& served, const std::string& what) {
  return served[what + "_ok"].get<double>() / served[what].get<double>();
}

// The rows of the textbooks' table, by name.
class QuorumTable : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const Ran ran = compare({kTable, "--seeds", "1..10", "--json"});
    ASSERT_EQ(ran.code, kAsExpected) << ran.talk;
    rows = new std::map<std::string, Json>();
    const Json table = Json::parse(ran.out);
    for (const Json& row : table["variants"]) (*rows)[row["name"]] = row;
  }
  static void TearDownTestSuite() { delete rows; }

  static const Json& row(const std::string& name) { return rows->at(name); }
  static int violated(const std::string& name, const std::string& property) {
    return row(name)["properties"][property]["violated"];
  }
  static double median_ms(const std::string& name, const std::string& what) {
    return row(name)[what]["median_ns"].get<double>() * 1e-6;
  }

 private:
  static std::map<std::string, Json>* rows;
};
std::map<std::string, Json>* QuorumTable::rows = nullptr;

TEST_F(QuorumTable, ReadsMeetTheLatestWriteIffTheQuorumsOverlap) {
  for (const std::string overlapping :
       {"W=3 R=1", "W=1 R=3", "W=2 R=2", "W=2 R=2, no read repair", "W=2 R=2, atomic"}) {
    EXPECT_EQ(violated(overlapping, "regular"), 0) << overlapping;
  }
  for (const std::string not_overlapping : {"W=1 R=1", "W=1 R=1, no read repair"}) {
    EXPECT_EQ(violated(not_overlapping, "regular"), 10) << not_overlapping;
  }
  EXPECT_GT(violated("W=3 R=1, sloppy", "regular"), 0);
}

TEST_F(QuorumTable, OverlapIsNotLinearizable) {
  EXPECT_GT(violated("W=3 R=1", "linearizable"), 0);
  EXPECT_EQ(violated("W=2 R=2, atomic", "linearizable"), 0);
}

TEST_F(QuorumTable, WithOneNodeDownAQuorumOfAllStandsStill) {
  struct Case {
    std::string name;
    double reads, writes;
  };
  // A read of three or a write to three needs the replica that is down.
  for (const Case& c : {Case{"W=3 R=1", 1, 0}, Case{"W=1 R=3", 0, 1}, Case{"W=2 R=2", 1, 1},
                        Case{"W=1 R=1", 1, 1}, Case{"W=3 R=1, sloppy", 1, 1}}) {
    const Json& served = row(c.name)["served_during_faults"];
    // What began just before the crash ended may be waited for, and what met it was lost.
    EXPECT_NEAR(share(served, "reads"), c.reads, 0.15) << c.name;
    EXPECT_NEAR(share(served, "writes"), c.writes, 0.02) << c.name;
  }
}

TEST_F(QuorumTable, LatencyGrowsWithTheQuorum) {
  EXPECT_LT(median_ms("W=1 R=1", "reads"), median_ms("W=2 R=2", "reads"));
  EXPECT_LT(median_ms("W=2 R=2", "reads"), median_ms("W=1 R=3", "reads"));
  EXPECT_LT(median_ms("W=1 R=1", "writes"), median_ms("W=2 R=2", "writes"));
  EXPECT_LT(median_ms("W=2 R=2", "writes"), median_ms("W=3 R=1", "writes"));
  // Who asks for the latest stamp first pays a second round.
  EXPECT_GT(median_ms("W=2 R=2, atomic", "writes"), 1.2 * median_ms("W=2 R=2", "writes"));
}

TEST_F(QuorumTable, WithoutReadRepairReplicasStayApart) {
  EXPECT_GT(violated("W=2 R=2, no read repair", "eventual"), violated("W=2 R=2", "eventual"));
}

TEST_F(QuorumTable, NamesARunThatShowsEachViolation) {
  const std::string example = row("W=1 R=1")["properties"]["regular"]["example"];
  EXPECT_NE(example.find("--seed 1 --set replication.write_quorum=1"), std::string::npos)
      << example;
}

class Compare : public testing::Test {
 protected:
  Compare() {
    std::ofstream(file_) << "[scenario]\nname = \"small\"\nduration = \"2s\"\n"
                            "[cluster]\nreplicas = 3\n"
                            "[replication]\nmodel = \"leader_follower\"\n"
                            "[check]\nconsistency = [\"linearizable\"]\n";
  }
  ~Compare() override { fs::remove(file_); }

  const std::string file_ =
      fs::path(testing::TempDir()) /
      (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".toml");
};

TEST_F(Compare, CrossesEveryKnobWithEveryOther) {
  const Ran ran = compare({file_, "--vary", "replication.acknowledge=none,all", "--vary",
                           "network.latency=1ms,uniform(1ms, 5ms)", "--seeds", "1..2", "--json"});
  ASSERT_EQ(ran.code, kAsExpected) << ran.talk;
  std::vector<std::string> names;
  const Json table = Json::parse(ran.out);
  for (const Json& row : table["variants"]) {
    names.push_back(row["name"]);
    EXPECT_EQ(row["runs"], 2);
    EXPECT_EQ(row["properties"]["linearizable"]["holds"], 2);
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{
                "acknowledge=none latency=1ms", "acknowledge=none latency=uniform(1ms, 5ms)",
                "acknowledge=all latency=1ms", "acknowledge=all latency=uniform(1ms, 5ms)"}));
}

// Dotted or quoted, of any kind of value; crossed with the variants before it and --vary behind it.
TEST_F(Compare, RunsThroughTheMatrixOfTheFile) {
  std::ofstream(file_, std::ios::app) << "\n[matrix]\n"
                                         "replication.acknowledge = [\"none\", \"all\"]\n"
                                         "\"check.consistency\" = [[\"causal\"]]\n";
  const Ran ran = compare({file_, "--vary", "network.loss=0,0.25", "--seeds", "1..2", "--json"});
  ASSERT_EQ(ran.code, kAsExpected) << ran.talk;
  const Json table = Json::parse(ran.out);
  ASSERT_EQ(table["variants"].size(), 4U);
  const Json& second = table["variants"][1];
  EXPECT_EQ(second["name"], "acknowledge=none consistency=[\"causal\"] loss=0.25");
  EXPECT_EQ(second["set"], Json({"replication.acknowledge=none", "check.consistency=[\"causal\"]",
                                 "network.loss=0.25"}));
  EXPECT_EQ(second["properties"].size(), 1U);
  EXPECT_TRUE(second["properties"].contains("causal"));
}

TEST_F(Compare, ANonsenseMatrixIsAMistakeOfTheFile) {
  std::ofstream(file_, std::ios::app) << "\n[matrix]\nreplication.acknowledge = \"none\"\n";
  const Ran ran = compare({file_});
  EXPECT_EQ(ran.code, kBadInput);
  EXPECT_NE(ran.talk.find("keys and lists"), std::string::npos) << ran.talk;
}

TEST_F(Compare, SweepRunsThroughTheSameAlternatives) {
  const Ran ran = quorumlab(
      {"sweep", file_, "--vary", "replication.acknowledge=none,all", "--seeds", "1..3", "--json"});
  std::map<std::string, int> runs;
  for (const Json& outcome : Json::parse(ran.out)) {
    runs[outcome["alternative"]] += outcome["runs"].get<int>();
  }
  EXPECT_EQ(runs, (std::map<std::string, int>{{"acknowledge=all", 3}, {"acknowledge=none", 3}}));
  const Ran text =
      quorumlab({"sweep", file_, "--vary", "replication.acknowledge=none,all", "--seeds", "1..3"});
  EXPECT_NE(text.out.find("acknowledge=all\n"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("--set replication.acknowledge=all\n"), std::string::npos) << text.out;
}

TEST_F(Compare, SaysTheSameOnAnyNumberOfThreads) {
  const std::vector<std::string> words = {file_,     "--vary", "replication.acknowledge=none,all",
                                          "--seeds", "1..6",   "--jobs"};
  auto one = words;
  one.emplace_back("1");
  auto four = words;
  four.emplace_back("4");
  const std::string table = compare(one).out;
  EXPECT_EQ(table, compare(four).out);
  EXPECT_NE(table.find("acknowledge=none           yes"), std::string::npos) << table;
}

// Columns are for what differs; with few properties there is room for all.
TEST_F(Compare, NamesWhatAlwaysHoldsBelowTheTable) {
  const Ran ran = compare({file_, "--vary", "workload.rate=10/s,20/s", "--seeds", "1..2", "--set",
                           "check.consistency=[\"linearizable\", \"sequential\", \"causal\", "
                           "\"pram\", \"safe\"]"});
  EXPECT_NE(ran.out.find("in every run: linearizable, sequential, causal, pram, safe\n"),
            std::string::npos)
      << ran.out;
}

TEST_F(Compare, RefusesWhatItCannotCompare) {
  const Ran nothing = compare({file_});
  EXPECT_EQ(nothing.code, kBadInput);
  EXPECT_NE(nothing.talk.find("--vary"), std::string::npos);
  const Ran no_value = compare({file_, "--vary", "replication.acknowledge"});
  EXPECT_EQ(no_value.code, kBadInput);
  EXPECT_NE(no_value.talk.find("a key and its settings"), std::string::npos);
  const Ran misspelt = compare({file_, "--vary", "replication.acknowledge=one,al"});
  EXPECT_EQ(misspelt.code, kBadInput);
  EXPECT_NE(misspelt.talk.find("did you mean `all`"), std::string::npos) << misspelt.talk;
  EXPECT_EQ(compare({file_, "--vary", "replication.acknowledge=one", "--seeds", "few"}).code,
            kBadInput);
}

TEST(Variants, OfTheCatalogueCanAllBeLoaded) {
  const models::Registry registry = models::builtin_models();
  int variants = 0;
  for (const std::string& name : tests::catalogue_files()) {
    const std::string file = tests::catalogue_folder() + name;
    config::Diagnostics problems;
    const auto base = scenarios::load_file(file, {}, registry, problems);
    ASSERT_TRUE(base) << file;
    for (const scenarios::Variant& variant : base->scenario.variants) {
      ++variants;
      config::Diagnostics of_variant;
      EXPECT_TRUE(scenarios::load_file(file, variant.set, registry, of_variant))
          << variant.name << of_variant.render(config::Colour::kOff);
    }
  }
  EXPECT_GT(variants, 0);
}

}  // namespace
}  // namespace quorumlab::tools
