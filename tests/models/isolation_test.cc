#include "models/consistency/isolation.h"

#include <gtest/gtest.h>

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/consistency/isolation_models.h"
#include "models/exchange/journal.h"
#include "models/exchange/judge.h"
#include "models/exchange/scanner.h"
#include "tests/models/levels_oracle.h"
#include "tests/models/rounds.h"
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

constexpr std::string_view kAllLevels[] = {"read-uncommitted",
                                           "read-committed",
                                           "monotonic-atomic-view",
                                           "read-atomic",
                                           "causal",
                                           "parallel-snapshot-isolation",
                                           "prefix",
                                           "snapshot-isolation",
                                           "serializable",
                                           "cut-isolation",
                                           "consistent-view"};
constexpr std::string_view kDecided[] = {"parallel-snapshot-isolation", "prefix",
                                         "snapshot-isolation"};

// Each level by its definition, for each way in which sessions and time may count.
void agree_by_definition(const SmallTxns& shape, std::uint64_t seed, int histories,
                         std::span<const std::string_view> levels) {
  Rng rng(seed);
  std::map<std::string, int> violated;
  std::map<std::string, int> unknown;
  for (int i = 0; i < histories; ++i) {
    SmallTxns options = shape;
    options.txns = 3 + rng.below(4);
    const TxnHistory txns = small_txns(rng, options);
    const testing::LevelsOracle oracle(txns);
    for (const std::string_view base : levels) {
      const bool is_plain_only = base == "cut-isolation" || base == "consistent-view";
      for (const Respect respect : {Respect::kNothing, Respect::kSessions, Respect::kTime}) {
        if (is_plain_only && respect != Respect::kNothing) continue;
        const std::string name =
            respect == Respect::kNothing    ? std::string(base == "causal" ? "causal-cerone" : base)
            : respect == Respect::kSessions ? "strong-session-" + std::string(base)
                                            : "strong-" + std::string(base);
        const IsolationResult result = check_isolation(txns, name);
        const bool expected = oracle.allows(base, respect);
        violated[name] += expected ? 0 : 1;
        if (result.verdict == Verdict::kUnknown) {
          const bool is_empty = result.reason.starts_with("there is no transaction");
          unknown[name] += is_empty ? 0 : 1;
          continue;
        }
        ASSERT_EQ(result.verdict == Verdict::kHolds, expected)
            << name << ", history " << i << ": " << result.reason << "\n"
            << testing::to_text(txns);
      }
    }
  }
  const auto is_decided = [](const std::string& name) {
    return std::any_of(std::begin(kDecided), std::end(kDecided),
                       [&](std::string_view base) { return name.ends_with(base); });
  };
  for (const auto& [name, count] : unknown) {
    EXPECT_LE(count, is_decided(name) ? 0 : histories / 10) << name;
  }
  for (const auto& [name, count] : violated) {
    const bool is_possible = !shape.snapshots && name.find("uncommitted") == std::string::npos;
    EXPECT_TRUE(count > 0 || !is_possible) << name;
  }
}

