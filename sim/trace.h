// What happened, as the world tells it: one 64-byte struct for every event, pushed into a sink.
//
//   struct Printer : TraceSink { void add(const TraceEvent& e) override { ... } ... };
//   world.set_trace(&printer);       // nullptr (the default) records nothing and costs a branch
//
// Recording never changes a run: the fingerprint with and without a sink is the same. The sink
// gives events their ids (1, 2, 3, ... in order of `add`), the world refers to them as causes.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/ids.h"
#include "sim/time.h"

namespace quorumlab::sim {

enum class EventKind : std::uint8_t {
  kSend,        // lane sent message `name` to peer; `value` is how many bytes
  kReceive,     // lane received `name` from peer; cause: the send (or duplicate)
  kDrop,        // the message from lane to peer died, see `reason`; cause: its send
  kDuplicate,   // the network made a second copy of the message; cause: its send
  kTimer,       // a timer or time-out of lane fired; name says of what
  kInvoke,      // client lane invoked operation `op`
  kOk,          // operation `op` completed; `value` is what a read returned
  kFail,        // operation `op` certainly did not happen
  kUnknown,     // operation `op` may or may not have happened
  kCrash,       // lane lost its memory and its unsynced disk writes (`value` bytes lost)
  kRestart,     // lane runs again, from its disk
  kPause,       // lane stands still
  kResume,      // lane goes on; `value` is how many events had waited
  kSync,        // lane's disk made durable what was appended before; it took `value` ns
  kClockStep,   // lane's wall clock jumped by `value` ns
  kClockRate,   // lane's clocks run `value` ppb faster than true time from now on
  kFaultBegin,  // fault number `value` (counted from 0) named `name` starts; lane: whom, or kNoNode
  kFaultEnd,    // it ends
  kState,       // lane's observable `name` became `value` (see World::state_text)
  kNote,        // the model tells the reader something: `name`, with `index`, `count`, `term`, `op`
};

// Why a message died.
enum class DropReason : std::uint8_t {
  kNone,
  kPartition,
  kLoss,
  kDown,
  kOverflow,  // a queue on the way, or of the receiver, was full
  kCorrupt,   // the receiver's checksum found it damaged
  kReset,     // the connection broke while it was on its way
};

using NameId = std::uint16_t;  // a string of the sink's table

// What a message, note or operation is about; everything optional.
struct Tags {
  OpId op = kNoOp;
  Key key = kNoKey;
  std::int64_t value = 0;   // the value written or read
  std::uint64_t index = 0;  // first log index concerned
  std::uint32_t count = 0;  // how many log entries from `index` on; 0: none
  std::uint32_t term = 0;   // term, epoch, ballot or view
};

struct TraceEvent {
  Time at;  // true virtual time
  EventId cause = kNoEvent;
  Tags tags;  // 32 bytes
  NodeId lane = kNoNode;
  NodeId peer = kNoNode;
  NameId name = 0;
  EventKind kind = EventKind::kNote;
  DropReason reason = DropReason::kNone;
  bool is_reply = false;  // a kSend, kReceive or kDrop of an answer to a call
};
static_assert(sizeof(TraceEvent) <= 64);

class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual NameId intern(std::string_view name) = 0;
  virtual EventId add(const TraceEvent& event) = 0;
};

}  // namespace quorumlab::sim
