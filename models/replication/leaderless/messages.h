// What coordinators and homes say to each other; what Paxos and membership say is beside them.
//
//   auto reply = node.call(home, Store{key, cell, sim::kNoNode, homes.fence(key)}, timeout);
//   if (reply && reply->kept) ...;                     // it is on that disk
//   if (reply && reply->ring) homes.learn(reply->ring); // that home sees other homes than we do
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "models/data/cell_store.h"
#include "models/replication/leaderless/view.h"
#include "sim/trace.h"

namespace quorumlab::models::leaderless {

using sim::Tags;

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
    Key key{};
    OpId op = sim::kNoOp;
    [[nodiscard]] std::size_t wire_size() const { return sizeof(Cell) + (ring ? ring->size() : 0); }
    [[nodiscard]] Tags tags() const {
      if (op == sim::kNoOp) return {};
      const Version* const v = cell.latest();
      return {.op = op, .key = key, .value = v == nullptr ? 0 : v->value.value_or(0)};
    }
  };
  static constexpr std::string_view kName = "Fetch";
  Key key;
  Fence fence{};
  OpId op = sim::kNoOp;  // for the trace: the read of a client that asks for itself
  [[nodiscard]] std::size_t wire_size() const { return sizeof(Key) + fence.wire_size(); }
  [[nodiscard]] Tags tags() const { return {.op = op, .key = key}; }
};

// Of a client that coordinates: "who belongs?"
struct Download {
  struct Reply {
    Text ring;
    [[nodiscard]] std::size_t wire_size() const { return ring ? ring->size() : 0; }
  };
  static constexpr std::string_view kName = "Download";
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

}  // namespace quorumlab::models::leaderless
