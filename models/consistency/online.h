// Judges a history while it is made, so that whoever makes it can stop at the first violation.
//
//   OnlineJudge judge(history, {.models = {"linearizable", "monotonic_reads"}, .whole = verdict});
//   const OpId op = history.invoke(...);       judge.invoked(op);
//   history.complete(op, ...);                 judge.completed(op);
//   judge.violation()->at;   // the operation with whose completion the model was violated
//
// What counts is `whole`, the verdict on a whole history: a model is violated by the first
// completion up to which `whole` says so. Watches (object_stream.h, history_watch.h) say at each
// completion whether there is reason to ask: a model is asked about when the watch of its own finds
// something wrong, or that of a stronger model does. Where there is none, or it has given up,
// `whole` is asked whenever the history has grown by an eighth, so that the work stays in
// proportion; then the first completion is searched for, and lies back a little.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/consistency/verdict.h"
#include "models/history.h"

namespace quorumlab::models {

// Told of a history in real-time order, an operation at a time.
class Watch {
 public:
  enum class Says : std::uint8_t {
    kFine,     // nothing has violated its model
    kWrong,    // something has: nothing may follow
    kNothing,  // it cannot judge such a history: nothing may follow
  };
  Watch() = default;
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  virtual ~Watch() = default;

  [[nodiscard]] virtual Says invoked(const Operation& op) = 0;
  [[nodiscard]] virtual Says completed(const Operation& op) = 0;
  // There is no more.
  [[nodiscard]] virtual Says finish() = 0;
};

struct OnlineViolation {
  std::string model;
  OpId at;                     // completed, and with that the model was violated
  std::uint64_t position = 0;  // of that completion, in the history's real-time order
};

struct OnlineQuestion {
  std::vector<std::string> models;  // of several that are violated at once, the first is named
  std::function<Verdict(const History&, const std::string& model)> whole;
  // Of a model, or of a stronger one; null: there is none. Null: whole histories alone.
  std::function<std::unique_ptr<Watch>(const std::string& model)> watch = nullptr;
  // A model that is known to hold where the one that is asked for does; null: each by itself.
  std::function<std::string(const std::string& model)> stronger = nullptr;
};

class OnlineJudge {
 public:
  // Keeps a reference to the history.
  OnlineJudge(const History& history, OnlineQuestion question);

  void invoked(OpId id);
  void completed(OpId id);
  // The history is complete: judges what has come since the last look.
  void finish();
  [[nodiscard]] const std::optional<OnlineViolation>& violation() const { return violation_; }
  // How often `whole` was asked.
  [[nodiscard]] std::uint64_t looks() const { return looks_; }

 private:
  struct Watching {
    std::string model;
    std::unique_ptr<Watch> watch;
    Watch::Says says = Watch::Says::kFine;
  };
  struct Asked {
    std::string model;
    std::optional<std::size_t> watch;  // while that says kFine, so does this
    std::uint64_t next_look = 0;       // completions
    std::uint64_t clean_until = 0;     // up to this position it is not violated
  };

  [[nodiscard]] std::optional<std::size_t> watch_for(const std::string& model);
  void look_where_needed(bool at_the_end);
  [[nodiscard]] bool violates(const std::string& model, std::uint64_t until);
  [[nodiscard]] std::uint64_t first_violated(const Asked& asked, std::uint64_t bad);
  void settle(std::uint64_t position);

  const History& history_;
  const OnlineQuestion question_;
  std::vector<Watching> watches_;
  std::vector<Asked> asked_;
  std::uint64_t completions_ = 0;
  std::uint64_t looks_ = 0;
  std::optional<OnlineViolation> violation_;
};

// What had happened up to and including a position of the history's real-time order.
[[nodiscard]] History beginning_of(const History& history, std::uint64_t position);
// The same of operations as `edit` makes them, which may change all but the moments, and without
// those for which it says false. Operations get new ids if some are left out.
[[nodiscard]] History beginning_of(const History& history, std::uint64_t position,
                                   const std::function<bool(Operation&)>& edit);

}  // namespace quorumlab::models
