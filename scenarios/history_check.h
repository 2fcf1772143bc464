// What the history of a scenario's run is held against: one place for the end of the run, for
// judging online, and for whoever compares the two.
//
//   const HistoryCheck check(scenario, names);
//   check.applies("linearizable");                // true; not for "eventual": replicas are asked
//   check.judge(history, "linearizable").verdict;
#pragma once

#include <string>
#include <vector>

#include "models/consistency/narrator.h"
#include "models/consistency/objects.h"
#include "models/consistency/online.h"
#include "models/consistency/register_models.h"
#include "models/consistency/verdict.h"
#include "models/history.h"
#include "scenarios/scenario.h"

namespace quorumlab::scenarios {

class HistoryCheck {
 public:
  HistoryCheck(const Scenario& scenario, models::Names names);

  // False: the property is not one of histories.
  [[nodiscard]] bool applies(const std::string& property) const;
  // Requires: applies(property).
  [[nodiscard]] models::CheckResult judge(const models::History& history,
                                          const std::string& property) const;
  // What [check] asks of histories, to be judged while they are made. Refers to this.
  [[nodiscard]] models::OnlineQuestion question() const;

 private:
  [[nodiscard]] bool is_of_registers() const { return kind_ == models::ObjectKind::kRegister; }

  const models::ObjectKind kind_;
  const bool has_cas_;
  const std::vector<std::string> asked_;  // [check] consistency
  std::vector<std::string> of_objects_;   // models of such histories, if they are no registers
  models::RegisterCheckOptions registers_;
};

}  // namespace quorumlab::scenarios
