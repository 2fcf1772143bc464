// A few calls on an object that have no order by themselves, out of a history that has none: so few
// that a person can follow why.
//
//   minimal_calls({.kind = ObjectKind::kQueue}, calls, result.contradiction);   // {3, 8, 9}
//
// What is left out never makes a history with an order into one without, so the rest proves the
// whole wrong: what came after the contradiction; whatever changes nothing (reads); of registers,
// writes of values that nobody of the rest observes; of queues, stacks and sets, all calls on a
// value; of several objects, all calls on one. Delta debugging (Zeller and Hildebrandt 2002) within
// a budget; not always the fewest.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/consistency/objects.h"
#include "models/consistency/sequential_search.h"

namespace quorumlab::models {

// The history as it was when `end` had just come: later calls are gone, and what was under way is
// open. Requires: by invocation. The calls that stay keep their numbers.
[[nodiscard]] std::vector<TimedCall<ObjectCall>> cut_calls(
    std::span<const TimedCall<ObjectCall>> calls, std::uint64_t end);

// The first call, by its end, whose return no order explains; a search that looks ahead gives up
// earlier. Requires: the calls have no order. UINT32_MAX: it was not found within the budget.
[[nodiscard]] std::uint32_t first_contradiction(const ObjectOptions& options,
                                                std::span<const TimedCall<ObjectCall>> calls,
                                                const Budget& budget);

// Ascending. Requires: no order explains the return of `contradiction`. Calls that return later
// count as open.
[[nodiscard]] std::vector<std::uint32_t> minimal_calls(const ObjectOptions& options,
                                                       std::span<const TimedCall<ObjectCall>> calls,
                                                       std::uint32_t contradiction);

// The same of calls on several objects that have no order which every process's own agrees with.
[[nodiscard]] std::vector<SequentialCall> minimal_sequential(
    const ObjectOptions& options, const std::vector<SequentialPart>& parts);

}  // namespace quorumlab::models
