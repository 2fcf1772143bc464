// Orders of transactions to start from where the order of versions is not known: they obey what is
// known, and what is likely as far as it goes together.
//
//   const GuessBase base{.edges = edges, .nodes = nodes, .plain = kinds(EdgeKind::kWr)};
//   const auto turns = guess_turns(txns, writers, base);
//   const auto order = order_fitting(edges, base, turns);   // {4, 1, 7, ...}
//
// One contradiction must not spoil the rest: what is not certain is left out where it is part of a
// cycle, and counts everywhere else.
#pragma once

#include <cstdint>
#include <vector>

#include "models/consistency/dependency_graph.h"
#include "models/consistency/likely_turns.h"
#include "models/consistency/txn_history.h"

namespace quorumlab::models {

struct GuessBase {
  const std::vector<DependencyEdge>& edges;  // all that are known, also of kinds that do not count
  std::uint32_t txns = 0;
  std::uint32_t nodes = 0;
  EdgeKinds plain = 0;  // of which no cycle may consist
};

// By transaction: about when it took effect.
[[nodiscard]] std::vector<std::uint32_t> guess_turns(const TxnHistory& txns,
                                                     const VersionWriters& writers,
                                                     const GuessBase& base);

// All transactions by their turns, as far as `edges` let them: anti-dependencies only count where
// they close no cycle. Requires: what is plain closes none.
[[nodiscard]] std::vector<std::uint32_t> order_fitting(const std::vector<DependencyEdge>& edges,
                                                       const GuessBase& base,
                                                       const std::vector<std::uint32_t>& turns);

}  // namespace quorumlab::models
