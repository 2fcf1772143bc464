#include "models/consistency/linear_prefix.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace quorumlab::models {
namespace {

// One way in which everything that was answered so far can have happened.
struct State {
  Value value;
  std::set<OpId> done;      // of the open operations, those that have happened
  std::set<OpId> hideable;  // ... those that can have happened right before the last write
  std::vector<OpId> order;
  std::size_t last_write = 0;  // its position in `order`, plus one
};

using Identity = std::tuple<Value, std::set<OpId>, std::set<OpId>>;

Identity identity_of(const State& state) {
  return {state.value, state.done, state.hideable};
}

class Prefix {
 public:
  Prefix(const History& history, Key key, std::size_t states_max)
      : history_(history), key_(key), states_max_(states_max) {}

  std::optional<LinearPrefix> find() {
    for (const Operation& op : history_.operations()) {
      if (op.key != key_) continue;
      if (op.f == Function::kCas) return std::nullopt;
      if (is_idle(op)) continue;
      events_[op.invoked] = {op.id, true};
      if (op.outcome == Outcome::kOk) events_[op.completed] = {op.id, false};
    }
    states_.push_back({});
    for (const auto& [position, event] : events_) {
      const Operation& op = history_.operation(event.first);
      if (event.second) {
        open_.insert(op.id);
        for (State& state : states_) absorb_reads(state);
        continue;
      }
      if (!answer(op)) return end_at(op.id);
      if (states_.size() > states_max_) return std::nullopt;
      open_.erase(op.id);
    }
    return end_at(sim::kNoOp);
  }

 private:
  // Says nothing about the order: it failed, or is a read whose result is not known.
  static bool is_idle(const Operation& op) {
    const bool is_read = op.f == Function::kRead;
    return op.outcome == Outcome::kFail ||
           (is_read && (op.outcome != Outcome::kOk || !op.value_known));
  }

  void absorb_reads(State& state) const {
    for (const OpId id : open_) {
      const Operation& op = history_.operation(id);
      if (op.f != Function::kRead || op.value != state.value || state.done.contains(id)) continue;
      state.done.insert(id);
      state.order.push_back(id);
    }
  }

  [[nodiscard]] State after_write(State state, const Operation& write) const {
    state.value = write.value;
    state.done.insert(write.id);
    state.order.push_back(write.id);
    state.last_write = state.order.size();
    state.hideable.clear();
    for (const OpId id : open_)
      if (history_.operation(id).f == Function::kWrite && !state.done.contains(id))
        state.hideable.insert(id);
    absorb_reads(state);
    return state;
  }

  // Every state in which `op` has happened by now; false: there is none.
  bool answer(const Operation& op) {
    std::vector<State> reached;
    std::set<Identity> seen;
    std::vector<State> work = states_;
    while (!work.empty() && seen.size() <= states_max_) {
      State state = std::move(work.back());
      work.pop_back();
      if (!seen.insert(identity_of(state)).second) continue;
      if (state.done.contains(op.id)) {
        state.done.erase(op.id);
        state.hideable.erase(op.id);
        reached.push_back(std::move(state));
        continue;
      }
      if (state.hideable.contains(op.id)) work.push_back(hidden(state, op));
      // A write whose value some open read waits for, or the operation itself.
      for (const OpId id : open_) {
        const Operation& next = history_.operation(id);
        if (next.f != Function::kWrite || state.done.contains(id)) continue;
        if (id == op.id || is_awaited(state, next.value)) work.push_back(after_write(state, next));
      }
    }
    if (reached.empty()) return false;
    states_.clear();
    std::set<Identity> kept;
    for (State& state : reached)
      if (kept.insert(identity_of(state)).second) states_.push_back(std::move(state));
    return true;
  }

  [[nodiscard]] bool is_awaited(const State& state, const Value& value) const {
    return std::any_of(open_.begin(), open_.end(), [&](OpId id) {
      const Operation& op = history_.operation(id);
      return op.f == Function::kRead && op.value == value && !state.done.contains(id);
    });
  }

  [[nodiscard]] static State hidden(State state, const Operation& write) {
    state.order.insert(state.order.begin() + static_cast<std::ptrdiff_t>(state.last_write - 1),
                       write.id);
    ++state.last_write;
    state.done.insert(write.id);
    state.hideable.erase(write.id);
    return state;
  }

  LinearPrefix end_at(OpId failing) const {
    const auto longest = std::max_element(
        states_.begin(), states_.end(),
        [](const State& a, const State& b) { return a.order.size() < b.order.size(); });
    LinearPrefix prefix{
        .order = longest->order, .failing = failing, .state = longest->value, .waiting = {}};
    for (const OpId id : open_)
      if (!longest->done.contains(id) && id != failing) prefix.waiting.push_back(id);
    return prefix;
  }

  const History& history_;
  Key key_;
  std::size_t states_max_;
  std::map<std::uint64_t, std::pair<OpId, bool>> events_;  // by position: invocation or answer
  std::set<OpId> open_;
  std::vector<State> states_;
};

}  // namespace

std::optional<LinearPrefix> longest_prefix(const History& history, Key key,
                                           std::size_t states_max) {
  return Prefix(history, key, states_max).find();
}

}  // namespace quorumlab::models
