// The few events that explain a violation, chosen by relevance: what happened before is nearly
// everything in a chatty run and cuts nothing.
//
//   const Slice slice = slice_of_witness(record, history, witness, {});
//   slice.messages.size();              // 12, never above SliceOptions::arrows_max
//   slice.total - slice.drawn;          // 374 events are hidden
//
// Relevant are: the request trees of the witness's operations; for the replica that answered, every
// message by which the missed write did or failed to reach it; changes of leadership between the
// operations; faults and clock steps that overlap. Alike messages collapse into one ("x17"). What
// is still above the limit goes by class, least relevant and oldest first.
#pragma once

#include <optional>
#include <vector>

#include "models/consistency/verdict.h"
#include "traces/messages.h"
#include "traces/record.h"

namespace quorumlab::traces {

struct SliceMessage {
  Message message;
  std::vector<Message>
      alike;  // later ones of the same kind between the same lanes with the same end
};

struct SliceOp {
  sim::OpId op;
  std::optional<models::Role> role;  // nullopt: not part of the witness
  auto operator<=>(const SliceOp&) const = default;
};

struct Slice {
  std::vector<SliceMessage> messages;  // by send
  std::vector<EventId> marks;          // by id: state changes, notes, crashes, timers, clock steps
  std::vector<SliceOp> ops;            // by id
  std::vector<std::size_t> faults;     // positions in Record::faults
  std::vector<NodeId> lanes;           // clients first, each in order
  std::vector<NodeId> left_out;        // lanes of the record with nothing to show
  std::vector<EventId> events;         // by id: everything above, collapsed messages included
  sim::Key key = sim::kNoKey;          // whose values the picture follows; kNoKey: none
  sim::OpId missed = sim::kNoOp;       // from here ...
  sim::OpId observer = sim::kNoOp;     // ... to here goes the evidence
  models::Anomaly anomaly = models::Anomaly::kNoOrder;
  bool has_witness = false;
  sim::Time begin;
  sim::Time end;
  std::size_t drawn = 0;  // = events.size()
  std::size_t total = 0;  // events of the record
};

struct SliceOptions {
  std::size_t arrows_max = 40;
  std::size_t marks_max = 14;
  bool replicas_only = false;  // of a window: leave out what clients asked
};

// Requires: the witness names operations of `history`.
[[nodiscard]] Slice slice_of_witness(const Record& record, const models::History& history,
                                     const models::Witness& witness, const SliceOptions& options);

// Without a violation: about `arrows_max` messages around event `around`, or from the start of the
// run for kNoEvent. Heartbeats and their like are collapsed.
[[nodiscard]] Slice slice_of_window(const Record& record, const models::History& history,
                                    EventId around, const SliceOptions& options);

}  // namespace quorumlab::traces
