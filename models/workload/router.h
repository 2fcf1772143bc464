// Which replica a client asks: routing choices, and what a client learns about the leader.
//
//   Router router(client, ReadFrom::kNearest);
//   NodeId replica = router.for_read();          // or for_write(): the leader, as far as known
//   router.learn(reply.try_instead);             // a replica said who leads
//   router.silent(replica);                      // or did not answer at all
#pragma once

#include <cstdint>
#include <vector>

#include "sim/node.h"

namespace quorumlab::models {

enum class ReadFrom : std::uint8_t { kLeader, kNearest, kAny, kSticky };

class Router {
 public:
  Router(sim::Node& client, ReadFrom read_from);

  [[nodiscard]] sim::NodeId for_write() const { return leader_; }
  [[nodiscard]] sim::NodeId for_read();
  // kNoNode: the replica does not know either, so another one is tried next.
  void learn(sim::NodeId leader);
  void silent(sim::NodeId replica);

 private:
  void guess_another();

  sim::Node& client_;
  ReadFrom read_from_;
  std::vector<sim::NodeId> nearest_;  // replicas by mean latency, then by id
  sim::NodeId home_;                  // for kSticky
  sim::NodeId leader_;                // whom the client takes for the leader
};

}  // namespace quorumlab::models
