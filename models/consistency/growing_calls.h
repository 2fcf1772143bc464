// What the checkers of objects that only grow (growing.h) share.
//
//   for (const CallEnd& end : ends_of(calls)) calls[end.call], end.returns;   // by time
//   is_known(calls[3]);                                                    // it said what it found
//   return refused({3, 8}, "neither of two contents has all of the other");
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/consistency/passages.h"

namespace quorumlab::models {

struct CallEnd {
  std::uint64_t at = 0;
  std::uint32_t call = 0;
  bool returns = false;
};

// By their positions, which differ.
[[nodiscard]] std::vector<CallEnd> ends_of(std::span<const TimedCall<ObjectCall>> calls);

[[nodiscard]] inline bool is_known(const TimedCall<ObjectCall>& timed) {
  return timed.completed != kNever && timed.call.result != kNoCell;
}

// kViolated by these calls, each once, ascending.
[[nodiscard]] ContainerResult refused(std::vector<std::uint32_t> calls, std::string why);

}  // namespace quorumlab::models
