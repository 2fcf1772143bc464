// Who keeps what, as one node sees it: everybody's fixed share, or what its view of the ring says.
//
//   Homes homes(options, node);
//   homes.follow(view);                     // with gossip
//   homes.readers(key); homes.writers(key); homes.stand_ins(key);
#pragma once

#include <cstdint>
#include <vector>

#include "models/replication/leaderless/leaderless.h"
#include "models/replication/leaderless/view.h"
#include "sim/node.h"

namespace quorumlab::models::leaderless {

class Homes {
 public:
  Homes(const LeaderlessOptions& options, sim::Node& node) : options_(options), node_(node) {}
  // Without it everybody belongs, for ever.
  void follow(RingView& view) { view_ = &view; }

  // Whom reads ask.
  [[nodiscard]] std::vector<NodeId> readers(Key key) const;
  // Who receives writes: while somebody joins or leaves, the old homes and the new ones.
  [[nodiscard]] std::vector<NodeId> writers(Key key) const;
  // Those of them whom a read does not ask.
  [[nodiscard]] std::vector<NodeId> pending(Key key) const;
  // How many more copies than W it takes to have W among the old homes and W among the new ones.
  [[nodiscard]] std::int64_t more_copies(Key key) const;
  // Who takes a hint for a home, in this order.
  [[nodiscard]] std::vector<NodeId> stand_ins(Key key) const;
  [[nodiscard]] bool is_home(NodeId node, Key key) const;
  [[nodiscard]] bool is_dead(NodeId node) const { return view_ != nullptr && view_->is_dead(node); }
  // Are so many of these dead that there is no use in asking the others? Cassandra calls it
  // Unavailable.
  [[nodiscard]] bool are_hopeless(const std::vector<NodeId>& nodes, std::int64_t count) const;

  // Grows with all that is learned.
  [[nodiscard]] std::uint64_t version() const {
    return view_ == nullptr ? 0 : view_->ring().version();
  }
  [[nodiscard]] Fence fence(Key key) const {
    return view_ == nullptr ? Fence{} : view_->fence(key);
  }
  void learn(const Text& ring) {
    if (view_ != nullptr) view_->learn(ring);
  }

 private:
  const LeaderlessOptions& options_;
  sim::Node& node_;
  RingView* view_ = nullptr;
};

}  // namespace quorumlab::models::leaderless
