// A run in phases: warm-up, faults, healing, a quiet period; and whether the quiet period is as
// good as the warm-up was. A failure that outlives its cause is called metastable (Bronson et al.,
// "Metastable Failures in Distributed Systems", HotOS 2021).
//
//   [phases]
//   warm_up = "10s"       # no faults yet: the measure of what comes later
//   settle  = "5s"        # the faults are over; not judged
//   quiet   = "10s"       # the last part of `duration`
//
//   |-- warm-up --|---- faults ----|-- settle --|-- quiet --| duration
#pragma once

#include "models/consistency/verdict.h"
#include "models/history.h"
#include "scenarios/scenario.h"

namespace quorumlab::scenarios {

// [phases]
[[nodiscard]] config::Schema phases_schema();
// `where` is the section's table.
void check_phases(const Phases& phases, sim::Duration duration, const config::Where& where,
                  config::Diagnostics& problems);

// When faults may begin, and when all of them heal.
[[nodiscard]] faults::Season season_of(const About& about, const std::optional<Phases>& phases);

// Are as many operations answered in the quiet period as in the warm-up?
[[nodiscard]] models::CheckResult check_restored(const Scenario& scenario,
                                                 const models::History& history, sim::Time ended);

}  // namespace quorumlab::scenarios
