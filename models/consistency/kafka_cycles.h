// Operations on logs that each must come before the next, round and round: sends by the offsets
// that they were given (ww), polls after the sends of what they returned (wr), both after what the
// same process or anybody else had finished before.
//
//   const LogCycles cycles = find_log_cycles(history, order, {});
//   cycles.found[0].type;    // "G1c": of polls alone; "G1c-ww": offsets are needed too; "G0"
//
// Jepsen calls both G1c and tells with :ww-deps which it looks for. A cycle of polls alone is wrong
// under read committed; offsets of transactions that run at once interleave, so that G0 is usual,
// and polls may lag behind what was sent (rw): these are looked for where somebody asks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/consistency/isolation_cycles.h"
#include "models/consistency/kafka_log_order.h"

namespace quorumlab::models {

struct LogCycles {
  std::vector<NamedCycle> found;  // edges are between operations
  bool is_complete = true;        // false: a budget ran out
  std::uint64_t steps = 0;
};

struct LogCycleOptions {
  bool offsets = false;  // with ww
  bool lagging = false;  // with rw too
  std::uint64_t max_steps = 0;
};

[[nodiscard]] LogCycles find_log_cycles(const LogHistory& history, const LogOrder& order,
                                        const LogCycleOptions& options);

}  // namespace quorumlab::models
