// The promises of a model that [check] invariants names, watched while a run goes on.
//
//   InvariantWatch watch({"one_leader_per_term"});
//   watch.begin(world, models::invariants_of(entry, options, shape), [&](std::string why) { ... });
//   watch.breaches()[0].verdict;   // one for each invariant: kHolds until it is broken
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/consistency/verdict.h"
#include "models/invariants.h"
#include "sim/world.h"

namespace quorumlab::scenarios {

class InvariantWatch {
 public:
  explicit InvariantWatch(std::vector<std::string> wanted) : wanted_(std::move(wanted)) {}

  // Of all that there are, those that are wanted. The first breach ends the run; `broken` is told
  // why. Requires: this outlives the world.
  void begin(sim::World& world, std::vector<models::Invariant> all,
             std::function<void(std::string)> broken);
  [[nodiscard]] const std::vector<models::CheckResult>& breaches() const { return breaches_; }

 private:
  void look(sim::Node& changed);
  void look(const sim::Node& node, std::string_view what, const sim::Tags& tags);
  void breach(std::size_t which, const std::string& wrong);

  sim::World* world_ = nullptr;
  const std::vector<std::string> wanted_;
  std::vector<models::Invariant> invariants_;
  std::vector<models::CheckResult> breaches_;  // one for each of them
  std::function<void(std::string)> broken_;
};

}  // namespace quorumlab::scenarios
