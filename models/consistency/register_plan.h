// The walk that a search through a register's history takes: its events, a slot of the bit masks
// for each overlapping operation, and the moment when an open operation can be forgotten.
//
//   const Walk walk(part, true);
//   walk.slot_count();      // how many bits a configuration needs
//   walk.for_each_step([&](const Step& step) { return step.kind != Step::Kind::kForget; });
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/consistency/register_history.h"

namespace quorumlab::models {

struct Step {
  enum class Kind : std::uint8_t { kInvoke, kReturn, kForget };
  Kind kind = Kind::kInvoke;
  std::uint32_t op = 0;    // index into RegisterHistory::ops
  std::uint32_t slot = 0;  // free before kInvoke and after kReturn, or kForget of an open operation
  RegisterTime at = 0;     // the event that this step belongs to
};

class Walk {
 public:
  // Keeps a reference. Without forgetting, every open operation stays to the end.
  Walk(const RegisterHistory& history, bool forgets);

  [[nodiscard]] std::uint32_t slot_count() const { return slot_count_; }

  // Calls f(step) for each in turn, until it says false.
  template <class F>
  void for_each_step(F f) const {
    std::vector<std::uint32_t> slots(history_.ops.size());
    std::vector<std::uint32_t> free;
    std::uint32_t count = 0;
    walk([&](Step::Kind kind, std::uint32_t op, RegisterTime at) {
      std::uint32_t& slot = slots[op];
      if (kind == Step::Kind::kInvoke) {
        slot = count;
        if (free.empty()) {
          ++count;
        } else {
          slot = free.back();
          free.pop_back();
        }
      } else if (kind == Step::Kind::kReturn || history_.ops[op].open()) {
        free.push_back(slot);
      }
      return f(Step{kind, op, slot, at});
    });
  }

 private:
  static constexpr std::uint32_t kNobody = UINT32_MAX;

  void find_endings();
  // Of how many operations the search has to keep account at once.
  [[nodiscard]] std::uint32_t most_live() const;

  template <class F>
  void walk(F f) const {
    for (RegisterTime t = 1; t < history_.events.size(); ++t) {
      const std::uint32_t i = history_.events[t].op;
      const RegisterOp& op = history_.ops[i];
      if (history_.events[t].returns) {
        if (!f(Step::Kind::kReturn, i, t)) return;
      } else if (!op.open() || ends_.empty() || ends_[i] > t) {
        if (!f(Step::Kind::kInvoke, i, t)) return;
      }
      if (endings_.empty()) continue;
      for (std::uint32_t gone = endings_[t]; gone != kNobody; gone = next_ending_[gone]) {
        // What is over when it begins has not been told of at all.
        const bool is_told = !history_.ops[gone].open() || history_.ops[gone].invoked != t;
        if (is_told && !f(Step::Kind::kForget, gone, t)) return;
      }
    }
  }

  const RegisterHistory& history_;
  std::vector<RegisterTime> ends_;      // by operation: who begins later cannot see it; or empty
  std::vector<std::uint32_t> endings_;  // by time: an operation that can be forgotten
  std::vector<std::uint32_t> next_ending_;  // by operation: another one, at the same time
  std::uint32_t slot_count_ = 0;
};

}  // namespace quorumlab::models
