// Where transactions and hubs stand in an order, and who wrote and read what: what a search of
// parts of a history looks up (version_windows.h).
//
//   const Places places(graph, order);
//   places.of(txn) > places.of(other);      // an edge from txn to other points back
//   places.hubs_in({.first = 3, .last = 9});   // ranks of the hubs between those that stand there
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "models/consistency/dependency_graph.h"
#include "models/consistency/likely_turns.h"

namespace quorumlab::models {

inline constexpr std::uint32_t kNowhere = UINT32_MAX;

// Places of the order, first and last.
struct Window {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool is_settled = false;

  [[nodiscard]] std::uint32_t size() const { return last - first + 1; }
  [[nodiscard]] bool has(std::uint32_t place) const { return first <= place && place <= last; }
};

// A hub stands with the last transaction that comes before it, so that an edge points back exactly
// if the transactions at its ends do.
class Places {
 public:
  Places(const DependencyGraph& graph, const std::vector<std::uint32_t>& order);

  // kNowhere: a hub that nobody comes before.
  [[nodiscard]] std::uint32_t of(std::uint32_t node) const { return place_[node]; }
  void move(std::uint32_t txn, std::uint32_t place) { place_[txn] = place; }

  // Those from the one rank to before the other.
  [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> hubs_in(const Window& window) const;
  [[nodiscard]] std::uint32_t hub(std::uint32_t rank) const { return hubs_[rank]; }
  [[nodiscard]] std::uint32_t rank(std::uint32_t hub) const { return rank_[hub - txns_]; }

 private:
  void place_hubs(const DependencyGraph& graph);

  std::uint32_t txns_;
  std::vector<std::uint32_t> place_;  // by node
  std::vector<std::uint32_t> hubs_;   // by place
  std::vector<std::uint32_t> rank_;   // by hub: into hubs_
};

// By transaction: what it wrote, and what it read that another one wrote.
class Accesses {
 public:
  struct Access {
    std::uint32_t key = 0;
    std::uint32_t version = 0;  // into the writers of the key
    bool writes = false;
  };

  Accesses(std::size_t txns, const VersionWriters& writers);

  [[nodiscard]] std::span<const Access> of(std::uint32_t txn) const {
    return std::span(accesses_).subspan(first_[txn], first_[txn + 1] - first_[txn]);
  }

 private:
  std::vector<std::uint32_t> first_;
  std::vector<Access> accesses_;
};

}  // namespace quorumlab::models
