// What would have happened: the same scenario with the same seed, one thing changed.
//
//   const WhatIf answers = what_if({.scenario = &scenario, .property = "linearizable", ...});
//   answers.faults[0].holds;        // without this fault the property holds: it was necessary
//   answers.knobs[2].change;        // "replication.acknowledge = majority"
//   tell(answers, explanation);     // as sentences
//
// Streams of chance are keyed by entity, so that a change shifts nobody else's draws: what differs
// follows from the change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/registry.h"
#include "scenarios/run.h"
#include "traces/explain.h"

namespace quorumlab::tools {

// One changed run.
struct Variant {
  std::string change;    // "partition {east | west}", or "replication.acknowledge = majority"
  bool holds = false;    // the property is not violated, and the run came to its planned end
  bool by_luck = false;  // it holds with this seed, but not with the next three
  std::string stopped_because;  // empty: it did
  std::size_t acknowledged = 0;
  sim::Duration median_write;
};

struct WhatIf {
  std::string property;
  bool ended_early = false;      // the run that is explained: its figures compare with nothing
  std::size_t acknowledged = 0;  // of it
  sim::Duration median_write;
  std::vector<Variant> faults;            // each without that one fault
  std::optional<Variant> without_faults;  // only if there were several
  std::vector<Variant> knobs;             // each with another word for one option
};

struct Question {
  const scenarios::Scenario* scenario = nullptr;
  const scenarios::RunResult* result = nullptr;  // of the run that is explained
  std::string property;                          // a check of it, or "durable"
  std::string file;                              // read again for each knob
  std::vector<std::string> sets = {};
  std::size_t runs_max = 40;
};

[[nodiscard]] bool is_violated(const scenarios::RunResult& result, const std::string& property);

[[nodiscard]] WhatIf what_if(const Question& question, const models::Registry& registry);

// Adds the sentences "necessary" and "alternative". An alternative is named only if its run
// confirmed it.
void tell(const WhatIf& answers, traces::Explanation& explanation);

// The scenario whose fault number `fault` never begins. The others keep their numbers, and so
// their streams of chance.
[[nodiscard]] scenarios::Scenario without_fault(scenarios::Scenario scenario, std::size_t fault);

}  // namespace quorumlab::tools
