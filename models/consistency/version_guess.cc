#include "models/consistency/version_guess.h"

#include <algorithm>

namespace quorumlab::models {
namespace {

// Where more transactions than one of so many are on cycles, what was supposed is of no use.
constexpr std::size_t kUseless = 8;

bool is_plain(const DependencyEdge& edge, const GuessBase& base) {
  return (base.plain & kinds(edge.kind)) != 0;
}

std::size_t size_of(const Components& components) {
  std::size_t size = 0;
  for (const auto& component : components.cyclic) size += component.size();
  return size;
}

// Of the edges within components only the first `certain` stay, and of those the plain ones.
std::vector<DependencyEdge> without_cycles(const std::vector<DependencyEdge>& edges,
                                           std::size_t certain, const Components& components,
                                           const GuessBase& base) {
  std::vector<DependencyEdge> rest;
  rest.reserve(edges.size());
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const bool stays = components.of[edges[i].from] != components.of[edges[i].to] ||
                       (i < certain && is_plain(edges[i], base));
    if (stays) rest.push_back(edges[i]);
  }
  return rest;
}

}  // namespace

std::vector<std::uint32_t> guess_turns(const TxnHistory& txns, const VersionWriters& writers,
                                       const GuessBase& base) {
  const std::vector<DependencyEdge> likely = likely_edges(txns, writers);
  std::vector<DependencyEdge> edges = base.edges;
  const std::size_t certain = edges.size();
  edges.insert(edges.end(), likely.begin(), likely.end());
  for (const bool last : {false, true}) {
    if (last) edges.resize(certain);
    const DependencyGraph graph(base.txns, base.nodes, edges);
    const Components components = graph.components({});
    if (components.cyclic.empty()) return likely_turns(txns, writers, graph);
    if (!last && size_of(components) > base.txns / kUseless) continue;
    const DependencyGraph rest(base.txns, base.nodes,
                               without_cycles(edges, certain, components, base));
    if (rest.components({}).cyclic.empty()) return likely_turns(txns, writers, rest);
  }
  return std::vector<std::uint32_t>(base.txns);
}

std::vector<std::uint32_t> order_fitting(const std::vector<DependencyEdge>& edges,
                                         const GuessBase& base,
                                         const std::vector<std::uint32_t>& turns) {
  const DependencyGraph graph(base.txns, base.nodes, edges);
  std::vector<std::uint32_t> order = order_by_turns(graph, turns);
  if (order.size() == base.txns) return order;
  const Components components = graph.components({});
  return order_by_turns(
      {base.txns, base.nodes, without_cycles(edges, edges.size(), components, base)}, turns);
}

}  // namespace quorumlab::models
