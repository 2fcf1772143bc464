#include "models/consistency/stack_frontier.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "models/consistency/stack_prospects.h"
#include "models/consistency/stack_situations.h"
#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

using Slots = std::uint64_t;
using Kind = StackCallKind;
using Situation = StackSituation;

constexpr std::uint32_t kMostSlots = 64;

constexpr Slots bit(std::uint32_t slot) {
  return Slots{1} << slot;
}

template <class F>
void for_each_slot(Slots slots, F f) {
  for (; slots != 0; slots &= slots - 1) f(static_cast<std::uint32_t>(std::countr_zero(slots)));
}

class StackFrontier {
 public:
  StackFrontier(std::span<const StackCall> calls, const StackFrontierOptions& options)
      : calls_(calls), options_(options) {
    slots_.slot_of.resize(calls.size());
  }

  StackFrontierResult run() {
    for (now_ = 0; now_ < events_.size(); ++now_) {
      const StackEvent& event = events_[now_];
      prospects_.advance(now_);
      if (event.returns) {
        end(event.call);
      } else if (!begin(event.call)) {
        result_.reason = "more than 64 operations overlap";
      }
      result_.steps = steps();
      if (!result_.reason.empty()) result_.verdict = Verdict::kUnknown;
      if (result_.verdict != Verdict::kHolds) return result_;
    }
    return result_;
  }

 private:
  [[nodiscard]] const StackCall& call_in(std::uint32_t slot) const {
    return calls_[slots_.call_in[slot]];
  }

  bool begin(std::uint32_t number) {
    const StackCall& call = calls_[number];
    const auto slot = static_cast<std::uint32_t>(std::countr_one(busy_));
    if (slot == kMostSlots) return false;
    busy_ |= bit(slot);
    slots_.call_in[slot] = number;
    slots_.slot_of[number] = slot;
    begun_[number] = static_cast<std::uint32_t>(now_);
    first_[slot] = 0;
    if (call.kind == Kind::kNothing) {
      slots_.nothings |= bit(slot);
      for (const Situation& s : frontier_) settle(s, 0);
      frontier_ = results_.take();
      return true;
    }
    Slots& mine = call.kind == Kind::kPush ? slots_.pushes : slots_.pops;
    for_each_slot(mine, [&](std::uint32_t other) { compare(slot, other); });
    mine |= bit(slot);
    return true;
  }

  // Of those that do the same, whoever must return sooner goes first: the other is of more use
  // later. But what is inserted may be of more use if it began sooner.
  void compare(std::uint32_t slot, std::uint32_t older) {
    const StackCall& call = call_in(slot);
    const StackCall& other = call_in(older);
    const bool alike =
        call.kind == other.kind && (call.kind == Kind::kSilent || call.value == other.value);
    if (!alike) return;
    const bool both_return = call.end != kNever && other.end != kNever;
    if (call.end < other.end) {
      first_[older] |= bit(slot);
    } else if (!options_.inserts || call.kind != Kind::kPush || !both_return) {
      first_[slot] |= bit(older);
    }
  }

  [[nodiscard]] bool may_go(Slots done, std::uint32_t slot) const {
    return (first_[slot] & ~done) == 0;
  }

  [[nodiscard]] StackSets::Id take_top(StackSets::Id stacks, std::uint32_t slot) {
    const StackCall& call = call_in(slot);
    return call.kind == Kind::kSilent ? sets_.pop_any(stacks) : sets_.pop(call.value, stacks);
  }

  void end(std::uint32_t number) {
    const std::uint32_t slot = slots_.slot_of[number];
    const Kind kind = calls_[number].kind;
    for (const Situation& s : frontier_) {
      if ((s.done & bit(slot)) != 0) {
        note_result(s, slot);
      } else {
        popping_.add(s);
        if (kind == Kind::kPop) push_and_pop(s, slot);
      }
    }
    popping_.drain([&](const Situation& s) {
      if (is_exhausted()) return;
      pop_others(s, slot);
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
      if (!options_.inserts) push_others(s, slot);
      const std::uint32_t value = calls_[number].value;
      const auto now = static_cast<std::uint32_t>(now_);
      const StackSets::Id stacks = options_.inserts
                                       ? sets_.insert(value, begun_[number], now, s.stacks)
                                       : sets_.push(value, 0, s.stacks);
      note_result({s.done | bit(slot), stacks}, slot);
    });
    sets_.forget_insertions();
    release(slot);
    std::vector<Situation> results = results_.take();
    if (!result_.reason.empty()) return;
    if (results.empty()) return refuse(number);
    frontier_ = std::move(results);
    tidy_up();
  }

