// [check] online: the history of a run is judged while it is made, and the first violation ends the
// run.
//
//   OnlineWatch watch(world, history);
//   watch.begin(check.question());
//   watch.finish();   // the violation, if any; see is_exact()
#pragma once

#include <optional>

#include "models/consistency/online.h"
#include "models/history.h"
#include "sim/world.h"

namespace quorumlab::scenarios {

class OnlineWatch {
 public:
  // Keeps references, which outlive it.
  OnlineWatch(sim::World& world, models::History& history) : world_(world), history_(history) {}

  void begin(models::OnlineQuestion question);
  // Judges nothing, and ends the run where it is known to be violated.
  void end_at(const models::OnlineViolation& violation);
  [[nodiscard]] std::optional<models::OnlineViolation> finish();
  // Did the run end with the very operation that finish() names, and not a little later?
  [[nodiscard]] bool is_exact() const;

 private:
  sim::World& world_;
  models::History& history_;
  std::optional<models::OnlineJudge> judge_;
  std::optional<models::OnlineViolation> known_;
  std::optional<std::uint64_t> stopped_at_;  // position in the history
};

}  // namespace quorumlab::scenarios
