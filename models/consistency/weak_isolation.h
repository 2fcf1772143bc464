// Monotonic view, read atomic and causal, decided exactly for unique values, without knowing the
// order of versions.
//
//   WeakResult r = check_weak(txns, WeakLevel::kCausal, inferred);
//   r.cycle;   // transactions that would each have to come before the next
//
// Each level says that some transaction must have come before the one that was read from: who
// wrote the key and was read from earlier (monotonic view), is read from or came earlier in the
// session (read atomic), or comes before in the order of sessions and reads (causal). The level
// holds if these, the sessions and the reads close no cycle (Biswas and Enea, OOPSLA 2019); only
// the last such writer of each session counts (Moldrup and Pavlogiannis, "AWDIT", PLDI 2025).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/dependency_graph.h"
#include "models/consistency/txn_history.h"
#include "models/consistency/txn_inference.h"
#include "models/consistency/verdict.h"

namespace quorumlab::models {

enum class WeakLevel : std::uint8_t {
  kMonotonicView,
  kReadAtomic,
  kCausal,           // with one order of writes for all: causal convergence
  kCausalUnordered,  // weak causal consistency: each read by itself
};

struct WeakStep {
  DependencyEdge edge;         // kWw: must come before, by the level; kWr may be over several reads
  std::uint32_t via = kNoTxn;  // with kWw: who knew of `from` and yet read from `to`
  std::string why;
};

struct WeakResult {
  Verdict verdict = Verdict::kUnknown;
  std::string reason;
  std::vector<WeakStep> cycle;
  std::string text;  // with kViolated
  std::uint64_t steps = 0;
};

// Reads of values that were aborted, intermediate or never written are not this check's business.
// Sessions count: where they must not, ask without_sessions() first.
[[nodiscard]] WeakResult check_weak(const TxnHistory& txns, WeakLevel level,
                                    const Inference& inferred, const Budget& budget = {});

// An order of all transactions that took place in which every read is as the level wants it.
// Requires: check_weak() says that it holds.
[[nodiscard]] std::vector<std::uint32_t> order_weakly(const TxnHistory& txns, WeakLevel level,
                                                      const Inference& inferred);

// The same transactions, each in a session of its own.
[[nodiscard]] TxnHistory without_sessions(const TxnHistory& txns);

}  // namespace quorumlab::models
