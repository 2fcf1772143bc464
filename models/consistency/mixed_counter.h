// Judges a counter to which different amounts are added.
//
//   if (const auto result = check_mixed_counter(calls, 0, Budget{})) result->verdict;
//
// An addition takes effect when it returns, unless somebody must have read it before; so only who
// returns with a total that is not there yet leaves a choice: which of the additions under way he
// saw. Of equal ones he saw those that return first. What was chosen is forgotten as soon as these
// have returned, so that a search in depth that remembers from where it failed goes ahead quickly.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "models/consistency/budget.h"
#include "models/consistency/passages.h"

namespace quorumlab::models {

// nullopt: nobody knows within the budget, over 64 additions and reads are under way at once, or
// there are calls that neither add without an answer nor read a number.
[[nodiscard]] std::optional<ContainerResult> check_mixed_counter(
    std::span<const TimedCall<ObjectCall>> calls, std::int64_t initial, const Budget& budget);

}  // namespace quorumlab::models
