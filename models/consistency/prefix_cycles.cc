#include "models/consistency/prefix_cycles.h"

#include <algorithm>
#include <utility>

namespace quorumlab::models {
namespace {

// Every node twice: come to by what an anti-dependency may follow (odd), or by anything else.
// Transactions first, so that hubs stay hubs.
class Doubled {
 public:
  Doubled(const DependencyGraph& graph, EdgeKinds order)
      : txns_(graph.txn_count()), nodes_(graph.node_count()) {
    for (std::uint32_t node = 0; node < nodes_; ++node) {
      graph.for_each_edge(node, [&](std::uint32_t to, EdgeKind kind) {
        const bool carries_on = node >= txns_;
        if (kind == EdgeKind::kRw) {
          edges_.push_back({place(node, !carries_on), place(to, false), kind});
          return;
        }
        const bool counts =
            kind == EdgeKind::kWw || kind == EdgeKind::kWr || (order & kinds(kind)) != 0;
        if (!counts) return;
        const bool may_follow = kind != EdgeKind::kWw;
        edges_.push_back({place(node, false), place(to, may_follow), kind});
        edges_.push_back({place(node, true), place(to, may_follow), kind});
      });
    }
  }

  [[nodiscard]] std::size_t size() const { return edges_.size(); }
  [[nodiscard]] DependencyGraph graph() const { return {2 * txns_, 2 * nodes_, edges_}; }

  // Back from places to the nodes that they stand for.
  [[nodiscard]] std::uint32_t node(std::uint32_t place) const {
    if (place < 2 * txns_) return place % txns_;
    return txns_ + (place - 2 * txns_) % (nodes_ - txns_);
  }

 private:
  [[nodiscard]] std::uint32_t place(std::uint32_t node, bool odd) const {
    if (node < txns_) return odd ? txns_ + node : node;
    const std::uint32_t hub = node - txns_;
    return 2 * txns_ + (odd ? nodes_ - txns_ + hub : hub);
  }

  std::uint32_t txns_;
  std::uint32_t nodes_;
  std::vector<DependencyEdge> edges_;
};

// One edge for two that meet in a hub.
std::vector<DependencyEdge> joined(const std::vector<DependencyEdge>& cycle, const Doubled& doubled,
                                   std::uint32_t txns) {
  std::vector<DependencyEdge> result;
  for (const DependencyEdge& edge : cycle) {
    const DependencyEdge plain{doubled.node(edge.from), doubled.node(edge.to), edge.kind};
    if (plain.from < txns || result.empty()) {
      result.push_back(plain);
    } else {
      result.back().to = plain.to;
    }
  }
  return result;
}

}  // namespace

PrefixCycles find_prefix_cycles(const DependencyGraph& graph, const PrefixSearch& search,
                                std::uint64_t& steps) {
  const std::size_t most_tries = 64 + 4 * search.most;
  const std::uint32_t txns = graph.txn_count();
  const Doubled doubled(graph, search.order);
  const DependencyGraph places = doubled.graph();
  steps += doubled.size();
  const Components components = places.components({});
  PrefixCycles found{.cycles = {}, .exist = !components.cyclic.empty()};
  std::size_t tries = 0;
  for (const auto& component : components.cyclic) {
    for (const std::uint32_t from : component) {
      if (from >= 2 * txns || (!found.cycles.empty() && ++tries > most_tries)) continue;
      places.for_each_edge(from, [&](std::uint32_t to, EdgeKind kind) {
        if (components.of[to] != components.of[from]) return;
        auto path = places.path({.from = to, .to = from, .view = {}, .within = &components}, steps,
                                search.max_steps);
        if (!path) return;
        path->insert(path->begin(), {from, to, kind});
        found.cycles.push_back(joined(*path, doubled, txns));
      });
    }
  }
  std::stable_sort(found.cycles.begin(), found.cycles.end(),
                   [](const auto& a, const auto& b) { return a.size() < b.size(); });
  if (found.cycles.size() > search.most) found.cycles.resize(search.most);
  return found;
}

}  // namespace quorumlab::models
