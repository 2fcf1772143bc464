#include "models/consistency/register_plan.h"

#include <algorithm>
#include <numeric>

namespace quorumlab::models {
namespace {

// When operations that depend on the register's value began, and how long they last at most.
class Watchers {
 public:
  void add(RegisterTime invoked, RegisterTime completed) {
    const RegisterTime before = lasting_.empty() ? 0 : lasting_.back();
    invoked_.push_back(invoked);
    lasting_.push_back(std::max(before, completed));
  }
  // The last completion of those that began before `end`; 0: none.
  [[nodiscard]] RegisterTime of_those_before(RegisterTime end) const {
    const auto after = std::lower_bound(invoked_.begin(), invoked_.end(), end);
    return after == invoked_.begin()
               ? 0
               : lasting_[static_cast<std::size_t>(after - invoked_.begin()) - 1];
  }

 private:
  std::vector<RegisterTime> invoked_;  // ascending
  std::vector<RegisterTime> lasting_;
};

// Until when can somebody see that a write or compare-and-set took effect?
class Visibility {
 public:
  explicit Visibility(const RegisterHistory& history)
      : watchers_(history.value_count), overwritten_(history.ops.size() + 1, kOpen) {
    std::uint32_t begun = 0;
    for (RegisterTime t = 0; t < history.events.size(); ++t) {
      if (t != 0 && !history.events[t].returns) ++begun;
      begun_.push_back(begun);
    }
    for (std::size_t i = history.ops.size(); i-- > 0;) {
      const RegisterOp& op = history.ops[i];
      overwritten_[i] = std::min(overwritten_[i + 1], op.mutates() ? op.completed : kOpen);
    }
    const std::vector<RegisterTime> gone = gone_values(history);
    const std::vector<RegisterTime> last_use = follow_open_cas(history, gone);
    for (const RegisterOp& op : history.ops) {
      if (in_doubt(op, gone)) mismatches_.add(op.invoked, op.completed);
      if (op.act == Act::kRead) watchers_[op.value].add(op.invoked, op.completed);
      if (op.act != Act::kCas) continue;
      const RegisterTime end = op.open() ? last_use[op.value] : op.completed;
      watchers_[op.expected].add(op.invoked, end);
    }
  }

  [[nodiscard]] RegisterTime end_of(const RegisterOp& op) const {
    const RegisterTime gone = gone_after(op.completed);
    return std::max(watchers_[op.value].of_those_before(gone), mismatches_.of_those_before(gone));
  }

 private:
  // Whoever begins after this cannot see what an operation wrote that was done at `time`: another
  // write began after it and has ended.
  [[nodiscard]] RegisterTime gone_after(RegisterTime time) const {
    return time == kOpen ? kOpen : overwritten_[begun_[time]];
  }

  // For each value, the same for all its writes together.
  [[nodiscard]] std::vector<RegisterTime> gone_values(const RegisterHistory& history) const {
    std::vector<RegisterTime> gone(history.value_count, 0);
    gone[kInitialValue] = gone_after(0);
    for (const RegisterOp& op : history.ops) {
      if (op.mutates()) gone[op.value] = std::max(gone[op.value], gone_after(op.completed));
    }
    return gone;
  }

  // A mismatch that begins when its value is gone depends on nothing.
  [[nodiscard]] static bool in_doubt(const RegisterOp& op, const std::vector<RegisterTime>& gone) {
    return op.act == Act::kMismatch && op.invoked < gone[op.expected];
  }

  // For each value the last completion that can depend on it, also through open compare-and-sets.
  // The latest are spread first, so that each value is settled once.
  [[nodiscard]] static std::vector<RegisterTime> follow_open_cas(
      const RegisterHistory& history, const std::vector<RegisterTime>& gone) {
    std::vector<RegisterTime> last_use(history.value_count, 0);
    std::vector<std::vector<ValueId>> sources(history.value_count);
    RegisterTime mismatch = 0;
    bool any = false;
    for (const RegisterOp& op : history.ops) {
      if (in_doubt(op, gone)) mismatch = std::max(mismatch, op.completed);
      if (RegisterHistory::observes(op)) {
        RegisterTime& last = last_use[RegisterHistory::observed(op)];
        last = std::max(last, op.completed);
      } else if (op.act == Act::kCas) {
        sources[op.value].push_back(op.expected);
        any = true;
      }
    }
    for (RegisterTime& last : last_use) last = std::max(last, mismatch);
    if (!any) return last_use;

    std::vector<ValueId> by_time(last_use.size());
    std::iota(by_time.begin(), by_time.end(), 0U);
    std::stable_sort(by_time.begin(), by_time.end(),
                     [&](ValueId a, ValueId b) { return last_use[a] > last_use[b]; });
    std::vector<bool> settled(last_use.size(), false);
    std::vector<ValueId> stack;
    for (const ValueId start : by_time) {
      const RegisterTime time = last_use[start];
      stack.push_back(start);
      while (!stack.empty()) {
        const ValueId value = stack.back();
        stack.pop_back();
        if (settled[value]) continue;
        settled[value] = true;
        last_use[value] = time;
        stack.insert(stack.end(), sources[value].begin(), sources[value].end());
      }
    }
    return last_use;
  }

  std::vector<Watchers> watchers_;         // by value
  Watchers mismatches_;                    // depend on every value
  std::vector<std::uint32_t> begun_;       // by time: how many operations have begun
  std::vector<RegisterTime> overwritten_;  // by op: first completion of it or a later mutator
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
  const Visibility visibility(history);
  std::vector<RegisterTime> end(history.ops.size(), kOpen);
  struct Ending {
    RegisterTime at = 0;
    std::uint32_t op = 0;
  };
  std::vector<Ending> endings;
  for (std::uint32_t i = 0; i < history.ops.size(); ++i) {
    const RegisterOp& op = history.ops[i];
    // A compare-and-set that returned must find its moment even if nobody sees what it wrote.
    if (!op.mutates() || (op.act == Act::kCas && !op.open())) continue;
    end[i] = std::max(visibility.end_of(op), op.invoked);
    if (end[i] < op.completed) endings.push_back({end[i], i});
  }
  std::stable_sort(endings.begin(), endings.end(),
                   [](const Ending& a, const Ending& b) { return a.at < b.at; });

  Plan plan;
  plan.steps.reserve(history.events.size() + endings.size());
  Slots slots;
  std::vector<std::uint32_t> slot(history.ops.size());
  auto ending = endings.begin();
  for (RegisterTime t = 1; t < history.events.size(); ++t) {
    const std::uint32_t i = history.events[t].op;
    const RegisterOp& op = history.ops[i];
    if (history.events[t].returns) {
      plan.steps.push_back({PlanStep::Kind::kReturn, i, slot[i], t});
      slots.give_back(slot[i]);
    } else if (!op.open() || end[i] > t) {
      slot[i] = slots.take();
      plan.steps.push_back({PlanStep::Kind::kInvoke, i, slot[i], t});
    }
    for (; ending != endings.end() && ending->at == t; ++ending) {
      const std::uint32_t gone = ending->op;
      const bool open = history.ops[gone].open();
      if (open && history.ops[gone].invoked == t) continue;
      plan.steps.push_back({PlanStep::Kind::kForget, gone, slot[gone], t});
      if (open) slots.give_back(slot[gone]);
    }
  }
  plan.slot_count = slots.count();
  return plan;
}

}  // namespace quorumlab::models
