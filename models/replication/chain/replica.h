// One member of a chain from a start to a crash.
//
//   Replica(options, node, masters).run();      // does not return
#pragma once

#include "models/client_protocol.h"
#include "models/data/log.h"
#include "models/replication/chain/chain.h"
#include "models/replication/chain/messages.h"
#include "sim/condition.h"
#include "sim/node.h"

namespace quorumlab::models::chain {

using Mistake = ChainMistake;
using sim::Duration;
using sim::Time;

class Replica {
 public:
  Replica(const ChainOptions& options, sim::Node& node, const std::vector<NodeId>& masters);
  // Suspends; does not return.
  void run();

 private:
  void report();
  void adopt(const Order& order);
  [[nodiscard]] bool is_tail() const { return order_.tail() == node_.id(); }
  [[nodiscard]] bool is_head() const { return order_.head() == node_.id(); }
  [[nodiscard]] bool holds_lease() const;
  [[nodiscard]] bool may_answer_as_tail() const {
    return is_tail() && caught_up_ && commit_ >= settled_ && holds_lease();
  }
  [[nodiscard]] Index shippable() const;
  [[nodiscard]] Index safe_end() const;

  PutReply take(const Put& put);
  GetReply answer(const Get& get);
  [[nodiscard]] std::optional<Index> answer_up_to(const Get& get);
  void ship(Epoch epoch, NodeId successor);
  Append::Reply follow(const Append& append, NodeId from);
  void store(const Append& append);
  void discard(Index from);
  void commit_as_tail();
  void commit_to(Index index);
  void persist();
  [[nodiscard]] AuditAll::Reply disclose(const AuditAll& audit) const;

  const ChainOptions& options_;
  sim::Node& node_;
  const std::vector<NodeId>& masters_;
  Log log_;
  sim::Condition changed_;
  Order order_;
  Time lease_from_;  // when we asked the master for what it granted last
  bool leased_ = false;
  bool caught_up_ = false;  // in this epoch: our log holds all that was ever committed
  Index commit_ = 0;
  Index settled_ = 0;  // as tail: what may have been confirmed before we were
  Index joined_ = 0;   // as tail: how much whoever joins behind us has on disk
};

}  // namespace quorumlab::models::chain
