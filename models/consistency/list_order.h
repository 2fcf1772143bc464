// Judges lists that are appended to and read whole, when every element is appended once, in the
// time that sorting takes.
//
//   if (const auto result = check_plain_list(calls)) result->verdict;   // nullopt: not that simple
//   result->why;   // "what was appended and acknowledged before it began is not in it"
//
// The longest read gives the order of the appends that anybody saw, and the length of a read its
// place among them; what nobody saw comes last, or never if it was not acknowledged. So there is
// one order, up to reads of one length, and it is linearizable exactly if no operation in it had
// ended before one in front of it began.
#pragma once

#include <optional>
#include <span>

#include "models/consistency/passages.h"

namespace quorumlab::models {

// Requires: positions differ. nullopt unless all calls are appends that tell no offset and reads of
// everything, and no element is appended twice.
[[nodiscard]] std::optional<ContainerResult> check_plain_list(
    std::span<const TimedCall<ObjectCall>> calls);

}  // namespace quorumlab::models
