// Parallel snapshots, prefixes and snapshot isolation where the order of some versions is not
// known: is there an order of them that closes no forbidden cycle?
//
//   VersionAnswer a = search_versions(txns, groups, {edges, nodes, SnapshotLevel::kSnapshot}, {});
//   a.verdict;   // kViolated: every order closes one
//
// Deciding that is NP-complete. An order is guessed, cycles that the level forbids are looked for,
// and each becomes a clause: of the guesses that it needs, not all hold. A small search for guesses
// that satisfy all clauses makes the next attempt (as PolySI, Huang and others, VLDB 2023, with a
// solver made for it). Most histories need a few attempts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/dependency_graph.h"
#include "models/consistency/txn_history.h"
#include "models/consistency/verdict.h"

namespace quorumlab::models {

enum class SnapshotLevel : std::uint8_t {
  kParallel,  // no cycle with at most one anti-dependency
  kPrefix,    // none of prefix_cycles.h
  kSnapshot,  // none without two anti-dependencies that follow one another
};

// Who wrote a key last, and who read what it wrote.
struct VersionWriter {
  std::uint32_t txn = 0;
  std::vector<std::uint32_t> readers;
};
using VersionWriters = std::vector<std::vector<VersionWriter>>;  // by key: those to be ordered

struct VersionQuestion {
  const std::vector<DependencyEdge>& edges;  // that are known
  std::uint32_t nodes = 0;
  SnapshotLevel level = SnapshotLevel::kSnapshot;
  EdgeKinds order = 0;  // none, kProcess, or that and kRealtime
};

struct VersionAnswer {
  Verdict verdict = Verdict::kUnknown;
  std::string reason;                 // with kUnknown
  std::vector<DependencyEdge> cycle;  // with kViolated: one that needs no guess, if any
  std::vector<DependencyEdge> edges;  // with kHolds: those that count, and what was guessed
  std::uint64_t steps = 0;
};

[[nodiscard]] VersionAnswer search_versions(const TxnHistory& txns, const VersionWriters& writers,
                                            const VersionQuestion& question, const Budget& budget);

}  // namespace quorumlab::models
