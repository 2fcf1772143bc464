// Says why a register's history has no order, in the simplest true way.
//
//   Witness w = explain(part, result.contradiction, Narrator(history, names), budget);
//   w.observation;   // "process 2 read k7 = 3 between 71ms and 85ms (op 17)"
//   w.obligation;    // "the write k7 = 5 (op 9) was acknowledged at 14ms, before that read began,
//   ..."
//
// The observer is the operation that returned at the contradiction: the first one, by completion,
// whose result cannot be explained. Tried in turn:
//   kPhantomValue   nothing that could have written its value had begun when it ended
//   kLostWrite      two compare-and-sets replaced one and the same write; one of them is lost
//   kStaleRead      an acknowledged write ended before it began and after its value was written
//   kNonMonotonic   somebody had read a newer value before it began
//   kNoOrder        a sub-history, made as small as the budget allows, that has no order by itself
#pragma once

#include "models/consistency/budget.h"
#include "models/consistency/narrator.h"
#include "models/consistency/register_history.h"
#include "models/consistency/verdict.h"

namespace quorumlab::models {

// Requires: the history has no order up to `contradiction` but has one without that return.
[[nodiscard]] Witness explain(const RegisterHistory& history, RegisterTime contradiction,
                              const Narrator& say, const Budget& budget);

}  // namespace quorumlab::models
