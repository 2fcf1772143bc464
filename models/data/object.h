// One key's object as commands make it, one after the other: what a replicated log stands for
// (Schneider, "Implementing Fault-Tolerant Services Using the State Machine Approach", 1990).
//
//   Object object;
//   object.apply({.f = Function::kAdd, .value = 5});            // {done}
//   object.apply({.f = Function::kDequeue});                    // {done, value = nullopt}: empty
//   object.value();                                             // 5
//
// The first command that changes it makes it a register, a counter, a set, a list, a queue or a
// lock; one that belongs to another kind does nothing and says so.
#pragma once

#include <cstdint>
#include <vector>

#include "models/data/bytes.h"
#include "models/history.h"

namespace quorumlab::models {

struct Command {
  Function f = Function::kWrite;
  std::int64_t value = 0;
  Value expected{};    // kCas
  bool erase = false;  // with kWrite: as if never written

  // What most logs are full of: they store it without the other fields.
  [[nodiscard]] bool is_plain_write() const { return f == Function::kWrite && !erase; }
};

class Object {
 public:
  struct Result {
    bool done = false;  // false: its state does not allow it, and it is as it was
    Value value{};      // kDequeue, kAcquire
    bool operator==(const Result&) const = default;
  };
  Result apply(const Command& command);

  // Of a register, a counter; of the others how many elements there are, and of a lock the last
  // fencing token. nullopt: never written, or erased.
  [[nodiscard]] Value value() const;
  // Of a set, ascending; of a list or a queue in their order.
  [[nodiscard]] const std::vector<std::int64_t>& elements() const { return elements_; }
  // Can it have any?
  [[nodiscard]] bool has_elements() const {
    return kind_ != Kind::kNone && kind_ != Kind::kRegister && kind_ != Kind::kCounter;
  }

  // What an audit shows of a command that had this result and led here: AuditAll::Applied::values.
  // ~x: x was taken out. nullopt: it changed nothing.
  [[nodiscard]] Value audited(const Command& command, const Result& result) const;

  void encode(Encoder& out) const;
  [[nodiscard]] static Object decode(Decoder& in);
  bool operator==(const Object&) const = default;

 private:
  enum class Kind : std::uint8_t { kNone, kRegister, kCounter, kSet, kList, kQueue, kLock };
  [[nodiscard]] static Kind kind_of(Function f);

  Kind kind_ = Kind::kNone;
  Value value_;
  std::vector<std::int64_t> elements_;
};

}  // namespace quorumlab::models
