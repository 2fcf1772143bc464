// When was the run lost? Chance is drawn anew from some time on, many times; how often the property
// is violated all the same, over that time, is the curve of inevitability.
//
//   const auto curve = inevitability({.scenario = &scenario, .result = &result,
//                                     .property = "linearizable", .runs = 50}, registry);
//   curve.critical;                       // where it rises most steeply
#pragma once

#include <string>

#include "models/registry.h"
#include "scenarios/run.h"
#include "traces/view.h"

namespace quorumlab::tools {

struct InevitabilityQuestion {
  const scenarios::Scenario* scenario = nullptr;
  const scenarios::RunResult* result = nullptr;  // of the run that is asked about
  std::string property;
  sim::Time until;          // when the violation was complete
  std::size_t points = 20;  // over the time from 0 to there
  std::size_t runs = 50;    // from each
};

[[nodiscard]] traces::Inevitability inevitability(const InevitabilityQuestion& question,
                                                  const models::Registry& registry);

// One line a point, for terminals.
[[nodiscard]] std::string to_text(const traces::Inevitability& curve);

}  // namespace quorumlab::tools
