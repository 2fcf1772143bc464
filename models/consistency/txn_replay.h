// Verifies an order of transactions by executing them one after the other; shares nothing with the
// checkers that propose one.
//
//   explains(txns, {2, 0, 1});   // does every read find what its transaction said?
#pragma once

#include <cstdint>
#include <span>

#include "models/consistency/txn_history.h"

namespace quorumlab::models {

// `order` are indexes of transactions, each at most once, all that are ok.
[[nodiscard]] bool explains(const TxnHistory& txns, std::span<const std::uint32_t> order);

}  // namespace quorumlab::models
