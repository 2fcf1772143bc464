// What one register saw, compiled for the checkers: only the operations that can matter, values as
// small dense numbers, and a timeline of its own. Linearizability is local to a key (Herlihy and
// Wing 1990, theorem 1), so every key is judged alone.
//
//   for (const RegisterHistory& part : split_by_key(history, initial)) judge(part);
//   part.events[part.ops[0].invoked].op;   // 0
//
// Dropped, because they constrain nothing: failed operations (but see Act::kMismatch), reads
// without a known result, and open compare-and-sets that would change nothing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/history.h"

namespace quorumlab::models {

// A time on a register's own timeline: an index into RegisterHistory::events.
using RegisterTime = std::uint32_t;
inline constexpr RegisterTime kOpen = UINT32_MAX;

// Dense number of a value of this register; 0 is the initial value.
using ValueId = std::uint32_t;
inline constexpr ValueId kInitialValue = 0;

enum class Act : std::uint8_t {
  kRead,      // saw `value`
  kWrite,     // wrote `value`
  kCas,       // saw `expected` and wrote `value`, which differ
  kMismatch,  // saw anything but `expected`
};

struct RegisterOp {
  OpId id;
  Act act = Act::kRead;
  ValueId value = 0;
  ValueId expected = 0;
  RegisterTime invoked = 0;
  RegisterTime completed = kOpen;  // kOpen: unknown outcome, may take effect at any time or never

  [[nodiscard]] bool open() const { return completed == kOpen; }
  [[nodiscard]] bool mutates() const { return act == Act::kWrite || act == Act::kCas; }
};

struct RegisterEvent {
  std::uint32_t op = 0;  // index into RegisterHistory::ops
  bool returns = false;
};

struct RegisterHistory {
  Key key;
  std::vector<RegisterOp> ops;        // by invocation
  std::vector<RegisterEvent> events;  // events[0] stands for the start, when the register is set up
  std::uint32_t value_count = 1;
  bool unique_writes =
      true;  // only reads and writes, and no value written twice or equal to the initial

  // Is the value before this operation known from its result, and which is it?
  [[nodiscard]] static bool observes(const RegisterOp& op) {
    return op.act == Act::kRead || (op.act == Act::kCas && !op.open());
  }
  [[nodiscard]] static ValueId observed(const RegisterOp& op) {
    return op.act == Act::kRead ? op.value : op.expected;
  }
};

// In order of each key's first appearance.
[[nodiscard]] std::vector<RegisterHistory> split_by_key(const History& history, Value initial);

// The history up to and including time `until`, without the operations whose `keep` is false.
// Operations that return later are open in it, or gone if they are reads.
[[nodiscard]] RegisterHistory restrict_to(const RegisterHistory& whole, RegisterTime until,
                                          const std::vector<bool>& keep);

}  // namespace quorumlab::models
