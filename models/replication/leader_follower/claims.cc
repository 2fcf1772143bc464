// What configurations of leader_follower promise, and what they do not.
#include "models/replication/leader_follower/leader_follower.h"

namespace quorumlab::models {

std::vector<Claim> leader_follower_claims() {
  const std::string any = "read_from = \"any\"";
  const std::string sentinels = "failover = \"external\"\nsentinels = [\"n4\", \"n5\", \"n6\"]\n";
  return {
      {.options = "acknowledge = \"none\"",
       .workload = "read_from = \"leader\"",
       .holds = {"linearizable", "eventual", "durable"},
       .lacks = {}},
      {.options = "acknowledge = \"one\"",
       .workload = any,
       .holds = {"eventual", "durable"},
       .lacks = {{"linearizable", "replication/stale_follower.toml"},
                 {"read_your_writes", "replication/own_writes.toml"}}},
      {.options = "acknowledge = \"one\"",
       .workload = any + "\nsession = true",
       .holds = {"sequential", "read_your_writes", "monotonic_reads", "eventual", "durable"},
       .lacks = {{"linearizable", "replication/read_your_writes.toml"}}},
      {.options = "acknowledge = \"none\"\nfailover = \"heartbeat\"",
       .workload = "read_from = \"leader\"",
       .holds = {"eventual"},
       .lacks = {{"durable", "failover/github_2018.toml"},
                 {"linearizable", "failover/github_2018.toml"}}},
      {.options = "acknowledge = \"none\"\n" + sentinels,
       .workload = "read_from = \"leader\"",
       .holds = {"eventual"},
       .lacks = {{"durable", "failover/sentinels_and_a_minority_leader.toml"}},
       .replicas = 6},
      {.options = "acknowledge = \"in_sync\"\nmin_in_sync = 2\n" + sentinels,
       .workload = "read_from = \"leader\"",
       .holds = {"eventual", "durable"},
       .lacks = {{"linearizable", "failover/in_sync_stale_leader.toml"}},
       .replicas = 6},
      {.options = "acknowledge = \"in_sync\"\nunclean_election = true\n" + sentinels,
       .workload = "read_from = \"leader\"",
       .holds = {"eventual"},
       .lacks = {{"durable", "failover/unclean_election.toml"}},
       .replicas = 6},
      {.options = "acknowledge = \"majority\"\nfailover = \"consensus\"",
       .workload = "read_from = \"leader\"",
       .holds = {"eventual", "durable"},
       .lacks = {{"linearizable", "failover/consensus_without_lease.toml"}},
       .replicas = 5},
      {.options = "acknowledge = \"majority\"\nfailover = \"consensus\"\nlease = \"800ms\"",
       .workload = "read_from = \"leader\"",
       .holds = {"linearizable", "eventual", "durable"},
       .lacks = {},
       .replicas = 5},
      {.options = "acknowledge = \"majority\"\nfailover = \"consensus\"\nlease = \"800ms\"",
       .workload = "type = \"set\"\nread_from = \"leader\"",
       .holds = {"linearizable", "eventual", "durable"},
       .lacks = {},
       .replicas = 5},
      {.options = "acknowledge = \"none\"\nfailover = \"heartbeat\"",
       .workload = "type = \"set\"\nread_from = \"leader\"",
       .holds = {"eventual"},
       .lacks = {{"linearizable", "objects/set_lost_elements.toml"},
                 {"durable", "objects/set_lost_elements.toml"}}},
  };
}

}  // namespace quorumlab::models
