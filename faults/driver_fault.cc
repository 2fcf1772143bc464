#include "faults/driver_fault.h"

#include <fmt/core.h>

#include <algorithm>

namespace quorumlab::faults {

Hit DriverFault::begin(sim::World& world) {
  world_ = &world;
  hit_ = on_.in(world);
  for (const sim::NodeId client : hit_) world.node(client).driver().join(*this);
  return {.groups = {hit_}, .label = "of " + on_.text()};
}

void DriverFault::end(sim::World& world) {
  for (const sim::NodeId client : hit_) world.node(client).driver().leave(*this);
}

void DriverFault::plan(sim::Node& client, sim::RequestPlan& plan) {
  ++effect_.opportunities;
  change(client, plan);
}

void DriverFault::end(sim::Node& client, sim::RequestEnd& end) {
  if (changed(client, end)) ++effect_.effects;
}

Effect DriverFault::effect(sim::World&) const {
  Effect effect = effect_;
  effect.text = fmt::format("{} of {} operations {}", effect.effects, effect.opportunities, done());
  return effect;
}

bool DriverFault::draw(const sim::Node& client, sim::Probability chance) {
  auto found = streams_.find(client.id());
  if (found == streams_.end()) {
    found =
        streams_.emplace(client.id(), making_.draw(*world_, purpose_, client.stream_key())).first;
  }
  return found->second.chance(chance);
}

void check_clients(const Targets& on, const Places& places, const config::Where& where,
                   config::Diagnostics& problems) {
  on.check(places, where, "on", problems);
  const auto& replicas = places.replicas;
  for (const std::string& word : on.words()) {
    const bool serves = word == "leader" || word == "followers" || word == "replicas" ||
                        std::find(replicas.begin(), replicas.end(), word) != replicas.end();
    if (!serves) continue;
    problems.error(where("on"), fmt::format("`{}` has no driver: it serves, it does not ask", word),
                   "name clients, such as \"c1\", or a zone");
  }
}

Targets draw_clients(Dice& dice) {
  const auto& nodes = dice.places().nodes;
  const std::size_t replicas = dice.places().replicas.size();
  if (nodes.size() <= replicas || dice.coin()) return Targets({"clients"});
  const auto first = nodes.begin() + static_cast<std::ptrdiff_t>(replicas);
  return Targets({dice.one_of(std::vector<std::string>(first, nodes.end()))});
}

}  // namespace quorumlab::faults
