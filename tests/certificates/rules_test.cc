// The rules of the verifier, on certificates that were made by hand: each is right or wrong for one
// reason only.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/certificates/judged.h"
#include "tests/certificates/object_text.h"
#include "tests/verifier/paths.h"
#include "tests/verifier/verify.h"

namespace quorumlab {
namespace {

using Json = nlohmann::json;
using models::Verdict;
using testing::judge_text;
using testing::Judged;

struct Line {
  int process;
  const char* type;
  const char* f;
  std::string value;
};

std::string text_of(const std::vector<Line>& lines) {
  std::string text;
  for (const Line& line : lines) {
    text += fmt::format(R"({{"type":"{}","process":{},"f":"{}","value":{}}})", line.type,
                        line.process, line.f, line.value) +
            "\n";
  }
  return text;
}

// One after the other, each of its own process or of the one that is named.
std::string txns_text(const std::vector<std::pair<int, std::string>>& txns) {
  std::vector<Line> lines;
  for (const auto& [process, value] : txns) {
    lines.push_back({process, "invoke", "txn", value});
    lines.push_back({process, "ok", "txn", value});
  }
  return text_of(lines);
}

std::string claim(const std::string& history, const std::string& property, Json proof,
                  const std::string& subject = "register") {
  proof.update({{"property", property},
                {"subject", subject},
                {"form", "Jepsen JSON"},
                {"keyed", subject == "register"},
                {"initial", ""}});
  return verifier::verify(history, proof.dump());
}

void expect_verdict(const std::string& text, const char* model, Verdict verdict) {
  const Judged judged = judge_text(text, {.model = model});
  EXPECT_EQ(judged.verdict, verdict) << model;
  EXPECT_EQ(testing::verified(judged), "") << model << judged.certificate;
}

// Each of two appends follows another one that a read missed: what parallel snapshot isolation and
// prefix allow, each for its own reason (Cerone and others 2017).
TEST(Rules, SnapshotIsolationForbidsMoreThanPrefixAndParallelSnapshotsTogether) {
  const std::string text = txns_text({{1, R"([["r",0,[]],["append",3,1]])"},
                                      {2, R"([["append",0,2],["append",2,2]])"},
                                      {3, R"([["append",2,3],["r",1,[]]])"},
                                      {4, R"([["append",1,4],["append",3,4]])"},
                                      {5, R"([["r",2,[2,3]],["r",3,[4,1]]])"}});
  expect_verdict(text, "prefix", Verdict::kHolds);
  expect_verdict(text, "parallel-snapshot-isolation", Verdict::kHolds);
  expect_verdict(text, "snapshot-isolation", Verdict::kViolated);
}

TEST(Rules, SessionsOfParallelSnapshotsSeeWhatTheirWritesOverwrote) {
  const std::string text = txns_text({{2, R"([["append",0,2],["append",1,2]])"},
                                      {1, R"([["append",1,3]])"},
                                      {1, R"([["r",0,[]]])"},
                                      {3, R"([["r",1,[2,3]]])"}});
  expect_verdict(text, "strong-session-causal", Verdict::kHolds);
  expect_verdict(text, "parallel-snapshot-isolation", Verdict::kHolds);
  expect_verdict(text, "strong-session-parallel-snapshot-isolation", Verdict::kViolated);
}

// Who saw a write sees nothing older than what its writer had read; that the writer replaced this
// is another guarantee's matter.
TEST(Rules, WritesFollowReadsAsksForWhatWasReadAlone) {
  const std::string text = text_of({{0, "invoke", "write", R"(["k",1])"},
                                    {0, "ok", "write", R"(["k",1])"},
                                    {1, "invoke", "read", R"(["k",null])"},
                                    {1, "ok", "read", R"(["k",1])"},
                                    {1, "invoke", "write", R"(["k",2])"},
                                    {1, "ok", "write", R"(["k",2])"},
                                    {1, "invoke", "write", R"(["j",3])"},
                                    {1, "ok", "write", R"(["j",3])"},
                                    {2, "invoke", "read", R"(["j",null])"},
                                    {2, "ok", "read", R"(["j",3])"},
                                    {2, "invoke", "read", R"(["k",null])"},
                                    {2, "ok", "read", R"(["k",1])"}});
  expect_verdict(text, "writes_follow_reads", Verdict::kHolds);
  expect_verdict(text, "weak_causal", Verdict::kViolated);
}

// Two sessions that each write one key and then find nothing in the other's.
TEST(Rules, OneSessionDoesAllReadsOfACycleOfCausalMemory) {
  std::vector<Line> lines;
  for (const int process : {0, 1}) {
    const std::string mine = process == 0 ? R"("x")" : R"("y")";
    const std::string other = process == 0 ? R"("y")" : R"("x")";
    lines.push_back({process, "invoke", "write", fmt::format("[{},{}]", mine, process + 1)});
    lines.push_back({process, "ok", "write", fmt::format("[{},{}]", mine, process + 1)});
    lines.push_back({process, "invoke", "read", fmt::format("[{},null]", other)});
    lines.push_back({process, "ok", "read", fmt::format("[{},null]", other)});
  }
  std::string text = text_of(lines);
  for (std::size_t at = 0; (at = text.find("null]}\n", at)) != std::string::npos; at += 6) {
    text.replace(at, 6, "null],\"unwritten\":true}");
  }
  const Json cycle = {{"verdict", "violated"},
                      {"cycle",
                       {{{"from", 0}, {"to", 1}, {"kind", "process"}},
                        {{"from", 1}, {"to", 2}, {"kind", "rw"}},
                        {{"from", 2}, {"to", 3}, {"kind", "process"}},
                        {{"from", 3}, {"to", 0}, {"kind", "rw"}}}}};
  EXPECT_EQ(claim(text, "sequential", cycle), "");
  EXPECT_EQ(claim(text, "causal", cycle), "reads of several sessions");
  EXPECT_NE(claim(text, "causal_convergence", cycle), "");
}

// w 1, w 2, r 1: legal in an order that neither time nor, if one client did it, the session allows.
TEST(Rules, OrdersRespectTimeAndSessions) {
  for (const int reader : {0, 1}) {
    const std::string text = text_of({{0, "invoke", "write", R"(["x",1])"},
                                      {0, "ok", "write", R"(["x",1])"},
                                      {0, "invoke", "write", R"(["x",2])"},
                                      {0, "ok", "write", R"(["x",2])"},
                                      {reader, "invoke", "read", R"(["x",null])"},
                                      {reader, "ok", "read", R"(["x",1])"}});
    const Json order = {{"verdict", "holds"}, {"orders", {{0, 2, 1}}}};
    EXPECT_NE(claim(text, "linearizable", order), "");
    EXPECT_EQ(claim(text, "sequential", order).empty(), reader == 1);
    const Json illegal = {{"verdict", "holds"}, {"orders", {{0, 1, 2}}}};
    EXPECT_EQ(claim(text, "linearizable", illegal), "operation 2 is illegal there");
  }
}

TEST(Rules, ACoreHasNoOrderAtAll) {
  int tried = 0;
  for (const char* const object : {"register", "kv", "counter", "set", "queue", "stack", "log"}) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      const std::string text =
          testing::object_text({.object = object, .seed = seed, .operations = 9});
      const Judged judged = judge_text(text, {});
      Json certificate = Json::parse(judged.certificate);
      if (judged.verdict != Verdict::kHolds || certificate["orders"].size() != 1) continue;
      certificate["verdict"] = "violated";
      std::vector<std::size_t> ops = certificate["orders"][0];
      certificate["core"] = {{"ops", ops}, {"until", *std::max_element(ops.begin(), ops.end())}};
      EXPECT_NE(verifier::verify(judged.history, certificate.dump()), "") << judged.history;
      ++tried;
    }
  }
  EXPECT_GT(tried, 20);
}

