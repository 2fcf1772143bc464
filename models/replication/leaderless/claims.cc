// What configurations of leaderless promise, and what they do not.
#include "models/replication/leaderless/leaderless.h"

namespace quorumlab::models {

std::vector<Claim> leaderless_claims() {
  const std::string any = "read_from = \"any\"\nwrite_to = \"any\"";
  const std::string swaps = any + "\ntype = \"cas_register\"";
  const std::string heals = "\nanti_entropy = \"300ms\"";
  const std::string gossip =
      "\nmembership = \"gossip\"\nmembers = [\"n1\", \"n2\", \"n3\", \"n4\"]\n"
      "change = [{ at = \"2s\", join = [\"n5\"] }, { at = \"6s\", leave = [\"n1\"] }, "
      "{ at = \"8s\", join = [\"n6\"] }]";
  return {
      {.options = "order = \"read_first\"\nread_repair = \"blocking\"" + heals,
       .workload = any,
       .holds = {"linearizable", "eventual", "durable"},
       .lacks = {}},
      {.options = "order = \"read_first\"\nread_repair = \"off\"" + heals,
       .workload = any,
       .holds = {"regular", "eventual", "durable"},
       .lacks = {{"linearizable", "leaderless/regular_register.toml"}}},
      {.options = "write_quorum = 1\nread_quorum = 1" + heals,
       .workload = any,
       .holds = {"eventual"},
       .lacks = {{"regular", "leaderless/one_and_one.toml"}}},
      {.options = "order = \"lamport\"\nread_repair = \"off\"" + heals,
       .workload = any,
       .holds = {"eventual"},
       .lacks = {{"linearizable", "leaderless/overlapping_quorums.toml"}}},
      {.options = "order = \"wall_clock\"" + heals,
       .workload = any,
       .holds = {"eventual"},
       .lacks = {{"linearizable", "leaderless/clock_skew_drops_writes.toml"}}},
      {.options = "conflicts = \"siblings\"" + heals,
       .workload = any + "\nsession = true",
       .holds = {"eventual", "durable"},
       .lacks = {{"linearizable", "leaderless/siblings_keep_both.toml"}}},
      {.options = "sloppy = true\nread_repair = \"off\"\norder = \"lamport\"" + heals,
       .workload = any,
       .holds = {"eventual"},
       .lacks = {{"linearizable", "leaderless/sloppy_quorum.toml"}},
       .replicas = 5},
      {.options = "read_repair = \"off\"",
       .workload = any,
       .holds = {},
       .lacks = {{"eventual", "leaderless/divergence_that_stays.toml"}}},
      {.options = "order = \"read_first\"\nread_repair = \"blocking\"" + heals + gossip,
       .workload = any,
       .holds = {"linearizable", "eventual", "durable"},
       .lacks = {},
       .replicas = 6},
      {.options = "order = \"read_first\"\nread_repair = \"off\"\nsloppy = true" + heals + gossip,
       .workload = any,
       .holds = {"eventual", "durable"},
       .lacks = {},
       .replicas = 6},
      {.options = "transactions = \"all\"" + heals,
       .workload = swaps,
       .holds = {"linearizable", "eventual", "durable"},
       .lacks = {}},
      {.options = "transactions = \"all\"\nsettle = false" + heals,
       .workload = swaps,
       .holds = {"linearizable", "eventual", "durable"},
       .lacks = {}},
      {.options = "transactions = \"all\"\nballots = \"counter\"" + heals,
       .workload = swaps,
       .holds = {"linearizable", "eventual", "durable"},
       .lacks = {},
       .replicas = 5},
      {.options = "transactions = \"all\"\nserial_reads = false\nread_repair = \"off\"" + heals,
       .workload = swaps,
       .holds = {"eventual", "durable"},
       .lacks = {{"linearizable", "leaderless/plain_reads_of_transactions.toml"}}},
      {.options = "transactions = \"conditional\"" + heals,
       .workload = swaps,
       .holds = {"eventual"},
       .lacks = {{"linearizable", "leaderless/transactions_and_plain_writes.toml"}}}};
}

}  // namespace quorumlab::models
