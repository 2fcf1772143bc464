// Serializability, snapshot isolation, prefixes and parallel snapshots where the order of some
// versions is not known: is there an order of them that closes no forbidden cycle?
//
//   VersionAnswer a = search_versions(txns, groups, {edges, nodes, SnapshotLevel::kSnapshot}, {});
//   a.verdict;   // kViolated: every order closes one
//
// Deciding that is NP-complete. An order is guessed, cycles that the level forbids are looked for,
// and each becomes a clause: of the guesses that it needs, not all hold. A small search for guesses
// that satisfy all clauses makes the next attempt (as PolySI, Huang and others, VLDB 2023, with a
// solver made for it). Most histories need a few attempts. Only pairs of writes that some clause
// needs are ever guessed one by one, so that an attempt costs what the history is long. The first
// guess executes the transactions by deadline, and overwrites nothing that somebody has yet to
// read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/dependency_graph.h"
#include "models/consistency/likely_turns.h"
#include "models/consistency/refutation.h"
#include "models/consistency/txn_history.h"
#include "models/consistency/verdict.h"

namespace quorumlab::models {

enum class SnapshotLevel : std::uint8_t {
  kParallel,  // no cycle with at most one anti-dependency
  kPrefix,    // none of prefix_cycles.h
  kSnapshot,  // none without two anti-dependencies that follow one another
  kSerial,    // none at all
};

struct VersionQuestion {
  const std::vector<DependencyEdge>& edges;  // that are known
  std::uint32_t nodes = 0;
  SnapshotLevel level = SnapshotLevel::kSnapshot;
  EdgeKinds order = 0;        // none, kProcess, or that and kRealtime
  bool keeps_cycles = false;  // fill in VersionAnswer::cycles
  // By transaction: about when it took effect. Null: to be guessed (version_guess.h).
  const std::vector<std::uint32_t>* turns = nullptr;
};

// Of a cycle that is forbidden.
struct SupposedEdge {
  DependencyEdge edge;
  std::optional<Supposition> supposed = {};  // two writers: the edge is there if this holds
};

struct VersionAnswer {
  Verdict verdict = Verdict::kUnknown;
  std::string reason;                 // with kUnknown
  std::vector<DependencyEdge> cycle;  // with kViolated: one that needs no guess, if any
  // With kHolds: transactions, by which versions are ordered; of kSerial it explains every read.
  std::vector<std::uint32_t> order;
  // With kHolds: those that count, and what was guessed; of kSerial the order may be all.
  std::vector<DependencyEdge> edges;
  std::vector<std::vector<SupposedEdge>> cycles;  // with kViolated: not all of them can be avoided
  std::uint64_t steps = 0;
};

[[nodiscard]] VersionAnswer search_versions(const TxnHistory& txns, const VersionWriters& writers,
                                            const VersionQuestion& question, const Budget& budget);

}  // namespace quorumlab::models
