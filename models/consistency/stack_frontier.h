// One run of the search for equal_stack.h.
//
//   const auto stack = stack_calls(calls);                            // nullopt: other calls
//   run_stack_frontier(*stack, {.width = 64, .inserts = true}).verdict;
//
// What has returned has taken effect, and what else must have before it: pops of what lay there,
// for somebody who pushes or pops; and pushes, in one of two ways. Either those under way that lie
// below what is pushed now take effect before it. Or none does: when a push returns, it is inserted
// at any place above which everything was pushed after it began. The first has more situations, the
// second more stacks in each; which is faster depends on how many values there are.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/objects.h"

namespace quorumlab::models {

enum class StackCallKind : std::uint8_t {
  kPush,
  kPop,
  kNothing,  // a pop that found nothing
  kSilent,   // a pop that got no answer
};

struct StackCall {
  StackCallKind kind = StackCallKind::kPush;
  std::uint32_t value = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = kNever;
  std::uint32_t call = 0;
  // Of a pop: so many pushes of the value begin before it ends; and no other pop of it begins after
  // this one and ends before.
  std::uint32_t pushes_by_end = 0;
  bool is_outermost = false;
};

// nullopt: other calls, or pops that have ended and do not say what they took.
[[nodiscard]] std::optional<std::vector<StackCall>> stack_calls(
    std::span<const TimedCall<ObjectCall>> calls);

struct StackFrontierOptions {
  std::size_t width = SIZE_MAX;  // so many situations are kept
  bool inserts = false;
  Budget budget = {};
};

struct StackFrontierResult {
  Verdict verdict = Verdict::kHolds;
  // Where nobody is left, with kViolated or kUnknown: who returned, and what can have been on top.
  std::optional<std::uint32_t> last;
  std::vector<std::uint32_t> tops;
  std::string reason;  // with kUnknown
  std::uint64_t steps = 0;
};

[[nodiscard]] StackFrontierResult run_stack_frontier(std::span<const StackCall> calls,
                                                     const StackFrontierOptions& options);

}  // namespace quorumlab::models
