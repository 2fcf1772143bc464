// What Paxos guarantees at all times, watched while a run goes on.
#include <fmt/core.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "models/replication/leaderless/paxos.h"
#include "sim/world.h"

namespace quorumlab::models::leaderless {

namespace {

struct First {
  NodeId home;
  OpId op;
  std::int64_t value;
};

std::string say(const First& accepted) {
  if (accepted.op == sim::kNoOp) return "that there is nothing to decide";
  return fmt::format("{} (op {})", accepted.value, accepted.op.value);
}

}  // namespace

Invariant one_proposal_per_ballot() {
  using Ballots = std::map<std::tuple<Key, std::uint64_t, std::uint64_t>, First>;
  const auto accepted = std::make_shared<Ballots>();
  return {"one_proposal_per_ballot",
          "no two homes of a key accept different proposals of one ballot", nullptr,
          [accepted](sim::World& world, const sim::Node& node, std::string_view what,
                     const sim::Tags& tags) -> std::optional<std::string> {
            if (what != kProposalAccepted) return std::nullopt;
            const First now{node.id(), tags.op, tags.value};
            const auto [known, first] =
                accepted->emplace(std::tuple(tags.key, tags.index, tags.term), now);
            const First& before = known->second;
            if (first || (before.op == now.op && before.value == now.value)) return std::nullopt;
            return fmt::format("{} accepts {} where {} accepted {}", node.name(), say(now),
                               world.node(before.home).name(), say(before));
          }};
}

}  // namespace quorumlab::models::leaderless