  void pop_others(const Situation& s, std::uint32_t slot) {
    for_each_slot(slots_.pops & ~s.done & ~bit(slot), [&](std::uint32_t pop) {
      ++steps_;
      if (!may_go(s.done, pop)) return;
      Situation after{s.done | bit(pop), take_top(s.stacks, pop)};
      if (after.stacks == StackSets::kNone) return;
      if (find_nothing(after, 0, popping_)) popping_.add(after);
    });
  }

  void push_others(const Situation& s, std::uint32_t slot) {
    for_each_slot(slots_.pushes & ~s.done & ~bit(slot), [&](std::uint32_t push) {
      ++steps_;
      if (!may_go(s.done, push)) return;
      pushing_.add({s.done | bit(push), sets_.push(call_in(push).value, 0, s.stacks)});
    });
  }

  // The value goes in and out at once, whatever lies there.
  void push_and_pop(const Situation& s, std::uint32_t slot) {
    for_each_slot(slots_.pushes & ~s.done, [&](std::uint32_t push) {
      ++steps_;
      const bool fits = call_in(push).value == call_in(slot).value && may_go(s.done, push);
      if (fits) note_result({s.done | bit(push) | bit(slot), s.stacks}, slot);
    });
  }

  // Whoever is to find nothing does where there is nothing. False: then nothing is left over.
  template <class Target>
  bool find_nothing(Situation& s, Slots gone, Target& target) {
    const Slots nothings = slots_.nothings & ~s.done & ~gone;
    if (nothings == 0 || !sets_.has_empty(s.stacks)) return true;
    target.add({s.done | nothings, StackSets::empty_stack()});
    s.stacks = sets_.without_empty(s.stacks);
    return s.stacks != StackSets::kNone;
  }

  void note_result(Situation s, std::uint32_t slot) {
    ++steps_;
    s.done &= ~bit(slot);
    settle(s, bit(slot));
  }

  // Lets take effect what can only be of use now; `gone` has just returned.
  void settle(Situation s, Slots gone) {
    if (!find_nothing(s, gone, results_)) return;
    for (Slots pops = slots_.pops & ~s.done & ~gone; pops != 0; pops &= pops - 1) {
      const auto pop = static_cast<std::uint32_t>(std::countr_zero(pops));
      if (!may_take_at_once(s.done | gone, pop)) continue;
      const std::uint32_t value = call_in(pop).value;
      const StackSets::Id rest = sets_.pop(value, s.stacks);
      if (rest == StackSets::kNone) continue;
      settle({s.done | bit(pop), rest}, gone);
      s.stacks = sets_.without(value, s.stacks);
      if (s.stacks == StackSets::kNone) return;
    }
    doomed_.clear();
    sets_.for_each_top(s.stacks, [&](std::uint32_t top) {
      ++steps_;
      const bool is_new = doomed_.empty() || doomed_.back() != top;
      if (is_new && !prospects_.may_stay(top, s.done | gone, slots_)) doomed_.push_back(top);
    });
    for (const std::uint32_t top : doomed_) {
      s.stacks = sets_.without(top, s.stacks);
      if (s.stacks == StackSets::kNone) return;
    }
    results_.add(s);
  }

  [[nodiscard]] bool may_take_at_once(Slots done, std::uint32_t pop) const {
    const StackCall& call = call_in(pop);
    if (call.kind != Kind::kPop || !call.is_outermost || !may_go(done, pop)) return false;
    if (prospects_.pushes_begun(call.value) < call.pushes_by_end) return false;
    bool all_pushed = true;
    for_each_slot(slots_.pushes & ~done, [&](std::uint32_t push) {
      all_pushed = all_pushed && call_in(push).value != call.value;
    });
    return all_pushed;
  }

  void release(std::uint32_t slot) {
    for (Slots* set : {&busy_, &slots_.pushes, &slots_.pops, &slots_.nothings}) *set &= ~bit(slot);
    for (Slots& first : first_) first &= ~bit(slot);
  }

