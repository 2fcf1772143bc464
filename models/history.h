// The history of a run: what clients asked and what they were told. Checkers see this and nothing
// else, so that a history from anywhere can be judged.
//
//   OpId w = history.invoke({.process = 3, .f = Function::kWrite, .key = k, .value = 7, .at =
//   now}); history.complete(w, {.outcome = Outcome::kOk, .at = later});
//
// Real-time order is the order of these calls (Operation::invoked and ::completed are positions in
// it), not the time stamps, which may tie.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/ids.h"
#include "sim/time.h"

namespace quorumlab::models {

using sim::Key;
using sim::NodeId;
using sim::OpId;

enum class Function : std::uint8_t {
  kRead,   // value: what came back; nullopt: nothing was ever written
  kWrite,  // value: what was written
  kCas,    // expected -> value, atomically; kFail: it was not applied
  // Of other objects than a register; each key is one object, of one kind.
  kAdd,      // counter: `value` is added; reads see the total in `value`
  kInsert,   // set: reads see `elements`, ascending
  kRemove,   // set
  kAppend,   // list: reads see `elements` in their order
  kEnqueue,  // queue, at its end
  kDequeue,  // queue, from its front; value: what came out, nullopt: it was empty
  kAcquire,  // lock; value: the fencing token that came back; kFail: somebody holds it
  kRelease,  // lock; value: the token that it was acquired with; kFail: another one holds it
};
[[nodiscard]] std::string_view word_of(Function f);  // "read", "write", ...
// Leaves the object as it was, so no answer means no effect.
[[nodiscard]] constexpr bool is_read(Function f) {
  return f == Function::kRead;
}
// The answer carries a value that the client did not send.
[[nodiscard]] constexpr bool returns_value(Function f) {
  return f == Function::kRead || f == Function::kDequeue || f == Function::kAcquire;
}

enum class Outcome : std::uint8_t {
  kOk,       // it happened, between invocation and completion
  kFail,     // it did not happen and never will
  kUnknown,  // it may have happened, or may yet happen at any time later
};

using ProcessId = std::uint32_t;            // sequential: one open operation at a time
using Value = std::optional<std::int64_t>;  // nullopt: the initial, never written state

inline constexpr std::uint64_t kNever = UINT64_MAX;

struct Operation {
  OpId id;
  ProcessId process = 0;
  Function f = Function::kRead;
  Key key;
  Value value;     // what came back (meaningful with kOk) if returns_value(f), else what was sent
  Value expected;  // kCas only
  std::vector<std::int64_t> elements{};  // kRead of a set or a list
  Outcome outcome = Outcome::kUnknown;
  bool value_known = true;           // false: an ok read whose result was not recorded
  bool saw_other = false;            // kFail: it ran, and the object's state did not allow it
  std::uint64_t invoked = 0;         // position in the history's real-time order
  std::uint64_t completed = kNever;  // position; kNever while open and for ever with kUnknown
  sim::Time invoked_at;
  sim::Time completed_at = sim::Time::max();
  NodeId client = sim::kNoNode;     // the lane that asked
  NodeId served_by = sim::kNoNode;  // the replica that answered, if any
};

class History {
 public:
  struct Invoke {
    ProcessId process = 0;
    Function f = Function::kRead;
    Key key = {};
    Value value = {};
    Value expected = {};
    sim::Time at = {};
    NodeId client = sim::kNoNode;
  };
  struct Complete {
    Outcome outcome = Outcome::kUnknown;
    Value value = {};  // if returns_value(f)
    std::vector<std::int64_t> elements = {};
    bool value_known = true;  // reads only
    bool saw_other = false;   // failed changes only
    sim::Time at = {};
    NodeId served_by = sim::kNoNode;
  };

  OpId invoke(const Invoke& invoke);
  // Requires: `id` is open. With kUnknown the operation stays concurrent with everything later.
  void complete(OpId id, const Complete& complete);

  // Ordered by invocation; operation `id` is at index id - 1.
  [[nodiscard]] std::span<const Operation> operations() const { return operations_; }
  [[nodiscard]] const Operation& operation(OpId id) const { return operations_.at(id.value - 1); }
  [[nodiscard]] std::size_t size() const { return operations_.size(); }
  // Of the last invocation or completion. Requires: there was one.
  [[nodiscard]] std::uint64_t last_position() const { return next_position_ - 1; }

  // Told of every invocation (false) and completion (true) right after it.
  using Listener = std::function<void(OpId, bool is_completion)>;
  void set_listener(Listener listener) { listener_ = std::move(listener); }

 private:
  std::vector<Operation> operations_;
  std::uint64_t next_position_ = 0;
  Listener listener_;
};

}  // namespace quorumlab::models
