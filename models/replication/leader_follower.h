// Single-leader replication, as the textbooks teach it and as most databases first shipped it.
//
//   client --Put--> leader --Append--> followers    the leader syncs, then ships its log in order;
//      <---ok----      <---durable---               ok goes out once enough disks hold the entry
//
// Failover by heartbeat is naive on purpose: a follower that hears nothing for `timeout` promotes
// itself, asks nobody, and takes a higher epoch. There is no vote, so two leaders can be at work at
// once, and what only the old one holds is thrown away when it returns (Kleppmann, "Designing
// Data-Intensive Applications", chapter 5, "Leader failover: what can go wrong"; GitHub's October
// 21 incident of 2018 is that text come true). Options add what practice added: leases, catching up
// before serving, acknowledgement by a majority. Consensus is the model `raft`, not this one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "models/model.h"
#include "sim/time.h"

namespace quorumlab::models {

enum class Acknowledge : std::uint8_t { kNone, kOne, kMajority, kAll };
enum class Failover : std::uint8_t { kManual, kHeartbeat };
enum class Promotion : std::uint8_t { kFirst, kMostAdvanced };
enum class Visible : std::uint8_t { kAfterAcknowledgement, kAfterCommit };
enum class FollowerReads : std::uint8_t { kRefuse, kServe };
enum class LeaderFollowerMistake : std::uint8_t {
  kShipBeforeSync,
  kAcknowledgeBeforeSync,
  kServeBeforeCommit,
  kLeaseOnWallClock,
};

struct LeaderFollowerOptions {
  std::string leader;  // empty: the first replica
  Acknowledge acknowledge = Acknowledge::kMajority;
  Failover failover = Failover::kManual;
  Promotion promotion = Promotion::kFirst;
  FollowerReads follower_reads = FollowerReads::kServe;
  Visible visible = Visible::kAfterAcknowledgement;
  sim::Duration fallback{0};
  sim::Duration session_wait{200'000'000};
  sim::Duration heartbeat{100'000'000};
  sim::Duration timeout{1'000'000'000};
  sim::Duration lease{0};
  sim::Duration commit_timeout{1'000'000'000};
  sim::Duration append_timeout{300'000'000};
  sim::Duration retry_backoff{20'000'000};
  std::int64_t batch = 128;
  std::vector<LeaderFollowerMistake> mistakes;

  [[nodiscard]] bool makes(LeaderFollowerMistake mistake) const {
    return std::find(mistakes.begin(), mistakes.end(), mistake) != mistakes.end();
  }
  // How many disks must hold an entry before `ok`, the leader's own included.
  [[nodiscard]] std::size_t copies(std::size_t replicas) const;
};

class LeaderFollower final : public ReplicationModel {
 public:
  // Requires: first_leader is a replica.
  LeaderFollower(LeaderFollowerOptions options, sim::NodeId first_leader)
      : options_(std::move(options)), first_leader_(first_leader) {}

  void run(sim::Node& node) const override;

 private:
  class Replica;

  LeaderFollowerOptions options_;
  sim::NodeId first_leader_;
};

// The registry's entry: name, options, state fields, invariants.
ModelEntry leader_follower();

}  // namespace quorumlab::models
