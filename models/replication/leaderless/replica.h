// One replica of a leaderless cluster from a start to a crash: home for its share of the keys,
// coordinator for whoever asks it, and busy with repairs in the background.
//
//   Replica(options, plan, node).run();      // does not return
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "models/client_protocol.h"
#include "models/data/cell_store.h"
#include "models/replication/leaderless/coordinator.h"
#include "models/replication/leaderless/homes.h"
#include "models/replication/leaderless/leaderless.h"
#include "models/replication/leaderless/membership.h"
#include "models/replication/leaderless/messages.h"
#include "models/replication/leaderless/paxos.h"
#include "models/replication/leaderless/stamps.h"
#include "sim/node.h"

namespace quorumlab::models::leaderless {

class Replica final : private OwnCopy {
 public:
  Replica(const LeaderlessOptions& options, const Plan& plan, sim::Node& node);
  // Suspends; does not return.
  void run();

 private:
  // For clients. Suspend.
  PutReply put(const Put& put);
  GetReply get(const Get& get);
  [[nodiscard]] bool turns_away(OpId op, Key key) const;

  // As a home, for coordinators.
  Store::Reply keep(const Store& store) override;
  Fetch::Reply fetch(const Fetch& fetch) override;
  [[nodiscard]] const Cell& find(Key key) const override { return store_.find(key); }
  [[nodiscard]] AuditAll::Reply disclose(const AuditAll& audit) const;

  void become_member(const Plan& plan);
  void serve();

  // repair.cc: in the background
  void hand_off();
  bool deliver_hints();
  [[nodiscard]] bool deliver(NodeId home, Key key, const Cell& cell);
  void compare_trees();
  void reconcile(NodeId peer);
  void collect_tombstones();
  [[nodiscard]] bool shared(Key key, NodeId peer) const;
  [[nodiscard]] std::vector<std::pair<Key, Cell>> leaf(std::uint32_t position, NodeId peer) const;
  Hashes::Reply hash(const Hashes& request, NodeId peer) const;
  Leaf::Reply exchange(const Leaf& request, NodeId peer);

  const LeaderlessOptions& options_;
  sim::Node& node_;
  CellStore store_;
  Homes homes_;
  Stamps stamps_;
  Coordinator coordinator_;
  std::optional<Paxos> paxos_;            // of those that have transactions
  std::optional<Membership> membership_;  // empty: everybody belongs, for ever
};

}  // namespace quorumlab::models::leaderless
