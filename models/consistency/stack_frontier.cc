#include "models/consistency/stack_frontier.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "models/consistency/stack_sets.h"
#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

using Slots = std::uint64_t;
using Kind = StackCallKind;

constexpr std::size_t kMostSlots = 64;

constexpr Slots bit(std::uint32_t slot) {
  return Slots{1} << slot;
}

template <class F>
void for_each_slot(Slots slots, F f) {
  for (; slots != 0; slots &= slots - 1) f(static_cast<std::uint32_t>(std::countr_zero(slots)));
}

// Which calls under way have taken effect, and what the stack can be then.
struct Situation {
  Slots done = 0;
  StackSets::Id stacks = 0;
};

// Of situations with the same calls done, one, with all their stacks.
class Situations {
 public:
  explicit Situations(StackSets& sets) : sets_(sets) {}

  void add(const Situation& situation) {
    if (2 * (members_.size() + 1) > table_.size()) grow();
    const std::size_t i = slot_of(situation.done);
    if (table_[i] == 0) {
      members_.push_back(situation);
      table_[i] = static_cast<std::uint32_t>(members_.size());
      taken_.push_back(i);
      return;
    }
    Situation& member = members_[table_[i] - 1];
    member.stacks = sets_.unite(member.stacks, situation.stacks);
  }
  void clear() {
    for (const std::size_t i : taken_) table_[i] = 0;
    taken_.clear();
    members_.clear();
  }
  [[nodiscard]] std::vector<Situation>& members() { return members_; }
  [[nodiscard]] const Situation& operator[](std::size_t i) const { return members_[i]; }
  [[nodiscard]] std::size_t size() const { return members_.size(); }

 private:
  [[nodiscard]] std::size_t slot_of(Slots done) const {
    const std::size_t mask = table_.size() - 1;
    std::size_t i = mix_bits(done + 1) & mask;
    while (table_[i] != 0 && members_[table_[i] - 1].done != done) i = (i + 1) & mask;
    return i;
  }
  void grow() {
    table_.assign(std::max<std::size_t>(64, 2 * table_.size()), 0);
    taken_.clear();
    for (std::uint32_t m = 0; m < members_.size(); ++m) {
      const std::size_t i = slot_of(members_[m].done);
      table_[i] = m + 1;
      taken_.push_back(i);
    }
  }

  StackSets& sets_;
  std::vector<Situation> members_;
  std::vector<std::uint32_t> table_;  // index of the member + 1; 0: free
  std::vector<std::size_t> taken_;
};

// Of the same, by how many calls are done: none is looked at before all that lead to it.
class Waiting {
 public:
  explicit Waiting(StackSets& sets) : sets_(sets) {}

  void add(const Situation& situation) {
    const auto level = static_cast<std::size_t>(std::popcount(situation.done));
    while (levels_.size() <= level) levels_.emplace_back(sets_);
    levels_[level].add(situation);
    ++size_;
  }
  // f may add more with more calls done.
  template <class F>
  void drain(F f) {
    for (std::size_t level = 0; level < levels_.size(); ++level) {
      for (std::size_t i = 0; i < levels_[level].size(); ++i) f(Situation(levels_[level][i]));
      levels_[level].clear();
    }
    size_ = 0;
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  StackSets& sets_;
  std::vector<Situations> levels_;
  std::size_t size_ = 0;
};

class StackFrontier {
 public:
  StackFrontier(std::span<const StackCall> calls, const StackFrontierOptions& options)
      : calls_(calls), options_(options) {
    std::uint32_t values = 0;
    for (const StackCall& call : calls) values = std::max(values, call.value + 1);
    pushes_begun_.resize(values);
    in_slot_.resize(kMostSlots);
    first_.resize(kMostSlots);
  }

  StackFrontierOutcome run() {
    frontier_.add({});
    for (const Event& event : events()) {
      const bool fits = event.returns || begin(event.call);
      if (!fits) outcome_.reason = "more than 64 operations overlap";
      if (fits && event.returns) end(event.call);
      outcome_.steps = steps_;
      if (!outcome_.reason.empty()) {
        outcome_.verdict = Verdict::kUnknown;
        return outcome_;
      }
      if (outcome_.verdict == Verdict::kViolated) return outcome_;
    }
    return outcome_;
  }

