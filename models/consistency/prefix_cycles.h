// Cycles that prefix consistency forbids: in them every anti-dependency comes right after a read
// from or an order of sessions or time, not after an order of writes, and not after another one
// (Cerone, Gotsman and Yang, "Algebraic laws for weak consistency", CONCUR 2017). Lost updates are
// allowed, long forks are not.
//
//   if (auto cycle = find_prefix_cycle(graph, kinds(EdgeKind::kProcess), steps, 1'000'000)) ...
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/consistency/dependency_graph.h"

namespace quorumlab::models {

struct PrefixCycle {
  std::vector<DependencyEdge> edges;  // between transactions
  bool gave_up = false;               // there is one, and `max_steps` were not enough to tell it
};

// `order` are the kinds that count beside ww, wr and rw: none, kProcess, or that and kRealtime.
// Adds to `steps`. nullopt: there is no such cycle.
[[nodiscard]] std::optional<PrefixCycle> find_prefix_cycle(const DependencyGraph& graph,
                                                           EdgeKinds order, std::uint64_t& steps,
                                                           std::uint64_t max_steps);

}  // namespace quorumlab::models
