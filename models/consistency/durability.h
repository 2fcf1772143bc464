// Is every acknowledged write still somewhere? A write that a client was told is done, and that no
// replica's state machine applied, is lost, whether or not a client has noticed.
//
//   DurabilityResult r = check_durable(history, audits);
//   r.witness->observation;   // "k3 = 41 (op 88), acknowledged at 31.2s by node 1, is gone"
//
// What is said of writes here goes for elements of sets, lists and queues too, and for the tokens
// of locks. A removal is gone if every replica holds the element in the end, so elements have to be
// put in once. Of a counter the greatest final total counts, and it must not be less than what was
// acknowledged.
//
// A value counts as kept if any replica applied it at any time, later overwritten or not. So this
// needs unique values to be sharp: of two writes of the same value one may be lost unnoticed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/consistency/audit.h"
#include "models/consistency/narrator.h"
#include "models/consistency/verdict.h"
#include "models/history.h"

namespace quorumlab::models {

struct DurabilityResult : CheckResult {
  std::vector<OpId> lost;          // in the order of acknowledgement; the witness has the first few
  std::uint64_t acknowledged = 0;  // changes that leave a trace, and clients were told of
  // Of counters, where nobody can tell which add is gone: how much less the final totals are than
  // what was acknowledged.
  std::uint64_t missing = 0;
  [[nodiscard]] std::uint64_t gone() const { return lost.size() + missing; }
};

// kUnknown if there are no audits but there is something to look for.
[[nodiscard]] DurabilityResult check_durable(const History& history, std::span<const Audit> audits,
                                             const Names& names = {});

}  // namespace quorumlab::models
