// What the registry knows of multi_leader: its options with their meaning, the ways that changes
// travel, and the invariant that an effect never comes before its cause.
#include <fmt/core.h>

#include "models/replication/multi_leader/contents.h"
#include "models/replication/multi_leader/multi_leader.h"
#include "models/replication/replica_names.h"

namespace quorumlab::models {
namespace {

using namespace sim::literals;
using O = MultiLeaderOptions;
using Mistake = MultiLeaderMistake;
using Conflict = MultiLeaderConflicts;
using Stamps = MultiLeaderClock;
using config::choices;
using config::duration;
using config::list;

auto mistakes() {
  return list(choices<Mistake>(
      {{"arrival_order", Mistake::kArrivalOrder, "what arrives last wins on each replica"},
       {"stamp_at_arrival", Mistake::kStampAtArrival,
        "a change gets a new stamp wherever it arrives, so that replicas order it differently"},
       {"acknowledge_before_sync", Mistake::kAcknowledgeBeforeSync,
        "clients hear `ok` for what the disk does not have yet"},
       {"ship_before_sync", Mistake::kShipBeforeSync,
        "others learn of changes that a crash takes back, and their numbers are given again"},
       {"skip_silent", Mistake::kSkipSilent, "what a neighbour did not confirm is not sent again"},
       {"no_forwarding", Mistake::kNoForwarding,
        "changes of others are not passed on, in whatever topology"},
       {"forget_context", Mistake::kForgetContext,
        "the numbers of siblings begin anew with each write, so that two have one name"},
       {"purge_at_once", Mistake::kPurgeAtOnce,
        "tombstones have no grace period; those of a list are not kept at all"},
       {"shared_cell", Mistake::kSharedCell,
        "a counter has one cell for all leaders, so that of concurrent additions the greatest "
        "stays"},
       {"apply_twice", Mistake::kApplyTwice,
        "a change that comes again is applied again, which only `deltas` survive"},
       {"remove_unseen", Mistake::kRemoveUnseen,
        "a removal takes everything that is there when it arrives, also additions that it has not "
        "seen"},
       {"take_twice", Mistake::kTakeTwice, "a request that comes twice makes two changes"}}));
}

auto merges() {
  return choices<MergeKind>(
      {{"greatest", MergeKind::kGreatest,
        "of registers: the greatest value that was ever written (Oracle's MAXIMUM). A join; a "
        "lower "
        "write has no effect, whatever it knew"},
       {"least", MergeKind::kLeast, "the same with the least value (Oracle's MINIMUM)"},
       {"sum_of_deltas", MergeKind::kSumOfDeltas,
        "of counters: differences travel and are added up (Oracle's ADDITIVE). Commutes; but what "
        "comes twice counts twice"},
       {"union", MergeKind::kUnion,
        "of sets: each change is a whole set; readers of concurrent ones get their union (Dynamo's "
        "cart, section 4.4). A join that loses no addition; but what was removed comes back with a "
        "concurrent set that still has it"},
       {"average", MergeKind::kAverage,
        "of registers: a concurrent write and what is here give their mean (Oracle's AVERAGE). Not "
        "associative: three leaders end with three values"},
       {"concatenate", MergeKind::kConcatenate,
        "of lists: what arrives goes to the end. Does not commute: each leader has an order of its "
        "own"}});
}

auto crdts() {
  return choices<CrdtKind>(
      {{"g_counter", CrdtKind::kGrowCounter, "a counter that grows: one count for each leader"},
       {"pn_counter", CrdtKind::kCounter, "two of them: what was added, and what was taken away"},
       {"g_set", CrdtKind::kGrowSet, "a set that grows"},
       {"or_set", CrdtKind::kObservedSet,
        "a set whose removals take the additions that they have seen; of a concurrent addition and "
        "removal the addition wins. Without tombstones"},
       {"lww_register", CrdtKind::kLastWriteRegister, "the write with the greatest stamp stays"},
       {"mv_register", CrdtKind::kMultiRegister,
        "a write replaces what its leader knew; concurrent ones stay, and readers get the newest "
        "by its stamp as the value and all as elements"},
       {"rga", CrdtKind::kSequence,
        "a list whose elements each stand right of the one that they were inserted after; what is "
        "removed stays as a tombstone"}});
}

void check_options(const O& o, const config::Where& where, config::Diagnostics& problems) {
  if ((o.topology == Topology::kCustom) == o.links.empty()) {
    problems.error(where({"links", "topology"}),
                   o.links.empty() ? "`topology = \"custom\"` needs `links`"
                                   : "`links` belong to `topology = \"custom\"`",
                   "");
  }
  const O defaults;
  if (o.merge != defaults.merge && o.conflicts != Conflict::kMerge) {
    problems.error(where({"merge", "conflicts"}), "`merge` belongs to `conflicts = \"merge\"`",
                   "nothing else calls the function");
  }
  if (o.crdt != defaults.crdt && o.conflicts != Conflict::kCrdt) {
    problems.error(where({"crdt", "conflicts"}), "`crdt` belongs to `conflicts = \"crdt\"`",
                   "nothing else looks at the type of an object");
  }
}

config::Schema options_schema() {
  return config::schema<O>("multi_leader", "Every replica takes writes and tells the others later.")
      .field("topology", &O::topology,
             choices<Topology>(
                 {{"all_to_all", Topology::kAllToAll, "each to each other, at first hand"},
                  {"ring", Topology::kRing, "each to the next, which passes it on"},
                  {"star", Topology::kStar, "the first replica to and from all others"},
                  {"custom", Topology::kCustom, "along `links`"}}),
             "whom each leader sends changes to")
      .field("links", &O::links, list(list(config::text()).length(2, 2)),
             "for `custom`: from whom to whom, such as [[\"n1\", \"n2\"], [\"n2\", \"n1\"]]")
      .field("causal", &O::causal, config::boolean(),
             "a change waits until what its leader knew is here too")
      .field(
          "conflicts", &O::conflicts,
          choices<Conflict>(
              {{"last_write_wins", Conflict::kLastWriteWins, "the greatest stamp stays"},
               {"siblings", Conflict::kSiblings,
                "concurrent versions stay side by side: a multi-value register, with dotted "
                "version vectors"},
               {"merge", Conflict::kMerge, "an application's function combines them: `merge`"},
               {"crdt", Conflict::kCrdt, "the type of the object says what they come to: `crdt`"},
               {"avoid", Conflict::kAvoid, "each key has one leader that takes its writes"}}),
          "what becomes of writes that did not know of each other")
      .field("merge", &O::merge, merges(), "for `conflicts = \"merge\"`: the function")
      .field("crdt", &O::crdt, crdts(),
             "for `conflicts = \"crdt\"`: the type of every key's object")
      .field("updates", &O::updates,
             choices<UpdateForm>(
                 {{"deltas", UpdateForm::kDeltas,
                   "small states, to be merged in any order any number of times"},
                  {"operations", UpdateForm::kOperations,
                   "what was done; each has to come once, and after those that it depends on: "
                   "without `causal` a removal finds nothing, and what it removes comes later"}}),
             "what replicas tell each other of CRDTs")
      .field("clock", &O::clock,
             choices<Stamps>(
                 {{"wall", Stamps::kWall, "the leader's time of day"},
                  {"lamport", Stamps::kLamport, "greater than any stamp met before"},
                  {"hybrid", Stamps::kHybrid, "the time of day, but never behind a cause"}}),
             "where stamps come from")
      .field("ship_every", &O::ship_every, duration().at_least(0_ns),
             "how long changes wait for company before they are sent")
      .field("ship_timeout", &O::ship_timeout, duration().at_least(1_ms),
             "how long a neighbour is waited for")
      .field("batch", &O::batch, config::integer().between(1, 100'000),
             "changes in one message, at most")
      .field("tombstone_grace", &O::tombstone_grace, duration().at_least(0_ns),
             "how long a replica keeps what tells that a key was erased; 0s: for ever")
      .field("mistakes", &O::mistakes, mistakes(),
             "known errors of real systems, to be made on purpose")
      .check(check_options)
      .build();
}

std::vector<std::vector<NodeId>> neighbours(const O& o, const ClusterShape& cluster) {
  const auto count = static_cast<std::uint32_t>(cluster.replicas.size());
  std::vector<std::vector<NodeId>> all(count);
  for (std::uint32_t from = 0; from < count; ++from) {
    for (std::uint32_t to = 0; to < count; ++to) {
      const bool next = to == (from + 1) % count;
      const bool hub = from == 0 || to == 0;
      const bool linked = o.topology == Topology::kAllToAll ||
                          (o.topology == Topology::kRing && next) ||
                          (o.topology == Topology::kStar && hub);
      if (from != to && linked) all[from].push_back(NodeId(to));
    }
  }
  const ReplicaNames names(cluster);
  for (const auto& link : o.links) {
    all.at(names.id(link[0]).value).push_back(names.id(link[1]));
  }
  return all;
}

Invariant cause_before_effect() {
  return {"cause_before_effect", "no replica applies a change before those that its writer knew",
          nullptr,
          [](sim::World&, const sim::Node& node, std::string_view what,
             const sim::Tags& tags) -> std::optional<std::string> {
            if (what != note::kEffectBeforeCause) return std::nullopt;
            return fmt::format("{} applies a change of key {} that depends on one that is missing",
                               node.name(), tags.key.value);
          }};
}

std::vector<Claim> claims() {
  const std::string near = "read_from = \"sticky\"\nwrite_to = \"sticky\"";
  return {{.options = "conflicts = \"last_write_wins\"\ncausal = true",
           .workload = near,
           .holds = {"causal_convergence", "read_your_writes", "monotonic_reads", "eventual",
                     "durable"},
           .lacks = {{"linearizable", "multi_leader/two_datacentres.toml"},
                     {"causal", "multi_leader/not_causal_memory.toml"}}},
          {.options = "conflicts = \"last_write_wins\"\nclock = \"wall\"",
           .workload = near,
           .holds = {"eventual"},
           .lacks = {{"read_your_writes", "multi_leader/fast_clock_wins.toml"}}},
          {.options = "conflicts = \"siblings\"",
           .workload = near + "\nsession = true",
           .holds = {"eventual", "durable"},
           .lacks = {{"linearizable", "multi_leader/siblings.toml"}}},
          {.options = "conflicts = \"crdt\"\ncrdt = \"g_counter\"",
           .workload = near + "\ntype = \"counter\"",
           .holds = {"eventual", "strong_eventual", "durable"},
           .lacks = {{"linearizable", "multi_leader/counter_keeps_increments.toml"}}},
          {.options = "conflicts = \"crdt\"\ncrdt = \"or_set\"",
           .workload = near + "\ntype = \"set\"\nremoves = 0.3",
           .holds = {"eventual", "strong_eventual", "durable"},
           .lacks = {{"linearizable", "multi_leader/cart_observed_remove.toml"}}},
          {.options = "conflicts = \"crdt\"\ncrdt = \"rga\"",
           .workload = near + "\ntype = \"list\"",
           .holds = {"eventual", "strong_eventual", "durable"},
           .lacks = {{"linearizable", "multi_leader/list_of_two_users.toml"}}},
          {.options = "conflicts = \"merge\"\nmerge = \"greatest\"",
           .workload = near,
           .holds = {"eventual", "strong_eventual"},
           .lacks = {}},
          {.options = "conflicts = \"merge\"\nmerge = \"union\"",
           .workload = near + "\ntype = \"set\"\nremoves = 0.3",
           .holds = {"eventual", "strong_eventual"},
           .lacks = {{"durable", "multi_leader/cart_union.toml"}}},
          {.options = "conflicts = \"merge\"\nmerge = \"concatenate\"",
           .workload = near + "\ntype = \"list\"",
           .holds = {"durable"},
           .lacks = {{"eventual", "multi_leader/list_concatenated.toml"}}},
          {.options = "conflicts = \"avoid\"",
           .workload = "read_from = \"leader\"",
           .holds = {"linearizable", "eventual", "durable"},
           .lacks = {}}};
}

}  // namespace

ModelEntry multi_leader_model() {
  return {
      .schema = options_schema(),
      .source =
          "Kleppmann, Designing Data-Intensive Applications, 2017, chapter 5, Multi-Leader "
          "Replication; Shapiro et al., A comprehensive study of Convergent and Commutative "
          "Replicated Data Types, INRIA RR-7506, 2011; Almeida, Shoker, Baquero, Delta state "
          "replicated data types, JPDC 2018; Roh et al., Replicated abstract data types, JPDC "
          "2011; "
          "Oracle Database Advanced Replication 11g, section 5.2; DeCandia et al., Dynamo, SOSP "
          "2007, "
          "section 4.4",
      .state = {{std::string(multi_leader::kStateBytes),
                 "what all shared objects take here, encoded",
                 {}}},
      .messages = {"Changes"},
      .notes = {note::kAppend, note::kDiscardEntry, note::kEffectBeforeCause, note::kOutdated,
                note::kReplace, note::kServe},
      .make =
          [](const config::Chosen& options, const ClusterShape& cluster) {
            const O& o = options.as<O>();
            return std::make_unique<MultiLeader>(o, neighbours(o, cluster));
          },
      .check =
          [](const config::Chosen& options, const ClusterShape& cluster, const config::Where& where,
             config::Diagnostics& problems) {
            const O& o = options.as<O>();
            for (std::size_t i = 0; i < o.links.size(); ++i) {
              ReplicaNames(cluster).check(o.links[i], fmt::format("links[{}]", i), where, problems);
            }
          },
      .invariants = [](const config::Chosen&,
                       const ClusterShape&) { return std::vector{cause_before_effect()}; },
      // Each serves alone, unless each key has one leader.
      .sufficient =
          [](const config::Chosen& options, const ClusterShape& cluster,
             const std::vector<NodeId>& core, sim::World&) {
            const bool alone = options.as<O>().conflicts != Conflict::kAvoid;
            return core.size() >= (alone ? 1 : cluster.replicas.size());
          },
      .claims = claims(),
      .serves =
          [](const config::Chosen& options, Function f) {
            const O& o = options.as<O>();
            return o.shares_objects() ? serves(o.shared_kind(), f) : f == Function::kWrite;
          },
  };
}

}  // namespace quorumlab::models
