#include "scenarios/core.h"

#include <fmt/format.h>

#include <algorithm>

namespace quorumlab::scenarios {
namespace {

using sim::NodeId;

// Replicas whose disks hold what they promised, as far as faults are concerned.
std::vector<NodeId> intact_replicas(const faults::FaultSchedule& faults, const sim::World& world) {
  std::vector<bool> damaged(world.size());
  for (const faults::Happening& happening : faults.happened()) {
    const std::string& kind = faults.entries()[happening.fault].kind.word();
    if (!faults::fault_kind(kind).damages_disks) continue;
    for (const auto& group : happening.hit.groups) {
      for (const NodeId node : group) damaged[node.value] = true;
    }
  }
  std::vector<NodeId> intact;
  for (std::uint32_t i = 0; i < world.replicas(); ++i) {
    if (!damaged[i]) intact.push_back(NodeId(i));
  }
  return intact;
}

std::string names_of(const std::vector<NodeId>& nodes, const models::ClusterShape& cluster) {
  std::vector<std::string> names;
  names.reserve(nodes.size());
  for (const NodeId node : nodes) names.push_back(cluster.replicas.at(node.value));
  return names.empty() ? "no replica" : fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Core choose_core(const models::ModelEntry& model, const config::Chosen& options,
                 const models::ClusterShape& cluster, const faults::FaultSchedule& faults,
                 sim::World& world) {
  std::vector<NodeId> left = intact_replicas(faults, world);
  const std::string intact = names_of(left, cluster);
  sim::Stream stream(world.seed(), "core");
  stream.shuffle(left);
  Core core;
  for (const NodeId node : left) {
    core.members.push_back(node);
    if (!model.sufficient(options, cluster, core.members, world)) continue;
    std::sort(core.members.begin(), core.members.end());
    core.text = names_of(core.members, cluster);
    return core;
  }
  return {{}, fmt::format("only {} kept an undamaged disk, and that is not enough", intact)};
}

}  // namespace quorumlab::scenarios
