// A run as a log for ShiViz (bestchai.bitbucket.io/shiviz): two lines an event, with vector clocks.
//
//   to_shiviz(record);                    // every event
//   to_shiviz(record, slice.events);      // those only; ShiViz reads best below a few hundred
//
// The first line of the log is the regular expression with which ShiViz parses it, the second the
// delimiter of executions (none). A clock counts the printed events of a lane; what was left out
// still carries causality onwards.
#pragma once

#include <span>
#include <string>

#include "traces/record.h"

namespace quorumlab::traces {

[[nodiscard]] std::string to_shiviz(const Record& record);
// Requires: `events` are of the record, in order.
[[nodiscard]] std::string to_shiviz(const Record& record, std::span<const EventId> events);

}  // namespace quorumlab::traces
