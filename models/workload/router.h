// Which replica a client asks: routing choices, and what a client learns about the leader.
//
//   Router router(client, ReadFrom::kNearest, ReadFrom::kLeader);
//   NodeId replica = router.for_read();          // or for_write()
//   router.learn(reply.try_instead);             // a replica said who leads
//   router.silent(replica);                      // or did not answer at all
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/node.h"

namespace quorumlab::models {

enum class ReadFrom : std::uint8_t { kLeader, kNearest, kAny, kSticky, kOwnWrites };

class Router {
 public:
  // `window`: for kOwnWrites, how long after a write of its own a client reads from the leader.
  Router(sim::Node& client, ReadFrom reads, ReadFrom writes, sim::Duration window);

  [[nodiscard]] sim::NodeId for_read() { return choose(reads_); }
  // Shall nobody but the leader answer?
  [[nodiscard]] bool reads_leader() const;
  void wrote() { wrote_ = client_.now(); }
  [[nodiscard]] sim::NodeId for_write() { return choose(writes_); }
  // kNoNode: the replica does not know either, so another one is tried next.
  void learn(sim::NodeId leader);
  void silent(sim::NodeId replica);

 private:
  sim::NodeId choose(ReadFrom how);
  void guess_another();

  sim::Node& client_;
  ReadFrom reads_;
  ReadFrom writes_;
  sim::Duration window_;
  std::optional<sim::Time> wrote_;    // a write of its own, last
  std::vector<sim::NodeId> nearest_;  // replicas by mean latency, then by id
  sim::NodeId home_;                  // for kSticky and kNearest
  sim::NodeId leader_;                // whom the client takes for the leader
};

}  // namespace quorumlab::models
