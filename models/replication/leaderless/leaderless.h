// Leaderless replication after Dynamo (DeCandia et al., "Dynamo: Amazon's Highly Available
// Key-value Store", SOSP 2007), with what its successors added: Cassandra's levels and repair,
// Riak's dotted version vectors, and the write-back of Attiya, Bar-Noy and Dolev ("Sharing Memory
// Robustly in Message-Passing Systems", JACM 1995) that makes a quorum register atomic.
//
//   client --Put--> coordinator --Store--> the key's N homes       ok after W of them have it on
//   disk client --Get--> coordinator --Fetch--> the key's N homes       the newest of R answers
//
// Nobody leads, nobody is elected: every replica coordinates, or, with `coordinator = "client"`,
// each client for itself (client.h). R + W > N makes each read meet the
// latest write, which is not the same as linearizable: two reads may meet a half-finished write,
// one and the other not (Kleppmann, "Designing Data-Intensive Applications", 2017, chapter 9). It
// takes `read_repair = "blocking"` and `order = "read_first"` too, with R and W a majority.
//
// Conditional writes are decided by Paxos among a key's homes: paxos.h.
//
// Membership is fixed, and a key's homes are consecutive replicas, unless `membership = "gossip"`:
// then replicas find out by SWIM who is there, and join and leave while it runs (membership.h).
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "models/model.h"
#include "models/replication/leaderless/membership_options.h"
#include "sim/time.h"

namespace quorumlab::models {

enum class Level : std::uint8_t { kCount, kLocalQuorum, kEachQuorum };
enum class CoordinatedBy : std::uint8_t { kReplica, kClient };
enum class Contact : std::uint8_t { kAll, kQuorum };
enum class ReadRepair : std::uint8_t { kOff, kBackground, kBlocking };
enum class WriteOrder : std::uint8_t { kWallClock, kLamport, kHybrid, kReadFirst };
enum class Conflicts : std::uint8_t { kLastWriteWins, kSiblings };
enum class Transactions : std::uint8_t { kOff, kConditional, kAll };
enum class Ballots : std::uint8_t { kWallClock, kCounter };
enum class LeaderlessMistake : std::uint8_t {
  kAcknowledgeBeforeSync,
  kReportFailed,
  kIgnoreStamp,
  kCountTwice,
  kForgetHints,
  kReuseDots,
  kPurgeAtOnce,
  kTreeWithoutTombstones,
  kServeBeforeCopied,
  kForgetPending,
  kLeaveAtOnce,
  kJoinTogether,
  kIgnoreViews,
  kFinishAlone,
  kSameIncarnation,
  kNoSuspicion,
  kPromiseInMemory,
  kAcceptAnything,
  kAbandonProposal,
  kCommitBeforeQuorum,
  kReadUnfinished,
  kRetryAsNew,
  kSharedBallots,
  kSettleUninformed,
  kCountClient,
  kKeepFirstView,
  kNumberAnywhere,
};

struct LeaderlessOptions {
  std::int64_t copies = 3;
  std::int64_t write_quorum = 2;
  std::int64_t read_quorum = 2;
  Level level = Level::kCount;
  Contact contact = Contact::kAll;
  CoordinatedBy coordinator = CoordinatedBy::kReplica;
  sim::Duration view_every{10'000'000'000};
  WriteOrder order = WriteOrder::kWallClock;
  bool commit_wait = false;
  Conflicts conflicts = Conflicts::kLastWriteWins;
  ReadRepair read_repair = ReadRepair::kBackground;
  bool sloppy = false;
  sim::Duration hint_after{50'000'000};
  sim::Duration hint_every{500'000'000};
  std::int64_t hint_limit = 10'000;
  sim::Duration anti_entropy{0};
  std::int64_t tree_depth = 4;
  sim::Duration tombstone_grace{0};
  Transactions transactions = Transactions::kOff;
  bool serial_reads = true;
  bool settle = true;
  Ballots ballots = Ballots::kWallClock;
  sim::Duration backoff{10'000'000};
  sim::Duration contention_timeout{1'000'000'000};
  sim::Duration request_timeout{300'000'000};
  LeaderlessMembers members;
  std::vector<LeaderlessMistake> mistakes;

  [[nodiscard]] bool makes(LeaderlessMistake mistake) const {
    return std::find(mistakes.begin(), mistakes.end(), mistake) != mistakes.end();
  }
};

class Leaderless final : public ReplicationModel {
 public:
  Leaderless(LeaderlessOptions options, leaderless::Plan plan)
      : options_(std::move(options)), plan_(std::move(plan)) {}
  void run(sim::Node& node) const override;
  [[nodiscard]] std::unique_ptr<ClientLibrary> library(sim::Node& client) const override;

 private:
  LeaderlessOptions options_;
  leaderless::Plan plan_;
};

// The registry's entry: name, options, state fields.
ModelEntry leaderless_model();
std::vector<Claim> leaderless_claims();

}  // namespace quorumlab::models
