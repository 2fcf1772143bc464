// The kinds of faults that fault_kinds() lists, one function for each file.
#pragma once

#include <vector>

#include "faults/fault.h"

namespace quorumlab::faults {

[[nodiscard]] FaultKind partition_kind();
[[nodiscard]] std::vector<FaultKind> shape_kinds();    // isolate, cut_links, partition_shape
[[nodiscard]] std::vector<FaultKind> message_kinds();  // message_loss, _delay, _duplicate, ...
[[nodiscard]] std::vector<FaultKind> link_kinds();     // message, slow_link, connection_reset
[[nodiscard]] std::vector<FaultKind> process_kinds();  // crash, power_loss, pause, ...
[[nodiscard]] std::vector<FaultKind> slow_kinds();     // slow_node
[[nodiscard]] std::vector<FaultKind> rolling_kinds();  // rolling_restart, upgrade
[[nodiscard]] std::vector<FaultKind> disk_kinds();     // disk_slow, disk_full, sync_lies, ...
[[nodiscard]] std::vector<FaultKind> damage_kinds();   // lost_writes, bit_rot, ...
[[nodiscard]] std::vector<FaultKind> clock_kinds();    // clock_offset, clock_drift, ...
[[nodiscard]] std::vector<FaultKind> sync_kinds();     // clock_sync, clock_bound
[[nodiscard]] std::vector<FaultKind> client_kinds();   // client_timeout, driver_lies, ...

}  // namespace quorumlab::faults