  void refuse(std::uint32_t number) {
    result_.verdict = Verdict::kViolated;
    result_.last = number;
    std::vector<std::uint32_t>& tops = result_.tops;
    for (const Situation& s : frontier_) {
      sets_.for_each_top(s.stacks, [&](std::uint32_t top) { tops.push_back(top); });
    }
    std::sort(tops.begin(), tops.end());
    tops.erase(std::unique(tops.begin(), tops.end()), tops.end());
    if (!was_cut_ && !sets_.gave_up()) return;
    result_.reason = fmt::format("none of the {} likeliest situations leads on", options_.width);
  }

  bool is_exhausted() {
    const Budget& budget = options_.budget;
    const std::size_t situations = popping_.size() + pushing_.size() + results_.size();
    if (steps() > budget.max_steps) {
      result_.reason = fmt::format("over {} (max_steps)", budget.max_steps);
    } else if (situations > budget.max_configurations) {
      result_.reason = fmt::format("over {} (max_configurations)", budget.max_configurations);
    } else if (sets_.bytes() + situations * sizeof(Situation) > budget.max_memory) {
      result_.reason = fmt::format("over {} (max_memory)", budget.max_memory);
    }
    return !result_.reason.empty();
  }

  [[nodiscard]] std::uint64_t steps() const { return steps_ + sets_.work(); }

  // Pushes that have taken effect early are the less likely ones.
  void tidy_up() {
    if (frontier_.size() > options_.width) {
      was_cut_ = true;
      const auto early = [this](const Situation& s) {
        return std::popcount(s.done & (options_.inserts ? ~Slots{0} : slots_.pushes));
      };
      std::stable_sort(frontier_.begin(), frontier_.end(),
                       [&](const Situation& a, const Situation& b) { return early(a) < early(b); });
      frontier_.resize(options_.width);
    }
    if (sets_.size() < kManySets || sets_.size() < 4 * sets_kept_) return;
    std::vector<StackSets::Id*> live;
    for (Situation& s : frontier_) live.push_back(&s.stacks);
    sets_.keep(live);
    sets_kept_ = sets_.size();
  }

  static constexpr std::size_t kManySets = 65'536;

  std::span<const StackCall> calls_;
  const StackFrontierOptions options_;
  const std::vector<StackEvent> events_ = stack_events(calls_);
  StackProspects prospects_{calls_, events_};
  StackSlots slots_;
  StackSets sets_;
  std::size_t sets_kept_ = 0;
  std::vector<Situation> frontier_{1};
  StackSituations results_{sets_};
  WaitingStackSituations popping_{sets_};
  WaitingStackSituations pushing_{sets_};
  std::vector<std::uint32_t> begun_ = std::vector<std::uint32_t>(calls_.size());  // at which event
  std::vector<Slots> first_ = std::vector<Slots>(kMostSlots);  // who does the same and goes first
  Slots busy_ = 0;
  std::vector<std::uint32_t> doomed_;
  std::size_t now_ = 0;
  bool was_cut_ = false;  // situations were left out
  StackFrontierResult result_;
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
  result.reserve(calls.size());
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
  return result;
}

StackFrontierResult run_stack_frontier(std::span<const StackCall> calls,
                                       const StackFrontierOptions& options) {
  std::vector<StackCall> known(calls.begin(), calls.end());
  std::uint32_t values = 0;
  for (const StackCall& call : known) values = std::max(values, call.value + 1);
  std::vector<std::vector<std::uint64_t>> begins(values);  // of pushes
  std::vector<std::vector<StackCall*>> pops(values);
  for (StackCall& call : known) {
    if (call.kind == Kind::kPush) begins[call.value].push_back(call.begin);
    if (call.kind == Kind::kPop) pops[call.value].push_back(&call);
  }
  for (std::uint32_t value = 0; value < values; ++value) {
    std::sort(begins[value].begin(), begins[value].end());
    std::sort(pops[value].begin(), pops[value].end(),
              [](const StackCall* a, const StackCall* b) { return a->begin > b->begin; });
    std::uint64_t first_end = kNever;  // of those that begin later
    for (StackCall* const pop : pops[value]) {
      pop->is_outermost = pop->end < first_end;
      first_end = std::min(first_end, pop->end);
      const auto later = std::lower_bound(begins[value].begin(), begins[value].end(), pop->end);
      pop->pushes_by_end = static_cast<std::uint32_t>(later - begins[value].begin());
    }
  }
  return StackFrontier(known, options).run();
}

}  // namespace quorumlab::models
