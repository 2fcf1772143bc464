// Judges a FIFO queue whose values are enqueued once each, in the time that sorting takes.
//
//   if (const auto passages = passages_of(calls)) check_plain_queue(*passages, calls).verdict;
//
// Such a history is linearizable exactly if no value is dequeued that was not enqueued by then,
// none twice, none overtakes another: a was enqueued before b began to be, b was dequeued, and a
// never or only after; and nobody found nothing while there was something (Henzinger, Sezgin,
// Vafeiadis, "Aspect-oriented linearizability proofs", CONCUR 2013, theorem 3; passages.h).
#pragma once

#include <optional>
#include <span>

#include "models/consistency/passages.h"

namespace quorumlab::models {

// Requires: passages are those of the calls.
[[nodiscard]] ContainerResult check_plain_queue(const Passages& passages,
                                                std::span<const TimedCall<ObjectCall>> calls);

// The same where dequeues got no answer: each may have taken any value that nobody else took, or
// none. Supposes that the first of those values went to the first of these dequeues, and so on, and
// tries how many. nullopt: that does not decide it, or it is no such history.
[[nodiscard]] std::optional<ContainerResult> check_open_queue(
    std::span<const TimedCall<ObjectCall>> calls);

}  // namespace quorumlab::models
