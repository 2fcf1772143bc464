// What each fault did, and how clients on each side of it fared meanwhile: the CAP line of a
// report.
#pragma once

#include "faults/schedule.h"
#include "scenarios/run.h"

namespace quorumlab::scenarios {

void report_faults(const Scenario& scenario, sim::World& world, const faults::FaultSchedule& faults,
                   RunResult* result);

// The same faults for the trace, with the lanes that they hit.
void tell_faults(const faults::FaultSchedule& faults, const std::vector<FaultReport>& reports,
                 traces::Record* record);

}  // namespace quorumlab::scenarios
