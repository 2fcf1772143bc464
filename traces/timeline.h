// The slice as plain text, for terminals and for readers who listen: a column for each lane, a line
// for each thing that happened, a legend of the signs in use.
//
//   fmt::print("{}", timeline(record, history, slice));
//   // 1.0011s   o------- Put x=5 ------->|                |
//   // 1.0130s   |                        o- Append x=5 -X |    partition
//
// A message stands where it ends, that is where its effect is. ASCII only.
#pragma once

#include <string>

#include "models/history.h"
#include "traces/record.h"
#include "traces/slice.h"

namespace quorumlab::traces {

[[nodiscard]] std::string timeline(const Record& record, const models::History& history,
                                   const Slice& slice);

}  // namespace quorumlab::traces
