// Which replicas keep a key when replicas come and go: consistent hashing (Karger et al., STOC
// 1997) with several tokens for each replica (Dynamo, section 4.2), and for each replica where it
// stands in joining or leaving.
//
//   Ring ring({key_of_n1, key_of_n2, key_of_n3, key_of_n4}, 8, 3);   // 8 tokens each, 3 copies
//   ring.set(n1, Standing::kIn); ...
//   ring.readers(key);            // the homes that answer reads
//   ring.writers(key);            // ... and those that will be homes when the change is over
//   ring.merge(theirs);           // two views become one: of each replica the later word counts
//
// Each replica alone says where it stands, and numbers what it says; so merging is commutative,
// associative and idempotent, and views that have heard the same are the same.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/ids.h"

namespace quorumlab::models::leaderless {

using sim::Key;
using sim::NodeId;

enum class Standing : std::uint8_t {
  kOut,          // never a member, or given up
  kJoining,      // receives writes, and copies what it lacks
  kTakingOver,   // has it all: reads go to the new homes, writes to the old ones too
  kIn,           // a member
  kLeaving,      // still a home; writes go to those who follow it too
  kHandingOver,  // they have it all: reads go to the new homes, writes to the old ones too
  kLeft,
};

class Ring {
 public:
  // `names` are numbers of the replicas' own from which their places on the ring come. Everybody is
  // out at first.
  Ring(const std::vector<std::uint64_t>& names, std::size_t tokens, std::size_t copies);

  void set(NodeId node, Standing standing);  // its next word
  void say_again(NodeId node);               // ... is the same
  [[nodiscard]] Standing standing(NodeId node) const { return entries_.at(node.value).standing; }
  [[nodiscard]] std::uint32_t version(NodeId node) const { return entries_.at(node.value).version; }
  [[nodiscard]] std::uint64_t version() const;  // grows with every word heard

  // True: there was something new.
  bool merge(std::string_view text);
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::uint64_t digest() const;

  // In the order of the ring, from the key on. A home is one of the first `copies` members.
  [[nodiscard]] std::vector<NodeId> readers(Key key) const;
  [[nodiscard]] std::vector<NodeId> before(Key key) const;  // the homes without the change
  [[nodiscard]] std::vector<NodeId> after(Key key) const;   // ... and when it is over
  [[nodiscard]] std::vector<NodeId> writers(Key key) const;
  [[nodiscard]] std::vector<NodeId> members_from(Key key) const;  // all, homes or not

  [[nodiscard]] std::vector<NodeId> members() const;  // ascending: who keeps or answers anything
  [[nodiscard]] std::vector<NodeId> settled() const;  // ascending: kIn
  // Somebody other than `self` who is about to join or leave.
  [[nodiscard]] std::optional<NodeId> changing(NodeId self) const;
  static bool is_changing(Standing s) {
    return s != Standing::kOut && s != Standing::kIn && s != Standing::kLeft;
  }

  // Calls `look` with the homes before and after of every range of the ring.
  void for_each_range(const std::function<void(const std::vector<NodeId>& before,
                                               const std::vector<NodeId>& after)>& look) const;

 private:
  struct Entry {
    std::uint32_t version = 0;
    Standing standing = Standing::kOut;
  };
  using Belongs = bool (*)(Standing);
  [[nodiscard]] std::size_t place_of(Key key) const;
  [[nodiscard]] std::vector<NodeId> walk(std::size_t from, std::size_t most, Belongs belongs) const;

  std::vector<Entry> entries_;
  std::vector<std::pair<std::uint64_t, NodeId>> tokens_;  // ascending
  std::size_t copies_;
};

}  // namespace quorumlab::models::leaderless
