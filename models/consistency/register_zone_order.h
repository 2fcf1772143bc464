// An order of operations on registers, each value written once, which proves that they are
// linearizable: in the time of sorting, however long the history is.
//
//   const auto orders = order_by_zones(history, {});
//   (*orders)[0];   // indexes of operations on one key, in an order that explains every read
//
// A write and those who read it lie side by side. Of two such clusters the one comes first whose
// zone begins earlier (Gibbons and Korach, SIAM J. Computing 26(4), 1997): from its first
// completion or its last invocation, whichever comes first.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/history.h"

namespace quorumlab::models {

// nullopt: it is not linearizable, or something else was done than reading and writing, or reads do
// not tell what they saw.
[[nodiscard]] std::optional<std::vector<std::vector<std::uint32_t>>> order_by_zones(
    const History& history, Value initial);

}  // namespace quorumlab::models
