// What the registry knows of raft: its options with their meaning, its published state, and the
// invariants of figure 3.
#include <fmt/core.h>

#include "models/replication/raft/invariants.h"
#include "models/replication/raft/raft.h"
#include "models/replication/raft/replica.h"
#include "models/replication/replica_names.h"

namespace quorumlab::models {
namespace {

using namespace sim::literals;
using O = RaftOptions;
using Mistake = RaftMistake;
using config::boolean;
using config::choices;
using config::duration;
using config::integer;
using config::list;
using config::text;

config::Schema change_schema() {
  using C = RaftChange;
  return config::schema<C>("change", "What an operator asks of whoever leads at that time.")
      .field("at", &C::at, duration().at_least(0_ns), "when, on the leader's clock")
      .required()
      .field("patience", &C::patience, duration().at_least(1_ms), "how long until it is given up")
      .field("add", &C::add, list(text()).distinct(), "servers that become voters")
      .field("remove", &C::remove, list(text()).distinct(), "servers that leave")
      .field("learn", &C::learn, list(text()).distinct(),
             "servers that receive the log and have no vote")
      .field("lead", &C::lead, text(), "the server that leadership is handed over to")
      .check([](const C& c, const config::Where& where, config::Diagnostics& problems) {
        const bool members = !c.add.empty() || !c.remove.empty() || !c.learn.empty();
        if (members == c.lead.empty()) return;
        problems.error(
            where({"lead", "at"}),
            members ? "a change of members and a transfer are two entries" : "nothing is asked for",
            "give `add`, `remove` or `learn`, or else `lead`");
      })
      .build();
}

auto mistakes() {
  return list(choices<Mistake>(
      {{"vote_not_persisted", Mistake::kVoteNotPersisted,
        "term and vote are not written to disk, so a restarted server votes again (figure 2)"},
       {"vote_for_any_log", Mistake::kVoteForAnyLog,
        "votes do not ask how up to date the candidate's log is (section 5.4.1)"},
       {"acknowledge_before_sync", Mistake::kAcknowledgeBeforeSync,
        "followers confirm entries that they can still lose"},
       {"acknowledge_before_quorum", Mistake::kAcknowledgeBeforeQuorum,
        "the leader's own disk is enough to commit"},
       {"commit_older_term", Mistake::kCommitOlderTerm,
        "an entry of an older term is committed by counting its copies (figure 8)"},
       {"truncate_always", Mistake::kTruncateAlways,
        "a follower cuts its log behind every append, in conflict or not"},
       {"trust_leader_commit", Mistake::kTrustLeaderCommit,
        "a follower applies up to the leader's commit index whatever its own log holds there"},
       {"read_before_noop", Mistake::kReadBeforeNoop,
        "a new leader answers reads before it knows what is committed (section 8)"},
       {"lease_on_wall_clock", Mistake::kLeaseOnWallClock,
        "the lease is measured on a clock that can jump"},
       {"lease_survives_transfer", Mistake::kLeaseSurvivesTransfer,
        "a leader trusts its lease though it told another server to stand for election"},
       {"change_before_commit", Mistake::kChangeBeforeCommit,
        "membership changes do not wait for an entry of the leader's term (the 2014 text, "
        "corrected in 2015)"},
       {"count_learners", Mistake::kCountLearners,
        "copies on servers without a vote count towards a majority"},
       {"trust_damaged_log", Mistake::kTrustDamagedLog,
        "a server whose disk has lost entries goes on with those before them as if there had been "
        "no more"},
       {"change_at_once", Mistake::kChangeAtOnce,
        "several voters change in one step, without the joint configuration (figure 10)"}}));
}

config::SchemaBuilder<O> timing_and_log() {
  return config::schema<O>("raft", "Consensus by an elected leader and a replicated log.")
      .field("election_timeout", &O::election_timeout, duration().at_least(1_ms),
             "a follower that hears nothing for this long, and longer by chance, stands for "
             "election")
      .field("election_spread", &O::election_spread, config::real().between(0, 100),
             "how much longer at most, as a share of `election_timeout`; too little, and votes are "
             "split again and again (section 5.2)")
      .field("heartbeat", &O::heartbeat, duration().at_least(1_ms),
             "how often an idle leader tells that it leads")
      .field("pre_vote", &O::pre_vote, boolean(),
             "a candidate first asks whether it would be elected, and disturbs nobody if not "
             "(dissertation, 9.6)")
      .field("check_quorum", &O::check_quorum, boolean(),
             "a leader that hears from no majority steps down, and servers that hear from a leader "
             "refuse to vote (dissertation, 6.2 and 4.2.3)")
      .field("batch", &O::batch, integer().between(1, 100'000), "entries in one append, at most")
      .field("pipeline", &O::pipeline, integer().between(1, 10'000),
             "appends to one follower without an answer, at most")
      .field("append_timeout", &O::append_timeout, duration().at_least(1_ms),
             "how long the leader waits for the answer to one append")
      .field(
          "request_timeout", &O::request_timeout, duration().at_least(1_ms),
          "when a write that is not committed is answered with `unknown`, and a read that cannot "
          "be confirmed is refused")
      .field("snapshot_every", &O::snapshot_every, integer().between(0, 100'000'000),
             "applied entries after which a snapshot replaces the log; 0: never")
      .field("snapshot_chunk", &O::snapshot_chunk, integer().between(1, 1'000'000'000),
             "bytes of a snapshot in one message");
}

config::Schema options_schema() {
  return timing_and_log()
      .field("reads", &O::reads,
             choices<RaftReads>(
                 {{"log", RaftReads::kLog, "a read is an entry of the log"},
                  {"read_index", RaftReads::kReadIndex,
                   "the leader asks a majority whether it still leads (dissertation, 6.4)"},
                  {"lease", RaftReads::kLease,
                   "the leader trusts that nobody is elected within `election_timeout` of its "
                   "last heartbeat (dissertation, 6.4.1)"},
                  {"stale", RaftReads::kStale, "every server answers from what it has applied"}}),
             "how reads are answered")
      .field("follower_reads", &O::follower_reads, boolean(),
             "a follower answers reads too, after asking the leader for its commit index")
      .field("lease_drift", &O::lease_drift, config::fraction(),
             "how much faster or slower than true time a clock may run; the lease is shortened by "
             "it on both sides")
      .field("lease_clock", &O::lease_clock,
             choices<RaftLeaseClock>(
                 {{"monotonic", RaftLeaseClock::kMonotonic,
                   "each server measures time by itself, and `lease_drift` is allowed for"},
                  {"interval", RaftLeaseClock::kInterval,
                   "servers promise by the time of day, which they know to lie in an interval; "
                   "[clock] bound is half its width"}}),
             "what a lease is measured on")
      .field("sessions", &O::sessions, boolean(),
             "a request that a client repeats is applied once (dissertation, 6.3)")
      .field("voters", &O::voters, list(text()).distinct(),
             "the first voters; empty: every replica that is not a learner")
      .field("learners", &O::learners, list(text()).distinct(),
             "replicas that receive the log from the start and have no vote")
      .field("membership", &O::membership,
             choices<RaftMembership>(
                 {{"joint", RaftMembership::kJoint,
                   "any change, by way of a configuration that needs both majorities (section 6)"},
                  {"single", RaftMembership::kSingle, "one voter at a time (dissertation, 4.1)"}}),
             "how the set of voters changes")
      .tables("change", &O::changes, change_schema(), "scheduled changes, in order")
      .field("mistakes", &O::mistakes, mistakes(),
             "known errors of real systems, to be made on purpose")
      .check([](const O& o, const config::Where& where, config::Diagnostics& problems) {
        if (o.election_timeout <= o.heartbeat) {
          problems.error(where({"election_timeout", "heartbeat"}),
                         "`election_timeout` must be longer than `heartbeat`",
                         "else every follower stands for election at once");
        }
        if (o.reads == RaftReads::kLease && !o.check_quorum) {
          problems.error(where({"check_quorum", "reads"}), "leases need `check_quorum`",
                         "without it nobody refuses a vote while the lease lasts");
        }
      })
      .build();
}

raft::Configuration first_configuration(const O& o, const ClusterShape& cluster) {
  const ReplicaNames names(cluster);
  raft::Configuration first{.learners = names.ids(o.learners)};
  first.voters = names.ids(o.voters.empty() ? cluster.replicas : o.voters);
  if (o.voters.empty()) {
    std::erase_if(first.voters,
                  [&](NodeId node) { return raft::Configuration::in(first.learners, node); });
  }
  return first;
}

std::vector<raft::Change> changes(const O& o, const ClusterShape& cluster) {
  const ReplicaNames names(cluster);
  std::vector<raft::Change> all;
  for (const RaftChange& c : o.changes) {
    all.push_back({c.at, c.patience, names.ids(c.add), names.ids(c.remove), names.ids(c.learn),
                   names.id(c.lead)});
  }
  return all;
}

void check_options(const O& o, const ClusterShape& cluster, const config::Where& where,
                   config::Diagnostics& problems) {
  const ReplicaNames names(cluster);
  names.check(o.voters, "voters", where, problems);
  names.check(o.learners, "learners", where, problems);
  const raft::Configuration first = first_configuration(o, cluster);
  for (const NodeId voter : first.voters) {
    if (raft::Configuration::in(first.learners, voter) && voter != sim::kNoNode) {
      problems.error(where({"learners"}),
                     fmt::format("`{}` is a voter too", cluster.replicas.at(voter.value)), "");
    }
  }
  if (first.voters.empty()) problems.error(where("learners"), "no replica has a vote", "");
  for (std::size_t i = 0; i < o.changes.size(); ++i) {
    const RaftChange& c = o.changes[i];
    const std::string at = fmt::format("change[{}]", i);
    names.check(c.add, at + ".add", where, problems);
    names.check(c.remove, at + ".remove", where, problems);
    names.check(c.learn, at + ".learn", where, problems);
    if (!c.lead.empty()) names.check(c.lead, at + ".lead", where, problems);
    if (o.membership == RaftMembership::kSingle && c.add.size() + c.remove.size() > 1) {
      problems.error(where({at + ".add", at + ".remove"}),
                     "`membership = \"single\"` changes one voter at a time",
                     "make it several changes, or use \"joint\"");
    }
  }
}

}  // namespace

void Raft::run(sim::Node& node) const {
  raft::Replica(options_, node, at_first_, changes_, {}).run();
}

namespace {

std::vector<Claim> claims() {
  const std::vector<std::string> all = {"linearizable", "eventual", "durable"};
  const auto claim = [&](const std::string& options, const std::string& workload) {
    return Claim{options, workload, all, {}, 5};
  };
  return {claim("reads = \"log\"", ""),
          claim("reads = \"read_index\"", ""),
          claim("reads = \"lease\"", ""),
          claim("follower_reads = true", "read_from = \"any\""),
          claim("snapshot_every = 50", ""),
          claim("", "type = \"queue\"\nattempt = \"60ms\""),
          claim("snapshot_every = 50", "type = \"counter\"\nattempt = \"60ms\""),
          {.options = "sessions = false",
           .workload = "type = \"counter\"\nattempt = \"60ms\"",
           .holds = {"eventual", "durable"},
           .lacks = {{"linearizable", "objects/counter_counted_twice.toml"}},
           .replicas = 5},
          {.options = "sessions = false",
           .workload = "attempt = \"60ms\"",
           .holds = {"eventual", "durable"},
           .lacks = {{"linearizable", "raft/retry_twice.toml"}},
           .replicas = 5},
          {.options = "reads = \"stale\"",
           .workload = "",
           .holds = {"eventual", "durable"},
           .lacks = {{"linearizable", "raft/stale_leader_reads.toml"}},
           .replicas = 5}};
}

}  // namespace

ModelEntry raft_model() {
  return {
      .schema = options_schema(),
      .source =
          "Ongaro and Ousterhout, In Search of an Understandable Consensus Algorithm, USENIX "
          "ATC 2014; Ongaro, Consensus: Bridging Theory and Practice, 2014",
      .state = {{"role", "what the server is in its term", {"follower", "candidate", "leader"}},
                {"term", "counts the elections; each has one leader at most", {}},
                {"commit", "log entries before this index are known to be committed", {}},
                {"durable", "log entries before this index are on its disk", {}},
                {"compacted", "log entries before this index are in a snapshot", {}},
                {"change", "the scheduled change of members that it leads last began", {}}},
      .messages = {raft::RequestVote::kName, raft::AppendEntries::kName,
                   raft::InstallSnapshot::kName, raft::TimeoutNow::kName, raft::ReadIndex::kName},
      .notes = {note::kAppend, note::kApply, note::kDeposed, note::kDiscard, note::kDiscardEntry,
                note::kElected, note::kHandOver, note::kInstall, note::kRecover, note::kServe},
      .make =
          [](const config::Chosen& options, const ClusterShape& cluster) {
            const O& o = options.as<O>();
            return std::make_unique<Raft>(o, first_configuration(o, cluster), changes(o, cluster));
          },
      .check =
          [](const config::Chosen& options, const ClusterShape& cluster, const config::Where& where,
             config::Diagnostics& problems) {
            check_options(options.as<O>(), cluster, where, problems);
          },
      .invariants = [](const config::Chosen&,
                       const ClusterShape&) { return raft::raft_invariants(); },
      .sufficient =
          [](const config::Chosen& options, const ClusterShape& cluster,
             const std::vector<NodeId>& core, sim::World&) {
            const O& o = options.as<O>();
            // Which configuration a change ends in depends on the run: then only all of them will
            // do.
            if (!o.changes.empty()) return core.size() == cluster.replicas.size();
            const raft::Configuration first = first_configuration(o, cluster);
            const auto voting = std::count_if(core.begin(), core.end(), [&](NodeId node) {
              return raft::Configuration::in(first.voters, node);
            });
            return static_cast<std::size_t>(voting) >= majority(first.voters.size());
          },
      .claims = claims(),
      .serves = [](const config::Chosen&, Function) { return true; },
  };
}

}  // namespace quorumlab::models
