// Figure 3 of the Raft paper, watched while a run goes on: what Raft guarantees at all times. The
// replicas' notes about their logs are put together into the view from above that no replica has.
//
//   for (Invariant& i : raft_invariants()) ...;     // one_leader_per_term, leader_append_only, ...
#pragma once

#include <vector>

#include "models/model.h"

namespace quorumlab::models::raft {

[[nodiscard]] std::vector<Invariant> raft_invariants();

}  // namespace quorumlab::models::raft
