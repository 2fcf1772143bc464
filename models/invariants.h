// Invariants that make sense for every model with leaders; models list those that they promise.
#pragma once

#include "models/model.h"

namespace quorumlab::models {

// At no time do two replicas that are up and not paused take themselves for the leader.
[[nodiscard]] Invariant one_leader();
// No two replicas ever lead in the same term (Ongaro and Ousterhout, "In Search of an
// Understandable Consensus Algorithm", 2014, figure 3: Election Safety).
[[nodiscard]] Invariant one_leader_per_term();

}  // namespace quorumlab::models
