// What the registry knows of chain: its options with their meaning, its published state.
#include <fmt/core.h>

#include "models/invariants.h"
#include "models/quorum.h"
#include "models/replication/chain/chain.h"
#include "models/replication/chain/council.h"
#include "models/replication/chain/master.h"
#include "models/replication/chain/replica.h"
#include "models/replication/replica_names.h"

namespace quorumlab::models {
namespace {

using namespace sim::literals;
using O = ChainOptions;
using Mistake = ChainMistake;
using config::choices;
using config::duration;

auto mistakes() {
  return config::list(choices<Mistake>(
      {{"acknowledge_at_head", Mistake::kAcknowledgeAtHead,
        "the head answers before the tail has the write"},
       {"acknowledge_before_sync", Mistake::kAcknowledgeBeforeSync,
        "members confirm entries that they can still lose"},
       {"ship_before_sync", Mistake::kShipBeforeSync,
        "a successor learns of entries that its predecessor can still lose"},
       {"serve_without_lease", Mistake::kServeWithoutLease,
        "a member that the master has given up goes on serving"},
       {"serve_dirty", Mistake::kServeDirty, "reads show writes that the tail does not have yet"},
       {"trust_own_copy", Mistake::kTrustOwnCopy,
        "every member answers from what it knows to be committed, without asking the tail"},
       {"join_unprepared", Mistake::kJoinUnprepared,
        "a member that returns serves before it has caught up"},
       {"no_epoch_check", Mistake::kNoEpochCheck,
        "a member takes entries from a predecessor of an earlier order"},
       {"decide_alone", Mistake::kDecideAlone,
        "a master that leads tells of orders before a majority of the masters holds them"},
       {"grant_without_majority", Mistake::kGrantWithoutMajority,
        "a master that led once renews leases without asking whether it still does"},
       {"no_grace", Mistake::kNoGrace,
        "a new leading master takes out at once whoever has not reported to it yet"}}));
}

config::Schema options_schema() {
  return config::schema<O>("chain", "Writes go down a chain of replicas; its tail answers reads.")
      .field("master", &O::master, config::text(),
             "the replica that decides who is in the chain and is not in it itself; empty: the "
             "first one")
      .field("masters", &O::masters, config::list(config::text()),
             "replicas that decide together, by Raft, and are not in the chain; a majority of them "
             "is enough")
      .field("detection", &O::detection,
             choices<ChainDetection>(
                 {{"silence", ChainDetection::kSilence,
                   "who does not report for `timeout` is out, dead or not, and leases keep apart "
                   "who is out and who is in"},
                  {"oracle", ChainDetection::kOracle,
                   "masters know who has stopped, and nobody needs leases (the paper's section 2); "
                   "whoever is merely cut off stays in the chain, which waits"}}),
             "how it is known that a member has failed")
      .field(
          "reads", &O::reads,
          choices<ChainReads>(
              {{"tail", ChainReads::kTail, "only the tail answers"},
               {"any", ChainReads::kAny,
                "every member does, and asks the tail if it knows of a write under way (CRAQ)"}}),
          "who answers reads")
      .field("heartbeat", &O::heartbeat, duration().at_least(1_ms),
             "how often members report to the master, and an idle member to its successor")
      .field("lease", &O::lease, duration().at_least(1_ms),
             "how long a member may serve after a report that the master has answered")
      .field("timeout", &O::timeout, duration().at_least(1_ms),
             "how long the master waits for a report before it takes a member out of the chain")
      .field("election_timeout", &O::election_timeout, duration().at_least(2_ms),
             "of several masters: how long one waits for whoever leads them before it stands for "
             "election, drawn between once and twice this")
      .field("append_timeout", &O::append_timeout, duration().at_least(1_ms),
             "how long a member waits for the answer to one message")
      .field("request_timeout", &O::request_timeout, duration().at_least(1_ms),
             "when a write that the tail did not confirm is answered with `unknown`")
      .field("batch", &O::batch, config::integer().between(1, 100'000),
             "entries in one message, at most")
      .field("mistakes", &O::mistakes, mistakes(),
             "known errors of real systems, to be made on purpose")
      .check([](const O& o, const config::Where& where, config::Diagnostics& problems) {
        if (o.lease >= o.timeout) {
          problems.error(where({"lease", "timeout"}), "`lease` must be shorter than `timeout`",
                         "else a member may serve when its place is already taken");
        }
        if (!o.masters.empty() && !o.master.empty()) {
          problems.error(where({"master", "masters"}), "there is `master` and there are `masters`",
                         "write one of them");
        }
        if (!o.masters.empty() && o.election_timeout <= o.heartbeat) {
          problems.error(where({"election_timeout", "heartbeat"}),
                         "`election_timeout` must be longer than `heartbeat`",
                         "else every master stands for election at once");
        }
      })
      .build();
}

// Ascending.
std::vector<NodeId> masters_of(const O& o, const ClusterShape& cluster) {
  const ReplicaNames names(cluster);
  if (!o.masters.empty()) return names.ids(o.masters);
  return {o.master.empty() ? NodeId(0) : names.id(o.master)};
}

void check_options(const O& o, const ClusterShape& cluster, const config::Where& where,
                   config::Diagnostics& problems) {
  const ReplicaNames names(cluster);
  if (!o.master.empty()) names.check(o.master, "master", where, problems);
  names.check(o.masters, "masters", where, problems);
  if (masters_of(o, cluster).size() >= cluster.replicas.size()) {
    problems.error(where({"masters", "master"}), "a chain needs a master and a member",
                   "give the cluster more replicas than masters");
  }
}

// Every member of the chain has what the tail confirmed, so one of them will do, and a majority of
// the masters. Who is in it only these know: best the one that knows the latest order.
bool suffices(const O& o, const ClusterShape& cluster, const std::vector<NodeId>& core,
              sim::World& world) {
  if (core.size() == cluster.replicas.size()) return true;
  const std::vector<NodeId> masters = masters_of(o, cluster);
  std::size_t up = 0;
  std::int64_t latest = -1;
  std::int64_t members = 0;
  for (const NodeId master : masters) {
    if (std::find(core.begin(), core.end(), master) != core.end()) ++up;
    const std::int64_t order = world.node(master).state(chain::council::kOrder).value_or(0);
    if (order <= latest) continue;
    latest = order;
    members = world.node(master).state("members").value_or(0);
  }
  const auto is_member = [&](NodeId node) {
    return node.value < 63 && (members >> node.value & 1) != 0;
  };
  return up >= majority(masters.size()) && std::any_of(core.begin(), core.end(), is_member);
}

std::vector<Claim> claims() {
  const std::vector<std::string> all = {"linearizable", "eventual", "durable"};
  const std::string council = "\nmasters = [\"n1\", \"n2\", \"n3\"]";
  const auto claim = [&](const std::string& options, const std::string& workload, int replicas) {
    return Claim{options, workload, all, {}, replicas};
  };
  return {claim("reads = \"tail\"", "", 4), claim("reads = \"any\"", "read_from = \"any\"", 4),
          claim("reads = \"tail\"" + council, "", 6),
          claim("reads = \"any\"" + council, "read_from = \"any\"", 6),
          Claim{.options = "reads = \"tail\"",
                .workload = "type = \"list\"",
                .holds = {"linearizable", "consistent_prefix", "eventual", "durable"},
                .replicas = 4}};
}

}  // namespace

void Chain::run(sim::Node& node) const {
  if (!raft::Configuration::in(masters_, node.id())) {
    chain::Replica(options_, node, masters_).run();
  } else if (options_.masters.empty()) {
    chain::Master(options_, node).run();
  } else {
    chain::Council(options_, masters_, node).run();
  }
}

ModelEntry chain_model() {
  return {
      .schema = options_schema(),
      .source =
          "van Renesse and Schneider, Chain Replication for Supporting High Throughput and "
          "Availability, OSDI 2004; Terrace and Freedman, Object Storage on CRAQ, USENIX ATC "
          "2009",
      .state = {{"role", "the head leads", {"follower", "candidate", "leader"}},
                {"term", "the epoch of the chain's order", {}},
                {"commit", "log entries before this index are known to be at the tail", {}},
                {"durable", "log entries before this index are on its disk", {}},
                {"members", "of a master: who is in the chain, bit i for replica i", {}},
                {"order", "of several masters: the epoch of the last order that it knows of", {}},
                {"master", "what it is among them", {"follower", "candidate", "leader"}},
                {"master_term", "counts their elections", {}},
                {"master_commit", "entries of their log before this are known as committed", {}},
                {"master_durable", "entries of their log before this are on its disk", {}}},
      .messages = {chain::Report::kName, chain::Append::kName, chain::Committed::kName,
                   chain::Version::kName, raft::RequestVote::kName, raft::AppendEntries::kName},
      .notes = {chain::council::kDecided, note::kAppend, note::kDiscard, note::kElected,
                note::kRecover, note::kServe},
      .make =
          [](const config::Chosen& options, const ClusterShape& cluster) {
            const O& o = options.as<O>();
            return std::make_unique<Chain>(o, masters_of(o, cluster));
          },
      .check =
          [](const config::Chosen& options, const ClusterShape& cluster, const config::Where& where,
             config::Diagnostics& problems) {
            check_options(options.as<O>(), cluster, where, problems);
          },
      .invariants =
          [](const config::Chosen&, const ClusterShape&) {
            return std::vector{one_leader_per_term(), chain::one_order_per_epoch()};
          },
      .sufficient =
          [](const config::Chosen& options, const ClusterShape& cluster,
             const std::vector<NodeId>& core,
             sim::World& world) { return suffices(options.as<O>(), cluster, core, world); },
      .claims = claims(),
      .serves = [](const config::Chosen&, Function) { return true; },
  };
}

}  // namespace quorumlab::models
