// Judges counters to which the same is added each time, in the time that sorting takes.
//
//   if (const auto result = check_plain_counter(calls)) result->verdict;   // nullopt: not such one
//   result->why;   // "more had been added for sure before it began"
//
// Adds are alike but for the time by which they must have happened. So they are put off until they
// have to: each to its own end, or to the end of a read that found more; then those go first that
// could wait least. The total is never greater than it must be, and a read that finds less than it
// was at its beginning, or more than there is to add, has no place (just-in-time linearization,
// Lowe 2017, without alternatives).
#pragma once

#include <optional>
#include <span>

#include "models/consistency/passages.h"

namespace quorumlab::models {

// Requires: positions differ; nothing was added before. nullopt unless all calls are reads and adds
// of one positive number.
[[nodiscard]] std::optional<ContainerResult> check_plain_counter(
    std::span<const TimedCall<ObjectCall>> calls);

}  // namespace quorumlab::models
