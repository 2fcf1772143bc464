// What became of every message of a record: one pass joins sends with their receives and drops.
//
//   for (const Message& m : messages_of(record))
//     if (m.end == sim::kNoEvent) ...           // still in flight when the record ends
//
// A duplicated message appears once for each fate of each copy.
#pragma once

#include <vector>

#include "traces/record.h"

namespace quorumlab::traces {

struct Message {
  EventId send;
  EventId end = sim::kNoEvent;  // its kReceive or kDrop
  bool is_copy = false;         // the network's second copy of it

  auto operator<=>(const Message&) const = default;
};

// Ordered by send, then end. A receive or drop without a send in the record is left out.
[[nodiscard]] std::vector<Message> messages_of(const Record& record);

[[nodiscard]] bool is_lost(const Record& record, const Message& message);

// Does it carry log entry `index`? By its range; a message without a range carries none.
[[nodiscard]] bool covers(const sim::Tags& tags, std::uint64_t index);

// True if `lane` was a side of `fault`, or hit by it.
[[nodiscard]] bool touches(const Fault& fault, NodeId lane);
// True if `fault` is a partition that keeps messages of `from` away from `to`.
[[nodiscard]] bool separates(const Fault& fault, NodeId from, NodeId to);

// The latest-begun partition that was in force at `at` and separates the two; nullptr: none.
[[nodiscard]] const Fault* partition_between(const Record& record, NodeId from, NodeId to,
                                             sim::Time at);

}  // namespace quorumlab::traces
