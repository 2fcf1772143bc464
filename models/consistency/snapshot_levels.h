// Decides snapshot isolation and its kin where the order of some versions is not known, and may
// prove with that what they imply.
//
//   SnapshotDecision d = decide_snapshots(txns, inferred, {edges, nodes}, "prefix", types, {});
//   d.verdict;   // kViolated: every order of the versions closes a cycle that d.level forbids
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/dependency_graph.h"
#include "models/consistency/executor.h"
#include "models/consistency/likely_turns.h"
#include "models/consistency/txn_history.h"
#include "models/consistency/txn_inference.h"
#include "models/consistency/verdict.h"

namespace quorumlab::models {

struct SnapshotDecision {
  Verdict verdict = Verdict::kUnknown;
  std::string_view level;             // which decided it
  std::string_view anomaly;           // with kViolated: what its being violated is called
  std::string reason;                 // with kUnknown: what ran out, if anything
  std::vector<DependencyEdge> edges;  // with kHolds: of an order that fits
  std::uint64_t steps = 0;
};

struct KnownOrder {
  const std::vector<DependencyEdge>& edges;
  std::uint32_t nodes = 0;
  Executor* executor = nullptr;
};

// Who wrote what has no known order: of registers all, of lists only what nobody read.
[[nodiscard]] VersionWriters writers_to_order(const TxnHistory& txns, const Inference& inferred);

// `types` are the anomalies found already; none of them rules the model out.
[[nodiscard]] SnapshotDecision decide_snapshots(const TxnHistory& txns, const Inference& inferred,
                                                const KnownOrder& known, std::string_view model,
                                                const std::set<std::string>& types,
                                                const Budget& budget);

}  // namespace quorumlab::models