TEST(Rules, AStepIsOfTheKindThatItSays) {
  const std::string text = txns_text({{1, R"([["append",0,1],["append",1,1]])"},
                                      {2, R"([["append",0,2],["append",1,2]])"},
                                      {3, R"([["r",0,[1,2]],["r",1,[2,1]]])"}});
  for (const auto& [kind, name, is_right] :
       {std::tuple("ww", "G0", true), std::tuple("rw", "G2-item", false),
        std::tuple("wr", "G1c", false)}) {
    const Json cycle = {{{"from", 0}, {"to", 1}, {"kind", kind}},
                        {{"from", 1}, {"to", 0}, {"kind", kind}}};
    const Json proof = {{"verdict", "violated"},
                        {"anomalies", {{{"type", name}, {"cycle", cycle}}}}};
    EXPECT_EQ(claim(text, "serializable", proof, "list-append").empty(), is_right) << kind;
  }
}

TEST(Rules, EverythingHoldsWhereNothingIsKnownToHaveHappened) {
  const std::string text = text_of({{0, "invoke", "write", R"(["x",1])"},
                                    {1, "invoke", "read", R"(["x",null])"},
                                    {1, "fail", "read", R"(["x",null])"},
                                    {0, "info", "write", R"(["x",1])"}});
  expect_verdict(text, "linearizable", Verdict::kHolds);
  expect_verdict(text, "causal", Verdict::kHolds);
  EXPECT_NE(claim(text, "lineraizable", {{"verdict", "holds"}}), "");
}

