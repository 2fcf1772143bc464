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
  // Could `call` make the object forget its past, and `later` become legal after it?
  std::function<bool(const Call& call, const Call& later)> resets = {};
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

  void keep(const std::vector<std::uint32_t>& live) override {
    std::vector<State> kept;
    kept.reserve(live.size());
    for (const std::uint32_t state : live) kept.push_back(std::move(states_[state]));
    states_ = std::move(kept);
    rebuild(states_.size());
  }

  bool can_lead_to(std::uint32_t state, std::uint32_t op) override {
    return specification_.can_lead_to(states_[state], calls_[op].call);
  }

  bool step_can_lead_to(std::uint32_t state, std::uint32_t op, std::uint32_t later) override {
    if (!specification_.step_can_lead_to) return true;
    return specification_.step_can_lead_to(states_[state], calls_[op].call, calls_[later].call);
  }

  [[nodiscard]] std::string to_text(std::uint32_t state) const override {
    return specification_.show ? specification_.show(states_[state]) : "a state";
  }

 private:
  std::uint32_t number(State state) {
    if (2 * (states_.size() + 1) > table_.size()) rebuild(states_.size() + 1);
    std::uint32_t& entry = table_[slot_of(state)];
    if (entry == 0) {
      states_.push_back(std::move(state));
      entry = static_cast<std::uint32_t>(states_.size());
    }
    return entry - 1;
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
};

// Requires: positions differ. Open observers are ignored.
template <class Call>
[[nodiscard]] Timeline timeline_of(
    std::span<const TimedCall<Call>> calls, const std::function<bool(const Call&)>& is_observer,
    const std::function<bool(const Call&, const Call&)>& alike = {}) {
  struct Moment {
    std::uint64_t position;
    TimelineEvent event;
  };
  Timeline timeline;
  std::vector<Moment> moments;
  std::vector<std::uint32_t> kinds;  // a call of each kind
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    const TimedCall<Call>& timed = calls[i];
    TimelineCall call{.kind = i,
                      .is_open = timed.completed == kNever,
                      .is_observer = is_observer && is_observer(timed.call)};
    if (alike) {
      // Few kinds are looked through: of a call that is like no recent one nothing is lost.
      const std::size_t from = kinds.size() > 64 ? kinds.size() - 64 : 0;
      for (std::size_t k = from; k < kinds.size() && call.kind == i; ++k) {
        if (alike(calls[kinds[k]].call, timed.call)) call.kind = kinds[k];
      }
      if (call.kind == i) kinds.push_back(i);
    }
    timeline.calls.push_back(call);
    if (call.is_open && call.is_observer) continue;
    moments.push_back({timed.invoked, {i, false}});
    if (!call.is_open) moments.push_back({timed.completed, {i, true}});
  }
  std::sort(moments.begin(), moments.end(),
            [](const Moment& a, const Moment& b) { return a.position < b.position; });
  for (const Moment& moment : moments) timeline.events.push_back(moment.event);
  return timeline;
}

// For each event, the next call to return that tells something of the states before it.
template <class State, class Call>
void look_ahead(const Specification<State, Call>& specification,
                std::span<const TimedCall<Call>> calls, Timeline& timeline) {
  constexpr std::size_t kMostTried = 8;
  const std::size_t count = timeline.events.size();
  std::vector<std::uint32_t> ends(calls.size(), UINT32_MAX);
  std::vector<std::uint32_t> begins(calls.size(), UINT32_MAX);
  for (std::uint32_t i = 0; i < count; ++i) {
    (timeline.events[i].returns ? ends : begins)[timeline.events[i].op] = i;
  }
  // From which event on nothing can reset the object before the observer: by observer.
  std::vector<std::uint32_t> clear(calls.size(), UINT32_MAX);
  std::vector<std::uint32_t> resetters;
  for (std::uint32_t op = 0; op < calls.size(); ++op) {
    if (begins[op] != UINT32_MAX && !timeline.calls[op].is_observer) resetters.push_back(op);
  }
  timeline.ahead.assign(count, UINT32_MAX);
  for (std::uint32_t op = 0; op < calls.size(); ++op) {
    if (!timeline.calls[op].is_observer || ends[op] == UINT32_MAX) continue;
    clear[op] = 0;  // the first event is an invocation
    for (const std::uint32_t other : resetters) {
      if (begins[other] > ends[op] || ends[other] <= clear[op]) continue;
      if (specification.resets(calls[other].call, calls[op].call)) clear[op] = ends[other];
    }
  }
  std::vector<std::uint32_t> next;  // observers that return later, the nearest last
  for (std::uint32_t i = static_cast<std::uint32_t>(count); i-- > 0;) {
    for (std::size_t k = 0; k < std::min(kMostTried, next.size()); ++k) {
      const std::uint32_t op = next[next.size() - 1 - k];
      if (clear[op] >= i) continue;  // at that event, not everybody has let it take effect yet
      timeline.ahead[i] = op;
      break;
    }
    const TimelineEvent& event = timeline.events[i];
    if (event.returns && timeline.calls[event.op].is_observer) next.push_back(event.op);
  }
}

template <class State, class Call>
[[nodiscard]] SpecificationResult check_specification(
    const Specification<State, Call>& specification, std::span<const TimedCall<Call>> calls,
    const Budget& budget = {}) {
  SpecificationStates<State, Call> states(specification, calls);
  Timeline timeline = timeline_of(calls, specification.is_observer, specification.alike);
  if (specification.can_lead_to) look_ahead(specification, calls, timeline);
  return search_specification(timeline, states, budget);
}

}  // namespace quorumlab::models
