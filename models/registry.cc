#include "models/registry.h"

#include <utility>

#include "models/replication/chain/chain.h"
#include "models/replication/leader_follower/leader_follower.h"
#include "models/replication/leaderless/leaderless.h"
#include "models/replication/multi_leader/multi_leader.h"
#include "models/replication/raft/raft.h"
#include "sim/check.h"

namespace quorumlab::models {

void Registry::add(ModelEntry entry) {
  QL_CHECK(find(entry.schema.name()) == nullptr, "two models are called {}", entry.schema.name());
  entries_.push_back(std::move(entry));
}

const ModelEntry* Registry::find(std::string_view name) const {
  for (const ModelEntry& entry : entries_) {
    if (entry.schema.name() == name) return &entry;
  }
  return nullptr;
}

config::Alternatives Registry::alternatives() const {
  config::Alternatives all("model");
  for (const ModelEntry& entry : entries_) all.add(entry.schema);
  return all;
}

Registry builtin_models() {
  Registry registry;
  registry.add(leader_follower_model());
  registry.add(raft_model());
  registry.add(chain_model());
  registry.add(multi_leader_model());
  registry.add(leaderless_model());
  return registry;
}

}  // namespace quorumlab::models
