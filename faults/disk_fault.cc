#include "faults/disk_fault.h"

#include <fmt/core.h>

namespace quorumlab::faults {

Hit DiskFault::begin(sim::World& world) {
  hit_ = on_.in(world);
  for (const sim::NodeId node : hit_) world.node(node).disk().join(*this);
  return {.groups = {hit_}, .label = "of " + on_.text()};
}

// A node that gave up because its disk failed is started again: somebody has repaired it.
void DiskFault::end(sim::World& world) {
  for (const sim::NodeId node : hit_) world.node(node).disk().leave(*this);
  for (const sim::NodeId node : hit_) {
    if (!world.node(node).is_up() && world.node(node).disk().gave_up()) world.start(node);
  }
}

sim::Stream& DiskFault::chance(sim::Node& node) {
  const std::uint32_t id = node.id().value;
  auto found = streams_.find(id);
  if (found == streams_.end()) {
    found = streams_.emplace(id, making_.draw(node.world(), purpose_, node.stream_key())).first;
  }
  return found->second;
}

Effect DiskFault::effect(sim::World&) const {
  Effect effect = effect_;
  effect.text = fmt::format("{} of {} {}", effect.effects, effect.opportunities, done());
  return effect;
}

}  // namespace quorumlab::faults
