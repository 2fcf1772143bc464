// What the registry knows of chain: its options with their meaning, its published state.
#include <fmt/core.h>

#include "models/invariants.h"
#include "models/replication/chain/chain.h"
#include "models/replication/chain/master.h"
#include "models/replication/chain/replica.h"
#include "sim/config/suggest.h"

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
        "a member takes entries from a predecessor of an earlier order"}}));
}

config::Schema options_schema() {
  return config::schema<O>("chain", "Writes go down a chain of replicas; its tail answers reads.")
      .field("master", &O::master, config::text(),
             "the replica that decides who is in the chain and is not in it itself; empty: the "
             "first one")
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
      })
      .build();
}

NodeId master_of(const O& o, const ClusterShape& cluster) {
  const auto found = std::find(cluster.replicas.begin(), cluster.replicas.end(), o.master);
  return found == cluster.replicas.end()
             ? NodeId(0)
             : NodeId(static_cast<std::uint32_t>(found - cluster.replicas.begin()));
}

}  // namespace

void Chain::run(sim::Node& node) const {
  if (node.id() == master_) {
    chain::Master(options_, node).run();
  } else {
    chain::Replica(options_, node, master_).run();
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
                {"members", "of the master: who is in the chain, bit i for replica i", {}}},
      .messages = {chain::Report::kName, chain::Append::kName, chain::Committed::kName,
                   chain::Version::kName},
      .notes = {note::kAppend, note::kDiscard, note::kElected, note::kRecover, note::kServe},
      .make =
          [](const config::Chosen& options, const ClusterShape& cluster) {
            const O& o = options.as<O>();
            return std::make_unique<Chain>(o, master_of(o, cluster));
          },
      .check =
          [](const config::Chosen& options, const ClusterShape& cluster, const config::Where& where,
             config::Diagnostics& problems) {
            const O& o = options.as<O>();
            const auto& names = cluster.replicas;
            if (names.size() < 2) {
              problems.error(where({"master"}), "a chain needs a master and a member",
                             "give the cluster two replicas or more");
            }
            if (o.master.empty() ||
                std::find(names.begin(), names.end(), o.master) != names.end()) {
              return;
            }
            problems.error(where("master"), fmt::format("no replica is called `{}`", o.master),
                           config::suggestion(o.master, names));
          },
      .invariants = [](const config::Chosen&,
                       const ClusterShape&) { return std::vector{one_leader_per_term()}; },
      // Every member of the chain has what the tail confirmed, so the master and one of them will
      // do. Who is in it only the master knows.
      .sufficient =
          [](const config::Chosen& options, const ClusterShape& cluster,
             const std::vector<NodeId>& core, sim::World& world) {
            if (core.size() == cluster.replicas.size()) return true;
            const NodeId master = master_of(options.as<O>(), cluster);
            const std::int64_t members = world.node(master).state("members").value_or(0);
            const auto is_member = [&](NodeId node) {
              return node.value < 63 && (members >> node.value & 1) != 0;
            };
            return std::find(core.begin(), core.end(), master) != core.end() &&
                   std::any_of(core.begin(), core.end(), is_member);
          },
      .claims = {{.options = "reads = \"tail\"",
                  .workload = "",
                  .holds = {"linearizable", "eventual", "durable"},
                  .lacks = {},
                  .replicas = 4},
                 {.options = "reads = \"any\"",
                  .workload = "read_from = \"any\"",
                  .holds = {"linearizable", "eventual", "durable"},
                  .lacks = {},
                  .replicas = 4},
                 {.options = "reads = \"tail\"",
                  .workload = "type = \"list\"",
                  .holds = {"linearizable", "consistent_prefix", "eventual", "durable"},
                  .lacks = {},
                  .replicas = 4}},
      .serves = [](const config::Chosen&, Function) { return true; },
  };
}

}  // namespace quorumlab::models
