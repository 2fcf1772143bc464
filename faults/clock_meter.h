// How faults of clocks prove that somebody noticed: what nodes counted while the fault lasted.
//
//   Meter reads(wall_reads);
//   reads.open(world, nodes); ... reads.close(world);
//   reads.total(world);       // over all openings, the present one included
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/world.h"

namespace quorumlab::faults {

class Meter {
 public:
  using Read = std::uint64_t (*)(const sim::Node&);
  explicit Meter(Read read) : read_(read) {}

  void open(sim::World& world, const std::vector<sim::NodeId>& nodes) {
    for (const sim::NodeId node : nodes) open_.emplace_back(node, read_(world.node(node)));
  }
  void close(sim::World& world) {
    total_ += running(world);
    open_.clear();
  }
  [[nodiscard]] std::uint64_t total(sim::World& world) const { return total_ + running(world); }

 private:
  [[nodiscard]] std::uint64_t running(sim::World& world) const {
    std::uint64_t sum = 0;
    for (const auto& [node, before] : open_) sum += read_(world.node(node)) - before;
    return sum;
  }
  Read read_;
  std::vector<std::pair<sim::NodeId, std::uint64_t>> open_;
  std::uint64_t total_ = 0;
};

inline std::uint64_t wall_reads(const sim::Node& node) {
  return node.counters().wall_reads;
}
inline std::uint64_t timers_bent(const sim::Node& node) {
  return node.counters().timers_bent;
}
inline std::uint64_t intervals_asked(const sim::Node& node) {
  return node.counters().intervals;
}
inline std::uint64_t intervals_wrong(const sim::Node& node) {
  return node.counters().lies;
}

}  // namespace quorumlab::faults
