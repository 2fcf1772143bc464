// Transactions that have nothing to do with one another: apart, each part can be judged by itself,
// and on its own thread.
//
//   const std::vector<TxnHistory> parts = parts_of(txns, false);
//   joined(txns, {check(parts[0]), check(parts[1])});
//
// Parts share no key. A model that asks for nothing but what reads and writes say holds of the
// whole exactly if it does of each part. So does one that asks for real time: whoever leaves a part
// over time and comes back into it over time could have stayed there, for of two moments of one
// clock one is earlier (Herlihy and Wing 1990 say so of objects). The order within sessions is no
// such order: where it counts, parts share no session either.
#pragma once

#include <optional>
#include <vector>

#include "models/consistency/isolation.h"
#include "models/consistency/txn_history.h"

namespace quorumlab::models {

// Empty: everything belongs together, or nearly so. Parts of which nothing certainly took place are
// left out. Requires: nothing is written twice.
[[nodiscard]] std::vector<TxnHistory> parts_of(const TxnHistory& txns, bool joins_sessions);

// What the results of all parts mean for the whole; nullopt, unless all hold. If all have an order,
// so has the whole, in real time if they are.
[[nodiscard]] std::optional<IsolationResult> joined(const TxnHistory& txns,
                                                    std::vector<IsolationResult> parts);

}  // namespace quorumlab::models
