// One replica of a leaderless cluster from a start to a crash: coordinator for whoever asks, home
// for its share of the keys, and busy with repairs in the background.
//
//   Replica(options, node).run();      // does not return
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "models/client_protocol.h"
#include "models/data/cell_store.h"
#include "models/replication/leaderless/leaderless.h"
#include "models/replication/leaderless/membership.h"
#include "models/replication/leaderless/paxos.h"
#include "sim/node.h"

namespace quorumlab::models::leaderless {

using Mistake = LeaderlessMistake;
using sim::Duration;
using sim::Tags;
using sim::Time;

// "Keep this": for oneself, or for a home that is out of reach.
struct Store {
  struct Reply {
    bool kept = false;
    Text ring = nullptr;  // if it is not kept because the homes are others: they are in here
    [[nodiscard]] std::size_t wire_size() const { return 1 + (ring ? ring->size() : 0); }
  };
  static constexpr std::string_view kName = "Store";
  Key key;
  Cell cell;
  NodeId hint_for = sim::kNoNode;
  Fence fence{};
  [[nodiscard]] std::size_t wire_size() const {
    return sizeof(Store) - sizeof(Fence) + fence.wire_size();
  }
  [[nodiscard]] Tags tags() const {
    const Version* const v = cell.latest();
    return {.op = v == nullptr ? OpId{} : v->stamp.op,
            .key = key,
            .value = v == nullptr ? 0 : v->value.value_or(0)};
  }
};

struct Fetch {
  struct Reply {
    Cell cell;
    Text ring = nullptr;  // the homes are others, and this is no answer
    [[nodiscard]] std::size_t wire_size() const { return sizeof(Cell) + (ring ? ring->size() : 0); }
  };
  static constexpr std::string_view kName = "Fetch";
  Key key;
  Fence fence{};
  [[nodiscard]] std::size_t wire_size() const { return sizeof(Key) + fence.wire_size(); }
  [[nodiscard]] Tags tags() const { return {.key = key}; }
};

// Anti-entropy: "these are my hashes of your nodes' children", and then the cells of a leaf.
struct Hashes {
  struct Reply {
    std::vector<std::uint64_t> children;  // two for each position asked for
  };
  static constexpr std::string_view kName = "Hashes";
  std::uint32_t level = 0;
  std::vector<std::uint32_t> positions;
  [[nodiscard]] Tags tags() const {
    return {.index = level, .count = static_cast<std::uint32_t>(positions.size())};
  }
};

struct Leaf {
  struct Reply {
    std::vector<std::pair<Key, Cell>> cells;
  };
  static constexpr std::string_view kName = "Leaf";
  std::uint32_t position = 0;
  std::vector<std::pair<Key, Cell>> cells;  // the sender's
};

class Replica {
 public:
  Replica(const LeaderlessOptions& options, const Plan& plan, sim::Node& node);
  // Suspends; does not return.
  void run();

 private:
  // replica.cc: coordination
  PutReply put(const Put& put);
  GetReply get(const Get& get);
  [[nodiscard]] std::vector<NodeId> contacts(std::vector<NodeId> homes, std::int64_t quorum);
  [[nodiscard]] bool enough(const std::vector<NodeId>& homes, const std::set<NodeId>& who,
                            std::int64_t count) const;
  [[nodiscard]] std::int64_t wanted(std::int64_t by_request, std::int64_t by_model) const;
  [[nodiscard]] bool is_transaction(const Put& put) const;
  [[nodiscard]] bool stamp_after_reading(Key key);
  [[nodiscard]] Stamp next_stamp(OpId op);
  void wait_out(const Cell& cell);
  [[nodiscard]] Cell cell_for(const Put& put);
  [[nodiscard]] std::set<NodeId> spread(Key key, const Cell& cell, std::int64_t copies);
  [[nodiscard]] std::set<NodeId> spread_hints(Key key, const Cell& cell, std::set<NodeId> kept,
                                              std::int64_t copies);
  struct Gathered {
    std::vector<std::pair<NodeId, Cell>> answers;
    bool enough = false;
    Cell merged;
    std::uint64_t view = 0;
  };
  [[nodiscard]] Gathered gather(Key key, std::int64_t answers);
  [[nodiscard]] Gathered gather_once(Key key, std::int64_t answers);
  [[nodiscard]] bool write_back(Key key, const Gathered& gathered, std::int64_t answers);
  void witness(const Cell& cell);

  Store::Reply keep(const Store& store);
  Fetch::Reply fetch(const Fetch& fetch);
  [[nodiscard]] AuditAll::Reply disclose(const AuditAll& audit) const;

  // homes.cc: who keeps what, as this replica sees it
  [[nodiscard]] std::vector<NodeId> homes(Key key) const;
  [[nodiscard]] std::vector<NodeId> write_homes(Key key) const;
  [[nodiscard]] std::vector<NodeId> stand_ins(Key key) const;
  [[nodiscard]] bool is_home(NodeId node, Key key) const;
  [[nodiscard]] std::vector<NodeId> pending_homes(Key key) const;
  [[nodiscard]] std::int64_t pending(Key key) const;
  [[nodiscard]] bool is_dead(NodeId node) const {
    return membership_ && membership_->is_dead(node);
  }
  [[nodiscard]] bool turns_away(OpId op, Key key) const;
  [[nodiscard]] bool is_hopeless(const std::vector<NodeId>& homes, std::int64_t count) const;
  [[nodiscard]] std::uint64_t view() const;
  [[nodiscard]] Fence fence(Key key) const;
  void learn(const Text& ring);
  void become_member(const Plan& plan);
  void serve();

  // repair.cc: in the background
  void hint_late(Key key, const Cell& cell, sim::Replies<Store::Reply>& asked,
                 std::set<NodeId> kept);
  void hand_off();
  bool deliver_hints();
  [[nodiscard]] bool deliver(NodeId home, Key key, const Cell& cell);
  void compare_trees();
  void reconcile(NodeId peer);
  void collect_tombstones();
  [[nodiscard]] bool shared(Key key, NodeId peer) const;
  [[nodiscard]] std::vector<std::pair<Key, Cell>> leaf(std::uint32_t position, NodeId peer) const;
  Hashes::Reply hash(const Hashes& request, NodeId peer) const;
  Leaf::Reply exchange(const Leaf& request, NodeId peer);

  const LeaderlessOptions& options_;
  sim::Node& node_;
  CellStore store_;
  std::optional<Paxos> paxos_;  // of those that have transactions
  LamportClock lamport_;
  HybridClock hybrid_;
  std::optional<Membership> membership_;  // empty: everybody belongs, for ever
};

}  // namespace quorumlab::models::leaderless
