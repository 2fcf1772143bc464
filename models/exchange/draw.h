// Pictures of a finding: cycles as a graph, and the operations of the witness as bars in time.
//
//   write_file("why.dot", cycles_dot(journal, finding));          // dot -Tsvg why.dot
//   write_file("why.svg", bars_svg(journal, finding));   // a bar for each operation, by process
#pragma once

#include <string>

#include "models/exchange/journal.h"
#include "models/exchange/judge.h"

namespace quorumlab::models {

// Every cycle that was found: transactions with what they did, edges with what proves them; a graph
// without nodes if there is none.
[[nodiscard]] std::string cycles_dot(const Journal& journal, const Finding& finding);

// The operations that the witness names; time is drawn by the order of events, not to scale.
[[nodiscard]] std::string bars_svg(const Journal& journal, const Finding& finding);

}  // namespace quorumlab::models
