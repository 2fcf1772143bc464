#include "scenarios/invariant_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace quorumlab::scenarios {

using models::Verdict;

void InvariantWatch::begin(sim::World& world, std::vector<models::Invariant> all,
                           std::function<void(std::string)> broken) {
  world_ = &world;
  broken_ = std::move(broken);
  for (models::Invariant& invariant : all) {
    if (std::find(wanted_.begin(), wanted_.end(), invariant.name) == wanted_.end()) continue;
    breaches_.push_back({.property = invariant.name, .verdict = Verdict::kHolds});
    invariants_.push_back(std::move(invariant));
  }
  world_->observe({.state = [this](sim::Node& node, std::string_view, std::int64_t,
                                   std::int64_t) { look(node); },
                   .note = [this](sim::Node& node, std::string_view what,
                                  const sim::Tags& tags) { look(node, what, tags); }});
}

void InvariantWatch::look(sim::Node& changed) {
  for (std::size_t i = 0; i < invariants_.size(); ++i) {
    if (breaches_[i].verdict == Verdict::kViolated || !invariants_[i].violated) continue;
    if (const auto wrong = invariants_[i].violated(*world_, changed)) breach(i, *wrong);
  }
}

void InvariantWatch::look(const sim::Node& node, std::string_view what, const sim::Tags& tags) {
  for (std::size_t i = 0; i < invariants_.size(); ++i) {
    if (breaches_[i].verdict == Verdict::kViolated || !invariants_[i].noted) continue;
    if (const auto wrong = invariants_[i].noted(*world_, node, what, tags)) breach(i, *wrong);
  }
}

void InvariantWatch::breach(std::size_t which, const std::string& wrong) {
  breaches_[which].verdict = Verdict::kViolated;
  breaches_[which].witness = models::Witness{
      .key = sim::kNoKey,
      .claim = fmt::format("Broken: {}", invariants_[which].meaning),
      .observation = fmt::format("at {}: {}", sim::to_text(world_->now(), 3), wrong)};
  broken_(fmt::format("invariant {} was broken", invariants_[which].name));
  world_->stop();
}

}  // namespace quorumlab::scenarios
