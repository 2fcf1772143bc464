#include "tests/models/object_oracle.h"

#include <algorithm>
#include <map>

namespace quorumlab::models::testing {

bool has_order(const ObjectSpecification& specification, const Calls& calls) {
  std::vector<bool> placed(calls.size());
  const std::function<bool(const ObjectState&)> go = [&](const ObjectState& state) {
    std::uint64_t deadline = kNever;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (!placed[i]) deadline = std::min(deadline, calls[i].completed);
    }
    if (deadline == kNever) return true;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (placed[i] || calls[i].invoked > deadline) continue;
      ObjectState next = state;
      placed[i] = true;
      if (specification.step(next, calls[i].call) && go(next)) return true;
      placed[i] = false;
    }
    return false;
  };
  return go(specification.initial());
}

bool is_linearization(const ObjectSpecification& specification, const Calls& calls,
                      const std::vector<std::uint32_t>& order) {
  ObjectState state = specification.initial();
  std::vector<bool> placed(calls.size());
  for (const std::uint32_t i : order) {
    if (placed[i]) return false;
    for (std::size_t other = 0; other < calls.size(); ++other) {
      if (!placed[other] && other != i && calls[other].completed < calls[i].invoked) return false;
    }
    placed[i] = true;
    if (!specification.step(state, calls[i].call)) return false;
  }
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (!placed[i] && calls[i].completed != kNever) return false;
  }
  return true;
}

Calls random_calls(Rng& rng, const RandomCalls& shape, const std::function<ObjectCall()>& make) {
  Calls calls;
  std::vector<std::size_t> open;
  std::uint64_t now = 0;
  while (calls.size() < shape.count || !open.empty()) {
    if (calls.size() < shape.count && (open.empty() || rng.chance(55))) {
      ObjectCall call = make();
      const bool unknown = rng.chance(shape.unknown) && !(shape.is_known && shape.is_known(call));
      if (unknown) call.result = kNoCell;
      if (unknown && call.method == Method::kRead) call.many.clear();
      calls.push_back({.call = call, .invoked = now++});
      if (!unknown) open.push_back(calls.size() - 1);
    } else {
      const std::size_t at = rng.below(static_cast<std::uint32_t>(open.size()));
      calls[open[at]].completed = now++;
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  return calls;
}

Calls session_calls(Rng& rng, std::size_t count,
                    const std::function<ObjectCall(std::int64_t)>& make) {
  Calls calls;
  std::map<std::int64_t, std::size_t> open;
  std::int64_t name[3] = {0, 1, 2};
  std::uint64_t now = 1;
  while (calls.size() < count || !open.empty()) {
    std::int64_t& who = name[rng.below(3)];
    const auto mine = open.find(who);
    if (mine != open.end()) {
      calls[mine->second].completed = now++;
      open.erase(mine);
    } else if (calls.size() < count) {
      ObjectCall call = make(who);
      call.process = who;
      const bool lost = rng.chance(10);
      if (lost) call.result = kNoCell;
      calls.push_back({.call = call, .invoked = now++});
      if (!lost) open[who] = calls.size() - 1;
      if (lost) who += 3;
    }
  }
  return calls;
}

void interleave(const std::vector<ObjectCall>& what, const std::function<void(const Calls&)>& f) {
  Calls calls;
  for (const ObjectCall& call : what) calls.push_back({.call = call, .invoked = kNever});
  const std::function<void(std::uint64_t)> go = [&](std::uint64_t now) {
    if (now == 2 * calls.size()) return f(calls);
    for (auto& timed : calls) {
      std::uint64_t& next = timed.invoked == kNever ? timed.invoked : timed.completed;
      if (next != kNever) continue;
      next = now;
      go(now + 1);
      next = kNever;
    }
  };
  go(0);
}

}  // namespace quorumlab::models::testing
