// Judges a queue or a stack whose values may be equal (equal_queue.h, equal_stack.h), and finds few
// calls that have no order by themselves where the whole has none.
//
//   if (const auto result = check_equal_values(ObjectKind::kQueue, calls, Budget{}))
//   result->verdict;
//
// What is left out for the witness: all calls on a value, who found nothing, and what came after an
// instant at which nothing of the rest was under way. None of this makes wrong what was right.
#pragma once

#include <optional>
#include <span>

#include "models/consistency/budget.h"
#include "models/consistency/passages.h"

namespace quorumlab::models {

// nullopt: nobody knows within the budget, or there are other calls than those that put in and take
// out. With kHolds of queues: the order.
[[nodiscard]] std::optional<ContainerResult> check_equal_values(
    ObjectKind kind, std::span<const TimedCall<ObjectCall>> calls, const Budget& budget);

}  // namespace quorumlab::models
