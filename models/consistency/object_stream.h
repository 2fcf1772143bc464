// Judges counters, queues, locks and ids while their history is read: keeps what is under way, what
// is in the queue, and the ids as ranges.
//
//   auto counter = make_object_stream(ObjectKind::kCounter);
//   auto add = counter->begin({.method = Method::kAdd, .value = integer_cell(1), .begun = 1});
//   counter->end(add, kNilCell, 2);   // false: a contradiction; why() tells it
//
// Of counters (the same is added each time) and queues (unique values, nobody finds it empty) it
// decides linearizability, of locks mutual exclusion and that tokens grow, of ids that none is
// given twice. growing.h and queue_order.h say why; here each rule is put off until both sides are
// known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "models/consistency/objects.h"

namespace quorumlab::models {

class ObjectStream {
 public:
  // In real-time order: they ascend with every call.
  using Position = std::uint64_t;

  struct Ticket {
    Method method = Method::kRead;
    Cell value = kNilCell;
    Position begun = 0;
    std::int64_t process = 0;
    std::int64_t note = 0;  // of the stream's own
  };

  ObjectStream() = default;
  ObjectStream(const ObjectStream&) = delete;
  ObjectStream& operator=(const ObjectStream&) = delete;
  virtual ~ObjectStream() = default;

  [[nodiscard]] virtual Ticket begin(Ticket ticket) = 0;
  // False: the history up to here is wrong. Nothing may follow.
  [[nodiscard]] virtual bool end(const Ticket& ticket, Cell result, Position at) = 0;
  // It did not happen.
  [[nodiscard]] virtual bool fail(const Ticket& ticket, Position at) = 0;
  // It may have happened, or may yet happen.
  virtual void lose(const Ticket& ticket) = 0;
  // There is no more.
  [[nodiscard]] virtual bool finish() { return true; }
  [[nodiscard]] virtual std::size_t kept() const = 0;
  [[nodiscard]] virtual std::string_view model() const { return "linearizable"; }

  [[nodiscard]] const std::string& why() const { return why_; }
  // Not empty: something happened that this cannot judge.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 protected:
  bool refuse(std::string why) {
    why_ = std::move(why);
    return false;
  }
  void give_up(std::string problem) { problem_ = std::move(problem); }

 private:
  std::string why_;
  std::string problem_;
};

// Null: such an object cannot be judged in pieces.
[[nodiscard]] std::unique_ptr<ObjectStream> make_object_stream(ObjectKind kind);

}  // namespace quorumlab::models
