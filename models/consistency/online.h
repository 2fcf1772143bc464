// Judges a history while it is made, so that whoever makes it can stop at the first violation.
//
//   OnlineJudge judge(history, {"linearizable", "monotonic_reads"});
//   const OpId op = history.invoke(...);       judge.invoked(op);
//   history.complete(op, ...);                 judge.completed(op);
//   judge.violation()->at;   // the operation whose completion no order explains
//
// Linearizability of keys whose values are written once each is judged at every completion, in
// logarithmic time (the zones of register_zones.h, grown as time passes). Everything else is judged
// by the checkers of whole histories, whenever the history has grown by an eighth, so that the work
// stays in proportion; the first completion with which it was violated is then searched for, and
// may lie back a little. The verdict is that of the whole history as it is then.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/consistency/register_models.h"

namespace quorumlab::models {

struct OnlineViolation {
  std::string model;
  OpId at;                     // completed, and with that the model was violated
  std::uint64_t position = 0;  // of that completion, in the history's real-time order
};

// The zones of one register whose values are written once each, as they grow.
class OnlineZones {
 public:
  explicit OnlineZones(Value initial);

  // False: a value was written twice, so that this cannot judge the register.
  [[nodiscard]] bool invoked(const Operation& op);
  // False: no order explains what has completed so far.
  [[nodiscard]] bool completed(const Operation& op);

 private:
  // A value with its write and reads. All of it fits one instant if the first completion comes
  // after the last invocation; else the value was there all the time between the two.
  struct Cluster {
    std::uint64_t first_completed = kNever;
    std::uint64_t last_invoked = 0;
    bool failed = false;
    [[nodiscard]] bool is_forward() const { return first_completed < last_invoked; }
  };

  [[nodiscard]] bool touch(std::size_t cluster, std::uint64_t invoked, std::uint64_t completed);
  [[nodiscard]] bool extend(std::size_t cluster, std::uint64_t checked_until, bool is_new);
  [[nodiscard]] bool is_inside_another(std::size_t cluster) const;

  Value initial_;
  std::vector<Cluster> clusters_;  // the first one is that of the initial value
  std::map<std::int64_t, std::size_t> by_value_;
  std::map<std::uint64_t, std::size_t> forward_;  // by start
  std::vector<std::size_t> by_completion_;        // clusters by first completion
};

class OnlineJudge {
 public:
  // Keeps a reference to the history. Requires: is_register_model() of each model.
  OnlineJudge(const History& history, std::vector<std::string> models,
              RegisterCheckOptions options = {});

  void invoked(OpId id);
  void completed(OpId id);
  // The history is complete: judges what has come since the last look.
  void finish();
  [[nodiscard]] const std::optional<OnlineViolation>& violation() const { return violation_; }

 private:
  void look_again(std::uint64_t position);
  [[nodiscard]] bool violates(const std::string& model, std::uint64_t until) const;

  const History& history_;
  RegisterCheckOptions options_;
  bool is_linearizable_wanted_ = false;
  std::vector<std::string> others_;            // judged as whole histories
  std::map<std::uint32_t, OnlineZones> keys_;  // with is_linearizable_wanted_
  std::uint64_t next_look_ = 64;               // completions
  std::uint64_t completions_ = 0;
  std::uint64_t clean_until_ = 0;  // up to this position nothing of `others_` is violated
  std::optional<OnlineViolation> violation_;
};

// What had happened up to and including a position of the history's real-time order.
[[nodiscard]] History beginning_of(const History& history, std::uint64_t position);
// The same of operations as `edit` makes them, which may change all but the moments, and without
// those for which it says false. Operations get new ids if some are left out.
[[nodiscard]] History beginning_of(const History& history, std::uint64_t position,
                                   const std::function<bool(Operation&)>& edit);

}  // namespace quorumlab::models
