// Says in the words of a history what is wrong with its logs.
//
//   tell_fault(history, order, faults.found[0]).text;   // "T4 sent 7 to key 3 (offset 12) and ..."
//   tell_cycle(history, order, cycles.found[0]).text;   // "T5 polled 8 from key 3, which T4 ..."
//
// The model decides what of it is ruled out: that is left open here.
#pragma once

#include "models/consistency/kafka.h"
#include "models/consistency/kafka_cycles.h"
#include "models/consistency/kafka_faults.h"
#include "models/consistency/kafka_log_order.h"

namespace quorumlab::models {

[[nodiscard]] LogAnomaly tell_fault(const LogHistory& history, const LogOrder& order,
                                    const LogFault& fault);
[[nodiscard]] LogAnomaly tell_cycle(const LogHistory& history, const LogOrder& order,
                                    const NamedCycle& cycle);

}  // namespace quorumlab::models
