// Reads of all keys at once, [:rp :true {k v ...}], as in Elle's closed-predicate workload: whoever
// makes one also finds out which keys are not there. Each is taken apart into a read of every key
// that occurs in the history; what was not in the map had never been written.
//
//   if (has_predicates(journal)) expand_predicates(journal);   // ... [:rp 1 7] [:rp 2 nil] ...
#pragma once

#include "models/exchange/journal.h"

namespace quorumlab::models {

[[nodiscard]] bool has_predicates(const Journal& journal);
// Throws InputError for a predicate other than :true, :all or nil.
void expand_predicates(Journal& journal);

}  // namespace quorumlab::models
