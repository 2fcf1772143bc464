// Raft (Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", USENIX ATC
// 2014; Ongaro, "Consensus: Bridging Theory and Practice", Stanford 2014, here "the dissertation").
//
//   candidate --RequestVote--> all            a majority's votes make a leader, one for each term
//   client --Put--> leader --AppendEntries--> followers    committed once a majority has it on disk
//      <---ok----      <-----matched--------
//
// How to read it: replica.h is figure 2's "State" and names every rule; election.cc is sections 5.2
// and 5.4.1 with PreVote and CheckQuorum, replication.cc sections 5.3 and 5.4.2, snapshots.cc
// section 7, membership.cc section 6 and the dissertation's chapter 4, reads.cc section 8 and the
// dissertation's 6.4. Indexes count from 0, and as a bound an index is the number of entries before
// it: the paper's prevLogIndex is `from` here, its commitIndex `commit`.
//
// What it does not do: it batches and pipelines, but never sends to more than `pipeline` appends
// ahead; it forwards no writes; reads are of single keys.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/model.h"
#include "models/replication/raft/configuration.h"
#include "sim/time.h"

namespace quorumlab::models {

enum class RaftReads : std::uint8_t { kLog, kReadIndex, kLease, kStale };
enum class RaftLeaseClock : std::uint8_t { kMonotonic, kInterval };
enum class RaftMembership : std::uint8_t { kJoint, kSingle };
enum class RaftMistake : std::uint8_t {
  kVoteNotPersisted,
  kVoteForAnyLog,
  kAcknowledgeBeforeSync,
  kAcknowledgeBeforeQuorum,
  kCommitOlderTerm,
  kTruncateAlways,
  kTrustLeaderCommit,
  kReadBeforeNoop,
  kLeaseOnWallClock,
  kLeaseSurvivesTransfer,
  kChangeBeforeCommit,
  kCountLearners,
  kTrustDamagedLog,
  kChangeAtOnce,
};

// What an operator asks of whoever leads then.
struct RaftChange {
  sim::Duration at;
  sim::Duration patience{5'000'000'000};
  std::vector<std::string> add;
  std::vector<std::string> remove;
  std::vector<std::string> learn;
  std::string lead;
};

struct RaftOptions {
  sim::Duration election_timeout{300'000'000};
  double election_spread = 1;
  sim::Duration heartbeat{50'000'000};
  bool pre_vote = true;
  bool check_quorum = true;
  RaftReads reads = RaftReads::kReadIndex;
  bool follower_reads = false;
  double lease_drift = 0.01;
  RaftLeaseClock lease_clock = RaftLeaseClock::kMonotonic;
  bool sessions = true;
  std::int64_t batch = 64;
  std::int64_t pipeline = 4;
  std::int64_t snapshot_every = 0;
  std::int64_t snapshot_chunk = 16'384;
  sim::Duration append_timeout{200'000'000};
  sim::Duration request_timeout{1'000'000'000};
  std::vector<std::string> voters;
  std::vector<std::string> learners;
  RaftMembership membership = RaftMembership::kJoint;
  std::vector<RaftChange> changes;
  std::vector<RaftMistake> mistakes;

  [[nodiscard]] bool makes(RaftMistake mistake) const {
    return std::find(mistakes.begin(), mistakes.end(), mistake) != mistakes.end();
  }
};

namespace raft {

// A RaftChange with its names resolved.
struct Change {
  sim::Duration at;
  sim::Duration patience;
  std::vector<NodeId> add;
  std::vector<NodeId> remove;
  std::vector<NodeId> learn;
  NodeId lead = sim::kNoNode;
};

}  // namespace raft

class Raft final : public ReplicationModel {
 public:
  Raft(RaftOptions options, raft::Configuration at_first, std::vector<raft::Change> changes)
      : options_(std::move(options)),
        at_first_(std::move(at_first)),
        changes_(std::move(changes)) {}

  void run(sim::Node& node) const override;

 private:
  RaftOptions options_;
  raft::Configuration at_first_;
  std::vector<raft::Change> changes_;
};

// The registry's entry: name, options, state fields, invariants.
ModelEntry raft_model();

}  // namespace quorumlab::models
