// Judges what only grows, in the time that sorting takes: a set that nothing is removed from, and a
// counter to which the same is added each time.
//
//   if (const auto r = check_growing_set(calls)) r->verdict;       // nullopt: not that simple
//   if (const auto r = check_growing_counter(calls, 0)) r->order;  // with kHolds
//
// A set takes on the contents that were read in the order of their sizes, and what is new in one
// was added right before it. Real time only ever asks for "not before", so that the earliest place
// of each call, in order of invocation, fits if anything does. Without reads of the whole, each
// value is judged by itself: adding one and looking it up has nothing to do with the others
// (Lee and Mathur, "Efficient decrease-and-conquer linearizability monitoring", OOPSLA 2025).
//
// A counter goes through all its totals, so a read only asks that its total was not passed when it
// began and was reached when it ended. Adding as late as these and the ends of the additions allow,
// those first that end first, fits if anything does.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "models/consistency/passages.h"

namespace quorumlab::models {

// nullopt: something is removed, an addition tells whether it was the first, or there are both
// lookups of single values and reads of the whole.
[[nodiscard]] std::optional<ContainerResult> check_growing_set(
    std::span<const TimedCall<ObjectCall>> calls);

// nullopt: additions differ, or tell what they found.
[[nodiscard]] std::optional<ContainerResult> check_growing_counter(
    std::span<const TimedCall<ObjectCall>> calls, std::int64_t initial);

}  // namespace quorumlab::models