TEST(Isolation, LevelsOfListsAgreeWithTheirDefinitions) {
  agree_by_definition({.kind = TxnKind::kListAppend}, 11, 3'000, kAllLevels);
}
TEST(Isolation, LevelsOfListsUnderSnapshotsAgreeWithTheirDefinitions) {
  agree_by_definition({.kind = TxnKind::kListAppend, .odd = 3, .snapshots = true}, 12, 3'000,
                      kAllLevels);
}
TEST(Isolation, SnapshotLevelsOfRegistersAgreeWithTheirDefinitions) {
  agree_by_definition({.kind = TxnKind::kRegister}, 13, 500, kDecided);
}
TEST(Isolation, SnapshotLevelsOfRegistersUnderSnapshotsAgreeWithTheirDefinitions) {
  agree_by_definition({.kind = TxnKind::kRegister, .odd = 3, .snapshots = true}, 14, 500, kDecided);
}

TEST(Isolation, WhatViolatesTheWeakerViolatesTheStronger) {
  Rng rng(5);
  for (int i = 0; i < rounds(1'500); ++i) {
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

// The same history with keys, sessions and versions called otherwise.
TxnHistory renamed(const TxnHistory& txns, Rng& rng) {
  const auto shuffled = [&](std::size_t count) {
    std::vector<std::uint32_t> numbers(count);
    for (std::uint32_t i = 0; i < count; ++i) numbers[i] = i;
    for (std::uint32_t i = 1; i < count; ++i) std::swap(numbers[i], numbers[rng.below(i + 1)]);
    return numbers;
  };
  const auto keys = shuffled(txns.keys.size());
  const auto sessions = shuffled(txns.sessions);
  const auto versions = shuffled(txns.versions.size());
  TxnHistory result = txns;
  for (Txn& txn : result.txns) txn.session = sessions[txn.session];
  for (std::uint32_t& element : result.elements) element = versions[element];
  for (Micro& micro : result.micros) {
    micro.key = keys[micro.key];
    const bool is_version = micro.kind == Micro::Kind::kWrite || txns.kind == TxnKind::kRegister;
    if (is_version && micro.value < kInitialVersion) micro.value = versions[micro.value];
  }
  for (std::uint32_t v = 0; v < txns.versions.size(); ++v) {
    result.versions[versions[v]] = txns.versions[v];
    result.versions[versions[v]].key = keys[txns.versions[v].key];
    result.version_values[versions[v]] = txns.version_values[v];
  }
  return result;
}

TEST(Isolation, VerdictsSurviveRenaming) {
  Rng rng(21);
  for (int i = 0; i < rounds(600); ++i) {
    const TxnHistory txns = small_txns(
        rng,
        {.kind = i % 2 == 0 ? TxnKind::kListAppend : TxnKind::kRegister, .snapshots = i % 3 == 0});
    const TxnHistory other = renamed(txns, rng);
    for (const std::string_view model : isolation_models()) {
      const IsolationResult a = check_isolation(txns, model);
      const IsolationResult b = check_isolation(other, model);
      ASSERT_EQ(a.verdict, b.verdict) << model << "\n" << testing::to_text(txns);
      ASSERT_EQ(a.weakest, b.weakest) << model << "\n" << testing::to_text(txns);
    }
  }
}

// Two histories that have nothing to do with one another hold what both hold.
TxnHistory beside(const TxnHistory& a, const TxnHistory& b) {
  TxnHistory result = a;
  const auto txns = static_cast<std::uint32_t>(a.txns.size());
  const auto versions = static_cast<std::uint32_t>(a.versions.size());
  const auto elements = static_cast<std::uint32_t>(a.elements.size());
  const auto micros = static_cast<std::uint32_t>(a.micros.size());
  const auto keys = static_cast<std::uint32_t>(a.keys.size());
  for (Txn txn : b.txns) {
    txn.id += txns;
    txn.first += micros;
    txn.session += a.sessions;
    txn.invoked += 1'000;
    if (txn.completed != UINT32_MAX) txn.completed += 1'000;
    result.txns.push_back(txn);
  }
  for (Micro micro : b.micros) {
    const bool is_version = micro.kind == Micro::Kind::kWrite || b.kind == TxnKind::kRegister;
    if (micro.value < kInitialVersion) micro.value += is_version ? versions : elements;
    micro.key += keys;
    result.micros.push_back(micro);
  }
  for (const std::uint32_t element : b.elements) result.elements.push_back(element + versions);
  for (TxnVersion version : b.versions) {
    version.key += keys;
    version.micro += micros;
    if (version.writer != kNoTxn) version.writer += txns;
    result.versions.push_back(version);
  }
  result.version_values.insert(result.version_values.end(), b.version_values.begin(),
                               b.version_values.end());
  for (const Cell key : b.keys) result.keys.push_back(integer_cell(integer_of(key) + 100));
  result.sessions += b.sessions;
  return result;
}

TEST(Isolation, WhatHasNothingToDoWithItChangesNoVerdict) {
  Rng rng(22);
  for (int i = 0; i < rounds(300); ++i) {
    const TxnKind kind = i % 2 == 0 ? TxnKind::kListAppend : TxnKind::kRegister;
    const TxnHistory a = small_txns(rng, {.kind = kind, .snapshots = i % 3 == 0});
    const TxnHistory b = small_txns(rng, {.kind = kind, .snapshots = i % 5 == 0});
    const TxnHistory both = beside(a, b);
    for (const std::string_view model : isolation_models()) {
      const Verdict one = check_isolation(a, model).verdict;
      const Verdict other = check_isolation(b, model).verdict;
      const Verdict all = check_isolation(both, model).verdict;
      if (one == Verdict::kViolated || other == Verdict::kViolated) {
        ASSERT_EQ(all, Verdict::kViolated) << model;
      } else if (one == Verdict::kHolds && other == Verdict::kHolds) {
        ASSERT_NE(all, Verdict::kViolated) << model;
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

// What a transaction read is looked at even if it contradicts what it had read before.
TEST(Isolation, AnIntermediateValueIsFoundBehindARepeatedRead) {
  const std::string text = script("1 [:w 1 5] [:w 1 6]\n2 [:r 1 6] [:r 1 5]\n");
  EXPECT_TRUE(has(judge(text, "read-committed"), "G1b"));
  EXPECT_EQ(judge(text, "read-committed").verdict, Verdict::kViolated);
  const std::string garbage = script("1 [:w 1 5]\n2 [:r 1 5] [:r 1 7]\n");
  EXPECT_EQ(judge(garbage, "read-uncommitted").verdict, Verdict::kViolated);
}

// A list that contradicts the order of versions may hold what that order has next.
TEST(Isolation, NoCycleIsMadeOfAListThatContradictsTheOthers) {
  const Finding finding =
      judge(script("1 [:append 1 1]\n2 [:append 1 2]\n3 [:r 1 [1 2]]\n4 [:r 1 [2 1]]\n"),
            "strict-serializable");
  EXPECT_TRUE(has(finding, "incompatible-order"));
  for (const TxnAnomaly& anomaly : finding.anomalies) {
    for (const CycleStep& step : anomaly.cycle) {
      EXPECT_FALSE(step.kind == EdgeKind::kRw && step.from == 2) << step.why;
    }
  }
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

// Two transactions that each count all keys, find nothing, and add one of their own.
TEST(Isolation, ReadsOfAllKeysFindPhantoms) {
  for (const std::string& write : {std::string(":append"), std::string(":w")}) {
    const std::string there = write == ":w" ? "{1 5, 2 6}" : "{1 [5], 2 [6]}";
    const std::string text = script("1 [:rp :true {}] [" + write + " 1 5]\n2 [:rp :true {}] [" +
                                    write + " 2 6]\n3 [:rp :true " + there + "]");
    const Finding finding = judge(text, "serializable");
    EXPECT_EQ(finding.verdict, Verdict::kViolated) << text;
    EXPECT_TRUE(has(finding, "G2")) << text;
    EXPECT_FALSE(has(finding, "G2-item")) << text;
    EXPECT_EQ(judge(text, "repeatable-read").verdict, Verdict::kHolds) << text;
  }
  const std::string single =
      script("1 [:append 1 5] [:append 2 6]\n2 [:r 1 [5]] [:rp :true {1 [5]}]\n3 [:r 2 [6]]");
  EXPECT_TRUE(has(judge(single, "consistent-view"), "G-single"));
  EXPECT_EQ(judge(single, "consistent-view").verdict, Verdict::kViolated);
  EXPECT_EQ(judge(single, "read-committed").verdict, Verdict::kHolds);
  EXPECT_THROW((void)judge(script("1 [:rp [:= 3] {}] [:append 1 1]"), ""), InputError);
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
