// [check] online: the history of a run is judged while it is made, and the first violation ends the
// run.
//
//   OnlineWatch watch(world, history, options);
//   watch.begin(scenario.check.consistency);
//   watch.finish();   // the violation, if any; the run may have gone a little beyond it
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/consistency/online.h"
#include "models/history.h"
#include "sim/world.h"

namespace quorumlab::scenarios {

class OnlineWatch {
 public:
  // Keeps references to the first two, which outlive it.
  OnlineWatch(sim::World& world, models::History& history, models::RegisterCheckOptions options)
      : world_(world), history_(history), options_(std::move(options)) {}

  // Judges by all that are models of registers.
  void begin(std::vector<std::string> models);
  // Judges nothing, and ends the run where it is known to be violated.
  void end_at(const models::OnlineViolation& violation);
  [[nodiscard]] std::optional<models::OnlineViolation> finish();

 private:
  sim::World& world_;
  models::History& history_;
  const models::RegisterCheckOptions options_;
  std::optional<models::OnlineJudge> judge_;
  std::optional<models::OnlineViolation> known_;
};

}  // namespace quorumlab::scenarios
