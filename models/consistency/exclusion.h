// What a lock and a source of ids promise, whatever order the rest happened in: nobody holds what
// another one holds, and nothing is given twice.
//
//   PromiseResult r = check_mutual_exclusion(calls);
//   r.verdict;   // kViolated
//   r.why;       // "both held it at once"
//
// A lock is surely held from the completion of an acquire to the invocation of the holder's next
// release, or for ever. So an acquire with unknown outcome proves nothing, and a release that may
// have failed is taken to have worked.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/consistency/objects.h"

namespace quorumlab::models {

// The verdict on a promise that is weaker than linearizability.
struct PromiseResult {
  Verdict verdict = Verdict::kHolds;
  std::string reason;                // with kUnknown; with kHolds: a figure
  std::vector<std::uint32_t> calls;  // with kViolated: those that contradict one another
  std::string why;
};

// No two holders at once, and fencing tokens (acquires with an integer for a result) that grow.
[[nodiscard]] PromiseResult check_mutual_exclusion(std::span<const TimedCall<ObjectCall>> calls);

// No two results of kGenerate, or of kPush where that has one (offsets), are equal.
[[nodiscard]] PromiseResult check_unique(std::span<const TimedCall<ObjectCall>> calls);

}  // namespace quorumlab::models
