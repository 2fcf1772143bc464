#include "models/consistency/isolation.h"

#include <gtest/gtest.h>

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/consistency/isolation_models.h"
#include "models/exchange/journal.h"
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

}  // namespace
}  // namespace quorumlab::models
