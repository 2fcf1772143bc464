// Judges something while its history is read: keeps what is under way and what can still matter.
//
//   auto counter = make_object_stream(ObjectKind::kCounter);
//   const Cell one = integer_cell(1);
//   auto add = counter->begin({.method = Method::kAdd, .value = one, .begun = 1});
//   counter->end(add, {&one, 1}, 2);   // false: a contradiction; why() tells it
//
// Of registers (reads and writes), counters (the same is added each time), queues and stacks
// (unique values), sets and lists it decides linearizability, of locks mutual exclusion and that
// tokens grow, of ids that none is given twice. growing.h, queue_order.h and others say why; here
// each rule is put off until both sides are known. make_model_stream() knows weaker models, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "models/consistency/objects.h"
#include "sim/time.h"

namespace quorumlab::models {

class ObjectStream {
 public:
  // In real-time order: they ascend with every call.
  using Position = std::uint64_t;

  struct Ticket {
    Method method = Method::kRead;
    Cell value = kNilCell;
    Cell key = kNilCell;  // for those that judge all keys together
    Position begun = 0;
    std::int64_t process = 0;
    std::int64_t note = 0;  // of the stream's own
  };

  ObjectStream() = default;
  ObjectStream(const ObjectStream&) = delete;
  ObjectStream& operator=(const ObjectStream&) = delete;
  virtual ~ObjectStream() = default;

  [[nodiscard]] virtual Ticket begin(Ticket ticket) = 0;
  // The same of a call that may ask for more than a single value.
  [[nodiscard]] virtual Ticket begin_with(Ticket ticket, std::span<const Cell> asked) {
    if (asked.size() != 1) give_up("a value of another shape");
    ticket.value = asked.front();
    return begin(ticket);
  }
  // What came back, whole; kNoCell: nothing is known of it. False: the history up to here is
  // wrong. Nothing may follow.
  [[nodiscard]] virtual bool end(const Ticket& ticket, std::span<const Cell> told, Position at) = 0;
  // It did not happen.
  [[nodiscard]] virtual bool fail(const Ticket& ticket, Position at) = 0;
  // It may have happened, or may yet happen.
  virtual void lose(const Ticket& ticket) = 0;
  // There is no more.
  [[nodiscard]] virtual bool finish() { return true; }
  [[nodiscard]] virtual std::size_t kept() const = 0;
  [[nodiscard]] virtual std::string_view model() const { return "linearizable"; }
  // It judges all keys together; else there is one for each key.
  [[nodiscard]] virtual bool is_joint() const { return false; }
  // The time of the call that comes next, in nanoseconds, where there is a clock.
  void set_time(std::int64_t now) { time_ = now; }

  [[nodiscard]] const std::string& why() const { return why_; }
  // Not empty: something happened that this cannot judge; then nothing else counts.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 protected:
  bool refuse(std::string why) {
    why_ = std::move(why);
    return false;
  }
  // True, for whoever has nothing to refuse.
  bool give_up(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return true;
  }
  [[nodiscard]] std::int64_t time() const { return time_; }

 private:
  std::int64_t time_ = 0;
  std::string why_;
  std::string problem_;
};

struct StreamSetting {
  Cell initial = kNilCell;     // of registers
  const Pool* pool = nullptr;  // for the names of values
  // Transactions that have ended and may wait until somebody reads what they appended.
  std::size_t patience = 4'096;
  // The latest writes: what is older must not be read, where a model would allow it.
  std::size_t remembers = 65'536;
  // bounded_staleness: a read may miss so many newer writes, and the first for so long.
  std::optional<std::uint64_t> staleness_versions = {};
  std::optional<sim::Duration> staleness_time = {};
};

// Null: such an object cannot be judged in pieces.
[[nodiscard]] std::unique_ptr<ObjectStream> make_object_stream(ObjectKind kind,
                                                               const StreamSetting& setting = {});

// For a model by its name, with _ between words; empty: that of make_object_stream(). Null: there
// is none. Of registers also those models that tell each session, or each read, by itself
// (session_stream.h, staleness_stream.h).
[[nodiscard]] std::unique_ptr<ObjectStream> make_model_stream(ObjectKind kind,
                                                              std::string_view model,
                                                              const StreamSetting& setting = {});

// The name of a value, as far as it is known.
[[nodiscard]] std::string name_in(const Pool* pool, Cell value);

}  // namespace quorumlab::models
