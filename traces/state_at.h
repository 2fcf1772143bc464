// What one node was at one event, as far as the record tells: its published state, whether it ran,
// what its clock showed, what it held, and what was on its way to it.
//
//   const NodeState n2 = state_at(record, NodeId(1), EventId(4430));
//   fmt::print("{}", to_text(record, n2));
#pragma once

#include <map>
#include <string>
#include <vector>

#include "traces/record.h"

namespace quorumlab::traces {

struct NodeState {
  struct Field {
    std::string name;
    std::string value;
    EventId since;
  };
  struct Held {
    std::int64_t value = 0;
    EventId since;
  };

  NodeId lane;
  EventId at;
  std::string status;  // "up", "down", "paused"
  EventId status_since = sim::kNoEvent;
  sim::Time now;                   // true time
  sim::Duration clock;             // what its wall clock shows
  std::vector<Field> fields;       // published, by name
  std::map<sim::Key, Held> holds;  // by its notes "append" and "discard_entry"
  std::vector<EventId> coming;     // sends to it that are still on their way
};

// Requires: `at` is an event of the record.
[[nodiscard]] NodeState state_at(const Record& record, NodeId lane, EventId at);
[[nodiscard]] std::string to_text(const Record& record, const NodeState& state);

// The last event at or before `at`; kNoEvent: none.
[[nodiscard]] EventId event_at(const Record& record, sim::Time at);

}  // namespace quorumlab::traces