 private:
  struct Event {
    std::uint64_t at = 0;
    std::uint32_t call = 0;
    bool returns = false;
  };

  [[nodiscard]] std::vector<Event> events() const {
    std::vector<Event> result;
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      const bool is_open = calls_[i].end == kNever;
      if (is_open && calls_[i].kind == Kind::kNothing) continue;
      result.push_back({calls_[i].begin, i, false});
      if (!is_open) result.push_back({calls_[i].end, i, true});
    }
    std::sort(result.begin(), result.end(),
              [](const Event& a, const Event& b) { return a.at < b.at; });
    return result;
  }

  [[nodiscard]] const StackCall& call_in(std::uint32_t slot) const {
    return calls_[in_slot_[slot]];
  }

  bool begin(std::uint32_t number) {
    const StackCall& call = calls_[number];
    const auto slot = static_cast<std::uint32_t>(std::countr_one(busy_));
    if (slot == kMostSlots) return false;
    busy_ |= bit(slot);
    in_slot_[slot] = number;
    slot_of_[number] = slot;
    first_[slot] = 0;
    if (call.kind == Kind::kPush) ++pushes_begun_[call.value];
    if (call.kind == Kind::kNothing) {
      nothings_ |= bit(slot);
      settle_frontier();
      return true;
    }
    Slots& mine = call.kind == Kind::kPush ? pushes_ : pops_;
    for_each_slot(mine, [&](std::uint32_t other) {
      const StackCall& another = call_in(other);
      if (another.kind != call.kind) return;
      if (another.value != call.value && call.kind != Kind::kSilent) return;
      // Whoever must return sooner goes first.
      if (another.end <= call.end) {
        first_[slot] |= bit(other);
      } else {
        first_[other] |= bit(slot);
      }
    });
    mine |= bit(slot);
    return true;
  }

  [[nodiscard]] bool may_go(Slots done, std::uint32_t slot) const {
    return (first_[slot] & ~done) == 0;
  }

  [[nodiscard]] StackSets::Id take_top(StackSets::Id stacks, std::uint32_t slot) {
    const StackCall& call = call_in(slot);
    return call.kind == Kind::kSilent ? sets_.pop_any(stacks) : sets_.pop(call.value, stacks);
  }

  void end(std::uint32_t number) {
    const std::uint32_t slot = slot_of_[number];
    const Kind kind = calls_[number].kind;
    results_.clear();
    for (const Situation& s : frontier_.members()) {
      if ((s.done & bit(slot)) != 0) {
        note_result(s, slot);
      } else {
        popping_.add(s);
        if (kind == Kind::kPop) push_and_pop(s, slot);
      }
    }
    popping_.drain([&](const Situation& s) {
      if (is_exhausted()) return;
      for_each_slot(pops_ & ~s.done & ~bit(slot), [&](std::uint32_t pop) {
        ++steps_;
        if (!may_go(s.done, pop)) return;
        const StackSets::Id rest = take_top(s.stacks, pop);
        if (rest != StackSets::kNone) add_popped({s.done | bit(pop), rest});
      });
      if (kind == Kind::kPush) {
        pushing_.add(s);
      } else if (kind == Kind::kPop) {
        const StackSets::Id rest = take_top(s.stacks, slot);
        if (rest != StackSets::kNone) note_result({s.done | bit(slot), rest}, slot);
      } else if (sets_.has_empty(s.stacks)) {
        note_result({s.done | bit(slot), StackSets::empty_stack()}, slot);
      }
    });
    pushing_.drain([&](const Situation& s) {
      if (is_exhausted()) return;
      const auto push = [&](std::uint32_t pushed) {
        return sets_.push(call_in(pushed).value, s.stacks);
      };
      for_each_slot(pushes_ & ~s.done & ~bit(slot), [&](std::uint32_t other) {
        ++steps_;
        if (may_go(s.done, other)) pushing_.add({s.done | bit(other), push(other)});
      });
      note_result({s.done | bit(slot), push(slot)}, slot);
    });
    release(slot);
    if (!outcome_.reason.empty()) return;
    if (results_.size() == 0) return refuse(number);
    std::swap(frontier_.members(), results_.members());
    tidy_up();
  }

