// One replica from a start to a crash. Its fibers share these members; they change only where code
// suspends.
//
//   Replica(options, node, cluster).run();      // does not return
#pragma once

#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "models/client_protocol.h"
#include "models/data/log.h"
#include "models/data/pledge.h"
#include "models/data/record_file.h"
#include "models/replication/leader_follower/leader_follower.h"
#include "models/replication/leader_follower/messages.h"
#include "sim/condition.h"
#include "sim/node.h"

namespace quorumlab::models::single_leader {

using Mistake = LeaderFollowerMistake;
using sim::Duration;
using sim::Node;
using sim::Time;

class Replica {
 public:
  Replica(const LeaderFollowerOptions& options, Node& node, const Cluster& cluster);
  // Suspends; does not return.
  void run();

 private:
  // replica.cc: clients, persistence, what is published
  GetReply answer(const Get& get);
  [[nodiscard]] bool reaches(Index position);
  [[nodiscard]] bool is_fresh();
  [[nodiscard]] Index visible_here() const;
  [[nodiscard]] bool lags() const;
  void apply_slowly();
  [[nodiscard]] Status::Reply report(const Status& status) const;
  [[nodiscard]] AuditAll::Reply disclose(const AuditAll& audit) const;
  void persist();
  void publish();
  void pledge(Pledge pledge);
  [[nodiscard]] bool is_me(NodeId node) const { return node == node_.id(); }
  [[nodiscard]] NodeId redirect() const { return is_me(leader()) ? sim::kNoNode : leader(); }
  [[nodiscard]] Epoch epoch() const { return pledge_.get().epoch; }
  [[nodiscard]] NodeId leader() const { return pledge_.get().leader; }
  [[nodiscard]] bool by_consensus() const { return options_.failover == Failover::kConsensus; }
  [[nodiscard]] bool by_in_sync() const { return options_.acknowledge == Acknowledge::kInSync; }

  // leading.cc
  void lead();
  PutReply take(const Put& put);
  void degrade();
  void ship(NodeId follower, Epoch term);
  void back_off();
  [[nodiscard]] Append append_from(Index next);
  [[nodiscard]] Index shippable() const;
  void sync();
  void advance();
  [[nodiscard]] Index held() const;
  [[nodiscard]] bool holds_lease();
  [[nodiscard]] Time lease_clock();
  void step_down(Pledge newer);

  // following.cc
  Append::Reply follow(const Append& append);
  [[nodiscard]] bool promised_to_other(NodeId from) const;
  [[nodiscard]] bool conflicts(const Append& append) const;
  Append::Reply part_ways(Epoch sender);
  void store(const Append& append);
  void discard(Index from);
  void learn_commit(const Append& append, Index stored);
  void relay(NodeId downstream);

  // failover.cc
  void watch();
  [[nodiscard]] Duration draw_patience();
  void promote();
  void stand();
  Candidacy::Reply vote(const Candidacy& candidacy, NodeId from);
  [[nodiscard]] Epoch next_epoch() const;
  void catch_up();
  Probe::Reply tell(const Probe& probe);
  Promote::Reply obey(const Promote& order);

  // in_sync.cc
  [[nodiscard]] bool recall_in_sync(Epoch term);
  void mind_in_sync(Epoch term);
  [[nodiscard]] bool register_in_sync(Epoch term, std::vector<NodeId> members);
  [[nodiscard]] bool sentinels_keep(const InSync& next);
  [[nodiscard]] bool is_in_sync(NodeId node) const;

  const LeaderFollowerOptions& options_;
  Node& node_;
  const Cluster& cluster_;
  std::vector<NodeId> peers_;  // the other replicas
  Log log_;
  PledgeFile pledge_;       // whom we follow, and in which epoch; survives a crash
  sim::Condition changed_;  // of anything below, or of the epoch
  std::size_t copies_;
  std::vector<Index> durable_;  // as leader, by replica: how much of the log its disk holds
  std::vector<Time> contact_;   // as leader, by replica: sending time of the last answered append
  Index commit_ = 0;
  bool serving_ = false;   // as leader: the inherited log is safe
  bool degraded_ = false;  // as leader: followers did not answer, so nobody waits for them
  Time heard_;             // from the leader
  bool diverged_ = false;  // as follower: the leader's history is not ours, and we keep ours

  // Where applying takes time:
  Index applied_ = 0;                       // entries before this are shown
  std::deque<std::pair<Index, Time>> due_;  // and those before an index from a time on
  Time fresh_;          // as follower: on the leader's wall clock, all before this ...
  Index fresh_to_ = 0;  // ... are entries before this
  std::optional<RecordFile> watermark_;  // for the mistake that trusts it

  // As leader, where acknowledging is up to those in sync.
  InSync in_sync_;                       // as sentinels know it
  std::vector<NodeId> joining_in_sync_;  // count already, whether or not sentinels know
  std::vector<Time> caught_up_;          // by replica: when it last had all that we had
};

}  // namespace quorumlab::models::single_leader
