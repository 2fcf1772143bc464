// Judges the history of a run by what its objects are, as `quorumlab check` would judge it if it
// were written to a file; the witness names the run's own operations.
//
//   CheckResult r = check_objects(history, "linearizable", names);
//   r.witness->observation;   // "c2 read k0 = 41 between 1.2s and 1.3s (op 77)"
//   r.witness->obligation;    // "43 were added and acknowledged before it began"
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/consistency/narrator.h"
#include "models/consistency/objects.h"
#include "models/consistency/verdict.h"
#include "models/history.h"

namespace quorumlab::models {

// Models that a history of such objects can be held against: promises about its operations, for
// what replicas hold in the end is not in it.
[[nodiscard]] std::vector<std::string> models_of_history(ObjectKind kind);

// Requires: the history's objects are no registers, and the model is one of theirs. Without `kind`
// they are what its operations tell, which those that only read do not.
[[nodiscard]] CheckResult check_objects(const History& history, const std::string& model,
                                        const Names& names, std::optional<ObjectKind> kind = {});

}  // namespace quorumlab::models
