// The master of a chain: decides who is in it, and in which order.
//
//   Master(options, node).run();       // does not return
//
// A member that did not report for `timeout` is out; its lease ended before. One member joins at a
// time, behind the tail. Each decision is on disk before anybody hears of it.
#pragma once

#include <map>
#include <vector>

#include "models/data/record_file.h"
#include "models/replication/chain/chain.h"
#include "models/replication/chain/messages.h"
#include "sim/condition.h"
#include "sim/node.h"
#include "sim/world.h"

namespace quorumlab::models::chain {

// Has `member`, last heard at `heard`, to leave the chain?
[[nodiscard]] inline bool has_failed(const ChainOptions& options, sim::Node& master, NodeId member,
                                     sim::Time heard) {
  if (options.detection == ChainDetection::kOracle) return !master.world().node(member).is_up();
  return master.now() - heard > options.timeout;
}

class Master {
 public:
  Master(const ChainOptions& options, sim::Node& node);
  // Suspends; does not return.
  void run();

 private:
  Report::Reply answer(const Report& report, NodeId from);
  void watch();
  void publish();
  void decide(Order next);

  const ChainOptions& options_;
  sim::Node& node_;
  Order order_;    // decided, maybe not yet on disk
  Order durable_;  // what members may hear
  std::map<NodeId, sim::Time> heard_;
  RecordFile file_;
  sim::Condition decided_;
};

}  // namespace quorumlab::models::chain
