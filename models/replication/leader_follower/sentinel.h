// A sentinel: a node without data that watches the replicas and, when the leader falls silent for
// enough of them, has another one promoted (Redis documentation, "High availability with Redis
// Sentinel"). One sentinel alone is a failover controller.
//
//   Sentinel(options, node, cluster).run();      // does not return
//
// `quorum` of them must find the leader silent; then one of them needs the votes of a majority to
// act, once in each epoch, so that no two promote in the same one. Votes are on disk before they
// are given.
#pragma once

#include <optional>
#include <vector>

#include "models/client_protocol.h"
#include "models/data/pledge.h"
#include "models/data/record_file.h"
#include "models/replication/leader_follower/leader_follower.h"
#include "models/replication/leader_follower/messages.h"
#include "sim/node.h"

namespace quorumlab::models::single_leader {

class Sentinel {
 public:
  Sentinel(const LeaderFollowerOptions& options, sim::Node& node, const Cluster& cluster);
  // Suspends; does not return.
  void run();

 private:
  void probe(NodeId replica);
  void watch();
  void fail_over();
  [[nodiscard]] bool is_silent(NodeId replica) const;
  [[nodiscard]] bool finds_trouble() const;
  [[nodiscard]] bool others_agree();
  [[nodiscard]] std::optional<InSync> mandate(Epoch epoch);
  [[nodiscard]] std::optional<NodeId> choose(const InSync& in_sync);
  [[nodiscard]] NodeId best_of(const std::vector<NodeId>& candidates);
  void learn(Epoch epoch, NodeId leader);
  Mandate::Reply vote(const Mandate& mandate, NodeId from);
  KeepInSync::Reply remember(const KeepInSync& request);

  const LeaderFollowerOptions& options_;
  sim::Node& node_;
  const Cluster& cluster_;
  std::vector<NodeId> others_;  // the other sentinels
  PledgeFile vote_;             // for whom, in the latest epoch that we know
  sim::Time voted_;
  InSync in_sync_;  // on disk
  RecordFile file_;
  Epoch epoch_ = 1;  // of the leader that we know
  NodeId leader_;
  std::vector<sim::Time> heard_;      // by node
  std::vector<Probe::Reply> status_;  // by node: the last answer
};

}  // namespace quorumlab::models::single_leader