  // Whoever is to find nothing does where there is nothing.
  void add_popped(Situation s) {
    const Slots nothings = nothings_ & ~s.done;
    if (nothings != 0 && sets_.has_empty(s.stacks)) {
      popping_.add({s.done | nothings, StackSets::empty_stack()});
      s.stacks = sets_.without_empty(s.stacks);
      if (s.stacks == StackSets::kNone) return;
    }
    popping_.add(s);
  }

  // The value goes in and out at once, whatever lies there.
  void push_and_pop(const Situation& s, std::uint32_t slot) {
    for_each_slot(pushes_ & ~s.done, [&](std::uint32_t push) {
      ++steps_;
      const bool fits = call_in(push).value == call_in(slot).value && may_go(s.done, push);
      if (fits) note_result({s.done | bit(push) | bit(slot), s.stacks}, slot);
    });
  }

  void note_result(Situation s, std::uint32_t slot) {
    ++steps_;
    s.done &= ~bit(slot);
    settle(s, bit(slot));
  }

  // Lets take effect what can only be of use now. Without calls that have just returned.
  void settle(Situation s, Slots gone) {
    const Slots nothings = nothings_ & ~s.done & ~gone;
    if (nothings != 0 && sets_.has_empty(s.stacks)) {
      results_.add({s.done | nothings, StackSets::empty_stack()});
      s.stacks = sets_.without_empty(s.stacks);
      if (s.stacks == StackSets::kNone) return;
    }
    Slots pops = pops_ & ~s.done & ~gone;
    while (pops != 0) {
      const auto pop = static_cast<std::uint32_t>(std::countr_zero(pops));
      pops &= pops - 1;
      if (!may_take_at_once(s.done | gone, pop)) continue;
      const std::uint32_t value = call_in(pop).value;
      const StackSets::Id rest = sets_.pop(value, s.stacks);
      if (rest == StackSets::kNone) continue;
      settle({s.done | bit(pop), rest}, gone);
      s.stacks = sets_.without(value, s.stacks);
      if (s.stacks == StackSets::kNone) return;
    }
    results_.add(s);
  }

  [[nodiscard]] bool may_take_at_once(Slots done, std::uint32_t pop) const {
    const StackCall& call = call_in(pop);
    if (call.kind != Kind::kPop || !call.is_outermost || !may_go(done, pop)) return false;
    if (pushes_begun_[call.value] < call.pushes_by_end) return false;
    bool all_pushed = true;
    for_each_slot(pushes_ & ~done, [&](std::uint32_t push) {
      all_pushed = all_pushed && call_in(push).value != call.value;
    });
    return all_pushed;
  }

  void settle_frontier() {
    results_.clear();
    for (const Situation& s : frontier_.members()) settle(s, 0);
    std::swap(frontier_.members(), results_.members());
  }

  void release(std::uint32_t slot) {
    for (Slots* set : {&busy_, &pushes_, &pops_, &nothings_}) *set &= ~bit(slot);
    for (Slots& first : first_) first &= ~bit(slot);
  }

  void refuse(std::uint32_t number) {
    outcome_.verdict = outcome_.was_cut ? Verdict::kUnknown : Verdict::kViolated;
    outcome_.last = number;
    for (const Situation& s : frontier_.members()) {
      sets_.for_each_top(s.stacks, [&](std::uint32_t top) { outcome_.tops.push_back(top); });
    }
    std::sort(outcome_.tops.begin(), outcome_.tops.end());
    outcome_.tops.erase(std::unique(outcome_.tops.begin(), outcome_.tops.end()),
                        outcome_.tops.end());
    if (outcome_.was_cut) {
      outcome_.reason = fmt::format("none of the {} likeliest situations leads on", options_.width);
    }
  }

