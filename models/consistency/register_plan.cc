#include "models/consistency/register_plan.h"

#include <algorithm>
#include <numeric>

namespace quorumlab::models {
namespace {

// When operations that depend on each of the register's values began, and how long they last at
// most; by value, in order.
class Watchers {
 public:
  explicit Watchers(std::size_t values) : begin_(values + 1), hint_(values) {}

  // In two passes: first all are counted, then all are added, by invocation.
  void count(ValueId value) { ++begin_[value + 1]; }
  void reserve() {
    for (std::size_t i = 1; i < begin_.size(); ++i) begin_[i] += begin_[i - 1];
    end_.assign(begin_.begin(), begin_.end() - 1);
    watches_.resize(begin_.back());
  }
  void add(ValueId value, RegisterTime invoked, RegisterTime completed) {
    const std::uint32_t at = end_[value]++;
    const RegisterTime before = at == begin_[value] ? 0 : watches_[at - 1].lasts;
    watches_[at] = {invoked, std::max(before, completed)};
  }

  // The last completion of those that began before `end`; 0: none. Found near the last answer.
  [[nodiscard]] RegisterTime of_those_before(ValueId value, RegisterTime end) {
    const std::uint32_t size = begin_[value + 1] - begin_[value];
    const Watch* const watches = watches_.data() + begin_[value];
    std::uint32_t low = hint_[value];
    std::uint32_t high = low;
    for (std::uint32_t step = 1; low > 0 && watches[low - 1].invoked >= end; step *= 2) {
      high = low;
      low -= std::min(low, step);
    }
    for (std::uint32_t step = 1; high < size && watches[high].invoked < end; step *= 2) {
      low = high;
      high += std::min(size - high, step);
    }
    const Watch* const after =
        std::lower_bound(watches + low, watches + high, end,
                         [](const Watch& w, RegisterTime t) { return w.invoked < t; });
    hint_[value] = static_cast<std::uint32_t>(after - watches);
    return after == watches ? 0 : after[-1].lasts;
  }

 private:
  struct Watch {
    RegisterTime invoked = 0;
    RegisterTime lasts = 0;  // the last completion so far
  };
  std::vector<std::uint32_t> begin_;  // into watches_, by value
  std::vector<std::uint32_t> end_;
  std::vector<Watch> watches_;
  std::vector<std::uint32_t> hint_;
};

// Until when can somebody see that a write or compare-and-set took effect?
class Visibility {
 public:
  explicit Visibility(const RegisterHistory& history)
      : watchers_(history.value_count), mismatches_(1), gone_after_(history.events.size(), kOpen) {
    RegisterTime gone = kOpen;
    for (RegisterTime t = static_cast<RegisterTime>(history.events.size()); t-- > 0;) {
      gone_after_[t] = gone;
      const RegisterEvent& event = history.events[t];
      if (t == 0 || event.returns || !history.ops[event.op].mutates()) continue;
      gone = std::min(gone, history.ops[event.op].completed);
    }
    const std::vector<RegisterTime> values_gone = gone_values(history);
    const std::vector<RegisterTime> last_use = follow_open_cas(history, values_gone);
    for (const RegisterOp& op : history.ops) {
      if (in_doubt(op, values_gone)) mismatches_.count(0);
      if (watches(op)) watchers_.count(RegisterHistory::observed(op));
    }
    watchers_.reserve();
    mismatches_.reserve();
    for (const RegisterOp& op : history.ops) {
      if (in_doubt(op, values_gone)) mismatches_.add(0, op.invoked, op.completed);
      if (!watches(op)) continue;
      const bool follows = op.act == Act::kCas && op.open();
      watchers_.add(RegisterHistory::observed(op), op.invoked,
                    follows ? last_use[op.value] : op.completed);
    }
  }

  [[nodiscard]] RegisterTime end_of(const RegisterOp& op) {
    const RegisterTime gone = gone_after(op.completed);
    return std::max(watchers_.of_those_before(op.value, gone),
                    mismatches_.of_those_before(0, gone));
  }

 private:
  static bool watches(const RegisterOp& op) { return op.act == Act::kRead || op.act == Act::kCas; }

  // Whoever begins after this cannot see what an operation wrote that was done at `time`: another
  // write began after it and has ended.
  [[nodiscard]] RegisterTime gone_after(RegisterTime time) const {
    return time == kOpen ? kOpen : gone_after_[time];
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
    std::vector<std::vector<ValueId>> sources;
    RegisterTime mismatch = 0;
    for (const RegisterOp& op : history.ops) {
      if (in_doubt(op, gone)) mismatch = std::max(mismatch, op.completed);
      if (RegisterHistory::observes(op)) {
        RegisterTime& last = last_use[RegisterHistory::observed(op)];
        last = std::max(last, op.completed);
      } else if (op.act == Act::kCas) {
        sources.resize(history.value_count);
        sources[op.value].push_back(op.expected);
      }
    }
    for (RegisterTime& last : last_use) last = std::max(last, mismatch);
    if (sources.empty()) return last_use;

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

  Watchers watchers_;
  Watchers mismatches_;                   // depend on every value
  std::vector<RegisterTime> gone_after_;  // by time: first completion of a mutator that began later
};

}  // namespace

Walk::Walk(const RegisterHistory& history, bool forgets) : history_(history) {
  if (forgets) find_endings();
  slot_count_ = most_live();
}

void Walk::find_endings() {
  Visibility visibility(history_);
  const auto count = static_cast<std::uint32_t>(history_.ops.size());
  ends_.assign(count, kOpen);
  for (std::uint32_t i = count; i-- > 0;) {
    const RegisterOp& op = history_.ops[i];
    // A compare-and-set that returned must find its moment even if nobody sees what it wrote.
    if (!op.mutates() || (op.act == Act::kCas && !op.open())) continue;
    ends_[i] = std::max(visibility.end_of(op), op.invoked);
    if (ends_[i] >= op.completed) continue;
    if (endings_.empty()) {
      endings_.assign(history_.events.size(), kNobody);
      next_ending_.assign(count, kNobody);
    }
    next_ending_[i] = endings_[ends_[i]];
    endings_[ends_[i]] = i;
  }
}

std::uint32_t Walk::most_live() const {
  std::uint32_t live = 0;
  std::uint32_t most = 0;
  walk([&](Step::Kind kind, std::uint32_t op, RegisterTime) {
    if (kind == Step::Kind::kInvoke) {
      most = std::max(most, ++live);
    } else if (kind == Step::Kind::kReturn || history_.ops[op].open()) {
      --live;
    }
    return true;
  });
  return most;
}

}  // namespace quorumlab::models
