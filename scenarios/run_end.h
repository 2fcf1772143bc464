// What is told of a run that is over, beside its verdicts: why it ended, and how long operations
// took.
//
//   why_stopped(world, stop);                      // "deadlock: n1/serve waits for ..."; or ""
//   latency_of(result.history, true).median;       // of reads
//   why_stopped_online(history, violation, names); // "judged online: linearizable is violated ..."
#pragma once

#include <string>

#include "models/consistency/narrator.h"
#include "models/consistency/online.h"
#include "scenarios/run.h"

namespace quorumlab::scenarios {

// Empty: it came to its planned end, or was stopped by whoever says why.
[[nodiscard]] std::string why_stopped(const sim::World& world, sim::Stop stop);
[[nodiscard]] std::string why_stopped_online(const models::History& history,
                                             const models::OnlineViolation& violation,
                                             const models::Names& names);
// Of acknowledged reads, or of the others.
[[nodiscard]] Latency latency_of(const models::History& history, bool reads);

}  // namespace quorumlab::scenarios
