// Looks for an order of transactions on registers that explains every read, when it is not known
// which of two writes came first.
//
//   OrderSearch s = find_order(txns, edges, nodes, kAllKinds, Budget{});
//   s.order;     // with kHolds; verify it with txn_replay.h
//   s.verdict;   // kViolated: every way to order the writes closes a cycle
//
// An order of all versions that closes no cycle of any kind gives one: search_windows() looks for
// it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/dependency_graph.h"
#include "models/consistency/executor.h"
#include "models/consistency/likely_turns.h"
#include "models/consistency/txn_history.h"
#include "models/consistency/verdict.h"

namespace quorumlab::models {

struct OrderSearch {
  Verdict verdict = Verdict::kUnknown;
  std::vector<std::uint32_t> order;  // indexes of transactions
  std::string reason;                // with kUnknown
  std::uint64_t steps = 0;
};

// Of registers: who wrote each key last in its transaction, and who read that.
[[nodiscard]] VersionWriters writers_of(const TxnHistory& txns,
                                        const std::vector<bool>& takes_part);

// `edges` of the kinds `respect` must hold.
[[nodiscard]] OrderSearch find_order(const TxnHistory& txns,
                                     const std::vector<DependencyEdge>& edges, std::uint32_t nodes,
                                     EdgeKinds respect, const Budget& budget,
                                     Executor* executor = nullptr);

}  // namespace quorumlab::models
