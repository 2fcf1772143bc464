// One run of the search for equal_stack.h, that keeps at most so many situations.
//
//   StackFrontier frontier(stack_calls(calls).value(), {.width = 64});
//   frontier.run().verdict;
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/objects.h"
#include "models/consistency/verdict.h"

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

struct StackFrontierOutcome {
  Verdict verdict = Verdict::kHolds;
  std::uint32_t last = 0;           // with kViolated, or where nobody was left: who returned
  std::vector<std::uint32_t> tops;  // then: what can have been on top
  bool was_cut = false;             // situations were left out
  std::string reason;               // with kUnknown
  std::uint64_t steps = 0;
};

// Looks only at calls on values for which `is_kept` says true, if it is not empty.
struct StackFrontierOptions {
  std::size_t width = SIZE_MAX;
  Budget budget = {};
};
[[nodiscard]] StackFrontierOutcome run_stack_frontier(std::span<const StackCall> calls,
                                                      const StackFrontierOptions& options);

}  // namespace quorumlab::models
