// Judges a register that is only read and written, every value written once, in linear time.
//
//   if (part.unique_writes && check_zones(part).contradiction) ...
//
// A value lives in one stretch, from its write to its last read, so the operations that wrote or
// saw it form a cluster. Let f be the earliest completion in a cluster and s its latest invocation:
//
//     f < s   forward zone: the value was certainly there from f to s
//     s < f   backward zone: it may have been there for one instant between s and f only
//
// A linearization exists exactly if no read ended before its write began, no two forward zones
// overlap, and no backward zone lies inside a forward one (Gibbons and Korach, "Testing shared
// memories", SIAM J. Computing 26(4), 1997, section 3). Zones start at different events, so the
// timeline itself visits them in order and nothing needs sorting.
#pragma once

#include <cstdint>

#include "models/consistency/register_history.h"

namespace quorumlab::models {

struct ZoneResult {
  // The return without which an order still exists; kOpen: no contradiction.
  RegisterTime contradiction = kOpen;
  std::uint64_t steps = 0;  // operations and events looked at
};

// Requires: history.unique_writes.
[[nodiscard]] ZoneResult check_zones(const RegisterHistory& history);

}  // namespace quorumlab::models
