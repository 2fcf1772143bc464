// Linearizability of an object of your own: say what it is with three functions, as in Porcupine.
//
//   Specification<int, Call> counter{
//       .initial = [] { return 0; },
//       .step = [](int& n, const Call& c) { n += c.add; return !c.read || *c.read == n; },
//       .equal = [](int a, int b) { return a == b; }};
//   check_specification(counter, calls).verdict;
//
// A call carries its arguments and, if it is known, its result.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/consistency/specification_search.h"
#include "models/exchange/flat_map.h"

namespace quorumlab::models {

template <class State, class Call>
struct Specification {
  std::function<State()> initial;
  // Takes the call's effect on the state; false: its result is not legal there. A call whose
  // outcome is unknown has no known result, and may be legal without any effect.
  std::function<bool(State&, const Call&)> step;
  std::function<bool(const State&, const State&)> equal;
  // The rest makes it faster or the witness readable, and may be left out. `equal` states must
  // hash alike; an observer must never change any state; calls that are `alike` do the same.
  std::function<std::uint64_t(const State&)> hash = {};
  std::function<bool(const Call&)> is_observer = {};
  std::function<bool(const Call&, const Call&)> alike = {};
  std::function<std::string(const State&)> show = {};
  // For objects that keep their past, such as a text that is appended to: could `later`, an
  // observer, still become legal, if nothing in between resets the object?
  std::function<bool(const State&, const Call& later)> can_lead_to = {};
  // The same of the state after `call`, without making that: tried first, and may always say yes.
  std::function<bool(const State&, const Call& call, const Call& later)> step_can_lead_to = {};
  // Could `call` make the object forget its past, and `later` become legal after it? Of calls that
  // are total and do not overwrite this is not asked: they keep the past.
  std::function<bool(const Call& call, const Call& later)> resets = {};
  // Calls that are legal in every state; of these, calls that leave the same state behind whatever
  // they found. What a total call did may have been undone at once, unnoticed, by such an
  // overwriting one.
  std::function<bool(const Call&)> is_total = {};
  std::function<bool(const Call&)> overwrites = {};
  // For objects made of parts that have nothing to do with one another, as the elements of a set:
  // the part that a call is about, kWhole for observers of all of them; and the parts in which a
  // state is not as such an observer saw it, of which one more than `most` are enough. What a call
  // about a part does and finds must depend on that part alone. Not with `is_total`.
  std::function<std::uint64_t(const Call&)> part = {};
  std::function<void(const State&, const Call& whole, std::size_t most,
                     std::vector<std::uint64_t>& parts)>
      differences = {};
  // Calls that are `alike` must have equal ones.
  std::function<std::uint64_t(const Call&)> identity = {};
  // Of a state, beside the object itself: for budgets of memory.
  std::function<std::size_t(const State&)> bytes = {};
};

template <class Call>
struct TimedCall {
  Call call;
  std::uint64_t invoked = 0;         // position in real-time order; all positions differ
  std::uint64_t completed = kNever;  // kNever: unknown outcome
};

template <class State, class Call>
class SpecificationStates : public StateSpace {
 public:
  SpecificationStates(const Specification<State, Call>& specification,
                      std::span<const TimedCall<Call>> calls)
      : specification_(specification), calls_(calls) {}

  std::uint32_t initial() override { return number(specification_.initial()); }

  std::optional<std::uint32_t> step(std::uint32_t state, std::uint32_t op) override {
    State next = states_[state];
    if (!specification_.step(next, calls_[op].call)) return std::nullopt;
    return number(std::move(next));
  }

  [[nodiscard]] std::size_t size() const override { return states_.size(); }
  [[nodiscard]] std::size_t bytes() const override {
    return states_.size() * (sizeof(State) + 4 * sizeof(std::uint32_t)) + inside_;
  }

  void keep(const std::vector<std::uint32_t>& live) override {
    std::vector<State> kept;
    kept.reserve(live.size());
    for (const std::uint32_t state : live) kept.push_back(std::move(states_[state]));
    states_ = std::move(kept);
    inside_ = 0;
    for (const State& state : states_) inside_ += bytes_in(state);
    rebuild(states_.size());
  }

  bool can_lead_to(std::uint32_t state, std::uint32_t op) override {
    return specification_.can_lead_to(states_[state], calls_[op].call);
  }

  bool step_can_lead_to(std::uint32_t state, std::uint32_t op, std::uint32_t later) override {
    if (!specification_.step_can_lead_to) return true;
    return specification_.step_can_lead_to(states_[state], calls_[op].call, calls_[later].call);
  }

