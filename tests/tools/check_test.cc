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
  EXPECT_TRUE(says("since line 4")) << out;
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
