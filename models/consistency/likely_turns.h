// About when each transaction took effect, where that is not known: a guess for searches to start
// from, which decides how many others they need.
//
//   const auto turns = likely_turns(txns, writers, graph);   // turns[3]: after so many others
//   const auto order = order_by_turns(graph, turns);         // and by the edges of the graph
//
// Transactions are executed one after the other as far as the edges let them. Readers go first, and
// nothing is overwritten that somebody has yet to read. Of two writes of a key, the one comes first
// whose zone (Gibbons and Korach 1997: from the first end to the last beginning of a write and its
// reads) lies earlier: in the middle, which agrees with time wherever time leaves no choice.
#pragma once

#include <cstdint>
#include <vector>

#include "models/consistency/dependency_graph.h"
#include "models/consistency/txn_history.h"

namespace quorumlab::models {

// Who wrote a key last in its transaction, and who read that.
struct VersionWriter {
  std::uint32_t txn = 0;
  std::vector<std::uint32_t> readers;
};
using VersionWriters = std::vector<std::vector<VersionWriter>>;  // by key: those to be ordered

// What time leaves no choice about, if it counts: of neighbours by their zones, the one and its
// readers come before the other if some of the one ended before some of the other began.
[[nodiscard]] std::vector<DependencyEdge> likely_edges(const TxnHistory& txns,
                                                       const VersionWriters& writers);

// Requires: no cycle.
[[nodiscard]] std::vector<std::uint32_t> likely_turns(const TxnHistory& txns,
                                                      const VersionWriters& writers,
                                                      const DependencyGraph& graph);

// Transactions in an order that respects every edge, the lowest turn first. Those on a cycle, and
// after it, are missing.
[[nodiscard]] std::vector<std::uint32_t> order_by_turns(const DependencyGraph& graph,
                                                        const std::vector<std::uint32_t>& turns);

}  // namespace quorumlab::models
