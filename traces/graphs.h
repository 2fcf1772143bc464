// Small graphs for Graphviz' own layout: who talked to whom, which roles followed which, and the
// cycle that a witness is. All as DOT; few vertices, since `dot` is slow and unreadable above.
//
//   role_graph(record);              // follower -> candidate "timer: sleep, 3x"
//   topology_graph(record);          // zones as boxes, links with how many messages were lost
//   cycle_graph(history, witness);   // read before write (it did not see it), write before read
#pragma once

#include <string>

#include "models/consistency/verdict.h"
#include "models/history.h"
#include "traces/record.h"

namespace quorumlab::traces {

// The state machine that the replicas' published roles went through, with what set off each step.
[[nodiscard]] std::string role_graph(const Record& record);

// Nodes by zone. Links between single nodes up to a dozen nodes, else between zones.
[[nodiscard]] std::string topology_graph(const Record& record);

// The operations of a witness and why each must come before the next: a cycle is a contradiction.
[[nodiscard]] std::string cycle_graph(const Record& record, const models::History& history,
                                      const models::Witness& witness);

}  // namespace quorumlab::traces
