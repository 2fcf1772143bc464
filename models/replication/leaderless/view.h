// A node's view of the ring: whom it takes for the homes of each key. A replica's is a Membership,
// which keeps it on disk and gossips; a client that coordinates has just this, and asks for news.
//
//   RingView view(options, plan, node);
//   view.writers(key);                      // ... as we see it
//   store.fence = view.fence(key);          // so that a home that sees others says so
//   view.learn(reply.ring);                 // and what it sees
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/replication/leaderless/leaderless.h"
#include "models/replication/leaderless/ring.h"
#include "sim/node.h"

namespace quorumlab::models::leaderless {

using Text = std::shared_ptr<const std::string>;

// How the sender sees the homes of a key. Empty: it does not matter.
struct Fence {
  std::uint64_t homes = 0;
  Text ring = nullptr;
  [[nodiscard]] std::size_t wire_size() const { return ring ? 8 + ring->size() : 0; }
};

class RingView {
 public:
  // What the scenario says of who belongs at first.
  RingView(const LeaderlessOptions& options, const Plan& plan, sim::Node& node);
  virtual ~RingView() = default;
  RingView(const RingView&) = delete;
  RingView& operator=(const RingView&) = delete;

  [[nodiscard]] const Ring& ring() const { return ring_; }
  [[nodiscard]] Text text() const { return text_; }
  [[nodiscard]] std::vector<NodeId> writers(Key key) const;
  [[nodiscard]] Fence fence(Key key) const;
  [[nodiscard]] virtual bool is_dead(NodeId /*node*/) const { return false; }

  virtual void learn(std::string_view text);
  void learn(const Text& text) {
    if (text) learn(*text);
  }

 protected:
  [[nodiscard]] std::uint64_t homes_number(Key key) const;
  // After each change of ring_.
  void write_down();

  const LeaderlessOptions& options_;
  sim::Node& node_;
  Ring ring_;
  Text text_;
};

}  // namespace quorumlab::models::leaderless
