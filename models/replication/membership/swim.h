// Who is there, found out by the members themselves: SWIM (Das, Gupta and Motivala, DSN 2002). In
// each protocol period a member pings one other; if that does not answer, it asks `helpers` others
// to try; if nobody succeeds, it suspects it, and whoever stays suspected for `suspicion` periods
// without objecting is dead. Everything found out travels with those same messages.
//
//   Swim swim(options, node, node.peers(), {.changed = [](NodeId who, Belief belief) { ... }});
//   node.spawn("swim", [&] { swim.run(); });
//   node.serve([&](const Ping& ping, NodeId from) { return swim.answer(ping, from); },
//              [&](const PingRequest& ping, NodeId from) { return swim.relay(ping, from); },
//              [&](const Bulletin& theirs) { return swim.exchange(theirs); });
//   swim.belief(n3);
//
// `lifeguard` adds what Dadgar, Phillips and Currey ("Lifeguard: Local Health Awareness for More
// Accurate Failure Detection", 2017) add: who fails to be answered blames itself first and slows
// down; a suspicion starts long and shortens as others confirm it; a suspect is told when it is
// pinged.
//
// Beyond the papers, as HashiCorp's memberlist and Serf do: a dead member is pinged now and then
// (`knock`) and told what is thought of it, so that the halves of a healed partition find together;
// and whoever pings is a member, which is how one joins. The host may have a bulletin, a text of
// its own that all members shall have: its digest goes with pings, and who differs exchanges it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "models/replication/membership/detector.h"
#include "models/replication/membership/member_list.h"
#include "sim/node.h"

namespace quorumlab::models::membership {

struct SwimOptions {
  sim::Duration period{200'000'000};
  sim::Duration ping_timeout{60'000'000};
  std::int64_t helpers = 3;
  std::int64_t suspicion = 5;  // periods; 0: who does not answer is dead
  std::int64_t lambda = 3;
  std::int64_t rumours = 8;  // in one message, at most
  std::int64_t knock = 5;    // periods between pings of dead members; 0: never
  bool lifeguard = false;
  bool staggered = true;           // members begin their periods at different times
  bool raises_incarnation = true;  // false: a mistake, objections then carry no weight
};

struct Gossip {
  std::vector<Rumour> rumours;
  std::uint64_t digest = 0;  // of the host's bulletin
};

struct Ping {
  struct Reply {
    Gossip gossip;
  };
  static constexpr std::string_view kName = "Ping";
  std::uint32_t incarnation = 0;  // of the sender
  Gossip gossip;
};

// "I get no answer from this one; do you?"
struct PingRequest {
  struct Reply {
    bool reached = false;
    Gossip gossip;
  };
  static constexpr std::string_view kName = "PingRequest";
  NodeId target{0};
  Gossip gossip;
};

class Swim final : public Detector {
 public:
  // `contacts` are believed to be members until they prove otherwise.
  Swim(const SwimOptions& options, sim::Node& node, const std::vector<NodeId>& contacts, Host host);
  Swim(const Swim&) = delete;
  Swim& operator=(const Swim&) = delete;

  void run() override;
  void join() override;
  void leave() override;

  Ping::Reply answer(const Ping& ping, NodeId from);
  PingRequest::Reply relay(const PingRequest& request, NodeId from);  // suspends
  Bulletin exchange(const Bulletin& theirs);

  [[nodiscard]] Belief belief(NodeId node) const override { return list_.belief(node); }
  [[nodiscard]] std::size_t suspects() const override { return suspicions_.size(); }
  [[nodiscard]] const MemberList& list() const { return list_; }
  [[nodiscard]] std::uint32_t incarnation() const { return incarnation_; }
  // Lifeguard's: 0 is healthy.
  [[nodiscard]] std::int64_t awareness() const { return awareness_; }

 private:
  struct Suspicion {
    std::uint32_t incarnation = 0;
    sim::Time since;
    std::set<NodeId> accusers;
  };

  void protocol_period();
  [[nodiscard]] NodeId next_target();
  [[nodiscard]] bool probe(NodeId target);
  [[nodiscard]] std::vector<NodeId> some_others(std::size_t count, NodeId target);
  void knock();
  [[nodiscard]] sim::Duration stretched(sim::Duration d) const { return d * (awareness_ + 1); }
  void feel(std::int64_t worse);

  [[nodiscard]] Gossip gossip_for(NodeId to);
  void hear(const Gossip& gossip);
  void hear_back(const Gossip& gossip, NodeId with);
  void hear(const Rumour& rumour);
  void object(const Rumour& rumour);
  void accuse(const Rumour& rumour);
  [[nodiscard]] sim::Duration time_to_object(std::size_t accusers) const;
  void set_alarm(NodeId who);

  const SwimOptions options_;
  sim::Node& node_;
  Host host_;
  sim::Stream chance_;
  MemberList list_;
  std::uint32_t incarnation_ = 0;
  bool here_ = true;
  std::vector<NodeId> order_;  // of probing, this round
  std::size_t next_ = 0;
  std::int64_t until_knock_;
  std::int64_t awareness_ = 0;
  std::map<NodeId, Suspicion> suspicions_;
};

}  // namespace quorumlab::models::membership
