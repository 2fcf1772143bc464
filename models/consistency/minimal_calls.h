// A few calls on an object that have no order by themselves, out of a history that has none: so few
// that a person can follow why.
//
//   const ObjectOptions queue{.kind = ObjectKind::kQueue};
//   const auto first = first_contradiction(queue, calls, {});   // first->call: 9
//   minimal_calls(queue, calls, first->call);                   // {3, 8, 9}
//
// What is left out never makes a history with an order into one without, so the rest proves the
// whole wrong: what came after the contradiction; whatever changes nothing (reads); of registers,
// writes of values that nobody of the rest observes; of queues, stacks and sets, all calls on a
// value; of several objects, all calls on one. Delta debugging (Zeller and Hildebrandt 2002) within
// a budget; not always the fewest.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/consistency/objects.h"
#include "models/consistency/sequential_search.h"

namespace quorumlab::models {

// The history as it was when `end` had just come: later calls are gone, and what was under way is
// open. Requires: by invocation. The calls that stay keep their numbers.
[[nodiscard]] std::vector<TimedCall<ObjectCall>> cut_calls(
    std::span<const TimedCall<ObjectCall>> calls, std::uint64_t end);

struct FirstContradiction {
  std::uint32_t call = 0;
  SpecificationResult shown;  // of what had been seen when it had just returned, without looking
                              // ahead
};
// The first call, by its end, whose return no order explains; a search that looks ahead gives up
// earlier. Requires: the calls have no order. nullopt: it was not found within the budget.
[[nodiscard]] std::optional<FirstContradiction> first_contradiction(
    const ObjectOptions& options, std::span<const TimedCall<ObjectCall>> calls,
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
