// Two runs side by side: which events they share, lane by lane, and where they part.
//
//   const Alignment aligned = align(record_a, record_b);
//   aligned.first->b;                   // the first event of b that a does not have, or kNoEvent
//   aligned.lanes[2].only_a.size();     // events of n3 that only a has
//
// Two events are the same if they say the same: kind, name, other end, reason, term, key, and the
// n-th operation of the same client. Times, ids and values that clients chose may differ. Within a
// lane shared events keep their order; what fits no order is counted as not shared.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "traces/record.h"

namespace quorumlab::traces {

struct LaneAlignment {
  std::string lane;
  std::size_t shared = 0;
  std::vector<EventId> only_a;  // by id
  std::vector<EventId> only_b;
};

// kNoEvent: that run has nothing there.
struct Parting {
  EventId a = sim::kNoEvent;
  EventId b = sim::kNoEvent;
};

struct Alignment {
  std::vector<LaneAlignment> lanes;  // of both, by name, those of `a` first
  // Where the runs first differ in any way, a time included; nullopt: they are the same.
  std::optional<Parting> first;
};

[[nodiscard]] Alignment align(const Record& a, const Record& b);

}  // namespace quorumlab::traces
