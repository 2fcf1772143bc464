// Judges a FIFO queue into which equal values may be put again, exactly.
//
//   const QueueResult result = check_equal_queue(calls, Budget{});
//   result.verdict;   // kHolds: result.order explains all
//
// What goes in as the i-th comes out as the i-th, so that an order is a sequence of pairs of an
// enqueue and a dequeue of the same value. Whoever ends before another begins goes first, among
// enqueues and among dequeues, and nobody takes what is put in only after he has ended: those who
// may go next are few, and no choice of a pair says more about the past than who has gone.
//
// Of equal enqueues (or dequeues) that may go next, the one that ends first does: they can change
// places. If it ends first of all that are still to come with this value, both the enqueue and the
// dequeue, then the two go together in some order if there is any, and can go at once, for whoever
// goes earlier is in nobody's way. Only where neither is so, the search has a choice: which value
// comes next. It remembers from where it failed.
//
// Dequeues without an answer take something only where an enqueue is in the way that ended before
// what must come next, and then the one that ended first. Who found nothing stands where all that
// went before can have begun, and all that is left can still end.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/objects.h"

namespace quorumlab::models {

struct QueueResult {
  Verdict verdict = Verdict::kHolds;
  std::vector<std::uint32_t> order;  // with kHolds: of all calls that took effect
  std::string reason;                // with kUnknown: which budget ran out
  std::uint64_t steps = 0;
};

// Requires: positions differ. nullopt: there are other calls than enqueues and dequeues, or
// dequeues that have ended and do not say what they took.
[[nodiscard]] std::optional<QueueResult> check_equal_queue(
    std::span<const TimedCall<ObjectCall>> calls, const Budget& budget);

}  // namespace quorumlab::models
