// check: histories from anywhere, what is said of them, and what is written.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/tools/cli_fixture.h"
#include "tools/exit_codes.h"

namespace quorumlab::tools {
namespace {

// A write of 1, and afterwards a read of `value`.
std::string history_that_reads(const std::string& value) {
  return "{:process 0, :type :invoke, :f :write, :value 1, :time 1}\n"
         "{:process 0, :type :ok, :f :write, :value 1, :time 2}\n"
         "{:process 1, :type :invoke, :f :read, :value nil, :time 3}\n"
         "{:process 1, :type :ok, :f :read, :value " +
         value + ", :time 4}\n";
}

TEST_F(Cli, SavedTracesAreDrawnAndCertified) {
  run({"run", small(), "--svg", "none", "--trace", path("h.qtrace")});
  const int code =
      run({"check", path("h.qtrace"), "--model", "sequential", "--svg", path("bars.svg")});
  const std::string judged = out;
  EXPECT_NE(content(path("bars.svg")).find("sequential"), std::string::npos);
  EXPECT_EQ(
      run({"check", path("h.qtrace"), "--model", "sequential", "--certificate", path("why.json")}),
      code)
      << judged << out;
  EXPECT_NE(content(path("why.json")).find("\"proves\""), std::string::npos);
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
  written("stale.edn", history_that_reads("7"));
  EXPECT_EQ(run({"graph", path("stale.edn")}), kAsExpected) << talk;
  EXPECT_TRUE(out.starts_with("<svg")) << out;
  EXPECT_TRUE(says(">read 7")) << out;
  EXPECT_EQ(run({"graph", path("stale.edn"), "--of", "roles"}), kBadInput);
  EXPECT_EQ(run({"graph", written("good.edn", history_that_reads("1"))}), kBadInput);
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

TEST_F(Cli, CheckExitsByVerdict) {
  const std::string good = written("good.edn", history_that_reads("1"));
  EXPECT_EQ(run({"check", good}), kAsExpected) << out << talk;
  EXPECT_EQ(run({"check", good, "--model", "linearizable", "--object", "register"}), kAsExpected);
  const std::string stale = written("stale.edn", history_that_reads("7"));
  EXPECT_EQ(run({"check", stale}), kDiffers) << out << talk;
  const std::string torn = history_that_reads("7");
  written("torn.edn", torn.substr(0, torn.size() - 9));
  EXPECT_EQ(run({"check", path("torn.edn")}), kBadInput);
  EXPECT_TRUE(complains_of("torn.edn:")) << talk;
}

TEST_F(Cli, CheckNamesWhatIsCalledOtherwise) {
  const std::string good = written("good.edn", history_that_reads("1"));
  EXPECT_EQ(run({"check", good, "--model", "linearisable"}), kBadInput);
  EXPECT_TRUE(complains_of("linearizable")) << talk;
  EXPECT_EQ(run({"check", good, "--object", "regster"}), kBadInput);
  EXPECT_TRUE(complains_of("register")) << talk;
  EXPECT_EQ(run({"check", good, "--max-time", "soon"}), kBadInput);
  EXPECT_TRUE(complains_of("--max-time needs a duration")) << talk;
  EXPECT_EQ(run({"check", good, "--model", "bounded-staleness", "--staleness-time", "5"}),
            kBadInput);
  EXPECT_TRUE(complains_of("--staleness-time needs a duration")) << talk;
  EXPECT_EQ(run({"check", good, "--model", "regular", "--staleness-versions", "2"}), kBadInput);
  EXPECT_TRUE(complains_of("bounds of bounded_staleness, not of regular")) << talk;
  EXPECT_EQ(run({"check", good, "--total", "5"}), kBadInput);
  EXPECT_TRUE(complains_of("--total is of a bank, and this is a register")) << talk;
}

TEST_F(Cli, AnInitialValueIsNotLookedForInTheFile) {
  const std::string good = written("good.edn", history_that_reads("1"));
  for (const std::string initial : {"(", "1 2", ";"}) {
    EXPECT_EQ(run({"check", good, "--initial", initial}), kBadInput);
    EXPECT_TRUE(complains_of("--initial " + initial + ": ")) << talk;
    EXPECT_FALSE(complains_of("good.edn")) << talk;
  }
  EXPECT_EQ(run({"check", good, "--stream", "--initial", "x"}), kBadInput);
  EXPECT_TRUE(complains_of("an integer or nil")) << talk;
}

TEST_F(Cli, VerdictsAndHistoriesAreWrittenAsJson) {
  const std::string good = written("good.edn", history_that_reads("1"));
  EXPECT_EQ(run({"check", good, "--json"}), kAsExpected);
  EXPECT_TRUE(nlohmann::json::accept(out)) << out;
  EXPECT_EQ(run({"check", good, "--convert", "json"}), kAsExpected);
  EXPECT_EQ(run({"check", written("history.json", out)}), kAsExpected) << out << talk;
}

TEST_F(Cli, ThreadsAndStreamsComeToTheSameVerdict) {
  const std::string stale = written("stale.edn", history_that_reads("7"));
  EXPECT_EQ(run({"check", stale, "--svg", path("bars.svg")}), kDiffers) << out << talk;
  EXPECT_NE(content(path("bars.svg")).find("<svg"), std::string::npos);
  const std::string alone = out;
  EXPECT_EQ(run({"check", stale, "--jobs", "3"}), kDiffers) << out << talk;
  EXPECT_EQ(out, alone);
  EXPECT_EQ(run({"check", stale, "--stream"}), kDiffers) << out << talk;
  EXPECT_TRUE(says("since line 4")) << out;
}

TEST_F(Cli, AReadOfNilSaysNothingUnlessItSaysSo) {
  const std::string silent = written("nil.edn", history_that_reads("nil"));
  EXPECT_EQ(run({"check", silent}), kAsExpected) << out << talk;
  const std::string sure = written("unwritten.edn", history_that_reads("nil, :unwritten true"));
  EXPECT_EQ(run({"check", sure}), kDiffers) << out << talk;
}

TEST_F(Cli, WhatRunsOutOfStepsIsUnknown) {
  std::string hard;
  for (const char* const type : {"invoke", "ok"}) {
    for (int p = 0; p < 12; ++p) {
      hard += fmt::format("{{:process {}, :type :{}, :f :write, :value {}}}\n", p, type, p % 3);
    }
  }
  written("hard.edn", hard);
  EXPECT_EQ(run({"check", path("hard.edn"), "--max-steps", "1"}), kUnknown) << out << talk;
  EXPECT_EQ(run({"check", path("hard.edn")}), kAsExpected) << out << talk;
  EXPECT_EQ(run({"check", path("hard.edn"), "--stream"}), kAsExpected) << out << talk;
  EXPECT_TRUE(complains_of("judging the whole history")) << talk;
}

TEST_F(Cli, WhatCannotBeReadHasNoVerdict) {
  for (const std::string& file : {path(""), path("missing.edn")}) {
    EXPECT_EQ(run({"check", file}), kBadInput) << file << out;
    EXPECT_EQ(run({"check", file, "--stream"}), kBadInput) << file << out;
    EXPECT_TRUE(complains_of("cannot read " + file)) << talk;
  }
}

TEST_F(Cli, NobodysOperationsHoldNothing) {
  const std::string nobodys = written("nobodys.edn", "{:type :ok, :f :read, :value 7}\n");
  const std::string empty = written("empty.edn", "");
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"--stream"}}) {
    std::vector<std::string> words{"check", nobodys};
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(run(words), kUnknown) << out << talk;
    EXPECT_TRUE(says("no operation has a :process")) << out;
    words[1] = empty;
    EXPECT_EQ(run(words), kAsExpected) << out << talk;
    EXPECT_TRUE(says("there is no operation")) << out;
  }
}

TEST_F(Cli, AWitnessOfManyOperationsNamesThem) {
  // Values change four times between five reads, and at most three times after the first of four
  // writes.
  std::string text;
  for (int p = 0; p < 4; ++p) {
    text += fmt::format("{{:process {}, :type :invoke, :f :write, :value {}}}\n", p, p % 2);
  }
  for (int read = 0; read < 5; ++read) {
    text += "{:process 9, :type :invoke, :f :read, :value nil}\n";
    text += fmt::format("{{:process 9, :type :ok, :f :read, :value {}}}\n", read % 2);
  }
  EXPECT_EQ(run({"check", written("changes.edn", text)}), kDiffers) << talk;
  EXPECT_TRUE(says("these 9 operations fit into no single order")) << out;
  EXPECT_TRUE(says("op 3: process 3 write 1, outcome unknown (event 3)")) << out;
}

}  // namespace
}  // namespace quorumlab::tools