  bool is_exhausted() {
    const Budget& budget = options_.budget;
    const std::size_t situations = popping_.size() + pushing_.size() + results_.size();
    if (steps_ > budget.max_steps) {
      outcome_.reason = fmt::format("over {} (max_steps)", budget.max_steps);
    } else if (situations > budget.max_configurations) {
      outcome_.reason = fmt::format("over {} (max_configurations)", budget.max_configurations);
    } else if (sets_.bytes() + situations * sizeof(Situation) > budget.max_memory) {
      outcome_.reason = fmt::format("over {} (max_memory)", budget.max_memory);
    }
    return !outcome_.reason.empty();
  }

  void tidy_up() {
    std::vector<Situation>& all = frontier_.members();
    if (all.size() > options_.width) {
      outcome_.was_cut = true;
      std::stable_sort(all.begin(), all.end(), [](const Situation& a, const Situation& b) {
        return std::popcount(a.done) < std::popcount(b.done);
      });
      all.resize(options_.width);
    }
    if (sets_.size() < 65'536 || sets_.size() < 4 * sets_kept_) return;
    std::vector<StackSets::Id*> live;
    for (Situation& s : all) live.push_back(&s.stacks);
    sets_.keep(live);
    sets_kept_ = sets_.size();
  }

  std::span<const StackCall> calls_;
  const StackFrontierOptions options_;
  StackSets sets_;
  std::size_t sets_kept_ = 0;
  Situations frontier_{sets_};  // only its members are used
  Situations results_{sets_};
  Waiting popping_{sets_};
  Waiting pushing_{sets_};
  std::vector<std::uint32_t> pushes_begun_;  // by value
  std::vector<std::uint32_t> in_slot_;
  std::vector<std::uint32_t> slot_of_ = std::vector<std::uint32_t>(calls_.size());
  std::vector<Slots> first_;  // by slot: calls that do the same and go first
  Slots busy_ = 0;
  Slots pushes_ = 0;
  Slots pops_ = 0;
  Slots nothings_ = 0;
  StackFrontierOutcome outcome_;
  std::uint64_t steps_ = 0;
};

}  // namespace

std::optional<std::vector<StackCall>> stack_calls(std::span<const TimedCall<ObjectCall>> calls) {
  FlatMap<std::uint32_t> numbers;  // + 1
  std::uint32_t values = 0;
  const auto number = [&](Cell cell) {
    std::uint32_t& n = numbers[cell];
    if (n == 0) n = ++values;
    return n - 1;
  };
  std::vector<StackCall> result;
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    const auto& [call, begin, end] = calls[i];
    StackCall mine{.begin = begin, .end = end, .call = i};
    if (call.method == Method::kPush) {
      mine.value = number(call.a);
    } else if (call.method != Method::kPop || (end != kNever && call.result == kNoCell)) {
      return std::nullopt;
    } else if (end == kNever) {
      mine.kind = Kind::kSilent;
    } else if (call.result == kNilCell) {
      mine.kind = Kind::kNothing;
    } else {
      mine.kind = Kind::kPop;
      mine.value = number(call.result);
    }
    result.push_back(mine);
  }
  std::vector<std::vector<std::uint64_t>> begins(values);  // of pushes
  std::vector<std::vector<std::uint32_t>> pops(values);
  for (std::uint32_t i = 0; i < result.size(); ++i) {
    if (result[i].kind == Kind::kPush) begins[result[i].value].push_back(result[i].begin);
    if (result[i].kind == Kind::kPop) pops[result[i].value].push_back(i);
  }
  for (std::uint32_t value = 0; value < values; ++value) {
    std::sort(begins[value].begin(), begins[value].end());
    std::sort(pops[value].begin(), pops[value].end(),
              [&](std::uint32_t a, std::uint32_t b) { return result[a].begin > result[b].begin; });
    std::uint64_t first_end = kNever;  // of those that begin later
    for (const std::uint32_t i : pops[value]) {
      StackCall& pop = result[i];
      pop.is_outermost = pop.end < first_end;
      first_end = std::min(first_end, pop.end);
      pop.pushes_by_end = static_cast<std::uint32_t>(
          std::lower_bound(begins[value].begin(), begins[value].end(), pop.end) -
          begins[value].begin());
    }
  }
  return result;
}

StackFrontierOutcome run_stack_frontier(std::span<const StackCall> calls,
                                        const StackFrontierOptions& options) {
  return StackFrontier(calls, options).run();
}

}  // namespace quorumlab::models
