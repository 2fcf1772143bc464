// Judges a FIFO queue whose values are enqueued once each, in the time that sorting takes.
//
//   if (is_plain_queue(calls)) check_plain_queue(calls).verdict;
//
// Such a history is linearizable exactly if no value is dequeued that was not enqueued by then,
// none twice, and no value overtakes another: a was enqueued before b began to be, b was dequeued,
// and a never or only after (Henzinger, Sezgin, Vafeiadis, "Aspect-oriented linearizability
// proofs", CONCUR 2013, theorem 3).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/consistency/objects.h"

namespace quorumlab::models {

struct QueueResult {
  Verdict verdict = Verdict::kHolds;
  std::vector<std::uint32_t> calls;  // with kViolated: those that contradict one another
  std::string why;
};

// Every value enqueued once, every dequeue complete and of a value.
[[nodiscard]] bool is_plain_queue(std::span<const TimedCall<ObjectCall>> calls);

// Requires: is_plain_queue(calls).
[[nodiscard]] QueueResult check_plain_queue(std::span<const TimedCall<ObjectCall>> calls);

}  // namespace quorumlab::models
