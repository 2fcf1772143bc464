// The role that replicas publish under `role`, common to all replication models, so that faults can
// aim at the leader and pictures can show who led, without knowing any model.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/world.h"

namespace quorumlab::sim {

inline constexpr std::string_view kRoleField = "role";
inline constexpr std::string_view kTermField = "term";

enum Role : std::int64_t { kFollower = 0, kCandidate = 1, kLeader = 2 };

// The replica that leads; of several the one with the greatest term; kNoNode: nobody does.
[[nodiscard]] inline NodeId leader_of(World& world) {
  NodeId leader = kNoNode;
  std::int64_t greatest = -1;
  for (std::uint32_t i = 0; i < world.replicas(); ++i) {
    const Node& node = world.node(NodeId(i));
    const std::int64_t term = node.state(kTermField).value_or(0);
    if (node.is_up() && node.state(kRoleField) == kLeader && term > greatest) {
      leader = node.id();
      greatest = term;
    }
  }
  return leader;
}

}  // namespace quorumlab::sim
