#include "models/invariants.h"

#include <fmt/core.h>

#include <map>
#include <memory>

namespace quorumlab::models {

Invariant one_leader() {
  return {"one_leader", "at most one replica takes itself for the leader",
          [](sim::World& world, sim::Node& changed) -> std::optional<std::string> {
            if (changed.state(state::kRole) != sim::kLeader) return std::nullopt;
            for (std::uint32_t i = 0; i < world.replicas(); ++i) {
              const sim::Node& other = world.node(NodeId(i));
              if (other.id() == changed.id() || !other.is_up() || other.is_paused()) continue;
              if (other.state(state::kRole) != sim::kLeader) continue;
              return fmt::format("{} leads in term {} while {} still leads in term {}",
                                 changed.name(), changed.state(state::kTerm).value_or(0),
                                 other.name(), other.state(state::kTerm).value_or(0));
            }
            return std::nullopt;
          }};
}

Invariant one_leader_per_term() {
  const auto leaders = std::make_shared<std::map<std::int64_t, NodeId>>();
  return {"one_leader_per_term", "no two replicas lead in the same term",
          [leaders](sim::World& world, sim::Node& changed) -> std::optional<std::string> {
            if (changed.state(state::kRole) != sim::kLeader) return std::nullopt;
            const std::int64_t term = changed.state(state::kTerm).value_or(0);
            const auto [known, first] = leaders->emplace(term, changed.id());
            if (first || known->second == changed.id()) return std::nullopt;
            return fmt::format("{} leads in term {}, as {} did", changed.name(), term,
                               world.node(known->second).name());
          }};
}

}  // namespace quorumlab::models
