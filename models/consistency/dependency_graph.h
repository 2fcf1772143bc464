// The graph of who must come before whom, made for millions of transactions: edges are four bytes,
// and strong components and shortest cycles are found without recursion.
//
//   DependencyGraph graph(3, 3, {{0, 1, EdgeKind::kWw}, {1, 0, EdgeKind::kRw}});
//   graph.components(kAllKinds).cyclic.size();   // 1: {0, 1}
//
// Nodes from `txn_count` on are hubs, which stand for many edges at once: a transaction that
// completed reaches, through moments, all that were invoked later, with one edge each; readers of a
// last known version reach all writers of later ones.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace quorumlab::models {

enum class EdgeKind : std::uint8_t { kWw, kWr, kRw, kProcess, kRealtime };

[[nodiscard]] constexpr std::string_view word_of(EdgeKind kind) {
  constexpr std::array<std::string_view, 5> kWords = {"ww", "wr", "rw", "process", "realtime"};
  return kWords[static_cast<std::size_t>(kind)];
}

using EdgeKinds = std::uint32_t;  // a set of them

[[nodiscard]] constexpr EdgeKinds kinds(EdgeKind kind) {
  return EdgeKinds{1} << static_cast<unsigned>(kind);
}
inline constexpr EdgeKinds kAllKinds = 31;

struct DependencyEdge {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  EdgeKind kind = EdgeKind::kWw;
};

// Which walks count. In a split one no two kRw edges follow one another: what snapshot isolation
// forbids (Cerone and Gotsman, PODC 2016).
struct GraphView {
  EdgeKinds kinds = kAllKinds;
  bool is_split = false;
};

struct Components {
  std::vector<std::uint32_t> of;  // by node; in a split view by 2 * node + (arrived by kRw)
  std::vector<std::vector<std::uint32_t>> cyclic;  // nodes of those with more than one
};

class DependencyGraph {
 public:
  DependencyGraph(std::uint32_t txn_count, std::uint32_t node_count,
                  const std::vector<DependencyEdge>& edges);

  [[nodiscard]] std::uint32_t txn_count() const { return txn_count_; }
  [[nodiscard]] std::uint32_t node_count() const {
    return static_cast<std::uint32_t>(first_.size() - 1);
  }

  [[nodiscard]] Components components(const GraphView& view) const;

  // The fewest edges from `from` to `to` (which may be equal: a cycle) within one component of the
  // view, as a list of edges; hubs count nothing. In a split view the walk arrives at `from` by
  // kRw. Adds to `steps`; nullopt: no path, or more than `max_steps`.
  struct Search {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    GraphView view;
    const Components* within = nullptr;
    bool first_is_rw = false;  // the path begins with kRw
  };
  [[nodiscard]] std::optional<std::vector<DependencyEdge>> path(const Search& search,
                                                                std::uint64_t& steps,
                                                                std::uint64_t max_steps) const;

  // Calls f(to, kind) for each edge from `node`.
  template <class F>
  void for_each_edge(std::uint32_t node, F f) const {
    for (std::uint32_t i = first_[node]; i < first_[node + 1]; ++i) {
      f(edges_[i] >> 3U, static_cast<EdgeKind>(edges_[i] & 7U));
    }
  }

  // An order of all transactions that respects every edge. Requires: no cycle.
  [[nodiscard]] std::vector<std::uint32_t> order() const;
  [[nodiscard]] std::vector<std::uint32_t> order_with_hubs() const;

 private:
  class Tarjan;

  [[nodiscard]] std::uint32_t states(const GraphView& view) const {
    return view.is_split ? 2 * node_count() : node_count();
  }
  // The state that edge `edge` leads to from `state`, or UINT32_MAX if the view has no such step.
  [[nodiscard]] std::uint32_t next(const GraphView& view, std::uint32_t state,
                                   std::uint32_t edge) const {
    const auto kind = static_cast<EdgeKind>(edge & 7U);
    // A hub stands between the halves of one kRw edge: who has come that far may go on.
    const bool from_hub = (view.is_split ? state / 2 : state) >= txn_count_;
    const bool goes_on = from_hub && kind == EdgeKind::kRw;
    if ((view.kinds & kinds(kind)) == 0 && !goes_on) return UINT32_MAX;
    const std::uint32_t to = edge >> 3U;
    if (!view.is_split) return to;
    if (kind != EdgeKind::kRw) return 2 * to;
    return (state & 1U) != 0 && !from_hub ? UINT32_MAX : 2 * to + 1;
  }

  std::uint32_t txn_count_;
  std::vector<std::uint32_t> first_;
  std::vector<std::uint32_t> edges_;  // to << 3 | kind
};

}  // namespace quorumlab::models
