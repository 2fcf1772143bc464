// An order in which transactions can have committed: what proves a level below serializable.
//
//   const auto proof = find_commit_order(txns, "read-atomic", {});
//   proof->level;   // "snapshot-isolation": it proves more than was asked
//   proof->order;   // {4, 1, 7, ...}
//
// Such an order is proof enough, for whoever knows the level's axiom (Biswas and Enea, OOPSLA
// 2019): what a transaction must see follows from sessions, reads and the order, and each of its
// reads must come from the last of those writers. With snapshots, every transaction has a start
// too: whoever was read from, or wrote the same key before, committed before that, and whoever
// overwrites what was read commits after it (Adya 1999, definition 9).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/txn_history.h"

namespace quorumlab::models {

struct CommitOrder {
  std::string_view level;            // what the order proves, which implies the model
  std::vector<std::uint32_t> order;  // Txn::id of all that took place
};

// Requires: `model` holds. nullopt: no such order is known.
[[nodiscard]] std::optional<CommitOrder> find_commit_order(const TxnHistory& txns,
                                                           std::string_view model,
                                                           const Budget& budget);

}  // namespace quorumlab::models
