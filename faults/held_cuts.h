// Cuts of the network that a fault makes and heals again, with what they stopped.
//
//   cuts_.make(world, {.groups = groups, .one_way = false}); ... cuts_.heal(world);
//   cuts_.effect(world).text;          // "1,204 messages dropped", over all of them
#pragma once

#include <fmt/core.h>

#include <vector>

#include "faults/fault.h"

namespace quorumlab::faults {

class HeldCuts {
 public:
  void make(sim::World& world, const sim::Cut& cut) { made_.push_back(world.network().cut(cut)); }
  // The last one. Requires: there is one.
  void heal(sim::World& world) const { world.network().heal(made_.back()); }
  [[nodiscard]] Effect effect(sim::World& world) const {
    Effect effect;
    for (const sim::CutId cut : made_) {
      const sim::CutEffect counted = world.network().effect(cut);
      effect.opportunities += counted.crossing;
      effect.effects += counted.dropped;
    }
    effect.text = fmt::format("{} messages dropped", effect.effects);
    return effect;
  }

 private:
  std::vector<sim::CutId> made_;
};

}  // namespace quorumlab::faults
