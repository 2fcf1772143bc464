// What a scenario says about who belongs to a leaderless cluster.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/model.h"
#include "sim/time.h"

namespace quorumlab::models {

enum class LeaderlessMembership : std::uint8_t { kStatic, kGossip };
enum class LeaderlessDetector : std::uint8_t { kSwim, kPhi };

// One [[replication.change]].
struct LeaderlessChange {
  sim::Duration at;
  sim::Duration patience{20'000'000'000};
  std::vector<std::string> join;
  std::vector<std::string> leave;
};

struct LeaderlessMembers {
  LeaderlessMembership membership = LeaderlessMembership::kStatic;
  std::vector<std::string> members;
  std::int64_t tokens = 8;
  std::int64_t stream_batch = 50;
  LeaderlessDetector detector = LeaderlessDetector::kSwim;
  sim::Duration gossip_period{200'000'000};
  sim::Duration ping_timeout{60'000'000};
  std::int64_t ping_helpers = 3;
  std::int64_t suspicion = 5;
  std::int64_t retransmissions = 3;
  bool lifeguard = false;
  double phi_threshold = 8;
  std::vector<LeaderlessChange> changes;
};

config::Schema leaderless_members_schema();
void check_members(const LeaderlessMembers& members, std::int64_t copies,
                   const ClusterShape& cluster, const config::Where& where,
                   config::Diagnostics& problems);

namespace leaderless {

// What one replica is to do, in the scenario's order.
struct Change {
  sim::Duration at;
  sim::Duration patience;
  bool joins = true;
};

struct Plan {
  std::vector<NodeId> first;                 // who belongs at first, ascending
  std::vector<std::vector<Change>> changes;  // of each replica
};
[[nodiscard]] Plan plan_of(const LeaderlessMembers& members, const ClusterShape& cluster);

}  // namespace leaderless
}  // namespace quorumlab::models