  void find_differences(std::uint32_t state, std::uint32_t op, std::size_t most,
                        std::vector<std::uint64_t>& parts) const override {
    specification_.differences(states_[state], calls_[op].call, most, parts);
  }

  [[nodiscard]] std::string to_text(std::uint32_t state) const override {
    return specification_.show ? specification_.show(states_[state]) : "a state";
  }

 private:
  std::uint32_t number(State state) {
    if (2 * (states_.size() + 1) > table_.size()) rebuild(states_.size() + 1);
    std::uint32_t& entry = table_[slot_of(state)];
    if (entry == 0) {
      inside_ += bytes_in(state);
      states_.push_back(std::move(state));
      entry = static_cast<std::uint32_t>(states_.size());
    }
    return entry - 1;
  }

  [[nodiscard]] std::size_t bytes_in(const State& state) const {
    return specification_.bytes ? specification_.bytes(state) : 0;
  }

  std::size_t slot_of(const State& state) const {
    const std::size_t mask = table_.size() - 1;
    std::size_t i = (specification_.hash ? specification_.hash(state) : 0) & mask;
    while (table_[i] != 0 && !specification_.equal(states_[table_[i] - 1], state)) {
      i = (i + 1) & mask;
    }
    return i;
  }

  void rebuild(std::size_t count) {
    std::size_t size = 64;
    while (size < 4 * count) size *= 2;
    table_.assign(size, 0);
    for (std::uint32_t i = 0; i < states_.size(); ++i) table_[slot_of(states_[i])] = i + 1;
  }

  const Specification<State, Call>& specification_;
  std::span<const TimedCall<Call>> calls_;
  std::vector<State> states_;
  std::vector<std::uint32_t> table_;  // number + 1; 0: free
  std::size_t inside_ = 0;            // bytes that states have elsewhere
};

// Tells which calls are alike: finds for each the first such one.
template <class State, class Call>
class CallKinds {
 public:
  CallKinds(const Specification<State, Call>& specification, std::span<const TimedCall<Call>> calls)
      : specification_(specification), calls_(calls) {}

  std::uint32_t of(std::uint32_t call) {
    if (!specification_.alike) return call;
    if (specification_.identity) {
      // Of two kinds that happen to have one identity nothing is lost but a little speed.
      std::uint32_t& first = by_identity_[specification_.identity(calls_[call].call)];
      if (first == 0) first = call + 1;
      return is_like(first - 1, call) ? first - 1 : call;
    }
    // Few kinds are looked through: of a call that is like no recent one nothing is lost either.
    const std::size_t from = kinds_.size() > 64 ? kinds_.size() - 64 : 0;
    for (std::size_t k = from; k < kinds_.size(); ++k) {
      if (is_like(kinds_[k], call)) return kinds_[k];
    }
    kinds_.push_back(call);
    return call;
  }

 private:
  [[nodiscard]] bool is_like(std::uint32_t a, std::uint32_t b) const {
    return a == b || specification_.alike(calls_[a].call, calls_[b].call);
  }

  const Specification<State, Call>& specification_;
  std::span<const TimedCall<Call>> calls_;
  std::vector<std::uint32_t> kinds_;    // a call of each kind
  FlatMap<std::uint32_t> by_identity_;  // + 1
};

// Requires: positions differ. Open observers are ignored.
template <class State, class Call>
[[nodiscard]] Timeline timeline_of(const Specification<State, Call>& specification,
                                   std::span<const TimedCall<Call>> calls) {
  struct Moment {
    std::uint64_t position;
    TimelineEvent event;
  };
  const auto is = [](const auto& trait, const Call& call) { return trait && trait(call); };
  Timeline timeline;
  timeline.has_parts = specification.part && specification.differences;
  std::vector<Moment> moments;
  CallKinds<State, Call> kinds(specification, calls);
  timeline.calls.reserve(calls.size());
  moments.reserve(2 * calls.size());
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    const TimedCall<Call>& timed = calls[i];
    TimelineCall call{.kind = kinds.of(i),
                      .is_open = timed.completed == kNever,
                      .is_observer = is(specification.is_observer, timed.call),
                      .is_total = is(specification.is_total, timed.call),
                      .overwrites = is(specification.overwrites, timed.call)};
    if (timeline.has_parts) call.part = specification.part(timed.call);
    timeline.calls.push_back(call);
    if (call.is_open && call.is_observer) continue;
    moments.push_back({timed.invoked, {i, false}});
    if (!call.is_open) moments.push_back({timed.completed, {i, true}});
  }
  std::sort(moments.begin(), moments.end(),
            [](const Moment& a, const Moment& b) { return a.position < b.position; });
  timeline.events.reserve(moments.size());
  for (const Moment& moment : moments) timeline.events.push_back(moment.event);
  return timeline;
}

