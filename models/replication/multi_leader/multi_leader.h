// Multi-leader replication: every replica takes writes, acknowledges them alone, and tells the
// others later (Kleppmann, "Designing Data-Intensive Applications", 2017, chapter 5, "Multi-Leader
// Replication"; Bucardo, MySQL circular replication, and every calendar that works offline).
//
//   client --Put--> its leader            ok as soon as that disk has it
//                   leader --Changes--> its neighbours --Changes--> theirs        along the
//                   topology
//
// Each replica keeps the changes in the order in which it learned of them and sends that stream on,
// so that a neighbour that was away is brought up to date by the same lines. Changes of one leader
// arrive in their order everywhere; changes of two leaders may not, and an effect may come before
// its cause (figure 5-9 there), unless `causal` holds it back until the cause is here.
//
// What a change is depends on `conflicts`. A version of the key, which wins or stays beside others
// (cell_store.h); or an update of an object that leaders share, whose type knows how to combine
// concurrent ones (shared_object.h): with "merge" a function of the application, which may be a
// join or not; with "crdt" a type that converges by its laws. Those travel as deltas, small states
// (Almeida, Shoker, Baquero, "Delta state replicated data types", JPDC 2018), and need neither
// order nor care about repetition; or as operations (Shapiro and others, RR-7506, section 2.3),
// which need this log: each once, and with `causal` after those that they depend on.
//
// A request that comes twice, because the network or its client repeats it, is one change: each
// change carries the name of the request, and a replica that knows it already answers at once. A
// client that asks another leader before that one has heard of it makes two.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/data/shared_object.h"
#include "models/model.h"
#include "sim/time.h"

namespace quorumlab::models {

enum class Topology : std::uint8_t { kAllToAll, kRing, kStar, kCustom };
enum class MultiLeaderConflicts : std::uint8_t { kLastWriteWins, kSiblings, kMerge, kCrdt, kAvoid };
enum class MultiLeaderClock : std::uint8_t { kWall, kLamport, kHybrid };
enum class MultiLeaderMistake : std::uint8_t {
  kArrivalOrder,
  kStampAtArrival,
  kAcknowledgeBeforeSync,
  kShipBeforeSync,
  kSkipSilent,
  kNoForwarding,
  kForgetContext,
  kPurgeAtOnce,
  kSharedCell,
  kApplyTwice,
  kRemoveUnseen,
  kTakeTwice,
};

struct MultiLeaderOptions {
  Topology topology = Topology::kAllToAll;
  std::vector<std::vector<std::string>> links;
  bool causal = true;
  MultiLeaderConflicts conflicts = MultiLeaderConflicts::kLastWriteWins;
  MergeKind merge = MergeKind::kGreatest;
  CrdtKind crdt = CrdtKind::kMultiRegister;
  UpdateForm updates = UpdateForm::kDeltas;
  MultiLeaderClock clock = MultiLeaderClock::kHybrid;
  sim::Duration ship_every{10'000'000};
  sim::Duration ship_timeout{300'000'000};
  std::int64_t batch = 100;
  sim::Duration tombstone_grace{0};
  std::vector<MultiLeaderMistake> mistakes;

  [[nodiscard]] bool makes(MultiLeaderMistake mistake) const {
    return std::find(mistakes.begin(), mistakes.end(), mistake) != mistakes.end();
  }
  // Are keys objects that replicas change together, and not versions?
  [[nodiscard]] bool shares_objects() const {
    return conflicts == MultiLeaderConflicts::kMerge || conflicts == MultiLeaderConflicts::kCrdt;
  }
  // Requires: shares_objects().
  [[nodiscard]] SharedKind shared_kind() const;
};

class MultiLeader final : public ReplicationModel {
 public:
  // neighbours[i]: whom replica i sends its changes to.
  MultiLeader(MultiLeaderOptions options, std::vector<std::vector<sim::NodeId>> neighbours)
      : options_(std::move(options)), neighbours_(std::move(neighbours)) {}
  void run(sim::Node& node) const override;

 private:
  MultiLeaderOptions options_;
  std::vector<std::vector<sim::NodeId>> neighbours_;
};

// The registry's entry: name, options, invariants.
ModelEntry multi_leader_model();

}  // namespace quorumlab::models
