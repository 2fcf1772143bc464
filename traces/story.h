// What the record knows about one violation: who served the observer, and what became of the write
// that it should have seen. The slice draws these facts, the explanation says them.
//
//   const Story story = story_of(record, history, witness);
//   story.server;                 // n2 answered the stale read
//   story.attempts;               // every copy of the missed write that was sent to n2
//
// It reads the conventions of the models: notes "append", "discard", "serve"; state fields "role"
// and "term"; messages tagged with the operation or with the range of log entries they carry.
#pragma once

#include <optional>
#include <vector>

#include "models/consistency/verdict.h"
#include "traces/messages.h"
#include "traces/record.h"

namespace quorumlab::traces {

using sim::OpId;

// A replica that had the missed write from `event` on (kNote "append", or the receive) until it
// discarded it or lost it in a crash.
struct Holder {
  NodeId lane;
  EventId event;
  EventId until = sim::kNoEvent;  // kNoEvent: it still has it
  bool operator==(const Holder&) const = default;
};

struct Story {
  OpId observer = sim::kNoOp;
  OpId missed = sim::kNoOp;
  OpId returned = sim::kNoOp;
  sim::Key key = sim::kNoKey;
  NodeId server = sim::kNoNode;   // the replica that answered the observer
  EventId serve = sim::kNoEvent;  // where it did: its note, else its reply
  EventId held = sim::kNoEvent;   // what had last set the key on the server before that
  std::uint64_t index = 0;        // the log entry of the missed write; 0: not known
  std::uint32_t term = 0;
  std::vector<Holder> holders;     // by event, the first is where the write entered
  std::vector<Message> attempts;   // by send: copies of the missed write to the server; if there
                                   // was none in time, the first one after
  EventId commit = sim::kNoEvent;  // where the server learned that the missed write is committed
  std::vector<EventId> discards;   // notes by which replicas threw the missed write away
  std::vector<EventId> lost_at_crash;  // crashes of holders before a sync
  std::vector<EventId> leaders;        // kState: somebody became leader, or ceased to be
  sim::Time begin;                     // from the first root operation ...
  sim::Time end;                       // ... to the end of the last
};

// Requires: the witness names operations of `history`. One pass over the record.
[[nodiscard]] Story story_of(const Record& record, const models::History& history,
                             const models::Witness& witness);
// The same with the messages at hand. Requires: they are messages_of(record).
[[nodiscard]] Story story_of(const Record& record, const models::History& history,
                             const models::Witness& witness, const std::vector<Message>& messages);

// Does value `value` of the state field "role" mean leader? By its name, or 2 where it has none.
[[nodiscard]] bool is_leader(const Record& record, std::int64_t value);

// The last value of state field `field` on `lane` before or at event `until`; nullopt: none was
// told.
[[nodiscard]] std::optional<std::int64_t> state_before(const Record& record, NodeId lane,
                                                       std::string_view field, EventId until);

}  // namespace quorumlab::traces
