// What the registry knows of leader_follower: its options with their meaning, its published state,
// and the invariants that tell when its promises are broken.
#include <fmt/core.h>

#include <algorithm>

#include "models/invariants.h"
#include "models/quorum.h"
#include "models/replication/leader_follower/leader_follower.h"
#include "models/replication/leader_follower/messages.h"
#include "models/replication/replica_names.h"

namespace quorumlab::models {
namespace {

using Mistake = LeaderFollowerMistake;
using namespace sim::literals;

auto mistakes() {
  return config::list(config::choices<Mistake>(
      {{"ship_before_sync", Mistake::kShipBeforeSync,
        "followers learn of entries that the leader can still lose"},
       {"acknowledge_before_sync", Mistake::kAcknowledgeBeforeSync,
        "followers confirm entries that they can still lose"},
       {"serve_before_commit", Mistake::kServeBeforeCommit,
        "a new or restarted leader serves before its log has its copies again"},
       {"lease_on_wall_clock", Mistake::kLeaseOnWallClock,
        "the lease is measured on a clock that can jump"},
       {"commit_at_restart", Mistake::kCommitAtRestart,
        "whatever is on its disk at a restart counts as committed, also what nobody had confirmed "
        "(PostgreSQL's synchronous replication)"},
       {"forget_epoch", Mistake::kForgetEpoch,
        "the epoch is not kept on disk, so who restarts follows a leader that it had deposed"},
       {"ignore_session", Mistake::kIgnoreSession,
        "a follower does not look at what the client's session has seen"},
       {"truncate_to_commit", Mistake::kTruncateToCommit,
        "a follower that restarts throws away what it did not know to be committed, though it had "
        "confirmed it (Kafka before KIP-101)"},
       {"shrink_alone", Mistake::kShrinkAlone,
        "a leader leaves out who lags without telling those who choose the next one"},
       {"promote_alone", Mistake::kPromoteAlone, "a sentinel promotes without asking the others"},
       {"vote_twice", Mistake::kVoteTwice,
        "a sentinel lets several others act in the same epoch"}}));
}

using O = LeaderFollowerOptions;
using config::boolean;
using config::choices;
using config::duration;
using config::integer;
using config::list;
using config::text;

config::SchemaBuilder<O> timing() {
  return config::schema<O>("leader_follower",
                           "One leader takes the writes and ships its log to the followers.")
      .field("heartbeat", &O::heartbeat, duration().at_least(1_ms),
             "how often an idle leader tells that it lives")
      .field("timeout", &O::timeout, duration().at_least(1_ms),
             "how long a leader may be silent before another one takes over")
      .field("lease", &O::lease, duration().at_least(0_ns),
             "the leader serves only while a majority answered within this time on its own clock; "
             "0s: it never asks")
      .field("commit_timeout", &O::commit_timeout, duration().at_least(1_ms),
             "when a write that lacks acknowledgements is answered with `unknown`")
      .field("append_timeout", &O::append_timeout, duration().at_least(1_ms),
             "how long the leader waits for the answer to one append")
      .field("retry_backoff", &O::retry_backoff, duration().at_least(1_ms),
             "the longest pause after an append that got no answer; half of it is the shortest")
      .field("batch", &O::batch, integer().between(1, 100'000), "entries in one append, at most");
}

config::SchemaBuilder<O> failover_fields() {
  return timing()
      .field("leader", &O::leader, text(), "the replica that leads at first; empty: the first one")
      .field("acknowledge", &O::acknowledge,
             choices<Acknowledge>(
                 {{"none", Acknowledge::kNone, "asynchronous: the leader's own disk is enough"},
                  {"one", Acknowledge::kOne, "semi-synchronous: one follower's disk too"},
                  {"majority", Acknowledge::kMajority, "more than half of all disks"},
                  {"all", Acknowledge::kAll, "synchronous: every disk"},
                  {"in_sync", Acknowledge::kInSync,
                   "every replica that keeps up (Kafka's acks=all); needs `sentinels`, which "
                   "remember who that is"}}),
             "who must hold a write on disk before the client hears `ok`")
      .field("failover", &O::failover,
             choices<Failover>(
                 {{"manual", Failover::kManual, "never: without the leader, writes stop"},
                  {"heartbeat", Failover::kHeartbeat,
                   "a follower that hears nothing for `timeout` promotes itself, without a vote"},
                  {"external", Failover::kExternal,
                   "`sentinels` watch the leader and promote another replica (Redis Sentinel)"},
                  {"consensus", Failover::kConsensus,
                   "a majority of the replicas elects a follower that lacks nothing of theirs"}}),
             "what happens when the leader falls silent")
      .field("promotion", &O::promotion,
             choices<Promotion>(
                 {{"first", Promotion::kFirst,
                   "with heartbeats, who notices first; sentinels take the first that answers"},
                  {"most_advanced", Promotion::kMostAdvanced,
                   "the longest log among the replicas that answer; with heartbeats, whoever "
                   "notices first takes it over"},
                  {"random", Promotion::kRandom, "anybody who answers"},
                  {"priority", Promotion::kPriority, "in the order of `priority`"}}),
             "who takes over; a consensus ignores it")
      .field("priority", &O::priority, list(text()).distinct(),
             "for `promotion = \"priority\"`: whom to prefer, first come first")
      .field("sentinels", &O::sentinels, list(text()).distinct(),
             "for `failover = \"external\"`: the nodes that hold no data and decide who leads; one "
             "is a controller")
      .field("quorum", &O::quorum, integer().between(0, 1'000),
             "so many sentinels must find the leader silent; a majority must agree to act in any "
             "case; 0: a majority")
      .field("fencing", &O::fencing, boolean(),
             "followers turn away, and depose, a leader of an older epoch; else they take what any "
             "leader sends, and sentinels leave an old one alone")
      .field("rejoin", &O::rejoin,
             choices<Rejoin>({{"truncate", Rejoin::kTruncate,
                               "it throws away its entries from the first one that differs on"},
                              {"resync", Rejoin::kResync,
                               "it throws away all of its log and copies the leader's"},
                              {"diverge", Rejoin::kDiverge,
                               "it keeps its history, stops following, and serves what it has"}}),
             "what becomes of an old leader's log that the new leader's contradicts");
}

config::SchemaBuilder<O> set_fields() {
  return failover_fields()
      .field("min_in_sync", &O::min_in_sync, integer().between(1, 1'000),
             "for `acknowledge = \"in_sync\"`: with fewer in sync, the leader included, writes are "
             "refused")
      .field("in_sync_lag", &O::in_sync_lag, duration().at_least(1_ms),
             "who has not had all of the leader's log for so long is not in sync")
      .field("unclean_election", &O::unclean_election, boolean(),
             "if none of those in sync answers, a replica that lacks committed entries may lead")
      .field("cascade", &O::cascade, list(list(text()).length(2, 2)),
             "from whom to whom, such as [[\"n2\", \"n3\"]]: n3 copies n2's log and not the "
             "leader's, and nobody waits for it")
      .field("apply_lag", &O::apply_lag, config::delays(),
             "how long after it hears that an entry is committed a follower shows it")
      .field("apply_rate", &O::apply_rate, config::rate(),
             "how many entries a follower can apply; without it, any number");
}

config::Schema options_schema() {
  return set_fields()
      .field("follower_reads", &O::follower_reads,
             choices<FollowerReads>(
                 {{"refuse", FollowerReads::kRefuse, "clients are sent to the leader"},
                  {"serve", FollowerReads::kServe,
                   "from what it knows to be committed: maybe stale"}}),
             "what a follower does with reads")
      .field("max_staleness", &O::max_staleness, duration().at_least(0_ns),
             "a follower that lacks what was committed so long ago waits `session_wait` for it and "
             "then refuses to serve; wall clocks are trusted to agree; 0s: it serves whatever it "
             "has")
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
      .field("mistakes", &O::mistakes, mistakes(),
             "known errors of real systems, to be made on purpose")
      .check([](const O& o, const config::Where& where, config::Diagnostics& problems) {
        if (o.failover != Failover::kManual && o.timeout <= o.heartbeat) {
          problems.error(where("timeout"), "`timeout` must be longer than `heartbeat`",
                         "else every follower promotes itself at once");
        }
        if ((o.failover == Failover::kExternal) == o.sentinels.empty()) {
          problems.error(where({"sentinels", "failover"}),
                         o.sentinels.empty() ? "`failover = \"external\"` needs `sentinels`"
                                             : "`sentinels` belong to `failover = \"external\"`");
        }
        if (o.acknowledge == Acknowledge::kInSync && o.failover != Failover::kExternal) {
          problems.error(where("acknowledge"), "`in_sync` needs `failover = \"external\"`",
                         "somebody has to remember who is in sync when the leader is gone");
        }
        if (o.quorum > static_cast<std::int64_t>(o.sentinels.size())) {
          problems.error(where("quorum"), "`quorum` is more than there are `sentinels`");
        }
      })
      .build();
}

// The promise behind every `ok`: enough disks hold what counts as committed.
Invariant acknowledged_on_disk(std::size_t copies, const std::vector<NodeId>& replicas) {
  return {"acknowledged_on_disk",
          fmt::format("what the leader counts as committed is durable on {} disks", copies),
          [copies, replicas](sim::World& world, sim::Node& changed) -> std::optional<std::string> {
            if (changed.state(state::kRole) != sim::kLeader) return std::nullopt;
            const std::int64_t commit = changed.state(state::kCommit).value_or(0);
            std::size_t holders = 0;
            for (const NodeId replica : replicas) {
              const sim::Node& node = world.node(replica);
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

single_leader::Cluster cluster_of(const O& o, const ClusterShape& shape) {
  const ReplicaNames names(shape);
  single_leader::Cluster cluster;
  for (const std::string& name : o.sentinels) cluster.sentinels.push_back(names.id(name));
  for (std::uint32_t i = 0; i < shape.replicas.size(); ++i) {
    const auto& sentinels = cluster.sentinels;
    if (std::find(sentinels.begin(), sentinels.end(), NodeId(i)) == sentinels.end()) {
      cluster.replicas.push_back(NodeId(i));
    }
  }
  for (const std::string& name : o.priority) cluster.priority.push_back(names.id(name));
  cluster.sources.assign(shape.replicas.size(), sim::kNoNode);
  for (const auto& link : o.cascade) {
    const NodeId to = names.id(link.at(1));
    if (to != sim::kNoNode) cluster.sources[to.value] = names.id(link.at(0));
  }
  const NodeId first = names.id(o.leader);
  if (!cluster.replicas.empty()) cluster.first_leader = cluster.replicas.front();
  if (first != sim::kNoNode) cluster.first_leader = first;
  return cluster;
}

// Is this a replica that holds data?
void check_holds_data(const O& o, const ClusterShape& shape, const std::string& name,
                      const std::string& at, const config::Where& where,
                      config::Diagnostics& problems) {
  ReplicaNames(shape).check(name, at, where, problems);
  if (std::find(o.sentinels.begin(), o.sentinels.end(), name) == o.sentinels.end()) return;
  problems.error(where(at), fmt::format("`{}` is a sentinel and holds no data", name));
}

void check_cascade(const O& o, const ClusterShape& shape, const config::Where& where,
                   config::Diagnostics& problems) {
  const single_leader::Cluster cluster = cluster_of(o, shape);
  for (std::size_t i = 0; i < o.cascade.size(); ++i) {
    const NodeId to = ReplicaNames(shape).id(o.cascade[i][1]);
    NodeId at = to;
    for (std::size_t steps = 0; at != sim::kNoNode && steps < shape.replicas.size(); ++steps) {
      at = cluster.sources.at(at.value);
    }
    if (at != sim::kNoNode) {
      problems.error(where(fmt::format("cascade[{}]", i)), "this cascade comes back to itself",
                     "nobody in it would hear of the leader");
    }
    if (to != sim::kNoNode && to == cluster.first_leader) {
      problems.error(where(fmt::format("cascade[{}][1]", i)),
                     fmt::format("`{}` leads at first and copies from nobody", o.cascade[i][1]));
    }
  }
}

void check_options(const O& o, const ClusterShape& shape, const config::Where& where,
                   config::Diagnostics& problems) {
  const auto check_data = [&](const std::string& name, const std::string& at) {
    check_holds_data(o, shape, name, at, where, problems);
  };
  ReplicaNames(shape).check(o.sentinels, "sentinels", where, problems);
  if (!o.leader.empty()) check_data(o.leader, "leader");
  for (std::size_t i = 0; i < o.priority.size(); ++i) {
    check_data(o.priority[i], fmt::format("priority[{}]", i));
  }
  for (std::size_t i = 0; i < o.cascade.size(); ++i) {
    for (std::size_t end = 0; end < 2; ++end) {
      check_data(o.cascade[i][end], fmt::format("cascade[{}][{}]", i, end));
    }
  }
  if (cluster_of(o, shape).replicas.empty()) {
    problems.error(where("sentinels"), "nobody is left to hold the data",
                   "sentinels are replicas of the cluster: give it more of them");
  }
  check_cascade(o, shape, where, problems);
}

// Can these serve alone, all up?
bool is_sufficient(const O& o, const ClusterShape& shape, const std::vector<NodeId>& core) {
  const single_leader::Cluster cluster = cluster_of(o, shape);
  const auto in_core = [&](const std::vector<NodeId>& nodes) {
    return static_cast<std::size_t>(std::count_if(nodes.begin(), nodes.end(), [&](NodeId node) {
      return std::find(core.begin(), core.end(), node) != core.end();
    }));
  };
  const std::size_t data = in_core(cluster.replicas);
  // Who was in sync, or keeps a history of its own, depends on the run.
  if (o.acknowledge == Acknowledge::kInSync || o.rejoin == Rejoin::kDiverge || !o.cascade.empty()) {
    return core.size() == shape.replicas.size();
  }
  if (data < o.copies(cluster.replicas.size())) return false;
  switch (o.failover) {
    case Failover::kManual:  // nobody stands in for the leader
      return in_core({cluster.first_leader}) == 1;
    case Failover::kHeartbeat:
      return true;
    case Failover::kExternal:
      return in_core(cluster.sentinels) >= majority(cluster.sentinels.size());
    case Failover::kConsensus:
      return data >= majority(cluster.replicas.size());
  }
  return false;
}

}  // namespace

ModelEntry leader_follower_model() {
  return {
      .schema = options_schema(),
      .source =
          "Kleppmann, Designing Data-Intensive Applications, 2017, chapter 5; MySQL, PostgreSQL "
          "and MongoDB replication; Redis Sentinel; Kafka's in-sync replicas",
      .state = {{"role", "what the replica takes itself for", {"follower", "candidate", "leader"}},
                {"term",
                 "the epoch of the leader that it follows; greater ones depose lesser ones",
                 {}},
                {"commit", "log entries before this index are known to be safe", {}},
                {"durable", "log entries before this index are on its disk", {}},
                {"applied", "with apply_lag or apply_rate: entries before this are shown", {}},
                {"in_sync", "of a leader: how many replicas are in sync, itself included", {}}},
      .messages = {single_leader::Append::kName, single_leader::Status::kName,
                   single_leader::Candidacy::kName, single_leader::Probe::kName,
                   single_leader::Promote::kName, single_leader::Suspect::kName,
                   single_leader::Mandate::kName, single_leader::Announce::kName,
                   single_leader::KeepInSync::kName},
      .notes = {note::kAppend, note::kDegraded, note::kDeposed, note::kDiscard, note::kDiscardEntry,
                note::kDiverged, note::kElected, note::kRecover, note::kServe},
      .make =
          [](const config::Chosen& options, const ClusterShape& shape) {
            const O& o = options.as<O>();
            return std::make_unique<LeaderFollower>(o, cluster_of(o, shape));
          },
      .check =
          [](const config::Chosen& options, const ClusterShape& shape, const config::Where& where,
             config::Diagnostics& problems) {
            check_options(options.as<O>(), shape, where, problems);
          },
      .invariants =
          [](const config::Chosen& options, const ClusterShape& shape) {
            const single_leader::Cluster cluster = cluster_of(options.as<O>(), shape);
            return std::vector<Invariant>{
                one_leader(), one_leader_per_term(),
                acknowledged_on_disk(options.as<O>().copies(cluster.confirming()),
                                     cluster.replicas)};
          },
      .sufficient = [](const config::Chosen& options, const ClusterShape& shape,
                       const std::vector<NodeId>& core,
                       sim::World&) { return is_sufficient(options.as<O>(), shape, core); },
      .claims = leader_follower_claims(),
      .serves = [](const config::Chosen&, Function) { return true; },
  };
}

}  // namespace quorumlab::models
