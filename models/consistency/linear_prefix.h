// How far one register's history can be put in order, and what cannot come next: for a reader who
// wants to see where linearizability ends.
//
//   const auto prefix = longest_prefix(history, key);
//   prefix->order;                    // w5 r5 w7: operations in an order that explains all answers
//   prefix->failing;                  // the operation whose answer no continuation explains
//   prefix->state;                    // what the register holds after `order`: 7
//
// Operations are taken by the time of their answers; at each answer the set of all possible states
// is kept (just-in-time linearization: Lowe, "Testing for linearizability", 2017). Reads are put in
// place as soon as they fit, since they change nothing; a write that nobody saw goes right before
// the next one.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "models/history.h"

namespace quorumlab::models {

struct LinearPrefix {
  std::vector<OpId> order;
  OpId failing = sim::kNoOp;  // kNoOp: the whole history has an order
  Value state;                // after `order`
  std::vector<OpId> waiting;  // called, not answered and not in the order when it ends
};

// nullopt: the key has compare-and-sets, or more than `states_max` states had to be kept.
[[nodiscard]] std::optional<LinearPrefix> longest_prefix(const History& history, Key key,
                                                         std::size_t states_max = 2000);

}  // namespace quorumlab::models
