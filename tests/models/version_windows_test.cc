// Orders of versions searched in windows, against the search of the whole.
#include "models/consistency/version_windows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "bench/txn_generator.h"
#include "models/consistency/register_order.h"
#include "models/consistency/txn_inference.h"
#include "models/exchange/journal.h"
#include "models/exchange/subject.h"
#include "tests/models/backwards.h"
#include "tests/models/rounds.h"
#include "tests/models/txn_oracle.h"

namespace quorumlab::models {
namespace {

using testing::Rng;

constexpr SnapshotLevel kLevels[] = {SnapshotLevel::kParallel, SnapshotLevel::kPrefix,
                                     SnapshotLevel::kSnapshot, SnapshotLevel::kSerial};
constexpr EdgeKinds kSession = kinds(EdgeKind::kProcess);
constexpr EdgeKinds kOrders[] = {0, kSession, kSession | kinds(EdgeKind::kRealtime)};

// What the searches are asked, of a history of registers.
struct Question {
  explicit Question(const TxnHistory& history)
      : txns(history), writers(writers_of(history, committed(history))) {
    Inference inferred = infer_registers(history);
    edges = std::move(inferred.edges);
    nodes = static_cast<std::uint32_t>(history.txns.size()) + inferred.hubs;
    add_order(history, true, nodes, edges);
  }
  [[nodiscard]] VersionQuestion of(SnapshotLevel level, EdgeKinds order) const {
    return {edges, nodes, level, order};
  }

  const TxnHistory& txns;
  VersionWriters writers;
  std::vector<DependencyEdge> edges;
  std::uint32_t nodes = 0;
};

bool same(const std::vector<DependencyEdge>& a, const std::vector<DependencyEdge>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const DependencyEdge& x, const DependencyEdge& y) {
                      return x.from == y.from && x.to == y.to && x.kind == y.kind;
                    });
}

void agree(const testing::SmallTxns& shape, std::uint64_t seed, int histories) {
  Rng rng(seed);
  int refuted = 0;
  int held = 0;
  testing::Backwards backwards;
  for (int i = 0; i < histories; ++i) {
    testing::SmallTxns options = shape;
    options.txns = 5 + rng.below(shape.txns);
    const TxnHistory txns = small_txns(rng, options);
    const Question question(txns);
    for (const SnapshotLevel level : kLevels) {
      for (const EdgeKinds order : kOrders) {
        const VersionQuestion asked = question.of(level, order);
        const VersionAnswer whole = search_versions(txns, question.writers, asked, {});
        const VersionAnswer parts = search_windows(txns, question.writers, asked, {});
        ASSERT_NE(parts.verdict, Verdict::kUnknown);
        ASSERT_EQ(whole.verdict, parts.verdict) << "level " << static_cast<int>(level) << ", order "
                                                << order << ", history " << i << "\n"
                                                << testing::to_text(txns);
        (parts.verdict == Verdict::kHolds ? held : refuted) += 1;
        const VersionAnswer other = search_windows(txns, question.writers, asked, {}, &backwards);
        ASSERT_TRUE(parts.order == other.order && same(parts.edges, other.edges) &&
                    same(parts.cycle, other.cycle) && parts.steps == other.steps);
      }
    }
  }
  EXPECT_GT(refuted, histories / 2);
  EXPECT_GT(held, histories / 2);
  EXPECT_GT(backwards.calls(), 20U);
}

TEST(VersionWindows, SayWhatTheSearchOfTheWholeSays) {
  agree({.kind = TxnKind::kRegister, .txns = 30, .keys = 3, .odd = 4}, 1, rounds(1'000));
}
TEST(VersionWindows, SayWhatTheSearchOfTheWholeSaysOfSnapshots) {
  agree({.kind = TxnKind::kRegister, .txns = 30, .keys = 6, .odd = 1, .snapshots = true}, 2,
        rounds(1'000));
}
TEST(VersionWindows, SayWhatTheSearchOfTheWholeSaysOfManySessions) {
  agree({.kind = TxnKind::kRegister, .txns = 60, .keys = 8, .sessions = 12, .odd = 2}, 3,
        rounds(400));
}

TxnHistory made(std::uint64_t txns, std::string_view plant, Journal& journal) {
  JournalResult read =
      read_journal(bench::TxnGenerator({.txns = txns, .lists = false, .plant = plant}).run());
  journal = std::move(*read.journal);
  return compile_txns(journal);
}

// A window is searched, and not the whole: steps grow as the history does.
TEST(VersionWindows, WhatIsWrongWithAFewIsFoundAmongThem) {
  for (const std::uint64_t count : {2'000U, 16'000U}) {
    Journal journal;
    const TxnHistory txns = made(count, "no-prefixes", journal);
    const Question question(txns);
    const VersionAnswer answer =
        search_windows(txns, question.writers, question.of(SnapshotLevel::kPrefix, 0), {});
    EXPECT_EQ(answer.verdict, Verdict::kViolated);
    EXPECT_LT(answer.steps, 600 * count);
  }
}

TEST(VersionWindows, SearchesEndWithTheirBudget) {
  Journal journal;
  const TxnHistory txns = made(4'000, "no-order", journal);
  const Question question(txns);
  for (const Budget& little : {Budget{.max_steps = 1'000}, Budget{.max_memory = 1'000}}) {
    const VersionAnswer answer = search_windows(
        txns, question.writers, question.of(SnapshotLevel::kSerial, kSession), little);
    EXPECT_EQ(answer.verdict, Verdict::kUnknown);
    EXPECT_FALSE(answer.reason.empty());
  }
}

}  // namespace
}  // namespace quorumlab::models
