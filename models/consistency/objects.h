// What the shared objects of the field do, one after the other: their sequential specifications.
//
//   const Specification<ObjectState, ObjectCall> queue = specification_of({ObjectKind::kQueue});
//   check_specification(queue, calls).verdict;
//
// Values are cells (exchange/pool.h): only equality matters, but for offsets, tokens and sums.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "models/consistency/specification.h"
#include "models/exchange/pool.h"

namespace quorumlab::models {

enum class ObjectKind : std::uint8_t {
  kRegister,       // read, write, cas
  kMultiRegister,  // transactions that read and write several registers at once
  kMap,            // get, put, append, delete, cas of one key
  kCounter,        // add (also negative), read
  kSet,            // add, remove, contains, read of all members
  kQueue,          // enqueue, dequeue (nil: it was empty)
  kStack,          // push, pop (nil: it was empty)
  kLog,            // send gives the offset, poll of an offset gives what is there
  kLock,           // acquire gives a fencing token that grows, release
  kIds,            // generate gives what was never given before
};
[[nodiscard]] std::string_view name_of(ObjectKind kind);
[[nodiscard]] std::optional<ObjectKind> object_kind(std::string_view name);
[[nodiscard]] std::vector<std::string> object_names();

enum class Method : std::uint8_t {
  kRead,    // all objects; of a set: all members, in `many`
  kWrite,   // put, too
  kCas,     // a: expected, b: new; result false: it saw something else
  kAppend,  // to a text
  kDelete,
  kAdd,       // to a set or a counter
  kRemove,    // from a set
  kContains,  // result true or false
  kPush,      // push, enqueue, send
  kPop,       // pop, dequeue
  kPoll,      // a: offset
  kAcquire,
  kRelease,
  kGenerate,
  kTxn,  // many: f, register, value, f, ... with f of kWriteCell or kReadCell
};

inline constexpr Cell kReadCell = integer_cell(0);
inline constexpr Cell kWriteCell = integer_cell(1);

struct ObjectCall {
  Method method = Method::kRead;
  Cell a = kNilCell;
  Cell b = kNilCell;
  Cell result = kNoCell;        // kNoCell: not known
  std::vector<Cell> many = {};  // kRead of a set, sorted; kTxn
  std::int64_t process = 0;     // kAcquire, kRelease: who

  bool operator==(const ObjectCall&) const = default;
};

using ObjectState = std::vector<Cell>;

struct ObjectOptions {
  ObjectKind kind = ObjectKind::kRegister;
  Cell initial = kNilCell;  // of a register, and of each of several
  Pool* pool = nullptr;     // kMap with kAppend: where the texts are
};

// Keeps a reference to the pool.
[[nodiscard]] Specification<ObjectState, ObjectCall> specification_of(const ObjectOptions& options);

}  // namespace quorumlab::models
