// Single-leader replication, as the textbooks teach it and as most databases first shipped it.
//
//   client --Put--> leader --Append--> followers    the leader syncs, then ships its log in order;
//      <---ok----      <---durable---               ok goes out once enough disks hold the entry
//
// Failover by heartbeat is naive on purpose: a follower that hears nothing for `timeout` promotes
// itself, asks nobody, and takes a higher epoch. There is no vote, so two leaders can be at work at
// once, and what only the old one holds is thrown away when it returns (Kleppmann, "Designing
// Data-Intensive Applications", chapter 5, "Leader failover: what can go wrong"; GitHub's October
// 21 incident of 2018 is that text come true). Failover from outside puts sentinels in charge,
// nodes of their own that agree among themselves (Redis Sentinel; one of them alone is a
// controller), and failover by consensus asks a majority of the replicas, as Raft does.
//
// How to read it: replica.cc is what a replica does for clients, leading.cc the leader's half,
// following.cc the follower's, failover.cc who takes over, in_sync.cc Kafka's set of replicas that
// keep up, sentinel.cc the sentinels. What it does not do: change who is a replica while it runs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/model.h"
#include "sim/config/rate.h"
#include "sim/distribution.h"
#include "sim/time.h"

namespace quorumlab::models {

enum class Acknowledge : std::uint8_t { kNone, kOne, kMajority, kAll, kInSync };
enum class Failover : std::uint8_t { kManual, kHeartbeat, kExternal, kConsensus };
enum class Promotion : std::uint8_t { kFirst, kMostAdvanced, kRandom, kPriority };
enum class Rejoin : std::uint8_t { kTruncate, kResync, kDiverge };
enum class Visible : std::uint8_t { kAfterAcknowledgement, kAfterCommit };
enum class FollowerReads : std::uint8_t { kRefuse, kServe };
enum class LeaderFollowerMistake : std::uint8_t {
  kShipBeforeSync,
  kAcknowledgeBeforeSync,
  kServeBeforeCommit,
  kLeaseOnWallClock,
  kCommitAtRestart,
  kForgetEpoch,
  kIgnoreSession,
  kTruncateToCommit,
  kShrinkAlone,
  kPromoteAlone,
  kVoteTwice,
};

struct LeaderFollowerOptions {
  std::string leader;  // empty: the first replica
  Acknowledge acknowledge = Acknowledge::kMajority;
  Failover failover = Failover::kManual;
  Promotion promotion = Promotion::kFirst;
  std::vector<std::string> priority;
  std::vector<std::string> sentinels;
  std::int64_t quorum = 0;
  bool fencing = true;
  Rejoin rejoin = Rejoin::kTruncate;
  std::int64_t min_in_sync = 1;
  sim::Duration in_sync_lag{500'000'000};
  bool unclean_election = false;
  std::vector<std::vector<std::string>> cascade;
  sim::Distribution apply_lag = sim::Distribution::constant(sim::Duration(0));
  std::optional<config::Rate> apply_rate;
  FollowerReads follower_reads = FollowerReads::kServe;
  sim::Duration max_staleness{0};
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

namespace single_leader {

// Who is who, with names resolved.
struct Cluster {
  std::vector<NodeId> replicas;  // that hold data, ascending
  std::vector<NodeId> sentinels;
  NodeId first_leader;
  std::vector<NodeId> priority;  // for promotion, first come first
  std::vector<NodeId> sources;   // by node: whom it copies from; kNoNode: the leader

  // Those whose confirmations the leader counts.
  [[nodiscard]] std::size_t confirming() const {
    return static_cast<std::size_t>(
        std::count_if(replicas.begin(), replicas.end(),
                      [&](NodeId node) { return sources.at(node.value) == sim::kNoNode; }));
  }
  // Least is best.
  [[nodiscard]] std::size_t rank(NodeId node) const {
    return static_cast<std::size_t>(std::find(priority.begin(), priority.end(), node) -
                                    priority.begin());
  }
};

}  // namespace single_leader

class LeaderFollower final : public ReplicationModel {
 public:
  LeaderFollower(LeaderFollowerOptions options, single_leader::Cluster cluster)
      : options_(std::move(options)), cluster_(std::move(cluster)) {}

  void run(sim::Node& node) const override;

 private:
  LeaderFollowerOptions options_;
  single_leader::Cluster cluster_;
};

// The registry's entry: name, options, state fields, invariants.
ModelEntry leader_follower_model();
[[nodiscard]] std::vector<Claim> leader_follower_claims();

}  // namespace quorumlab::models
