// Cycles that prefix consistency forbids: in them every anti-dependency comes right after a read
// from or an order of sessions or time, not after an order of writes, and not after another one
// (Cerone, Gotsman and Yang, "Algebraic laws for weak consistency", CONCUR 2017). Lost updates are
// allowed, long forks are not.
//
//   find_prefix_cycles(graph, {.order = kinds(EdgeKind::kProcess)}, steps).cycles;   // a few
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/consistency/dependency_graph.h"

namespace quorumlab::models {

struct PrefixSearch {
  EdgeKinds order = 0;  // that count beside ww, wr and rw: none, kProcess, or that and kRealtime
  std::size_t most = 1;
  std::uint64_t max_steps = UINT64_MAX;
};

struct PrefixCycles {
  std::vector<std::vector<DependencyEdge>>
      cycles;          // edges between transactions; shorter ones first
  bool exist = false;  // although `max_steps` may not have been enough to tell one
};

// Adds to `steps`.
[[nodiscard]] PrefixCycles find_prefix_cycles(const DependencyGraph& graph,
                                              const PrefixSearch& search, std::uint64_t& steps);

}  // namespace quorumlab::models
