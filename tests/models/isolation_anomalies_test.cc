// Anomalies of transactions in histories of a few lines: found, rightly named, and held against the
// levels that rule them out.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/consistency/isolation_models.h"
#include "models/exchange/scanner.h"
#include "tests/models/scripts.h"

namespace quorumlab::models {
namespace {

using testing::judge;
using testing::txn_script;

bool has(const Finding& finding, std::string_view type) {
  for (const TxnAnomaly& anomaly : finding.anomalies) {
    if (anomaly.type == type) return true;
  }
  return false;
}

// What a transaction read is looked at even if it contradicts what it had read before.
TEST(Anomalies, AnIntermediateValueIsFoundBehindARepeatedRead) {
  const std::string text = txn_script("1 [:w 1 5] [:w 1 6]\n2 [:r 1 6] [:r 1 5]\n");
  EXPECT_TRUE(has(judge(text, {.model = "read-committed"}), "G1b"));
  EXPECT_EQ(judge(text, {.model = "read-committed"}).verdict, Verdict::kViolated);
  const std::string garbage = txn_script("1 [:w 1 5]\n2 [:r 1 5] [:r 1 7]\n");
  EXPECT_EQ(judge(garbage, {.model = "read-uncommitted"}).verdict, Verdict::kViolated);
}

// A list that contradicts the order of versions may hold what that order has next.
TEST(Anomalies, NoCycleIsMadeOfAListThatContradictsTheOthers) {
  const Finding finding =
      judge(txn_script("1 [:append 1 1]\n2 [:append 1 2]\n3 [:r 1 [1 2]]\n4 [:r 1 [2 1]]\n"),
            {.model = "strict-serializable"});
  EXPECT_TRUE(has(finding, "incompatible-order"));
  for (const TxnAnomaly& anomaly : finding.anomalies) {
    for (const CycleStep& step : anomaly.cycle) {
      EXPECT_FALSE(step.kind == EdgeKind::kRw && step.from == 2) << step.why;
    }
  }
}

TEST(Anomalies, EachIsNamed) {
  const std::pair<const char*, const char*> scripts[] = {
      {"G1a", "1 [:append 1 1] !\n2 [:r 1 [1]]"},
      {"G0",
       "1 [:append 1 1] [:append 2 1]\n2 [:append 1 2] [:append 2 2]\n"
       "3 [:r 1 [1 2]] [:r 2 [2 1]]"},
      {"G1b", "1 [:append 1 1] [:append 1 2]\n2 [:r 1 [1]]\n3 [:r 1 [1 2]]"},
      {"G1c", "1 [:append 1 1] [:r 2 [1]]\n2 [:append 2 1] [:r 1 [1]]"},
      {"G-single-item", "1 [:append 1 1] [:append 2 1]\n2 [:r 1 []] [:r 2 [1]]\n3 [:r 1 [1]]"},
      {"G2-item", "1 [:r 1 []] [:append 2 1]\n2 [:r 2 []] [:append 1 1]\n3 [:r 1 [1]] [:r 2 [1]]"},
      {"G-single-item-realtime", "1 [:append 1 1]\n2 [:r 1 []]\n3 [:r 1 [1]]"},
      {"G-single-item-process", "1 [:append 1 1]\n1 [:r 1 []]\n3 [:r 1 [1]]"},
      {"internal", "1 [:append 1 1] [:r 1 []]\n2 [:r 1 [1]]"},
      {"lost-update", "1 [:r 1 []] [:append 1 1]\n2 [:r 1 []] [:append 1 2]\n3 [:r 1 [1 2]]"},
      {"incompatible-order", "1 [:append 1 1]\n2 [:append 1 2]\n3 [:r 1 [1 2]]\n4 [:r 1 [2]]"},
      {"duplicate-elements", "1 [:append 1 1]\n2 [:r 1 [1 1]]"},
      {"garbage", "1 [:append 1 1]\n2 [:r 1 [7]]"},
      {"fractured-read", "1 [:append 1 1] [:append 2 1]\n2 [:r 1 [1]] [:r 2 []]\n3 [:r 2 [1]]"},
      {"internal", "1 [:w 1 1] [:r 1 2]\n2 [:w 1 2]"},
      {"G1c", "1 [:w 1 1] [:r 2 1]\n2 [:w 2 1] [:r 1 1]"},
      {"cyclic-versions", "1 [:r 1 2] [:w 1 1]\n2 [:r 1 1] [:w 1 2]"},
  };
  for (const auto& [type, text] : scripts) {
    const Finding finding = judge(txn_script(text));
    EXPECT_TRUE(has(finding, type)) << type << " in\n" << text;
    EXPECT_EQ(finding.verdict, Verdict::kViolated) << type;
  }
}

TEST(Anomalies, AppendsThatNoLaterReadSawAreStale) {
  const Finding finding =
      judge(txn_script("1 [:append 1 1]\n2 [:r 1 []]"), {.model = "strict-serializable"});
  EXPECT_EQ(finding.verdict, Verdict::kViolated);
  EXPECT_TRUE(has(finding, "G-single-item-realtime"));
  EXPECT_EQ(judge(txn_script("1 [:append 1 1]\n2 [:r 1 []]"), {.model = "serializable"}).verdict,
            Verdict::kHolds);
}

TEST(Anomalies, WriteSkewIsAllowedUnderSnapshotIsolation) {
  const std::string text =
      txn_script("1 [:r 1 []] [:append 2 1]\n2 [:r 2 []] [:append 1 1]\n3 [:r 1 [1]] [:r 2 [1]]");
  EXPECT_EQ(judge(text, {.model = "snapshot-isolation"}).verdict, Verdict::kHolds);
  EXPECT_EQ(judge(text, {.model = "repeatable-read"}).verdict, Verdict::kViolated);
  const Finding finding = judge(text, {.model = "serializable"});
  EXPECT_EQ(finding.weakest.front(), "repeatable-read");
  ASSERT_FALSE(finding.anomalies.empty());
  EXPECT_EQ(finding.anomalies[0].cycle.size(), 2U);
}

// Two transactions that each count all keys, find nothing, and add one of their own.
TEST(Anomalies, ReadsOfAllKeysFindPhantoms) {
  for (const std::string& write : {std::string(":append"), std::string(":w")}) {
    const std::string there = write == ":w" ? "{1 5, 2 6}" : "{1 [5], 2 [6]}";
    const std::string text = txn_script("1 [:rp :true {}] [" + write + " 1 5]\n2 [:rp :true {}] [" +
                                        write + " 2 6]\n3 [:rp :true " + there + "]");
    const Finding finding = judge(text, {.model = "serializable"});
    EXPECT_EQ(finding.verdict, Verdict::kViolated) << text;
    EXPECT_TRUE(has(finding, "G2")) << text;
    EXPECT_FALSE(has(finding, "G2-item")) << text;
    EXPECT_EQ(judge(text, {.model = "repeatable-read"}).verdict, Verdict::kHolds) << text;
  }
  const std::string single =
      txn_script("1 [:append 1 5] [:append 2 6]\n2 [:r 1 [5]] [:rp :true {1 [5]}]\n3 [:r 2 [6]]");
  EXPECT_TRUE(has(judge(single, {.model = "consistent-view"}), "G-single"));
  EXPECT_EQ(judge(single, {.model = "consistent-view"}).verdict, Verdict::kViolated);
  EXPECT_EQ(judge(single, {.model = "read-committed"}).verdict, Verdict::kHolds);
  EXPECT_THROW((void)judge(txn_script("1 [:rp [:= 3] {}] [:append 1 1]")), InputError);
}

TEST(Anomalies, ValuesWrittenTwiceAreNotJudged) {
  EXPECT_EQ(judge(txn_script("1 [:w 1 1]\n2 [:w 1 1]\n3 [:r 1 1]")).verdict, Verdict::kUnknown);
}

TEST(IsolationModels, NamesOfTheLiteratureAreUnderstood) {
  EXPECT_TRUE(implies(canonical_model("strict-serializable"), canonical_model("PL-3")));
  EXPECT_FALSE(implies("snapshot-isolation", "repeatable-read"));
  EXPECT_EQ(weakest_violated({"G1a", "G2-item", "G-single-item"}),
            std::vector<std::string_view>{"read-committed"});
}

}  // namespace
}  // namespace quorumlab::models
