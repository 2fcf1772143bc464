// What configurations of leaderless promise, and what they do not.
#include <utility>

#include "models/replication/leaderless/leaderless.h"

namespace quorumlab::models {

namespace {

const std::string kAny = "read_from = \"any\"\nwrite_to = \"any\"";
const std::string kHeals = "\nanti_entropy = \"300ms\"";
const std::string kMoving =
    "\nmembership = \"gossip\"\nmembers = [\"n1\", \"n2\", \"n3\", \"n4\"]\n"
    "change = [{ at = \"2s\", join = [\"n5\"] }, { at = \"6s\", leave = [\"n1\"] }, "
    "{ at = \"8s\", join = [\"n6\"] }]";

std::vector<Claim> of_transactions() {
  const std::string swaps = kAny + "\ntype = \"cas_register\"";
  return {
      {.options = "transactions = \"all\"" + kHeals,
       .workload = swaps,
       .holds = {"linearizable", "eventual", "durable"},
       .lacks = {}},
      {.options = "transactions = \"all\"\nsettle = false" + kHeals,
       .workload = swaps,
       .holds = {"linearizable", "eventual", "durable"},
       .lacks = {}},
      {.options = "transactions = \"all\"\nballots = \"counter\"" + kHeals,
       .workload = swaps,
       .holds = {"linearizable", "eventual", "durable"},
       .lacks = {},
       .replicas = 5},
      {.options = "transactions = \"all\"\nserial_reads = false\nread_repair = \"off\"" + kHeals,
       .workload = swaps,
       .holds = {"eventual", "durable"},
       .lacks = {{"linearizable", "leaderless/plain_reads_of_transactions.toml"}}},
      {.options = "transactions = \"conditional\"" + kHeals,
       .workload = swaps,
       .holds = {"eventual"},
       .lacks = {{"linearizable", "leaderless/transactions_and_plain_writes.toml"}}}};
}

std::vector<Claim> of_plain_requests() {
  return {
      {.options = "order = \"read_first\"\nread_repair = \"blocking\"" + kHeals,
       .workload = kAny,
       .holds = {"linearizable", "eventual", "durable"},
       .lacks = {}},
      {.options = "order = \"read_first\"\nread_repair = \"off\"" + kHeals,
       .workload = kAny,
       .holds = {"regular", "eventual", "durable"},
       .lacks = {{"linearizable", "leaderless/regular_register.toml"}}},
      {.options = "write_quorum = 1\nread_quorum = 1" + kHeals,
       .workload = kAny,
       .holds = {"eventual"},
       .lacks = {{"regular", "leaderless/one_and_one.toml"}}},
      {.options = "order = \"lamport\"\nread_repair = \"off\"" + kHeals,
       .workload = kAny,
       .holds = {"eventual"},
       .lacks = {{"linearizable", "leaderless/overlapping_quorums.toml"}}},
      {.options = "order = \"wall_clock\"" + kHeals,
       .workload = kAny,
       .holds = {"eventual"},
       .lacks = {{"linearizable", "leaderless/clock_skew_drops_writes.toml"}}},
      {.options = "conflicts = \"siblings\"" + kHeals,
       .workload = kAny + "\nsession = true",
       .holds = {"eventual", "durable"},
       .lacks = {{"linearizable", "leaderless/siblings_keep_both.toml"}}},
      {.options = "sloppy = true\nread_repair = \"off\"\norder = \"lamport\"" + kHeals,
       .workload = kAny,
       .holds = {"eventual"},
       .lacks = {{"linearizable", "leaderless/sloppy_quorum.toml"}},
       .replicas = 5},
      {.options = "read_repair = \"off\"",
       .workload = kAny,
       .holds = {},
       .lacks = {{"eventual", "leaderless/divergence_that_stays.toml"}}},
      {.options = "order = \"read_first\"\nread_repair = \"blocking\"" + kHeals + kMoving,
       .workload = kAny,
       .holds = {"linearizable", "eventual", "durable"},
       .lacks = {},
       .replicas = 6},
      {.options = "order = \"read_first\"\nread_repair = \"off\"\nsloppy = true" + kHeals + kMoving,
       .workload = kAny,
       .holds = {"eventual", "durable"},
       .lacks = {},
       .replicas = 6}};
}

// With clients that coordinate.
std::vector<Claim> of_clients() {
  const std::string by_client = "coordinator = \"client\"\n";
  return {{.options = by_client + "order = \"read_first\"\nread_repair = \"blocking\"" + kHeals,
           .workload = "",
           .holds = {"linearizable", "eventual", "durable"},
           .lacks = {}},
          {.options = by_client + "order = \"read_first\"\nread_repair = \"off\"" + kHeals,
           .workload = "",
           .holds = {"regular", "eventual", "durable"},
           .lacks = {{"linearizable", "leaderless/half_a_write.toml"}}},
          {.options = by_client + "order = \"wall_clock\"" + kHeals,
           .workload = "",
           .holds = {"eventual"},
           .lacks = {{"linearizable", "leaderless/slow_client_clock.toml"}}},
          {.options = by_client + "conflicts = \"siblings\"" + kHeals,
           .workload = "session = true",
           .holds = {"eventual", "durable"},
           .lacks = {}},
          {.options =
               by_client + "order = \"read_first\"\nread_repair = \"blocking\"" + kHeals + kMoving,
           .workload = "",
           .holds = {"linearizable", "eventual", "durable"},
           .lacks = {},
           .replicas = 6}};
}

}  // namespace

std::vector<Claim> leaderless_claims() {
  std::vector<Claim> all = of_plain_requests();
  for (Claim& claim : of_clients()) all.push_back(std::move(claim));
  for (Claim& claim : of_transactions()) all.push_back(std::move(claim));
  return all;
}

}  // namespace quorumlab::models
