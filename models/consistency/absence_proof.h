// Proves isolation levels by what is not there: where the order of versions is known, or does not
// matter, a level holds if no cycle that it forbids is found.
//
//   const AbsenceQuestion question{txns, inferred, edges, graph, types, budget};
//   prove_by_absence(question, "serializable").reason;   // "no anomaly that serializable forbids"
//   prove_snapshots(question, "prefix").cycle;           // with kViolated
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/dependency_graph.h"
#include "models/consistency/isolation_cycles.h"
#include "models/consistency/txn_history.h"
#include "models/consistency/txn_inference.h"
#include "models/consistency/verdict.h"

namespace quorumlab::models {

struct AbsenceQuestion {
  const TxnHistory& txns;
  const Inference& inferred;
  const std::vector<DependencyEdge>& edges;
  const DependencyGraph& graph;        // of these edges
  const std::set<std::string>& types;  // of anomalies that were found
  const Budget& budget;
};

struct AbsenceProof {
  Verdict verdict = Verdict::kUnknown;
  std::string reason;               // with kHolds
  std::optional<NamedCycle> cycle;  // with kViolated
  bool is_complete = true;          // false: a budget ran out
  std::uint64_t steps = 0;
};

// Does the model ask for an order that agrees with time?
[[nodiscard]] bool needs_time(std::string_view model);

// kHolds or kUnknown. For what only forbids cycles of writes and of reads from, any order of
// versions that fits those will do.
[[nodiscard]] AbsenceProof prove_by_absence(const AbsenceQuestion& question,
                                            std::string_view model);

// Parallel snapshots and prefixes: no cycle with at most one anti-dependency, or none that
// prefix_cycles.h describes. Requires: the order of versions is known.
[[nodiscard]] AbsenceProof prove_snapshots(const AbsenceQuestion& question, std::string_view model);

}  // namespace quorumlab::models