// For each event, the next calls to return that tell something of the states before them.
template <class State, class Call>
class LookAhead {
 public:
  LookAhead(const Specification<State, Call>& specification, std::span<const TimedCall<Call>> calls,
            Timeline& timeline)
      : specification_(specification), calls_(calls), timeline_(timeline) {}

  void run() {
    const auto count = static_cast<std::uint32_t>(timeline_.events.size());
    begins_.assign(calls_.size(), UINT32_MAX);
    ends_.assign(calls_.size(), UINT32_MAX);
    for (std::uint32_t i = 0; i < count; ++i) {
      const TimelineEvent& event = timeline_.events[i];
      (event.returns ? ends_ : begins_)[event.op] = i;
    }
    find_resetters();
    timeline_.ahead.assign(count, {});
    std::vector<std::uint32_t> next;  // observers that return later, the nearest last
    for (std::uint32_t i = count; i-- > 0;) {
      for (std::size_t k = 0; k < std::min(kMostTried, next.size()); ++k) {
        note(i, next[next.size() - 1 - k]);
      }
      const TimelineEvent& event = timeline_.events[i];
      if (event.returns && timeline_.calls[event.op].is_observer) next.push_back(event.op);
    }
  }

  // By call the event at which it returns; UINT32_MAX: none.
  [[nodiscard]] const std::vector<std::uint32_t>& ends() const { return ends_; }

 private:
  static constexpr std::size_t kMostTried = 8;
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct Resetters {
    std::uint32_t last = kNone;        // the one that ends last
    std::uint32_t clear_but_last = 0;  // from here on there is no other
    std::uint32_t clear = 0;           // from here on there is none
  };

  // What can reset the object before each observer.
  void find_resetters() {
    resetters_.resize(calls_.size());
    std::vector<std::uint32_t> all;
    for (std::uint32_t op = 0; op < calls_.size(); ++op) {
      const TimelineCall& call = timeline_.calls[op];
      const bool keeps = call.is_observer || (call.is_total && !call.overwrites);
      if (begins_[op] != kNone && !keeps) all.push_back(op);
    }
    for (std::uint32_t op = 0; op < calls_.size(); ++op) {
      if (!timeline_.calls[op].is_observer || ends_[op] == kNone) continue;
      Resetters& mine = resetters_[op];
      for (const std::uint32_t other : all) {
        if (begins_[other] > ends_[op] || ends_[other] <= mine.clear_but_last) continue;
        if (!specification_.resets(calls_[other].call, calls_[op].call)) continue;
        if (ends_[other] > mine.clear || mine.last == kNone) {
          mine.clear_but_last = mine.clear;
          mine.clear = ends_[other];
          mine.last = other;
        } else {
          mine.clear_but_last = ends_[other];
        }
      }
    }
  }

  // At the event of an end, not everybody has let it take effect yet.
  void note(std::uint32_t event, std::uint32_t op) {
    const Resetters& mine = resetters_[op];
    auto& [plain, resettable] = timeline_.ahead[event];
    if (mine.last == kNone || mine.clear < event) {
      if (plain.op == kNone) plain = {op, kNone};
    } else if (mine.clear_but_last < event && begins_[mine.last] < event) {
      if (resettable.op == kNone) resettable = {op, mine.last};
    }
  }

  const Specification<State, Call>& specification_;
  std::span<const TimedCall<Call>> calls_;
  Timeline& timeline_;
  std::vector<std::uint32_t> begins_;
  std::vector<std::uint32_t> ends_;
  std::vector<Resetters> resetters_;  // by observer
};

template <class State, class Call>
[[nodiscard]] SpecificationResult check_specification(
    const Specification<State, Call>& specification, std::span<const TimedCall<Call>> calls,
    const Budget& budget = {}) {
  SpecificationStates<State, Call> states(specification, calls);
  Timeline timeline = timeline_of(specification, calls);
  if (specification.can_lead_to) {
    LookAhead<State, Call>(specification, calls, timeline).run();
  }
  return search_specification(timeline, states, budget);
}

}  // namespace quorumlab::models