TEST(Rules, AReadOfACounterThatFoundNothingSaysNothing) {
  expect_verdict(text_of({{0, "invoke", "add", "2"},
                          {0, "ok", "add", "2"},
                          {1, "invoke", "read", "null"},
                          {1, "ok", "read", "null"}}),
                 "linearizable", Verdict::kHolds);
}

// Nothing can be wrong with what a rule does not understand.
TEST(Rules, NothingHoldsOfObjectsThatARuleIsNotAbout) {
  const std::string text = text_of({{0, "invoke", "enqueue", "1"},
                                    {0, "ok", "enqueue", "1"},
                                    {0, "invoke", "dequeue", "null"},
                                    {0, "ok", "dequeue", "7"}});
  for (const char* const model :
       {"sequential", "causal", "pram", "causal_convergence", "weak_causal", "read_your_writes",
        "regular", "safe", "serializable", "read-uncommitted", "kafka-log"}) {
    for (const char* const subject : {"queue", "stack", "log"}) {
      const Json proof = {{"verdict", "holds"},
                          {"commit", Json::array()},
                          {"views", {{{"of", 0}, {"order", Json::array()}}}}};
      EXPECT_NE(claim(text, model, proof, subject), "") << model << " of " << subject;
    }
  }
}

// All words of at most this length that lead from one node of a small graph to another.
void spell(const verifier::Joined& joined, std::size_t at, std::size_t to, const std::string& word,
           const std::regex& expression, bool& found) {
  found = found || (at == to && std::regex_match(word, expression));
  if (found || word.size() == 6) return;
  for (const char how : {'r', 'w', 'a'}) {
    for (std::size_t next = 0; next < 3; ++next) {
      if (joined(how, at, next)) spell(joined, next, to, word + how, expression, found);
    }
  }
}

TEST(Paths, AreThoseWhoseWordsMatchTheExpression) {
  int cycles = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    const auto joined = [seed](char how, std::size_t from, std::size_t to) {
      const unsigned mixed =
          (seed * 2654435761U) ^
          (static_cast<unsigned>(how * 9) + static_cast<unsigned>(from * 3 + to)) * 40503U;
      return mixed / 7 % 4 == 0;
    };
    verifier::Paths paths(3, joined);
    for (const char* const expression :
         {"r", "[rw]", "rw", "[rw]+a", "(ar?)+", "[wr]*a[wr]*", "w|ra", "(a[wr]*r)+", "a?w"}) {
      const std::regex regex(expression);
      for (std::size_t from = 0; from < 3; ++from) {
        for (std::size_t to = 0; to < 3; ++to) {
          bool found = false;
          spell(joined, from, to, "", regex, found);
          EXPECT_EQ(paths.of(expression)[from][to], found) << expression << " seed " << seed;
        }
      }
      cycles += paths.any_cycle(expression) ? 1 : 0;
    }
  }
  EXPECT_GT(cycles, 100);
  EXPECT_LT(cycles, 500);
}

}  // namespace
}  // namespace quorumlab
