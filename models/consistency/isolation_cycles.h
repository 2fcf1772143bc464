// Finds and names the cycles of a dependency graph, mildest requirements first.
//
//   CycleHunt hunt(graph, budget);
//   hunt.run();
//   hunt.found();   // {{"G2-item", {edges ...}}}
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/consistency/dependency_graph.h"

namespace quorumlab::models {

struct NamedCycle {
  std::string type;
  std::vector<DependencyEdge> edges;  // between transactions: hubs are left out
};

class CycleHunt {
 public:
  CycleHunt(const DependencyGraph& graph, std::uint64_t max_steps)
      : graph_(graph), max_steps_(max_steps) {}

  void run();
  [[nodiscard]] const std::vector<NamedCycle>& found() const { return found_; }
  // False: a budget ran out, and a type that was not found may still be there.
  [[nodiscard]] bool is_complete() const { return steps_ <= max_steps_; }
  // After run(): there is no cycle of any kind.
  [[nodiscard]] bool is_acyclic() const { return is_acyclic_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  struct Shape;

  void hunt(std::size_t level);
  // Looks for a cycle through an edge of kind `through`, the rest of it in `rest`, within the
  // components of `whole`; keeps the shortest that is of type `wanted`.
  struct Wanted {
    std::string type;
    EdgeKind through = EdgeKind::kWw;
    GraphView whole;
    GraphView rest;
    bool first_is_rw = false;
  };
  bool look_for(const Wanted& wanted, const Components& components);
  [[nodiscard]] bool has(const std::string& type) const;

  const DependencyGraph& graph_;
  const std::uint64_t max_steps_;
  std::uint64_t steps_ = 0;
  bool is_acyclic_ = false;
  std::vector<NamedCycle> found_;
};

// Two edges through a hub are one between transactions, of the kind of the first.
[[nodiscard]] std::vector<DependencyEdge> without_hubs(const std::vector<DependencyEdge>& cycle,
                                                       std::uint32_t txn_count);

// G0, G1c, G-single-item, G-nonadjacent-item or G2-item, with -process or -realtime.
[[nodiscard]] std::string cycle_type(const std::vector<DependencyEdge>& cycle);

}  // namespace quorumlab::models
