// Makes a register history without an order smaller, so that a person can follow why it has none.
//
//   shrink(part, contradiction, budget);   // {2, 5, 6}: indexes of operations that suffice
//
// Reads and mismatches can always be left out. A write can be left out if nothing that stays can
// depend on its value. What has an order then still has one, so what has none proves the whole
// wrong.
#pragma once

#include <cstdint>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/register_history.h"

namespace quorumlab::models {

// Requires: no order up to the return at `contradiction`. The operation that returned there stays.
[[nodiscard]] std::vector<std::uint32_t> shrink(const RegisterHistory& history,
                                                RegisterTime contradiction, const Budget& budget);

}  // namespace quorumlab::models
