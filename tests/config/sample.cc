#include "tests/config/sample.h"

namespace quorumlab::sample {

using sim::literals::operator""_ms;
using namespace config;

Schema leader_follower_schema() {
  using O = LeaderFollower;
  return schema<O>("leader_follower", "One leader, one log; `ok` once enough disks hold the entry.")
      .field("acknowledge", &O::acknowledge,
             choices<Acknowledge>({{"none", Acknowledge::kNone, "after the leader's own disk"},
                                   {"one", Acknowledge::kOne, "one follower's disk too"},
                                   {"majority", Acknowledge::kMajority, "most disks"},
                                   {"all", Acknowledge::kAll, "every disk"}}),
             "how many disks must hold a write before `ok`")
      .field("timeout", &O::timeout, duration().at_least(1_ms),
             "how long a follower waits for the leader")
      .field("heartbeat", &O::heartbeat, duration().at_least(1_ms), "how often a leader is heard")
      .field("mistakes", &O::mistakes,
             list(choices<Mistake>(
                      {{"vote_not_persisted", Mistake::kVoteNotPersisted, "a vote is forgotten"},
                       {"no_fencing", Mistake::kNoFencing, "an old leader goes on"}}))
                 .distinct(),
             "known mistakes to make")
      .check([](const O& o, const Where& where, Diagnostics& problems) {
        if (o.heartbeat < o.timeout) return;
        problems.error(where({"heartbeat", "timeout"}),
                       "`heartbeat` must be shorter than `timeout`");
      })
      .build();
}

namespace {

Schema chain_schema() {
  return schema<Chain>("chain", "Writes enter at the head, reads leave at the tail.")
      .field("length", &Chain::length, integer<int>().between(2, 9), "nodes in the chain")
      .build();
}

Schema network_schema() {
  using O = Network;
  const Schema link =
      schema<Link>("link", "Links between two zones.")
          .field("between", &Link::between, list(text()).length(2, 2), "the two zones")
          .required()
          .field("latency", &Link::latency, distribution(), "how long a message travels")
          .build();
  return schema<O>("network", "What every link does.")
      .field("latency", &O::latency, distribution(), "how long a message travels")
      .field("drift", &O::drift, rate_distribution(), "how wrong clocks run")
      .field("loss", &O::loss, probability(), "how likely a message vanishes")
      .field("reads", &O::reads, fraction(), "the share of reads")
      .field("fifo", &O::fifo, boolean(), "messages of a link stay in order")
      .field("bandwidth", &O::bandwidth, bandwidth(), "bytes a second; 0B/s is without limit")
      .tables("link", &O::link, link, "other rules between two zones")
      .build();
}

Schema fault_schema() {
  const Schema trigger =
      schema<Trigger>("trigger", "The moment something happens.")
          .field("event", &Trigger::event,
                 word({{"elected", "a new leader"}, {"synced", "a sync"}}), "what has to happen")
          .required()
          .field("nth", &Trigger::nth, integer<std::uint32_t>().at_least(1), "for how many times")
          .build();
  const Schema schedule =
      schema<Schedule>("schedule", "When a fault is on.")
          .field("at", &Schedule::at, duration().at_least(sim::Duration(0)), "when it starts")
          .field("for", &Schedule::lasts, duration().positive(), "how long it lasts")
          .inline_table("when", &Schedule::when, trigger, "an event that starts it")
          .build();
  Alternatives kinds("kind");
  kinds.add(schema<Partition>("partition", "Groups that cannot reach each other.")
                .field("split", &Partition::split, list(list(text())).not_empty(), "the groups")
                .required()
                .build());
  kinds.add(schema<Crash>("crash", "Power loss.")
                .field("on", &Crash::on, text().not_empty(), "which node")
                .build());
  return schema<Fault>("fault", "What goes wrong, and when.")
      .choose("kind", &Fault::kind, kinds, "what goes wrong")
      .include(&Fault::schedule, schedule)
      .build();
}

}  // namespace

Schema scenario_schema() {
  using O = Scenario;
  Alternatives models("model");
  models.add(leader_follower_schema()).add(chain_schema());
  return schema<O>("scenario", "A cluster, what it replicates, and what goes wrong.")
      .field("name", &O::name, text().not_empty(), "one line for people")
      .required()
      .choose("model", &O::model, models, "how data is replicated")
      .field("seed", &O::seed, integer(), "chooses the run")
      .field("tags", &O::tags, list(text()), "words to find it by")
      .field("rate", &O::rate, rate(), "requests of all clients")
      .field("zones", &O::zones, map(integer<int>().at_least(1)).keys_are("zone"), "nodes in each")
      .table("network", &O::network, network_schema(), "what every link does")
      .tables("fault", &O::fault, fault_schema(), "what goes wrong, and when")
      .build();
}

}  // namespace quorumlab::sample
