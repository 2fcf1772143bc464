// What pictures of a history say of an operation.
//
//   deed_of(journal, pair, 40);      // "enqueue 7", "[[:r 1 []] [:append 2 1]]"
//   colour_of(EdgeKind::kRw);        // "#b3261e"
#pragma once

#include <string>
#include <string_view>

#include "models/consistency/dependency_graph.h"
#include "models/exchange/journal.h"

namespace quorumlab::models {

[[nodiscard]] std::string_view colour_of(EdgeKind kind);
[[nodiscard]] bool is_told_ok(const Journal& journal, const Pair& pair);
// What was done, at most so many letters. Of what nobody knows the end, what was asked for.
[[nodiscard]] std::string deed_of(const Journal& journal, const Pair& pair, std::size_t longest);

}  // namespace quorumlab::models
