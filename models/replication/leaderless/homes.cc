#include "models/replication/leaderless/homes.h"

#include <algorithm>

#include "sim/world.h"

namespace quorumlab::models::leaderless {
namespace {

bool has(const std::vector<NodeId>& nodes, NodeId node) {
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

// All replicas, from the key's place on the ring on (Dynamo, section 4.2). Keys are numbers and
// numbered densely, so their remainder spreads them as evenly as a hash.
std::vector<NodeId> fixed_ring(Key key, std::size_t all) {
  const auto replicas = static_cast<std::uint32_t>(all);
  std::vector<NodeId> ring;
  for (std::uint32_t i = 0; i < replicas; ++i) {
    ring.push_back(NodeId((key.value % replicas + i) % replicas));
  }
  return ring;
}

}  // namespace

std::vector<NodeId> Homes::readers(Key key) const {
  if (view_ != nullptr) return view_->ring().readers(key);
  std::vector<NodeId> ring = fixed_ring(key, node_.world().replicas());
  ring.resize(std::min(ring.size(), static_cast<std::size_t>(options_.copies)));
  return ring;
}

std::vector<NodeId> Homes::writers(Key key) const {
  return view_ != nullptr ? view_->writers(key) : readers(key);
}

std::int64_t Homes::more_copies(Key key) const {
  if (view_ == nullptr) return 0;
  return static_cast<std::int64_t>(writers(key).size()) - options_.copies;
}

std::vector<NodeId> Homes::pending(Key key) const {
  if (view_ == nullptr) return {};
  std::vector<NodeId> pending = writers(key);
  const std::vector<NodeId> asked = readers(key);
  std::erase_if(pending, [&](NodeId node) { return has(asked, node); });
  return pending;
}

std::vector<NodeId> Homes::stand_ins(Key key) const {
  std::vector<NodeId> ring = view_ != nullptr ? view_->ring().members_from(key)
                                              : fixed_ring(key, node_.world().replicas());
  const std::vector<NodeId> homes = writers(key);
  std::erase_if(ring, [&](NodeId node) { return has(homes, node) || is_dead(node); });
  return ring;
}

bool Homes::is_home(NodeId node, Key key) const {
  return has(writers(key), node);
}

bool Homes::are_hopeless(const std::vector<NodeId>& nodes, std::int64_t count) const {
  if (view_ == nullptr || options_.sloppy) return false;
  const auto alive =
      std::count_if(nodes.begin(), nodes.end(), [this](NodeId node) { return !is_dead(node); });
  return alive < count;
}

}  // namespace quorumlab::models::leaderless
