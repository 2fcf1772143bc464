// Judges a register of few values on which few operations overlap, with all configurations at once:
// for each value a mask with a bit for each set of slots whose operations have taken effect.
//
//   if (can_search_in_bits(part, walk)) search_in_bits(part, walk, budget).verdict;
//
// With slots 0 and 1 in use, bit 2 of the mask of a value says: the register may hold the value
// after the operation in slot 1 has taken effect and that in slot 0 has not. An operation takes
// effect in all configurations by one shift; an operation that returns keeps the half of each mask
// in which it has. Exact, and an event costs the same whatever happened before.
#pragma once

#include "models/consistency/register_plan.h"
#include "models/consistency/register_search.h"

namespace quorumlab::models {

[[nodiscard]] bool can_search_in_bits(const RegisterHistory& history, const Walk& walk);

// Requires: can_search_in_bits(history, walk).
[[nodiscard]] SearchResult search_in_bits(const RegisterHistory& history, const Walk& walk,
                                          const Budget& budget);

}  // namespace quorumlab::models
