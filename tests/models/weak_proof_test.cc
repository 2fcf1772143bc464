// The quick proofs of weak isolation against the graph, and what they keep in memory.
#include "models/consistency/weak_proof.h"

#include <gtest/gtest.h>

#include <string>

#include "bench/txn_generator.h"
#include "models/consistency/causal_walk.h"
#include "models/consistency/isolation.h"
#include "models/consistency/list_replay.h"
#include "models/consistency/read_order.h"
#include "models/consistency/txn_replay.h"
#include "models/consistency/weak_isolation.h"
#include "models/exchange/journal.h"
#include "models/exchange/judge.h"
#include "tests/models/rounds.h"
#include "tests/models/txn_oracle.h"

namespace quorumlab::models {
namespace {

using bench::TxnGenerator;
using bench::TxnShape;
using testing::Rng;
using testing::small_txns;
using testing::SmallTxns;

bool holds(const TxnHistory& txns, WeakLevel level, bool sessions, const Inference& inferred) {
  const TxnHistory& judged = sessions ? txns : without_sessions(txns);
  return check_weak(judged, level, inferred).verdict == Verdict::kHolds;
}

bool reads_committed(const TxnHistory& txns, const Inference& inferred) {
  const auto count = static_cast<std::uint32_t>(txns.txns.size());
  const DependencyGraph graph(count, count + inferred.hubs, inferred.edges);
  return graph.components({kinds(EdgeKind::kWw) | kinds(EdgeKind::kWr), false}).cyclic.empty();
}

void agree(const SmallTxns& shape, std::uint64_t seed, int histories) {
  Rng rng(seed);
  int clean = 0;
  int refuted[3] = {};
  for (int i = 0; i < histories; ++i) {
    SmallTxns options = shape;
    options.txns = 4 + rng.below(8);
    options.sessions = 2 + rng.below(3);
    const TxnHistory txns = small_txns(rng, options);
    const bool lists = txns.kind == TxnKind::kListAppend;
    const Inference inferred = lists ? infer_lists(txns) : infer_registers(txns);
    const Inference reads = lists ? infer_lists(txns) : read_registers(txns);
    ASSERT_EQ(reads.counts, inferred.counts);
    if (!reads.anomalies.empty()) continue;
    ++clean;
    const bool committed = reads_committed(txns, inferred);
    ASSERT_EQ(prove_weak({txns, ProvenLevel::kReadCommitted}, reads).proven, committed);
    refuted[0] += committed ? 0 : 1;
    for (const bool sessions : {false, true}) {
      const bool atomic = holds(txns, WeakLevel::kReadAtomic, sessions, inferred);
      const bool causal = holds(txns, WeakLevel::kCausal, sessions, inferred);
      ASSERT_EQ(prove_weak({txns, ProvenLevel::kReadAtomic, sessions}, reads).proven, atomic)
          << "history " << i;
      ASSERT_EQ(prove_weak({txns, ProvenLevel::kCausal, sessions}, reads).proven, causal)
          << "history " << i;
      refuted[1] += atomic ? 0 : 1;
      refuted[2] += causal ? 0 : 1;
    }
  }
  EXPECT_GT(clean, histories / 20);
  EXPECT_GT(refuted[1], 0);
  EXPECT_GT(refuted[2], refuted[1]);
}

TEST(WeakProof, AgreesWithTheGraphOfRegisters) {
  agree({.kind = TxnKind::kRegister, .keys = 3, .odd = 30}, 1, 30'000);
}
TEST(WeakProof, AgreesWithTheGraphOfRegistersUnderSnapshots) {
  agree({.kind = TxnKind::kRegister, .keys = 4, .odd = 10, .snapshots = true}, 2, 30'000);
}
TEST(WeakProof, AgreesWithTheGraphOfLists) {
  agree({.kind = TxnKind::kListAppend, .keys = 3, .odd = 30}, 3, 30'000);
}
TEST(WeakProof, AgreesWithTheGraphOfListsUnderSnapshots) {
  agree({.kind = TxnKind::kListAppend, .keys = 4, .odd = 5, .snapshots = true}, 4, 30'000);
}

Journal journal_of(const TxnShape& shape) {
  JournalResult read = read_journal(TxnGenerator(shape).run());
  EXPECT_FALSE(read.error) << read.error->message;
  return std::move(*read.journal);
}

// Many sessions that end, few at a time: what is kept must not grow with the history.
TEST(WeakProof, ClocksAreKeptForWhatCanStillBeAskedFor) {
  for (const std::uint64_t count : {5'000U, 20'000U}) {
    Journal journal = journal_of({.txns = count, .lists = false, .unknowns = 200});
    const TxnHistory txns = compile_txns(journal);
    EXPECT_GT(txns.sessions, count / 60);
    const WeakProof proof = prove_weak({txns, ProvenLevel::kCausal}, read_registers(txns));
    EXPECT_TRUE(proof.proven);
    EXPECT_LT(proof.columns, txns.sessions * 2 / 3);
    EXPECT_LT(proof.clocks, 400U) << count;
    EXPECT_GT(proof.clocks, 20U);
    for (const Budget& little : {Budget{.max_steps = 100}, Budget{.max_memory = 10'000}}) {
      const WeakQuestion question{txns, ProvenLevel::kCausal, true, little};
      EXPECT_FALSE(prove_weak(question, read_registers(txns)).proven);
    }
  }
}

TEST(ListReplay, FindsTheOrderOfRightHistories) {
  const TxnShape shapes[] = {{.txns = 3'000, .active_keys = 3, .writes_per_key = 4},
                             {.txns = 3'000, .processes = 40, .unknowns = 100},
                             {.txns = 3'000, .active_keys = 40, .fails = 2'000}};
  for (const TxnShape& shape : shapes) {
    Journal journal = journal_of(shape);
    TxnHistory txns = compile_txns(journal);
    for (const bool has_time : {true, false}) {
      txns.has_time = has_time;
      const auto order = replay_lists(txns, committed(txns));
      ASSERT_TRUE(order);
      EXPECT_TRUE(explains(txns, *order));
    }
  }
}

// A replay is no proof, but what it finds must be one: an order that explains all and keeps time.
TEST(ListReplay, FindsAnOrderExactlyWhereThereIsOne) {
  Rng rng(9);
  int found = 0;
  constexpr int kHistories = 30'000;
  for (int i = 0; i < rounds(kHistories); ++i) {
    SmallTxns options{.txns = 3 + rng.below(4), .odd = 8, .snapshots = i % 2 == 0};
    const TxnHistory txns = small_txns(rng, options);
    const auto order = replay_lists(txns, committed(txns));
    const bool explained = order && explains(txns, *order);
    const bool expected = testing::has_serial_order(txns, testing::Respect::kTime);
    ASSERT_EQ(explained, expected) << "history " << i;
    found += explained ? 1 : 0;
    if (!explained) continue;
    for (std::size_t a = 0; a < order->size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        ASSERT_LT(txns.txns[(*order)[b]].invoked, txns.txns[(*order)[a]].completed);
      }
    }
  }
  EXPECT_GT(found, kHistories / 10);
  EXPECT_LT(found, rounds(kHistories * 9 / 10));
}

TEST(Planted, WhatIsAllowedIsNoViolation) {
  const std::pair<const char*, const char*> allowed[] = {
      {"G-single-item-realtime", "serializable"},
      {"monotonicity-violation", "read-committed"},
      {"causality-violation", "read-atomic"},
      {"G2-item", "causal"},
      {"", "strict-serializable"}};
  for (const auto& [plant, model] : allowed) {
    Journal journal = journal_of({.txns = 6'000, .lists = true, .plant = plant});
    EXPECT_EQ(judge_journal(journal, {.model = model}).verdict, Verdict::kHolds) << model;
  }
}

}  // namespace
}  // namespace quorumlab::models
