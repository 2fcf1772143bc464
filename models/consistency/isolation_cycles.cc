#include "models/consistency/isolation_cycles.h"

#include <algorithm>
#include <array>

namespace quorumlab::models {
namespace {

constexpr std::size_t kTriesForShorter = 64;
constexpr std::array<std::string_view, 3> kSuffixes = {"", "-process", "-realtime"};
constexpr std::array<EdgeKinds, 3> kOrders = {
    0, kinds(EdgeKind::kProcess), kinds(EdgeKind::kProcess) | kinds(EdgeKind::kRealtime)};

}  // namespace

std::vector<DependencyEdge> without_hubs(const std::vector<DependencyEdge>& cycle,
                                         std::uint32_t txn_count) {
  std::vector<DependencyEdge> result;
  const std::size_t size = cycle.size();
  std::size_t begin = 0;
  while (begin < size && cycle[begin].from >= txn_count) ++begin;
  for (std::size_t i = 0; i < size; ++i) {
    const DependencyEdge& edge = cycle[(begin + i) % size];
    if (edge.from < txn_count) {
      result.push_back(edge);
    } else {
      result.back().to = edge.to;
    }
  }
  return result;
}

std::string cycle_type(const std::vector<DependencyEdge>& cycle) {
  std::size_t rw = 0;
  bool adjacent = false;
  bool wr = false;
  std::size_t suffix = 0;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const EdgeKind kind = cycle[i].kind;
    const EdgeKind after = cycle[(i + 1) % cycle.size()].kind;
    if (kind == EdgeKind::kRw) {
      ++rw;
      adjacent = adjacent || after == EdgeKind::kRw;
    }
    wr = wr || kind == EdgeKind::kWr;
    if (kind == EdgeKind::kProcess) suffix = std::max<std::size_t>(suffix, 1);
    if (kind == EdgeKind::kRealtime) suffix = 2;
  }
  std::string type = rw == 1    ? "G-single-item"
                     : rw == 0  ? (wr ? "G1c" : "G0")
                     : adjacent ? "G2-item"
                                : "G-nonadjacent-item";
  return type.append(kSuffixes[suffix]);
}

bool CycleHunt::has(const std::string& type) const {
  return std::any_of(found_.begin(), found_.end(),
                     [&](const NamedCycle& cycle) { return cycle.type == type; });
}

void CycleHunt::run() {
  is_acyclic_ = graph_.components({}).cyclic.empty();
  if (is_acyclic_) return;
  for (std::size_t level = 0; level < kOrders.size(); ++level) hunt(level);
}

void CycleHunt::hunt(std::size_t level) {
  const EdgeKinds order = kOrders[level];
  const EdgeKinds ww = kinds(EdgeKind::kWw) | order;
  const EdgeKinds wr = ww | kinds(EdgeKind::kWr);
  const EdgeKinds rw = wr | kinds(EdgeKind::kRw);
  const GraphView all{rw, false};
  const Components whole = graph_.components(all);
  if (whole.cyclic.empty()) return;
  // A type that needs no order of sessions or time is not looked for again with it.
  const auto is_new = [&](std::string_view shape) {
    for (std::size_t below = 0; below <= level; ++below) {
      if (has(std::string(shape).append(kSuffixes[below]))) return false;
    }
    return true;
  };
  const auto named = [&](std::string_view shape) {
    return std::string(shape).append(kSuffixes[level]);
  };
  if (is_new("G0")) {
    const GraphView view{ww, false};
    look_for({named("G0"), EdgeKind::kWw, view, view}, graph_.components(view));
  }
  if (is_new("G1c")) {
    const GraphView view{wr, false};
    look_for({named("G1c"), EdgeKind::kWr, view, view}, graph_.components(view));
  }
  if (is_new("G-single-item")) {
    look_for({named("G-single-item"), EdgeKind::kRw, all, {wr, false}}, whole);
  }
  if (is_new("G-nonadjacent-item")) {
    const GraphView split{rw, true};
    look_for({named("G-nonadjacent-item"), EdgeKind::kRw, split, split}, graph_.components(split));
  }
  if (is_new("G2-item")) {
    if (!look_for({named("G2-item"), EdgeKind::kRw, all, all, true}, whole)) {
      look_for({named("G2-item"), EdgeKind::kRw, all, all}, whole);
    }
  }
}

bool CycleHunt::look_for(const Wanted& wanted, const Components& components) {
  const bool split = wanted.whole.is_split;
  NamedCycle best;
  std::size_t tries = 0;
  for (const auto& component : components.cyclic) {
    for (const std::uint32_t state : component) {
      const std::uint32_t node = split ? state / 2 : state;
      if (node >= graph_.txn_count() || (split && (state & 1U) != 0)) continue;
      graph_.for_each_edge(node, [&](std::uint32_t to, EdgeKind kind) {
        if (kind != wanted.through || !is_complete()) return;
        if (!best.edges.empty() && ++tries > kTriesForShorter) return;
        const std::uint32_t there = split ? 2 * to + 1 : to;
        if (components.of[there] != components.of[state]) return;
        auto rest = graph_.path({.from = to,
                                 .to = node,
                                 .view = wanted.rest,
                                 .within = &components,
                                 .first_is_rw = wanted.first_is_rw && to < graph_.txn_count()},
                                steps_, max_steps_);
        if (!rest) return;
        rest->insert(rest->begin(), {node, to, kind});
        std::vector<DependencyEdge> cycle = without_hubs(*rest, graph_.txn_count());
        if (cycle_type(cycle) != wanted.type) return;
        if (best.edges.empty() || cycle.size() < best.edges.size()) {
          best = {wanted.type, std::move(cycle)};
        }
      });
    }
  }
  if (best.edges.empty()) return false;
  found_.push_back(std::move(best));
  return true;
}

}  // namespace quorumlab::models
