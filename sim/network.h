// Directed links between nodes: latency, loss, duplication, reordering, bandwidth, cuts.
//
//   network.set_default({.latency = lognormal, .loss = Probability(0.01)});
//   network.set_between("east", "west", {.latency = wan});     // both directions
//   const CutId cut = network.cut({.groups = {{n1}, {n2, n3}}});   // until network.heal(cut)
//
// Delivery is for each message on its own, so latency alone reorders; `fifo` forbids that, as TCP
// does. Each link draws from its own stream, the same number of draws for each message whether or
// not the message is cut off: a fault elsewhere, or a heal, shifts nobody's draws.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/distribution.h"
#include "sim/ids.h"
#include "sim/interference.h"
#include "sim/message.h"
#include "sim/rng.h"

namespace quorumlab::sim {

class World;

struct LinkOptions {
  Distribution latency;   // one way
  Probability loss;       // a message vanishes
  Probability duplicate;  // a second copy is delivered, with a latency of its own
  Probability reorder;    // a message is held back by an extra `reorder_by`
  Distribution reorder_by;
  std::int64_t bandwidth = 0;  // bytes a second; messages queue behind each other; 0: unlimited
  bool fifo = false;           // no message overtakes an earlier one on this link
};

// Nodes of different groups cannot reach each other. A node in no group reaches everybody.
struct Cut {
  std::vector<std::vector<NodeId>> groups;
  bool one_way = false;  // only messages from an earlier group to a later one are lost
  std::vector<std::pair<NodeId, NodeId>> pairs = {};  // single links too, each from first to second
};
using CutId = std::uint32_t;

struct CutEffect {
  std::uint64_t crossing = 0;  // messages that wanted to cross: the opportunities
  std::uint64_t dropped = 0;   // and did not, the cut having been there when they left or arrived
};

class Network {
 public:
  explicit Network(World& world);
  ~Network();

  void set_default(const LinkOptions& options);
  // Links from a node of zone `a` to one of zone `b`, and back. Later calls win.
  void set_between(const std::string& a, const std::string& b, const LinkOptions& options);
  // Requires: set before the first message.
  [[nodiscard]] const LinkOptions& options(NodeId from, NodeId to) const;

  CutId cut(const Cut& cut);
  // For World::reseed.
  void reseed(Seed seed);
  void heal(CutId id);
  [[nodiscard]] CutEffect effect(CutId id) const;
  // Would a message sent now be cut off?
  [[nodiscard]] bool severed(NodeId from, NodeId to) const;

  // From now on, and until it leaves, `who` is shown every message. Asked in the order of joining.
  void join(Interference& who) { interferences_.push_back(&who); }
  void leave(Interference& who) { std::erase(interferences_, &who); }

  // Takes over one reference. The message arrives, twice, late or never.
  void send(Message& message);
  // At arrival: was the link cut in the meantime? Counts the effect.
  bool cut_on_arrival(const Message& message);

  struct Stats {
    std::uint64_t sent = 0;
    std::uint64_t lost = 0;  // by chance or by a fault of the network other than a cut
    std::uint64_t cut = 0;   // by a cut
    std::uint64_t duplicated = 0;
  };
  [[nodiscard]] const Stats& stats() const { return stats_; }

 private:
  struct Link;
  struct ActiveCut;
  struct ZonePair;

  Link& link(NodeId from, NodeId to);
  Time arrival(Link& link, std::uint64_t bytes);
  ActiveCut* cutting(NodeId from, NodeId to);
  void interfere(Link& link, Passage& passage);
  void grow();

  World& world_;
  LinkOptions default_;
  std::vector<std::unique_ptr<ZonePair>> zone_pairs_;
  std::deque<Link> links_;  // stay where they are
  // Open addressing from (from, to) to a position in links_: looked up, never iterated.
  struct Slot {
    std::uint64_t key = UINT64_MAX;
    Link* link = nullptr;
  };
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<ActiveCut>> cuts_;
  std::vector<ActiveCut*> active_;
  std::vector<Interference*> interferences_;
  Stats stats_;
};

}  // namespace quorumlab::sim
