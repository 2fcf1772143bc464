// Proves read committed, read atomic and causal of long histories quickly, without a graph: nearly
// always what must come before fits an order that was found already.
//
//   WeakProof p = prove_weak({.txns = txns, .level = ProvenLevel::kCausal}, inferred);
//   p.proven;   // false: nothing is known; ask check_weak (weak_isolation.h)
//
// The constraints are those of weak_isolation.h. Requires: nothing is wrong with what was read by
// itself: `inferred` has no anomalies.
#pragma once

#include <cstdint>

#include "models/consistency/budget.h"
#include "models/consistency/txn_history.h"
#include "models/consistency/txn_inference.h"

namespace quorumlab::models {

enum class ProvenLevel : std::uint8_t { kReadCommitted, kReadAtomic, kCausal };

struct WeakQuestion {
  const TxnHistory& txns;
  ProvenLevel level = ProvenLevel::kCausal;
  bool sessions = true;
  Budget budget = {};
};

struct WeakProof {
  bool proven = false;
  // What it took: constraints that the first order did not settle, columns of clocks, clocks at a
  // time.
  std::uint64_t constraints = 0;
  std::uint32_t columns = 0;
  std::uint64_t clocks = 0;
};

[[nodiscard]] WeakProof prove_weak(const WeakQuestion& question, const Inference& inferred);

}  // namespace quorumlab::models
