// Causal models, PRAM and sequential consistency for registers with unique written values.
//
//   CheckResult r = check_causal(history, CausalModel::kMemory, {});
//   r.witness->obligation;   // a chain of operations, each of which must come before the next
//
// PRAM (Lipton and Sandberg 1988) and causal memory (Ahamad and others 1995) ask for an order of
// all writes for each session, which explains what that session read; so each session is saturated
// by itself: a write of the key that comes before a read comes before the write that was read
// (Bouajjani, Enea, Guerraoui, Hamza, POPL 2017). Convergence and the weak form are decided as for
// transactions of one operation (weak_isolation.h). Sequential consistency (Lamport 1979) is
// NP-complete; what is stronger or weaker settles most histories, and the rest is searched.
#pragma once

#include <cstdint>

#include "models/consistency/budget.h"
#include "models/consistency/narrator.h"
#include "models/consistency/txn_history.h"
#include "models/consistency/verdict.h"
#include "models/history.h"

namespace quorumlab::models {

enum class CausalModel : std::uint8_t {
  kPram,
  kWeak,         // each read by itself fits its causal past
  kConvergence,  // one order of writes for all, that respects causality
  kMemory,       // an order for each session, that respects causality
};

struct CausalOptions {
  Value initial = {};
  Names names = {};
  Budget budget = {};
};

[[nodiscard]] CheckResult check_causal(const History& history, CausalModel model,
                                       const CausalOptions& options = {});

[[nodiscard]] CheckResult check_sequential(const History& history,
                                           const CausalOptions& options = {});

// Each operation as a transaction of its own, called by the operation's id.
[[nodiscard]] TxnHistory as_transactions(const History& history, Value initial);

}  // namespace quorumlab::models
