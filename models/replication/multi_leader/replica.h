// One leader from a start to a crash: takes requests, and exchanges changes with its neighbours.
//
//   Replica(options, node, neighbours).run();      // does not return
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "models/client_protocol.h"
#include "models/data/record_file.h"
#include "models/data/stamp.h"
#include "models/replication/multi_leader/contents.h"
#include "models/replication/multi_leader/messages.h"
#include "models/replication/multi_leader/multi_leader.h"
#include "sim/condition.h"
#include "sim/node.h"

namespace quorumlab::models::multi_leader {

using Mistake = MultiLeaderMistake;

class Replica {
 public:
  Replica(const MultiLeaderOptions& options, sim::Node& node,
          const std::vector<NodeId>& neighbours);
  // Suspends; does not return.
  void run();

 private:
  // replica.cc: requests, and the changes on disk and in memory
  PutReply take(const Put& put);
  [[nodiscard]] PutReply taken(Key key) const;
  GetReply answer(const Get& get);
  [[nodiscard]] NodeId home_of(Key key) const;
  [[nodiscard]] Stamp next_stamp(OpId op);
  void record(const Change& change);
  void learn(const Change& change);
  void persist();
  void forget_erased();
  [[nodiscard]] AuditAll::Reply disclose(const AuditAll& audit) const;

  // shipping.cc
  void ship(NodeId neighbour);
  [[nodiscard]] std::size_t shippable() const;
  [[nodiscard]] bool forwards() const;
  Changes::Reply receive(const Changes& changes);

  const MultiLeaderOptions& options_;
  sim::Node& node_;
  const std::vector<NodeId>& neighbours_;
  VersionVector known_;                // how many changes of each leader
  std::vector<Change> changes_;        // in the order of learning
  std::map<OpId, std::size_t> by_op_;  // where the change is that a request made
  std::map<Key, std::size_t> newest_;  // where the last change of a key is
  LamportClock lamport_;
  HybridClock hybrid_;
  std::unique_ptr<Contents> contents_;  // what the changes add up to
  RecordFile file_;                     // the changes, on disk
  std::size_t durable_ = 0;             // of them
  sim::Condition changed_;
};

}  // namespace quorumlab::models::multi_leader
