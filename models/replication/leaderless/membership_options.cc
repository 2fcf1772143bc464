#include "models/replication/leaderless/membership_options.h"

#include <fmt/core.h>

#include "models/replication/replica_names.h"

namespace quorumlab::models {
namespace {

using namespace sim::literals;
using M = LeaderlessMembers;
using config::choices;
using config::duration;
using config::integer;
using config::list;
using config::text;

config::Schema change_schema() {
  using C = LeaderlessChange;
  return config::schema<C>("change", "Replicas that are told to join or to leave.")
      .field("at", &C::at, duration().at_least(0_ns), "when, on each one's own clock")
      .required()
      .field("patience", &C::patience, duration().at_least(1_ms),
             "how long until a replica that has not got all it needs gives up")
      .field("join", &C::join, list(text()).distinct(),
             "these copy what they take over, and then belong")
      .field("leave", &C::leave, list(text()).distinct(),
             "these hand over what they keep, and then are gone with their disks")
      .check([](const C& c, const config::Where& where, config::Diagnostics& problems) {
        if (!c.join.empty() || !c.leave.empty()) return;
        problems.error(where("at"), "nothing is asked for", "give `join` or `leave`");
      })
      .build();
}

}  // namespace

config::Schema leaderless_members_schema() {
  return config::schema<M>("members", "Who belongs to the cluster, and how that is found out.")
      .field("membership", &M::membership,
             choices<LeaderlessMembership>(
                 {{"static", LeaderlessMembership::kStatic,
                   "everybody, for ever; a key's homes are consecutive replicas"},
                  {"gossip", LeaderlessMembership::kGossip,
                   "replicas join and leave, and tell each other; a key's homes are those whose "
                   "tokens follow it on the ring (Dynamo, section 4.2). Who is thought to be dead "
                   "is not waited for, and stays a home (section 4.8)"}}),
             "who belongs to the cluster")
      .field("members", &M::members, list(text()).distinct(),
             "with gossip: who belongs at first; empty: every replica")
      .field("tokens", &M::tokens, integer().between(1, 1'000),
             "with gossip: places on the ring of each replica (virtual nodes)")
      .field("stream_batch", &M::stream_batch, integer().between(1, 100'000),
             "with gossip: keys in one message to a replica that joins")
      .field("detector", &M::detector,
             choices<LeaderlessDetector>(
                 {{"swim", LeaderlessDetector::kSwim,
                   "pings, and suspicions that travel with them (Das, Gupta and Motivala, DSN "
                   "2002)"},
                  {"phi", LeaderlessDetector::kPhi,
                   "heartbeats to everybody, and how unlikely a silence is (Hayashibara et al., "
                   "SRDS 2004)"}}),
             "with gossip: how replicas find out who is dead")
      .field("gossip_period", &M::gossip_period, duration().at_least(1_ms),
             "how often a replica pings another one, or sends its heartbeat")
      .field("ping_timeout", &M::ping_timeout, duration().at_least(1_ms),
             "swim: how long a ping waits before others are asked to try")
      .field("ping_helpers", &M::ping_helpers, integer().between(0, 1'000), "swim: how many others")
      .field("suspicion", &M::suspicion, integer().between(0, 100'000),
             "swim: periods in which a suspect can object before it counts as dead; 0: none")
      .field("retransmissions", &M::retransmissions, integer().between(1, 1'000),
             "swim: a rumour travels with so many messages, times the logarithm of the members")
      .field("lifeguard", &M::lifeguard, config::boolean(),
             "swim: whoever gets no answers doubts itself first (Dadgar et al., 2017)")
      .field("phi_threshold", &M::phi_threshold, config::real().between(0, 1'000),
             "phi: whose silence is less likely than 10 to minus this counts as dead")
      .tables("change", &M::changes, change_schema(), "scheduled changes")
      .check([](const M& m, const config::Where& where, config::Diagnostics& problems) {
        if (m.membership == LeaderlessMembership::kStatic &&
            (!m.members.empty() || !m.changes.empty())) {
          problems.error(where({"change", "members"}), "members change by gossip only",
                         "write membership = \"gossip\"");
        }
        if (m.ping_timeout >= m.gossip_period) {
          problems.error(where({"ping_timeout", "gossip_period"}),
                         "`ping_timeout` must be shorter than `gossip_period`",
                         "others are asked to try in what is left of the period");
        }
      })
      .build();
}

void check_members(const LeaderlessMembers& members, std::int64_t copies,
                   const ClusterShape& cluster, const config::Where& where,
                   config::Diagnostics& problems) {
  const ReplicaNames names(cluster);
  names.check(members.members, "members", where, problems);
  for (std::size_t i = 0; i < members.changes.size(); ++i) {
    const std::string at = fmt::format("change[{}]", i);
    names.check(members.changes[i].join, at + ".join", where, problems);
    names.check(members.changes[i].leave, at + ".leave", where, problems);
  }
  const std::size_t first =
      members.members.empty() ? cluster.replicas.size() : members.members.size();
  const bool gossips = members.membership == LeaderlessMembership::kGossip;
  if (gossips && first < static_cast<std::size_t>(copies)) {
    problems.error(where({"members", "copies"}),
                   fmt::format("{} copies need as many members, and there are {}", copies, first),
                   "");
  }
}

leaderless::Plan leaderless::plan_of(const LeaderlessMembers& members,
                                     const ClusterShape& cluster) {
  const ReplicaNames names(cluster);
  Plan plan;
  plan.first = names.ids(members.members.empty() ? cluster.replicas : members.members);
  plan.changes.resize(cluster.replicas.size());
  for (const LeaderlessChange& change : members.changes) {
    for (const auto& name : change.join) {
      plan.changes.at(names.id(name).value).push_back({change.at, change.patience, true});
    }
    for (const auto& name : change.leave) {
      plan.changes.at(names.id(name).value).push_back({change.at, change.patience, false});
    }
  }
  return plan;
}

}  // namespace quorumlab::models
