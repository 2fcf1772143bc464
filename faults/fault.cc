#include "faults/fault.h"

#include <algorithm>

#include "faults/kinds.h"

namespace quorumlab::faults {

const std::vector<FaultKind>& fault_kinds() {
  static const std::vector<FaultKind> kinds = {partition_kind(),   crash_kind(),
                                               pause_kind(),       clock_offset_kind(),
                                               clock_drift_kind(), clock_step_kind()};
  return kinds;
}

const FaultKind& fault_kind(std::string_view name) {
  const auto& kinds = fault_kinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const FaultKind& kind) {
    return kind.schema.name() == name;
  });
  QL_CHECK(found != kinds.end(), "no fault is called {}", name);
  return *found;
}

}  // namespace quorumlab::faults
