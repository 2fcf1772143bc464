// What the registry knows of leader_follower: its options with their meaning, its published state,
// and the invariants that tell when its promises are broken.
#include <fmt/core.h>

#include <algorithm>

#include "models/invariants.h"
#include "models/replication/leader_follower.h"
#include "sim/config/suggest.h"

namespace quorumlab::models {
namespace {

using Mistake = LeaderFollowerMistake;
using namespace sim::literals;

config::SchemaBuilder<LeaderFollowerOptions> timing() {
  using O = LeaderFollowerOptions;
  using config::duration;
  return config::schema<O>("leader_follower",
                           "One leader takes the writes and ships its log to the followers.")
      .field("heartbeat", &O::heartbeat, duration().at_least(1_ms),
             "how often an idle leader tells that it lives")
      .field("timeout", &O::timeout, duration().at_least(1_ms),
             "how long a follower waits in silence before it promotes itself")
      .field("lease", &O::lease, duration().at_least(0_ns),
             "the leader serves only while a majority answered within this time on its own clock; "
             "0s: it never asks")
      .field("commit_timeout", &O::commit_timeout, duration().at_least(1_ms),
             "when a write that lacks acknowledgements is answered with `unknown`")
      .field("append_timeout", &O::append_timeout, duration().at_least(1_ms),
             "how long the leader waits for the answer to one append")
      .field("retry_backoff", &O::retry_backoff, duration().at_least(1_ms),
             "the longest pause after an append that got no answer; half of it is the shortest")
      .field("batch", &O::batch, config::integer().between(1, 100'000),
             "entries in one append, at most");
}

config::Schema options_schema() {
  using O = LeaderFollowerOptions;
  using config::choices;
  using config::duration;
  return timing()
      .field("leader", &O::leader, config::text(),
             "the replica that leads at first; empty: the first one")
      .field("acknowledge", &O::acknowledge,
             choices<Acknowledge>(
                 {{"none", Acknowledge::kNone, "asynchronous: the leader's own disk is enough"},
                  {"one", Acknowledge::kOne, "semi-synchronous: one follower's disk too"},
                  {"majority", Acknowledge::kMajority, "more than half of all disks"},
                  {"all", Acknowledge::kAll, "synchronous: every disk"}}),
             "who must hold a write on disk before the client hears `ok`")
      .field("failover", &O::failover,
             choices<Failover>(
                 {{"manual", Failover::kManual, "never: without the leader, writes stop"},
                  {"heartbeat", Failover::kHeartbeat,
                   "a follower that hears nothing for `timeout` promotes itself, without a vote"}}),
             "what happens when the leader falls silent")
      .field("promotion", &O::promotion,
             choices<Promotion>(
                 {{"first", Promotion::kFirst, "with whatever log it has"},
                  {"most_advanced", Promotion::kMostAdvanced,
                   "after taking over the longest log among the replicas that answer"}}),
             "how a follower takes over")
      .field("follower_reads", &O::follower_reads,
             choices<FollowerReads>(
                 {{"refuse", FollowerReads::kRefuse, "clients are sent to the leader"},
                  {"serve", FollowerReads::kServe,
                   "from what it knows to be committed: maybe stale"}}),
             "what a follower does with reads")
      .field("visible", &O::visible,
             choices<Visible>(
                 {{"after_acknowledgement", Visible::kAfterAcknowledgement,
                   "when it has its copies (MySQL's AFTER_SYNC)"},
                  {"after_commit", Visible::kAfterCommit,
                   "when the leader's own disk has it, before its client hears `ok` (MySQL's "
                   "AFTER_COMMIT)"}}),
             "when others may read a write from the leader")
      .field("fallback", &O::fallback, duration().at_least(0_ns),
             "when a leader without acknowledgements stops waiting for them, for all writes, until "
             "the followers have caught up; 0s: never, it blocks")
      .field("session_wait", &O::session_wait, duration().at_least(0_ns),
             "how long a follower waits to have what a client's session has seen")
      .field("mistakes", &O::mistakes,
             config::list(choices<Mistake>(
                 {{"ship_before_sync", Mistake::kShipBeforeSync,
                   "followers learn of entries that the leader can still lose"},
                  {"acknowledge_before_sync", Mistake::kAcknowledgeBeforeSync,
                   "followers confirm entries that they can still lose"},
                  {"serve_before_commit", Mistake::kServeBeforeCommit,
                   "a new or restarted leader serves before its log has its copies again"},
                  {"lease_on_wall_clock", Mistake::kLeaseOnWallClock,
                   "the lease is measured on a clock that can jump"}})),
             "known errors of real systems, to be made on purpose")
      .check([](const O& o, const config::Where& where, config::Diagnostics& problems) {
        if (o.failover == Failover::kHeartbeat && o.timeout <= o.heartbeat) {
          problems.error(where("timeout"), "`timeout` must be longer than `heartbeat`",
                         "else every follower promotes itself at once");
        }
      })
      .build();
}

// The promise behind every `ok`: enough disks hold what counts as committed.
Invariant acknowledged_on_disk(std::size_t copies) {
  return {"acknowledged_on_disk",
          fmt::format("what the leader counts as committed is durable on {} disks", copies),
          [copies](sim::World& world, sim::Node& changed) -> std::optional<std::string> {
            if (changed.state(state::kRole) != sim::kLeader) return std::nullopt;
            const std::int64_t commit = changed.state(state::kCommit).value_or(0);
            std::size_t holders = 0;
            for (std::uint32_t i = 0; i < world.replicas(); ++i) {
              const sim::Node& node = world.node(NodeId(i));
              // A crashed replica keeps what it had synced; it is given the benefit of the doubt.
              if (!node.is_up() || node.state(state::kDurable).value_or(0) >= commit) ++holders;
            }
            if (holders >= copies) return std::nullopt;
            return fmt::format(
                "{} counts {} entries as committed, but only {} of the {} disks that "
                "it promised hold them",
                changed.name(), commit, holders, copies);
          }};
}

NodeId first_leader(const LeaderFollowerOptions& options, const ClusterShape& cluster) {
  const auto found = std::find(cluster.replicas.begin(), cluster.replicas.end(), options.leader);
  return found == cluster.replicas.end()
             ? NodeId(0)
             : NodeId(static_cast<std::uint32_t>(found - cluster.replicas.begin()));
}

}  // namespace

ModelEntry leader_follower() {
  using O = LeaderFollowerOptions;
  return {
      .schema = options_schema(),
      .source =
          "Kleppmann, Designing Data-Intensive Applications, 2017, chapter 5; MySQL and "
          "MongoDB replication with automatic failover",
      .state = {{"role", "what the replica takes itself for", {"follower", "candidate", "leader"}},
                {"term",
                 "the epoch of the leader that it follows; greater ones depose lesser ones",
                 {}},
                {"commit", "log entries before this index are known to be safe", {}},
                {"durable", "log entries before this index are on its disk", {}}},
      .make =
          [](const config::Chosen& options, const ClusterShape& cluster) {
            const O& o = options.as<O>();
            return std::make_unique<LeaderFollower>(o, first_leader(o, cluster));
          },
      .check =
          [](const config::Chosen& options, const ClusterShape& cluster, const config::Where& where,
             config::Diagnostics& problems) {
            const O& o = options.as<O>();
            const auto& names = cluster.replicas;
            if (o.leader.empty() ||
                std::find(names.begin(), names.end(), o.leader) != names.end()) {
              return;
            }
            problems.error(where("leader"), fmt::format("no replica is called `{}`", o.leader),
                           config::suggestion(o.leader, names));
          },
      .invariants =
          [](const config::Chosen& options, const ClusterShape& cluster) {
            return std::vector<Invariant>{
                one_leader(), one_leader_per_term(),
                acknowledged_on_disk(options.as<O>().copies(cluster.replicas.size()))};
          },
  };
}

}  // namespace quorumlab::models
