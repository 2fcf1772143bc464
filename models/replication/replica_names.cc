#include "models/replication/replica_names.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "sim/config/suggest.h"

namespace quorumlab::models {

NodeId ReplicaNames::id(const std::string& name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) return sim::kNoNode;
  return NodeId(static_cast<std::uint32_t>(found - names_.begin()));
}

std::vector<NodeId> ReplicaNames::ids(const std::vector<std::string>& names) const {
  std::set<NodeId> all;
  for (const std::string& name : names) all.insert(id(name));
  return {all.begin(), all.end()};
}

void ReplicaNames::check(const std::string& name, const std::string& at, const config::Where& where,
                         config::Diagnostics& problems) const {
  if (id(name) != sim::kNoNode) return;
  problems.error(where(at), fmt::format("no replica is called `{}`", name),
                 config::suggestion(name, names_));
}

void ReplicaNames::check(const std::vector<std::string>& names, const std::string& at,
                         const config::Where& where, config::Diagnostics& problems) const {
  for (std::size_t i = 0; i < names.size(); ++i) {
    check(names[i], fmt::format("{}[{}]", at, i), where, problems);
  }
}

}  // namespace quorumlab::models
