// Decides monotonic view, read atomic and causal, with and without sessions, for those who ask for
// a model by its name, and may prove with that what they imply.
//
//   WeakDecision d = decide_weak_level(txns, inferred, "causal-cerone", types, {});
//   d.anomaly->type;   // with kViolated: "causality-violation"
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "models/consistency/budget.h"
#include "models/consistency/isolation.h"
#include "models/consistency/txn_history.h"
#include "models/consistency/txn_inference.h"
#include "models/consistency/verdict.h"

namespace quorumlab::models {

// Without a graph, as far as one can come without one: a level that holds and implies the model.
[[nodiscard]] std::optional<std::string_view> prove_weak_level(const TxnHistory& txns,
                                                               std::string_view model,
                                                               const Budget& budget);

struct WeakDecision {
  Verdict verdict = Verdict::kUnknown;
  std::string_view level;             // which decided it
  std::string reason;                 // with kUnknown: what ran out, if anything
  std::optional<TxnAnomaly> anomaly;  // with kViolated
  std::uint64_t steps = 0;
};

// `types` are the anomalies found already; none of them rules the model out.
[[nodiscard]] WeakDecision decide_weak_level(const TxnHistory& txns, const Inference& inferred,
                                             std::string_view model,
                                             const std::set<std::string>& types,
                                             const Budget& budget);

}  // namespace quorumlab::models
