// After the faults, safety first and then liveness: a core of the replicas is left, no larger than
// need be, and it has to serve everybody. The others stay down.
//
//   [check]
//   core = true
//
// Which core is sufficient is computed: the model says how many replicas it needs, and only those
// count whose disks no fault has touched. Where none is left nothing is asked of the run, and the
// verdict says so; nobody has to excuse it by hand.
#pragma once

#include <string>
#include <vector>

#include "faults/schedule.h"
#include "models/model.h"

namespace quorumlab::scenarios {

struct Core {
  std::vector<sim::NodeId> members;  // ascending; empty: no core is sufficient
  std::string text;                  // "n2, n4 and n5", or why there is none
};

// Drawn for each seed. Requires: the model says what is sufficient.
[[nodiscard]] Core choose_core(const models::ModelEntry& model, const config::Chosen& options,
                               const models::ClusterShape& cluster,
                               const faults::FaultSchedule& faults, sim::World& world);

}  // namespace quorumlab::scenarios
