#include "models/consistency/register_plan.h"

#include <algorithm>
#include <numeric>

namespace quorumlab::models {
namespace {

// For each value the last return that could depend on whether the register held it: a read of it, a
// compare-and-set from it, a mismatch of another value, or whatever depends on the new value of an
// open compare-and-set from it.
class LastUse {
 public:
  explicit LastUse(const RegisterHistory& history) : at_(history.value_count, 0) {
    RegisterTime mismatch = 0;  // the last one ...
    ValueId mismatched = 0;
    RegisterTime other_mismatch = 0;  // ... and the last one that expected another value than that
    for (const RegisterOp& op : history.ops) {
      if (RegisterHistory::observes(op)) raise(RegisterHistory::observed(op), op.completed);
      if (op.act != Act::kMismatch) continue;
      if (op.completed > mismatch && op.expected == mismatched) {
        mismatch = op.completed;
      } else if (op.completed > mismatch) {
        other_mismatch = mismatch;
        mismatch = op.completed;
        mismatched = op.expected;
      } else if (op.expected != mismatched) {
        other_mismatch = std::max(other_mismatch, op.completed);
      }
    }
    for (ValueId v = 0; v < at_.size(); ++v) raise(v, v == mismatched ? other_mismatch : mismatch);
    follow_open_cas(history);
  }

  [[nodiscard]] RegisterTime of(ValueId value) const { return at_[value]; }

 private:
  void raise(ValueId value, RegisterTime time) { at_[value] = std::max(at_[value], time); }

  // Spreads each value's time to the values that open operations turn into it, the latest first, so
  // that each value is settled once.
  void follow_open_cas(const RegisterHistory& history) {
    std::vector<std::uint32_t> cas;
    for (std::uint32_t i = 0; i < history.ops.size(); ++i) {
      if (history.ops[i].act == Act::kCas && history.ops[i].open()) cas.push_back(i);
    }
    if (cas.empty()) return;
    std::vector<std::vector<ValueId>> sources(at_.size());
    for (const std::uint32_t i : cas)
      sources[history.ops[i].value].push_back(history.ops[i].expected);
    std::vector<ValueId> by_time(at_.size());
    std::iota(by_time.begin(), by_time.end(), 0U);
    std::stable_sort(by_time.begin(), by_time.end(),
                     [this](ValueId a, ValueId b) { return at_[a] > at_[b]; });
    std::vector<bool> settled(at_.size(), false);
    std::vector<ValueId> stack;
    for (const ValueId start : by_time) {
      stack.push_back(start);
      const RegisterTime time = at_[start];
      while (!stack.empty()) {
        const ValueId value = stack.back();
        stack.pop_back();
        if (settled[value]) continue;
        settled[value] = true;
        raise(value, time);
        for (const ValueId source : sources[value]) stack.push_back(source);
      }
    }
  }

  std::vector<RegisterTime> at_;
};

class Slots {
 public:
  std::uint32_t take() {
    if (free_.empty()) return count_++;
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }
  void give_back(std::uint32_t slot) { free_.push_back(slot); }
  [[nodiscard]] std::uint32_t count() const { return count_; }

 private:
  std::vector<std::uint32_t> free_;
  std::uint32_t count_ = 0;
};

}  // namespace

Plan plan_search(const RegisterHistory& history) {
  const LastUse last_use(history);
  const auto forgotten_at = [&](const RegisterOp& op) { return last_use.of(op.value); };

  struct Forget {
    RegisterTime at = 0;
    std::uint32_t op = 0;
  };
  std::vector<Forget> forget;
  for (std::uint32_t i = 0; i < history.ops.size(); ++i) {
    const RegisterOp& op = history.ops[i];
    if (op.open() && forgotten_at(op) > op.invoked) forget.push_back({forgotten_at(op), i});
  }
  std::stable_sort(forget.begin(), forget.end(),
                   [](const Forget& a, const Forget& b) { return a.at < b.at; });

  Plan plan;
  plan.steps.reserve(history.events.size() + forget.size());
  Slots slots;
  std::vector<std::uint32_t> slot(history.ops.size());
  auto next_forget = forget.begin();
  for (RegisterTime t = 1; t < history.events.size(); ++t) {
    const std::uint32_t i = history.events[t].op;
    if (history.events[t].returns) {
      plan.steps.push_back({PlanStep::Kind::kReturn, i, slot[i], t});
      slots.give_back(slot[i]);
    } else if (!history.ops[i].open() || forgotten_at(history.ops[i]) > t) {
      slot[i] = slots.take();
      plan.steps.push_back({PlanStep::Kind::kInvoke, i, slot[i], t});
    }
    for (; next_forget != forget.end() && next_forget->at == t; ++next_forget) {
      plan.steps.push_back({PlanStep::Kind::kForget, next_forget->op, slot[next_forget->op], t});
      slots.give_back(slot[next_forget->op]);
    }
  }
  plan.slot_count = slots.count();
  return plan;
}

}  // namespace quorumlab::models
