// What one member believes of the others, and what it still has to tell them: the part of SWIM
// (Das, Gupta and Motivala, "SWIM: Scalable Weakly-consistent Infection-style Process Group
// Membership Protocol", DSN 2002) that needs neither time nor network.
//
//   MemberList list(me, 3);
//   list.take({.about = n2, .belief = Belief::kSuspect, .incarnation = 4, .from = n5});  // news?
//   list.to_tell(6);                   // rumours for the next message, the least told first
//   list.belief(n2);                   // Belief::kSuspect
//
// Rumours about one member are totally ordered, first by its incarnation, then alive < suspected <
// dead < left; the greatest counts. So it does not matter in which order, how often and by whom
// they are told. The paper (4.2) lets a confirmation stand against every incarnation, because there
// a member that comes back takes a new name; here, as in HashiCorp's memberlist, it comes back with
// a greater incarnation.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <vector>

#include "sim/ids.h"

namespace quorumlab::models::membership {

using sim::NodeId;

enum class Belief : std::uint8_t {
  kAlive,
  kSuspect,  // did not answer; still a member
  kDead,     // had its time to object
  kLeft,     // said good-bye
};

struct Rumour {
  NodeId about{0};
  Belief belief = Belief::kAlive;
  std::uint32_t incarnation = 0;  // of `about`; only itself raises it
  NodeId from{0};                 // who found out
};

class MemberList {
 public:
  // Each rumour travels with at most `lambda` ln(members + 1) messages, rounded up (4.1).
  MemberList(NodeId self, std::int64_t lambda) : self_(self), lambda_(lambda) {}

  // True: it is news, and will be told on.
  bool take(const Rumour& rumour);
  // Told on, though it is no news: somebody else has found out the same.
  void repeat(const Rumour& rumour);

  [[nodiscard]] bool knows(NodeId node) const { return members_.contains(node); }
  // Requires: knows(node).
  [[nodiscard]] const Rumour& of(NodeId node) const { return members_.at(node); }
  // kLeft for strangers.
  [[nodiscard]] Belief belief(NodeId node) const;
  // Ascending, without oneself.
  [[nodiscard]] std::vector<NodeId> others(Belief belief) const;
  // How many are believed to be here, oneself and suspects included.
  [[nodiscard]] std::size_t size() const;

  [[nodiscard]] std::vector<Rumour> to_tell(std::size_t most);
  [[nodiscard]] bool has_news() const { return !untold_.empty(); }
  [[nodiscard]] std::uint32_t tellings() const;  // how often one rumour is told

 private:
  struct Untold {
    Rumour rumour;
    std::uint32_t told = 0;
  };

  NodeId self_;
  std::int64_t lambda_;
  std::map<NodeId, Rumour> members_;
  std::vector<Untold> untold_;  // the latest last
};

}  // namespace quorumlab::models::membership
