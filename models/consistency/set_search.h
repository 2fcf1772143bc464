// Judges sets that elements are put into and taken out of, looked up and read as a whole.
//
//   check_set(calls, Budget{}).verdict;
//
// Exact, in three steps. Of calls with unknown outcome those go that nobody can have noticed, and
// those that somebody must have noticed end before he did, so that they do not stay open for ever.
// If nobody reads the whole, each element is judged by itself: what is done to one commutes with
// what is done to another (Emmi and Enea, "Sound, complete, and tractable linearizability
// monitoring for concurrent collections", POPL 2018). Else the search goes through all calls, and
// lets elements come and go only for those who look at them (specification_search.h).
#pragma once

#include <span>

#include "models/consistency/budget.h"
#include "models/consistency/objects.h"

namespace quorumlab::models {

[[nodiscard]] SpecificationResult check_set(std::span<const TimedCall<ObjectCall>> calls,
                                            const Budget& budget);

}  // namespace quorumlab::models
