// Several masters of a chain that agree by Raft (raft.h). The chain's paper takes its master for
// one process that never fails, and makes it of several that agree by Paxos (van Renesse and
// Schneider, OSDI 2004, section 3).
//
//   Council(options, masters, node).run();       // one of them; does not return
//
// The log that they replicate holds the steps from each order of the chain to the next. Whoever
// leads listens to the members and proposes; a step counts once it is committed, and only after the
// order for which it was made, so what a deposed master proposed too late changes nothing. Members
// report to whoever leads. Before it renews a lease the leader makes sure that it still leads: then
// a later leader, which gives everybody a full time-out, can take nobody out before the lease ends.
#pragma once

#include <map>
#include <vector>

#include "models/replication/chain/chain.h"
#include "models/replication/chain/messages.h"
#include "models/replication/raft/replica.h"
#include "sim/node.h"

namespace quorumlab::models::chain {

// The names of published state of masters, for their own role is no member's.
namespace council {
inline constexpr std::string_view kRole = "master";
inline constexpr std::string_view kTerm = "master_term";
inline constexpr std::string_view kCommit = "master_commit";
inline constexpr std::string_view kDurable = "master_durable";
inline constexpr std::string_view kOrder = "order";  // the epoch of the last order known as decided
inline constexpr std::string_view kDecided = "decided";  // a note: an order and its hash
}  // namespace council

class Council {
 public:
  // `masters`, ascending, are replicas without data; all other replicas are in the chain at first.
  Council(const ChainOptions& options, const std::vector<NodeId>& masters, sim::Node& node);
  // Suspends; does not return.
  void run();

 private:
  [[nodiscard]] RaftOptions options_for_raft() const;
  Report::Reply answer(const Report& report, NodeId from);
  void watch();
  [[nodiscard]] NodeId silent_member() const;
  void decide(Step::What what, NodeId member);
  void applied(const raft::Entry& entry);
  void publish();

  const ChainOptions& options_;
  sim::Node& node_;
  Order order_;                        // as decided, as far as known
  std::map<NodeId, sim::Time> heard_;  // since we lead
  Epoch heard_in_ = 0;                 // the term in which we do
  bool deciding_ = false;              // a step is under way
  RaftOptions raft_options_;
  std::vector<raft::Change> no_changes_;
  raft::Replica raft_;
};

// No two masters tell of different orders with the same number.
[[nodiscard]] Invariant one_order_per_epoch();

}  // namespace quorumlab::models::chain
