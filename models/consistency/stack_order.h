// Judges a stack whose values are pushed once each, in O(n log n).
//
//   if (const auto passages = passages_of(calls)) check_plain_stack(*passages, calls).verdict;
//
// Decrease and conquer (Lee and Mathur, "Efficient decrease-and-conquer linearizability
// monitoring", OOPSLA 2025): a value is taken away without which the rest is linearizable exactly
// if the whole is, until nothing is left.
//   1. A value whose push and pop overlap can come and go at one instant: away with it.
//   2. At an instant at which no value is inside for sure, the stack can be empty: what was done
//      before and after are two histories.
//   3. Where there is no such instant, some value must lie at the bottom all the time: its push
//      begins before any other push has ended, and its pop ends after any other pop has begun.
//      Whichever can, may; if none can, there is no order.
// The instants are kept as a tree of how many values cover each, and the values that may lie at the
// bottom are found when the ends of what is left come closer to one another, each once.
#pragma once

#include <span>

#include "models/consistency/passages.h"

namespace quorumlab::models {

// Requires: passages are those of the calls. The witness of a violation can be made no smaller by
// leaving out a value, unless there are so many that this would take too long.
[[nodiscard]] ContainerResult check_plain_stack(const Passages& passages,
                                                std::span<const TimedCall<ObjectCall>> calls);

}  // namespace quorumlab::models
