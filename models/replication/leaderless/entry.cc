// What the registry knows of leaderless: its options with their meaning.
#include <fmt/core.h>

#include <algorithm>

#include "models/quorum.h"
#include "models/replication/leaderless/client.h"
#include "models/replication/leaderless/leaderless.h"
#include "models/replication/leaderless/replica.h"

namespace quorumlab::models {
namespace {

using namespace sim::literals;
using O = LeaderlessOptions;
using Mistake = LeaderlessMistake;
using config::boolean;
using config::choices;
using config::duration;
using config::integer;

auto mistakes() {
  return config::list(choices<Mistake>(
      {{"acknowledge_before_sync", Mistake::kAcknowledgeBeforeSync,
        "replicas confirm versions that they can still lose"},
       {"report_failed", Mistake::kReportFailed,
        "a write that too few replicas confirmed is called failed, though it may be seen later"},
       {"ignore_stamp", Mistake::kIgnoreStamp,
        "what arrives last wins, so replicas that hear in another order differ"},
       {"count_twice", Mistake::kCountTwice, "the coordinator counts its own copy twice towards W"},
       {"forget_hints", Mistake::kForgetHints,
        "hints are sent once and thrown away, whether or not they arrive"},
       {"reuse_dots", Mistake::kReuseDots,
        "a coordinator numbers a write without looking at its copy, so that two writes have one "
        "name"},
       {"purge_at_once", Mistake::kPurgeAtOnce, "tombstones have no grace period"},
       {"tree_without_tombstones", Mistake::kTreeWithoutTombstones,
        "anti-entropy does not compare what was erased"},
       {"serve_before_copied", Mistake::kServeBeforeCopied,
        "a replica that joins answers reads before it has what it takes over"},
       {"forget_pending", Mistake::kForgetPending,
        "writes go to the old homes only while a replica joins or leaves"},
       {"leave_at_once", Mistake::kLeaveAtOnce,
        "a replica leaves without giving away what it keeps"},
       {"join_together", Mistake::kJoinTogether,
        "nobody is asked before a change, so two replicas join at once (CASSANDRA-2434)"},
       {"ignore_views", Mistake::kIgnoreViews,
        "homes count for coordinators that see other homes, as where gossip is trusted to be "
        "faster than a change"},
       {"finish_alone", Mistake::kFinishAlone,
        "who takes over does not wait until the old homes know of it"},
       {"same_incarnation", Mistake::kSameIncarnation,
        "whoever is suspected objects without a greater incarnation, which nobody believes"},
       {"no_suspicion", Mistake::kNoSuspicion,
        "who does not answer within a period is dead at once"},
       {"promise_in_memory", Mistake::kPromiseInMemory,
        "a home that restarts has forgotten which ballots it promised not to accept"},
       {"accept_anything", Mistake::kAcceptAnything,
        "homes accept proposals of lower ballots than they promised"},
       {"abandon_proposal", Mistake::kAbandonProposal,
        "a coordinator goes on with its own value when it meets a proposal that was accepted"},
       {"commit_before_quorum", Mistake::kCommitBeforeQuorum,
        "a proposal that one home has accepted is taken for decided"},
       {"read_unfinished", Mistake::kReadUnfinished,
        "a serial read takes what homes hold for the state of things, whatever is under way"},
       {"retry_as_new", Mistake::kRetryAsNew,
        "a coordinator whose proposal some accepted tries anew, finds its own value in the way and "
        "says that the condition did not hold"},
       {"shared_ballots", Mistake::kSharedBallots,
        "two coordinators may use the same ballot, and homes promise it to both"},
       {"settle_uninformed", Mistake::kSettleUninformed,
        "that there is nothing to decide is accepted by homes that have not heard of the last "
        "decision"},
       {"count_client", Mistake::kCountClient,
        "a client that coordinates counts itself, who has no disk, as one of the W"},
       {"keep_first_view", Mistake::kKeepFirstView,
        "a client that coordinates does not hear who joins and leaves, whoever tells it"},
       {"number_anywhere", Mistake::kNumberAnywhere,
        "a client that coordinates numbers versions itself instead of leaving that to a replica "
        "that keeps the key, so that two writes have one name"}}));
}

config::SchemaBuilder<O> quorums() {
  return config::schema<O>("leaderless", "Any replica takes reads and writes; quorums overlap.")
      .field("copies", &O::copies, integer().between(1, 1'000), "N: how many replicas keep a key")
      .field("write_quorum", &O::write_quorum, integer().between(1, 1'000),
             "W: how many of them must hold a write on disk before `ok`")
      .field("read_quorum", &O::read_quorum, integer().between(1, 1'000),
             "R: how many of them must answer a read")
      .field("level", &O::level,
             choices<Level>(
                 {{"count", Level::kCount, "R and W, wherever the replicas are"},
                  {"local_quorum", Level::kLocalQuorum,
                   "a majority of the homes in the coordinator's zone, whatever R and W are"},
                  {"each_quorum", Level::kEachQuorum, "a majority of the homes in every zone"}}),
             "which answers are enough, as in Cassandra")
      .field("contact", &O::contact,
             choices<Contact>(
                 {{"all", Contact::kAll, "every home, and the first answers count (Dynamo)"},
                  {"quorum", Contact::kQuorum,
                   "R or W homes drawn by chance each time, and nobody else ever hears of a write "
                   "(probabilistic quorums: Malkhi, Reiter and Wright, PODC 1997)"}}),
             "whom a coordinator asks")
      .field(
          "coordinator", &O::coordinator,
          choices<CoordinatedBy>(
              {{"replica", CoordinatedBy::kReplica,
                "the replica that a client asks, whichever it is"},
               {"client", CoordinatedBy::kClient,
                "the client itself, which knows the homes and asks them all: a hop less, its own "
                "clock for stamps, and nobody who finishes what it leaves half done. Writes with "
                "siblings, and transactions, it forwards to a home of the key"}}),
          "who asks the homes, waits for quorums and answers (Dynamo, section 6.4)")
      .field("view_every", &O::view_every, duration().at_least(1_ms),
             "with gossip: how often a client that coordinates downloads from a random member who "
             "belongs; it does so at once when a home sees other homes than it");
}

void check_transactions(const O& o, const config::Where& where, config::Diagnostics& problems) {
  if (o.transactions == Transactions::kOff) return;
  if (o.conflicts == Conflicts::kSiblings) {
    problems.error(where({"transactions", "conflicts"}), "transactions leave no siblings",
                   "write conflicts = \"last_write_wins\"");
  }
  if (o.members.membership == LeaderlessMembership::kGossip) {
    problems.error(where({"transactions", "membership"}),
                   "a decision needs to know the key's homes, and with gossip they may change",
                   "write membership = \"static\"");
  }
}

void check_coordinator(const O& o, const config::Where& where, config::Diagnostics& problems) {
  const bool of_clients = o.makes(Mistake::kCountClient) || o.makes(Mistake::kKeepFirstView) ||
                          o.makes(Mistake::kNumberAnywhere);
  if (of_clients && o.coordinator == CoordinatedBy::kReplica) {
    problems.error(where({"mistakes", "coordinator"}),
                   "this mistake is one of clients that coordinate their requests",
                   "write coordinator = \"client\"");
  }
  if (o.makes(Mistake::kCountTwice) && o.coordinator == CoordinatedBy::kClient) {
    problems.error(where({"mistakes", "coordinator"}),
                   "a client that coordinates has no copy of its own to count twice",
                   "`count_client` is its way of counting too much");
  }
}

void check_options(const O& o, const config::Where& where, config::Diagnostics& problems) {
  if (o.write_quorum > o.copies) {
    problems.error(where({"write_quorum", "copies"}), "`write_quorum` is above `copies`", "");
  }
  if (o.read_quorum > o.copies) {
    problems.error(where({"read_quorum", "copies"}), "`read_quorum` is above `copies`", "");
  }
  if (o.contact == Contact::kQuorum && (o.level != Level::kCount || o.sloppy)) {
    problems.error(where({"contact", o.sloppy ? "sloppy" : "level"}),
                   "a coordinator that asks no more than a quorum has nobody to spare",
                   "`contact = \"quorum\"` goes with `level = \"count\"` and without `sloppy`");
  }
  const bool gossips = o.members.membership == LeaderlessMembership::kGossip;
  if (gossips && (o.contact == Contact::kQuorum || o.level != Level::kCount)) {
    problems.error(where({"contact", "level", "membership"}),
                   "homes that change are asked all, and counted one by one",
                   "`membership = \"gossip\"` goes with the usual `contact` and `level`");
  }
  check_transactions(o, where, problems);
  check_coordinator(o, where, problems);
  if (o.commit_wait && o.order != WriteOrder::kWallClock) {
    problems.error(where({"commit_wait"}), "only stamps from the time of day can be waited out",
                   "write order = \"wall_clock\"");
  }
}

config::SchemaBuilder<O> with_transactions(config::SchemaBuilder<O> schema) {
  return std::move(schema)
      .field("transactions", &O::transactions,
             choices<Transactions>(
                 {{"off", Transactions::kOff, "there are none: conditional writes are refused"},
                  {"conditional", Transactions::kConditional,
                   "conditional writes only, as in Cassandra, where plain writes of the same keys "
                   "are a mistake: they know nothing of what is being decided"},
                  {"all", Transactions::kAll, "every write"}}),
             "which writes are decided by Paxos among a majority of the key's homes")
      .field("serial_reads", &O::serial_reads, boolean(),
             "with transactions: a read finishes what is being decided before it answers (SERIAL); "
             "else it reads as without")
      .field("settle", &O::settle, boolean(),
             "a serial read, or a condition that does not hold, makes a majority accept that there "
             "is nothing to decide, so that no proposal that it did not meet can come later "
             "(CASSANDRA-12126); off, it saves a round trip")
      .field(
          "ballots", &O::ballots,
          choices<Ballots>({{"wall_clock", Ballots::kWallClock,
                             "the coordinator's time of day, or more than any that it has met"},
                            {"counter", Ballots::kCounter, "one more than any that it has met"}}),
          "where a coordinator's ballots come from; they are the stamps of what is decided")
      .field(
          "backoff", &O::backoff, duration().at_least(0_ns),
          "how long a coordinator that lost a race waits at most before it tries again, at first; "
          "this doubles four times")
      .field("contention_timeout", &O::contention_timeout, duration().at_least(1_ms),
             "how long it goes on trying");
}

config::Schema options_schema() {
  return with_transactions(quorums())
      .field(
          "order", &O::order,
          choices<WriteOrder>(
              {{"wall_clock", WriteOrder::kWallClock, "the coordinator's time of day"},
               {"lamport", WriteOrder::kLamport, "greater than any stamp that it has met"},
               {"hybrid", WriteOrder::kHybrid, "the time of day, but never behind a cause"},
               {"read_first", WriteOrder::kReadFirst,
                "greater than the greatest among R homes, asked first (Attiya, Bar-Noy, Dolev)"}}),
          "where the stamp of a write comes from")
      .field(
          "commit_wait", &O::commit_wait, boolean(),
          "with wall_clock: a write's stamp is the end of the interval that holds the true time, "
          "and nobody is told of the write before that is surely past (Spanner's commit wait); "
          "[clock] bound is half the interval")
      .field("conflicts", &O::conflicts,
             choices<Conflicts>(
                 {{"last_write_wins", Conflicts::kLastWriteWins, "the greatest stamp stays"},
                  {"siblings", Conflicts::kSiblings,
                   "concurrent versions stay side by side, told apart by dotted version vectors; a "
                   "read shows the one with the greatest stamp"}}),
             "what becomes of concurrent writes")
      .field("read_repair", &O::read_repair,
             choices<ReadRepair>({{"off", ReadRepair::kOff, "never"},
                                  {"background", ReadRepair::kBackground, "after the answer"},
                                  {"blocking", ReadRepair::kBlocking,
                                   "before the answer: a quorum holds what the reader is told"}}),
             "when a read brings stale replicas up to date")
      .field("sloppy", &O::sloppy, boolean(),
             "other replicas stand in for homes that do not answer, and hand over later")
      .field("hint_after", &O::hint_after, duration().at_least(1_ms),
             "how long homes are waited for before others stand in")
      .field("hint_every", &O::hint_every, duration().at_least(1_ms),
             "how often a stand-in tries to hand over")
      .field("hint_limit", &O::hint_limit, integer().between(0, 100'000'000),
             "hints that one replica keeps; beyond that it refuses")
      .field("anti_entropy", &O::anti_entropy, duration().at_least(0_ns),
             "how often a replica compares hash trees with another, at most; 0s: never")
      .field("tree_depth", &O::tree_depth, integer().between(1, 16),
             "levels of the hash tree below its root")
      .field("tombstone_grace", &O::tombstone_grace, duration().at_least(0_ns),
             "how long a replica keeps what tells that a key was erased; 0s: for ever")
      .field("request_timeout", &O::request_timeout, duration().at_least(1_ms),
             "how long a coordinator waits for a quorum")
      .include(&O::members, leaderless_members_schema())
      .field("mistakes", &O::mistakes, mistakes(),
             "known errors of real systems, to be made on purpose")
      .check(check_options)
      .build();
}

// Are there R and W replicas for each key? Sloppily, any will do; else they must be homes.
bool suffices(const O& o, const ClusterShape& cluster, const std::vector<NodeId>& core) {
  const std::size_t replicas = cluster.replicas.size();
  // Where replicas join and leave, who is a home depends on the run.
  if (o.members.membership == LeaderlessMembership::kGossip) return core.size() == replicas;
  const auto copies = static_cast<std::size_t>(o.copies);
  auto wanted = static_cast<std::size_t>(std::max(o.read_quorum, o.write_quorum));
  if (o.transactions != Transactions::kOff) wanted = std::max(wanted, majority(copies));
  // Quorums by zone, and writes that only a key's first home numbers, need everybody.
  const bool numbered = o.conflicts == Conflicts::kSiblings && copies < replicas &&
                        o.coordinator == CoordinatedBy::kReplica;
  if (o.level != Level::kCount || numbered) return core.size() == replicas;
  if (o.sloppy) return core.size() >= wanted;
  for (std::size_t first = 0; first < replicas; ++first) {
    const auto homes = std::count_if(core.begin(), core.end(), [&](NodeId node) {
      return (node.value + replicas - first) % replicas < copies;
    });
    if (static_cast<std::size_t>(homes) < wanted) return false;
  }
  return true;
}

std::vector<StateField> state_fields() {
  return {{"standing",
           "with gossip: where the replica stands",
           {"out", "joining", "taking_over", "in", "leaving", "handing_over", "left"}},
          {"members", "with gossip: how many replicas it counts as members", {}},
          {"ring", "with gossip: grows with every word about members that it has heard", {}},
          {"suspects", "with gossip: how many it suspects to be dead", {}}};
}

std::vector<std::string_view> messages() {
  return {
      leaderless::Store::kName,       leaderless::Fetch::kName,       leaderless::Hashes::kName,
      leaderless::Download::kName,    leaderless::Leaf::kName,        leaderless::Prepare::kName,
      leaderless::Propose::kName,     leaderless::Commit::kName,      leaderless::Permit::kName,
      leaderless::Adopt::kName,       leaderless::StreamRange::kName, membership::Ping::kName,
      membership::PingRequest::kName, membership::Heartbeat::kName,   membership::Bulletin::kName};
}

}  // namespace

void Leaderless::run(sim::Node& node) const {
  leaderless::Replica(options_, plan_, node).run();
}

std::unique_ptr<ClientLibrary> Leaderless::library(sim::Node& client) const {
  if (options_.coordinator == CoordinatedBy::kReplica) return nullptr;
  return std::make_unique<leaderless::Client>(options_, plan_, client);
}

ModelEntry leaderless_model() {
  return {
      .schema = options_schema(),
      .source =
          "DeCandia et al., Dynamo: Amazon's Highly Available Key-value Store, SOSP 2007; "
          "Attiya, Bar-Noy and Dolev, Sharing Memory Robustly in Message-Passing Systems, "
          "JACM 1995; Das, Gupta and Motivala, SWIM, DSN 2002; Lamport, Paxos Made Simple, 2001; "
          "Apache Cassandra, CASSANDRA-5062",
      .state = state_fields(),
      .messages = messages(),
      .notes = {leaderless::kProposalAccepted,
                note::kAppend,
                note::kDiscardEntry,
                note::kHint,
                note::kHintGone,
                note::kOutdated,
                note::kReplace,
                note::kServe,
                note::kRefuse,
                membership::note::kSuspect,
                membership::note::kConfirm,
                membership::note::kAlive,
                membership::note::kGone,
                membership::note::kObject,
                leaderless::change_note::kBegins,
                leaderless::change_note::kCopied,
                leaderless::change_note::kTakesOver,
                leaderless::change_note::kJoined,
                leaderless::change_note::kLeft,
                leaderless::change_note::kGivesUp},
      .make =
          [](const config::Chosen& options, const ClusterShape& cluster) {
            const O& o = options.as<O>();
            return std::make_unique<Leaderless>(o, leaderless::plan_of(o.members, cluster));
          },
      .check =
          [](const config::Chosen& options, const ClusterShape& cluster, const config::Where& where,
             config::Diagnostics& problems) {
            const O& o = options.as<O>();
            check_members(o.members, o.copies, cluster, where, problems);
            if (static_cast<std::size_t>(o.copies) <= cluster.replicas.size()) return;
            problems.error(where({"copies"}),
                           fmt::format("{} copies need as many replicas, and there are {}",
                                       o.copies, cluster.replicas.size()),
                           "");
          },
      .invariants =
          [](const config::Chosen& options, const ClusterShape&) {
            std::vector<Invariant> all;
            if (options.as<O>().members.membership == LeaderlessMembership::kGossip) {
              all = {leaderless::one_change_at_a_time(), leaderless::no_false_death()};
            }
            if (options.as<O>().transactions != Transactions::kOff) {
              all.push_back(leaderless::one_proposal_per_ballot());
            }
            return all;
          },
      .sufficient = [](const config::Chosen& options, const ClusterShape& cluster,
                       const std::vector<NodeId>& core,
                       sim::World&) { return suffices(options.as<O>(), cluster, core); },
      .claims = leaderless_claims(),
      .serves =
          [](const config::Chosen& options, Function f) {
            if (f == Function::kWrite) return true;
            return f == Function::kCas && options.as<O>().transactions != Transactions::kOff;
          },
  };
}

}  // namespace quorumlab::models
