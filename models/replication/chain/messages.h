// What the members of a chain say to each other and to the master.
//
//   auto chain = node.call(master, Report{.epoch = 3}, 100_ms);      // also renews the lease
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "models/data/log.h"
#include "sim/trace.h"

namespace quorumlab::models::chain {

// Who is in the chain, head first. A greater epoch replaces a lesser one.
struct Order {
  Epoch epoch = 0;
  std::vector<NodeId> members;
  NodeId joining = sim::kNoNode;  // catches up behind the tail

  [[nodiscard]] bool has(NodeId node) const {
    return std::find(members.begin(), members.end(), node) != members.end();
  }
  [[nodiscard]] NodeId head() const { return members.empty() ? sim::kNoNode : members.front(); }
  [[nodiscard]] NodeId tail() const { return members.empty() ? sim::kNoNode : members.back(); }
  // Of the tail it is whoever is joining; kNoNode: nobody.
  [[nodiscard]] NodeId successor(NodeId node) const {
    const auto at = std::find(members.begin(), members.end(), node);
    if (at == members.end()) return sim::kNoNode;
    return at + 1 == members.end() ? joining : *(at + 1);
  }
  [[nodiscard]] NodeId predecessor(NodeId node) const {
    if (node == joining) return tail();
    const auto at = std::find(members.begin(), members.end(), node);
    return at == members.end() || at == members.begin() ? sim::kNoNode : *(at - 1);
  }
};

// One step from an order to the next. Masters that agree on a sequence of steps agree on the chain.
struct Step {
  enum class What : std::uint8_t { kTakeOut, kInvite, kSeat };
  What what = What::kTakeOut;
  NodeId member = sim::kNoNode;
  Epoch after = 0;  // the order that it was made for; after another one it means nothing
};

// False: somebody else's step came first, and the order is as it was.
[[nodiscard]] inline bool apply(const Step& step, Order& order) {
  if (step.after != order.epoch) return false;
  ++order.epoch;
  if (step.member == order.joining) order.joining = sim::kNoNode;
  switch (step.what) {
    case Step::What::kTakeOut:
      std::erase(order.members, step.member);
      break;
    case Step::What::kInvite:
      order.joining = step.member;
      break;
    case Step::What::kSeat:
      order.members.push_back(step.member);
      break;
  }
  return true;
}

// A member to the master: "I live." Whoever joins says when it has caught up.
struct Report {
  struct Reply {
    Order order;
    bool granted = true;  // false: another master may be the one that leads
    NodeId try_instead = sim::kNoNode;
  };
  static constexpr std::string_view kName = "Report";
  Epoch epoch = 0;
  bool caught_up = false;
  [[nodiscard]] sim::Tags tags() const { return {.term = epoch}; }
};

// A member to its successor: the log from `from` on.
struct Append {
  struct Reply {
    Epoch epoch = 0;
    bool matched = false;
    Index end = 0;     // matched: its disk agrees up to here; else: try from here
    Index commit = 0;  // as far as it knows
  };
  static constexpr std::string_view kName = "Append";
  Epoch epoch = 0;
  Index from = 0;
  Epoch previous = 0;
  Index commit = 0;
  std::vector<Entry> entries;
  [[nodiscard]] sim::Tags tags() const { return tags_of(epoch, from, entries); }
  [[nodiscard]] std::size_t wire_size() const { return 40 + 24 * entries.size(); }
};

// Up the chain: "the tail has everything before `index`."
struct Committed {
  struct Reply {};
  static constexpr std::string_view kName = "Committed";
  Epoch epoch = 0;
  Index index = 0;
  [[nodiscard]] sim::Tags tags() const { return {.index = index, .term = epoch}; }
};

// A member to the tail, about a key with writes under way (CRAQ, section 2.3).
struct Version {
  struct Reply {
    bool known = false;
    Index commit = 0;
  };
  static constexpr std::string_view kName = "Version";
  Epoch epoch = 0;
};

}  // namespace quorumlab::models::chain
