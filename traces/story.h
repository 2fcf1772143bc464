// What the record knows about one violation: who served the observer, and what became of the write
// that it should have seen. The slice draws these facts, the explanation says them.
//
//   const Story story = story_of(record, history, witness);
//   story.server;                 // n2 answered the stale read
//   story.copies;                 // where the missed write was, and how it was lost there
//   story.attempts;               // every message that carried it to n2, or failed to
//
// It reads the conventions of the models (models/model.h): their notes, the state fields "role" and
// "term", and messages tagged with the operation or with the range of log entries they carry.
#pragma once

#include <optional>
#include <vector>

#include "models/consistency/verdict.h"
#include "traces/messages.h"
#include "traces/record.h"

namespace quorumlab::traces {

using sim::OpId;

inline constexpr std::uint64_t kNoIndex = UINT64_MAX;

// What became of a replica's copy of the write that is followed.
enum class CopyEnd : std::uint8_t {
  kKept,        // it is still there when the record ends
  kDiscarded,   // thrown away: by order of a leader, or by a collection of tombstones
  kGivenUp,     // it was kept for another replica, and is not any more
  kOutdated,    // it came and changed nothing: what was there had the greater stamp
  kReplaced,    // another version took its place
  kUnsynced,    // a crash took it: it was not on disk
  kLied,        // a power loss took it: the disk had only said that it was synced
  kSyncFailed,  // a crash took it: its sync had failed
  kWiped,       // the whole disk is gone
  kUnread,      // after a restart the log ended before it: a sync had failed, or bytes are damaged
};

struct Copy {
  NodeId lane;
  EventId taken;  // its note "append", "outdated" or "hint"
  CopyEnd end = CopyEnd::kKept;
  EventId ended = sim::kNoEvent;
  EventId because = sim::kNoEvent;  // the sync that lied or failed
  std::uint64_t index = kNoIndex;   // in the replica's log
  bool is_hint = false;
  bool operator==(const Copy&) const = default;
};

struct Story {
  OpId observer = sim::kNoOp;
  OpId missed = sim::kNoOp;  // what the observer should have seen: a write, or a read of its value
  OpId write = sim::kNoOp;   // the write whose copies are followed: it, or the one that it returned
  OpId returned = sim::kNoOp;
  sim::Key key = sim::kNoKey;
  NodeId server = sim::kNoNode;    // the replica that answered the observer
  EventId serve = sim::kNoEvent;   // where it did: its note, else its reply
  EventId held = sim::kNoEvent;    // what had last set the key on the server before that
  std::vector<Copy> copies;        // by `taken`, the first is where the write entered
  std::vector<Message> carriers;   // by send: messages between replicas that brought it, or did not
  std::vector<Message> attempts;   // those to the server; if none came in time, one after the end
  EventId commit = sim::kNoEvent;  // where the server learned that the missed write is committed
  std::vector<EventId> losses;     // by id: where copies were discarded or lost
  std::vector<EventId> leaders;    // kState: somebody became leader, or ceased to be
  std::vector<NodeId> named;       // whom the words of a broken invariant name ...
  std::vector<EventId> breach;     // ... and what they noted that does not fit together
  sim::Time begin;                 // from the first root operation ...
  sim::Time end;                   // ... to the end of the last
};

// The witness with the operations that it is about, where it names none itself: the last writes on
// replicas that disagree, and those that the words of a broken invariant mention as "op 17". Of
// many lost writes it keeps the first.
[[nodiscard]] models::Witness with_operations(const Record& record, const models::History& history,
                                              models::Witness witness);

// Requires: the witness names operations of `history`. A few passes over the record.
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
