// Parts of story.cc; only story*.cc and explain*.cc include this.
//
//   follow_copies(record, until, story);       // fills story.copies and story.losses
//   find_carriers(record, messages, story);    // then story.carriers and story.attempts
#pragma once

#include <vector>

#include "traces/story.h"

namespace quorumlab::traces {

// Requires: story.write. Up to and with time `until`.
void follow_copies(const Record& record, sim::Time until, Story& story);
// Requires: story.copies, story.server and story.end.
void find_carriers(const Record& record, const std::vector<Message>& messages, Story& story);

// Operations on the key that are in the log of `lane` at two places, as its notes "append" tell up
// to and with time `until`.
struct TakenTwice {
  OpId op = sim::kNoOp;
  EventId first = sim::kNoEvent;
  EventId again = sim::kNoEvent;
};
[[nodiscard]] std::vector<TakenTwice> taken_twice(const Record& record, NodeId lane, sim::Key key,
                                                  sim::Time until);

// The last write to the key that took effect on a replica; kNoOp: it told of none.
[[nodiscard]] OpId last_write(const Record& record, NodeId lane, sim::Key key);

}  // namespace quorumlab::traces
