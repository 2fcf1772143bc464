// Do all replicas agree when the run is over, the faults have healed and nothing is under way?
//
//   ConvergenceResult r = check_converged(audits, Agreement::kFinalValue);
//   r.witness->observation;   // "node 0 ends with k7 = 5, node 1 with k7 = 3"
//
// A replica with no audit of a key is taken to have applied nothing to it, so every replica must
// have at least one audit to be seen at all.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/consistency/audit.h"
#include "models/consistency/narrator.h"
#include "models/consistency/verdict.h"
#include "models/history.h"

namespace quorumlab::models {

enum class Agreement : std::uint8_t {
  kFinalValue,  // the same value of every key in the end: eventual consistency
  kOrder,       // the same values in the same order: one log, or one state machine, replicated
};

struct ConvergenceResult : CheckResult {
  std::vector<Key> diverged;  // ascending; the witness is about the first
  std::uint64_t keys = 0;     // that anybody has an audit of
};

// Requires: at most one audit for each replica and key.
[[nodiscard]] ConvergenceResult check_converged(std::span<const Audit> audits,
                                                Agreement agreement = Agreement::kOrder,
                                                const Names& names = {});

// For the slice and the sentence: adds to the witness of a divergence the two writes that its
// replicas hold last, in their order, the later one as what the other replica missed; or the one,
// where a replica holds none. Requires: made from these audits.
void name_last_writes(const History& history, std::span<const Audit> audits, Witness& witness);

// Strong convergence (Shapiro and others, "Conflict-free replicated data types", SSS 2011), at any
// time, also while writes are still under way: replicas that have applied the same writes to a key,
// in whatever order, hold the same value of it. Together with check_converged() in the end: strong
// eventual consistency. Requires: as above.
[[nodiscard]] ConvergenceResult check_same_writes(std::span<const Audit> audits,
                                                  const Names& names = {});

}  // namespace quorumlab::models
