// Looks for an order in which a history of appends and reads can have been executed, one
// transaction after the other, without building a graph.
//
//   const auto order = replay_lists(txns, takes_part);
//   if (order) explains(txns, *order);   // txn_replay.h
//
// Lists tell which version each transaction must find: whoever read or followed it waits until it
// is there, and whoever replaces it waits until its readers are done. What is left are counters,
// and a window over time: nothing is executed that began after something that waits had ended. Any
// transaction that waits for nothing may be next, so there is nothing to choose.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/consistency/txn_history.h"

namespace quorumlab::models {

// In real-time order if `txns` has that, else in the order of sessions. nullopt: there is no such
// order, or nothing is known. Not a proof: whether the reads fit has to be tried.
[[nodiscard]] std::optional<std::vector<std::uint32_t>> replay_lists(
    const TxnHistory& txns, const std::vector<bool>& takes_part);

}  // namespace quorumlab::models
