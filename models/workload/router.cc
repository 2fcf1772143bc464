#include "models/workload/router.h"

#include <algorithm>

#include "sim/world.h"

namespace quorumlab::models {

Router::Router(sim::Node& client, ReadFrom reads, ReadFrom writes, sim::Duration window)
    : client_(client), reads_(reads), writes_(writes), window_(window) {
  sim::Network& network = client.world().network();
  nearest_.assign(client.peers().begin(), client.peers().end());
  const auto distance = [&](sim::NodeId replica) {
    // Of equally near replicas each client prefers another, so that the load is spread.
    const std::size_t replicas = nearest_.size();
    const std::size_t turn = (replica.value + replicas - client.id().value % replicas) % replicas;
    return std::pair{network.options(client.id(), replica).latency.mean(), turn};
  };
  std::sort(nearest_.begin(), nearest_.end(),
            [&](sim::NodeId a, sim::NodeId b) { return distance(a) < distance(b); });
  const bool sticky = reads == ReadFrom::kSticky || writes == ReadFrom::kSticky;
  home_ = sticky ? client.rng().pick(nearest_) : nearest_.front();
  leader_ = nearest_.front();
}

sim::NodeId Router::choose(ReadFrom how) {
  switch (how) {
    case ReadFrom::kLeader:
      return leader_;
    case ReadFrom::kAny:
      return client_.rng().pick(nearest_);
    case ReadFrom::kNearest:
      return nearest_.front();
    case ReadFrom::kSticky:
      return home_;
    case ReadFrom::kOwnWrites:
      return reads_leader() ? leader_ : nearest_.front();
  }
  return home_;
}

bool Router::reads_leader() const {
  return reads_ == ReadFrom::kLeader ||
         (reads_ == ReadFrom::kOwnWrites && wrote_ && client_.now() - *wrote_ < window_);
}

void Router::learn(sim::NodeId leader) {
  if (leader != sim::kNoNode) {
    leader_ = leader;
  } else {
    guess_another();
  }
}

void Router::silent(sim::NodeId replica) {
  if (replica == leader_) guess_another();
}

void Router::guess_another() {
  const auto now = std::find(nearest_.begin(), nearest_.end(), leader_);
  const auto next = now == nearest_.end() || now + 1 == nearest_.end() ? nearest_.begin() : now + 1;
  leader_ = *next;
}

}  // namespace quorumlab::models
