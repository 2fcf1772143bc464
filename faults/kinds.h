// The kinds of faults that fault_kinds() lists, one function for each file.
#pragma once

#include "faults/fault.h"

namespace quorumlab::faults {

[[nodiscard]] FaultKind partition_kind();
[[nodiscard]] FaultKind crash_kind();
[[nodiscard]] FaultKind pause_kind();
[[nodiscard]] FaultKind clock_offset_kind();
[[nodiscard]] FaultKind clock_drift_kind();
[[nodiscard]] FaultKind clock_step_kind();

}  // namespace quorumlab::faults
