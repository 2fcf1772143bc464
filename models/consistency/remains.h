// What is left of what clients did: whether acknowledged writes are still there at the end, whether
// everybody agrees once nothing is written any more, and whether what was read was ever the state.
// From the clients' eyes alone, so that histories from anywhere can be judged.
//
//   PromiseResult r = check_kept(ObjectKind::kSet, calls);
//   r.why;   // "it was acknowledged, and the last read that began afterwards lacks it"
//
// The last read decides: what it lacks, and no read that ended after it began has, is lost. So let
// a run end with reads. For registers, each value must be written once to be told apart.
#pragma once

#include <span>

#include "models/consistency/exclusion.h"
#include "models/consistency/objects.h"

namespace quorumlab::models {

// Durability of acknowledged writes. kUnknown if what was acknowledged was not looked for later.
// Of a queue or stack a value is lost that nobody took although it was found empty afterwards.
[[nodiscard]] PromiseResult check_kept(ObjectKind kind,
                                       std::span<const TimedCall<ObjectCall>> calls, Cell initial);

// Eventual consistency: of the reads that begin when every write has ended, the last one of every
// process gives the same. kUnknown if fewer than two processes read so late, or if they differ and
// a write of unknown outcome may be the reason.
[[nodiscard]] PromiseResult check_agreed(std::span<const TimedCall<ObjectCall>> calls);

// Consistent prefix, of a set that only grows or of a log: whatever was read is the beginning of
// one order of all writes, in which every process's own come in their order.
[[nodiscard]] PromiseResult check_prefixes(ObjectKind kind,
                                           std::span<const TimedCall<ObjectCall>> calls);

}  // namespace quorumlab::models
