// Reads of all keys at once, and what they rule out beside reads of single items (Adya 1999, 3.2):
// a cycle that needs the absence of a key in one is called G2 and not G2-item, and so on, and
// repeatable read allows it.
//
//   const TxnHistory items = without_predicates(txns);
//   with_predicates(check(txns), check(items), "serializable").types;   // G2
#pragma once

#include <string_view>

#include "models/consistency/isolation.h"

namespace quorumlab::models {

[[nodiscard]] bool has_predicate_reads(const TxnHistory& txns);
// The same history as if those reads had not been made.
[[nodiscard]] TxnHistory without_predicates(const TxnHistory& txns);

// Does the model say nothing of those reads? Of all others, with_predicates() asks of `items` no
// verdict, but what anomalies they have.
[[nodiscard]] bool asks_items_alone(std::string_view model);

// Makes one result out of that for all reads, and that for reads of items alone.
[[nodiscard]] IsolationResult with_predicates(IsolationResult all, IsolationResult items,
                                              std::string_view model);

}  // namespace quorumlab::models
