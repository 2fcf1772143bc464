// Chain replication (van Renesse and Schneider, "Chain Replication for Supporting High Throughput
// and Availability", OSDI 2004), with reads at every replica after Terrace and Freedman ("Object
// Storage on CRAQ", USENIX ATC 2009) as an option.
//
//   client --Put--> head --Append--> middle --Append--> tail      the tail has it: it is committed
//      <---ok------      <-Committed-       <-Committed-
//   client --Get--> tail                                           what the tail has is committed
//
// Each replica's log begins with its successor's, so whoever is left in front of the tail has all
// that the tail ever confirmed. A master watches the replicas and takes the dead out of the chain;
// those that return go to its end, once they have caught up. The paper's servers stop when they
// fail and everybody knows it; here they may be cut off and not know, so a replica serves only
// while the master has answered it within `lease`, which is shorter than what the master waits.
// With `detection = "oracle"` it is as in the paper, and a chain with a member cut off waits for
// it.
//
// The master is a replica that is in no chain and keeps its decisions on disk (master.h); while it
// is away, nobody serves once the leases are over. Or it is several that agree by Raft (council.h),
// of which a majority is enough.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/model.h"
#include "sim/time.h"

namespace quorumlab::models {

enum class ChainReads : std::uint8_t { kTail, kAny };
enum class ChainDetection : std::uint8_t { kSilence, kOracle };
enum class ChainMistake : std::uint8_t {
  kAcknowledgeAtHead,
  kAcknowledgeBeforeSync,
  kShipBeforeSync,
  kServeWithoutLease,
  kServeDirty,
  kTrustOwnCopy,
  kJoinUnprepared,
  kNoEpochCheck,
  kDecideAlone,
  kGrantWithoutMajority,
  kNoGrace,
};

struct ChainOptions {
  std::string master;
  std::vector<std::string> masters;
  ChainDetection detection = ChainDetection::kSilence;
  ChainReads reads = ChainReads::kTail;
  sim::Duration heartbeat{50'000'000};
  sim::Duration lease{300'000'000};
  sim::Duration timeout{400'000'000};
  sim::Duration election_timeout{200'000'000};
  sim::Duration append_timeout{100'000'000};
  sim::Duration request_timeout{1'000'000'000};
  std::int64_t batch = 64;
  std::vector<ChainMistake> mistakes;

  [[nodiscard]] bool makes(ChainMistake mistake) const {
    return std::find(mistakes.begin(), mistakes.end(), mistake) != mistakes.end();
  }
};

class Chain final : public ReplicationModel {
 public:
  // Requires: masters are replicas, ascending, and not all of them.
  Chain(ChainOptions options, std::vector<sim::NodeId> masters)
      : options_(std::move(options)), masters_(std::move(masters)) {}
  void run(sim::Node& node) const override;

 private:
  ChainOptions options_;
  std::vector<sim::NodeId> masters_;
};

// The registry's entry: name, options, state fields, invariants.
ModelEntry chain_model();

}  // namespace quorumlab::models
