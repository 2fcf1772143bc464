#include "models/consistency/isolation.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "models/consistency/isolation_models.h"
#include "models/exchange/journal.h"
#include "models/exchange/judge.h"
#include "tests/models/txn_oracle.h"

namespace quorumlab::models {
namespace {

using testing::has_serial_order;
using testing::Respect;
using testing::Rng;
using testing::small_txns;
using testing::SmallTxns;

struct Level {
  std::string_view model;
  Respect respect;
};
constexpr Level kLevels[] = {{"strict-serializable", Respect::kTime},
                             {"strong-session-serializable", Respect::kSessions},
                             {"serializable", Respect::kNothing}};

void agree(const SmallTxns& shape, std::uint64_t seed, int histories) {
  Rng rng(seed);
  std::map<std::string_view, int> violated;
  int unknown = 0;
  for (int i = 0; i < histories; ++i) {
    SmallTxns options = shape;
    options.txns = 3 + rng.below(4);
    const TxnHistory txns = small_txns(rng, options);
    for (const Level& level : kLevels) {
      const IsolationResult result = check_isolation(txns, level.model);
      if (result.verdict == Verdict::kUnknown) {
        ++unknown;
        continue;
      }
      const bool expected = has_serial_order(txns, level.respect);
      ASSERT_EQ(result.verdict == Verdict::kHolds, expected)
          << level.model << ", history " << i << ": " << result.reason
          << (result.anomalies.empty() ? "" : result.anomalies.back().text);
      violated[level.model] += expected ? 0 : 1;
    }
  }
  EXPECT_LT(unknown, histories / 5);
  for (const Level& level : kLevels) EXPECT_GT(violated[level.model], histories / 50);
}

TEST(Isolation, SerialOrdersOfListsAgreeWithAllOrders) {
  agree({.kind = TxnKind::kListAppend}, 1, 15'000);
}
TEST(Isolation, SerialOrdersOfListsUnderSnapshotsAgreeWithAllOrders) {
  agree({.kind = TxnKind::kListAppend, .odd = 0, .snapshots = true}, 2, 10'000);
}
TEST(Isolation, SerialOrdersOfRegistersAgreeWithAllOrders) {
  agree({.kind = TxnKind::kRegister}, 3, 15'000);
}
TEST(Isolation, SerialOrdersOfRegistersUnderSnapshotsAgreeWithAllOrders) {
  agree({.kind = TxnKind::kRegister, .odd = 0, .snapshots = true}, 4, 10'000);
}

TEST(Isolation, WhatViolatesTheWeakerViolatesTheStronger) {
  Rng rng(5);
  for (int i = 0; i < 1'500; ++i) {
    SmallTxns options{.kind = i % 2 == 0 ? TxnKind::kListAppend : TxnKind::kRegister,
                      .snapshots = i % 3 == 0};
    const TxnHistory txns = small_txns(rng, options);
    std::map<std::string_view, Verdict> verdicts;
    for (const std::string_view model : isolation_models()) {
      verdicts[model] = check_isolation(txns, model).verdict;
    }
    for (const auto& [stronger, strong] : verdicts) {
      for (const auto& [weaker, weak] : verdicts) {
        if (!implies(stronger, weaker)) continue;
        ASSERT_FALSE(strong == Verdict::kHolds && weak == Verdict::kViolated)
            << stronger << " holds and " << weaker << " does not, history " << i;
      }
    }
  }
}

Finding judge(std::string_view text, const std::string& model) {
  JournalResult read = read_journal(text);
  EXPECT_FALSE(read.error) << read.error->message;
  return judge_journal(*read.journal, {.model = model});
}

// One transaction a line, "PROCESS MICROS"; each is done before the next begins.
std::string script(std::string_view lines) {
  std::string text;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    const std::string process(line.substr(0, 1));
    const std::string value(line.substr(2));
    for (const char* const type : {":invoke", ":ok"}) {
      text += "{:type " + std::string(type) + ", :process " + process + ", :f :txn, :value [" +
              value + "]}\n";
    }
  }
  return text;
}

bool has(const Finding& finding, std::string_view type) {
  for (const TxnAnomaly& anomaly : finding.anomalies) {
    if (anomaly.type == type) return true;
  }
  return false;
}

TEST(Isolation, EachPlantedAnomalyIsNamed) {
  const std::pair<const char*, const char*> planted[] = {
      {"G1a",
       "{:type :invoke, :process 1, :f :txn, :value [[:append 1 1]]}\n"
       "{:type :fail, :process 1, :f :txn, :value [[:append 1 1]]}\n"
       "{:type :invoke, :process 2, :f :txn, :value [[:r 1 nil]]}\n"
       "{:type :ok, :process 2, :f :txn, :value [[:r 1 [1]]]}\n"}};
  for (const auto& [type, text] : planted) EXPECT_TRUE(has(judge(text, ""), type)) << type;

  const std::pair<const char*, const char*> scripts[] = {
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
    const Finding finding = judge(script(text), "");
    EXPECT_TRUE(has(finding, type)) << type << " in\n" << text;
    EXPECT_EQ(finding.verdict, Verdict::kViolated) << type;
  }
}

TEST(Isolation, AppendsThatNoLaterReadSawAreStale) {
  const Finding finding = judge(script("1 [:append 1 1]\n2 [:r 1 []]"), "strict-serializable");
  EXPECT_EQ(finding.verdict, Verdict::kViolated);
  EXPECT_TRUE(has(finding, "G-single-item-realtime"));
  EXPECT_EQ(judge(script("1 [:append 1 1]\n2 [:r 1 []]"), "serializable").verdict, Verdict::kHolds);
}

TEST(Isolation, WriteSkewIsAllowedUnderSnapshotIsolation) {
  const std::string text =
      script("1 [:r 1 []] [:append 2 1]\n2 [:r 2 []] [:append 1 1]\n3 [:r 1 [1]] [:r 2 [1]]");
  EXPECT_EQ(judge(text, "snapshot-isolation").verdict, Verdict::kHolds);
  EXPECT_EQ(judge(text, "repeatable-read").verdict, Verdict::kViolated);
  const Finding finding = judge(text, "serializable");
  EXPECT_EQ(finding.weakest.front(), "repeatable-read");
  ASSERT_FALSE(finding.anomalies.empty());
  EXPECT_EQ(finding.anomalies[0].cycle.size(), 2U);
}

TEST(Isolation, ValuesWrittenTwiceAreNotJudged) {
  EXPECT_EQ(judge(script("1 [:w 1 1]\n2 [:w 1 1]\n3 [:r 1 1]"), "").verdict, Verdict::kUnknown);
}

TEST(IsolationModels, NamesOfTheLiteratureAreUnderstood) {
  EXPECT_TRUE(implies(canonical_model("strict-serializable"), canonical_model("PL-3")));
  EXPECT_FALSE(implies("snapshot-isolation", "repeatable-read"));
  EXPECT_EQ(weakest_violated({"G1a", "G2-item", "G-single-item"}),
            std::vector<std::string_view>{"read-committed"});
}

}  // namespace
}  // namespace quorumlab::models
