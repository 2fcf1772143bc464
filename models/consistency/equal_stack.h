// Judges a stack onto which equal values may be pushed again.
//
//   const auto result = check_equal_stack(calls, Budget{});
//   result->verdict;
//
// Just-in-time linearization (Lowe 2017): only a return makes calls take effect. Situations in
// which the same calls have taken effect are one, with the set of all stacks that can have come
// about (stack_sets.h), so that pushes whose order is not known yet cost little while they lie
// there. Before a pop must return, only pops take effect, or one push of what it takes: other
// pushes can wait. Before a push, pops and then pushes: a push that is popped again at once can
// wait, together with its pop. A pop whose value is on top takes it at once if it is the first of
// those to end, and nobody can push that value again before its end: whoever else would take it can
// change places.
//
// There are many situations where many calls overlap. So first only the likeliest are kept, with
// which a history can be seen to hold. If that does not lead to the end, the values that were in
// the way there are looked at by themselves, two or a few at a time: what is left out of a stack,
// all calls on a value, never makes it wrong. Only then more and more situations are kept.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "models/consistency/budget.h"
#include "models/consistency/objects.h"

namespace quorumlab::models {

struct StackResult {
  Verdict verdict = Verdict::kHolds;
  std::string reason;  // with kUnknown: which budget ran out
  std::uint64_t steps = 0;
};

// Requires: positions differ. nullopt: there are other calls than pushes and pops, or pops that
// have ended and do not say what they took.
[[nodiscard]] std::optional<StackResult> check_equal_stack(
    std::span<const TimedCall<ObjectCall>> calls, const Budget& budget);

}  // namespace quorumlab::models
