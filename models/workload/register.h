// Reads and writes of single keys: the workload that shows staleness, lost writes and split brain.
//
//   [workload]
//   type  = "register"
//   keys  = 20
//   pick  = "zipf(0.99)"
//   rate  = "200/s"          # of all clients together
//   reads = 0.5
//
// Every write has a value of its own, so that a read tells exactly which write it saw.
#pragma once

#include <cstdint>

#include "models/workload/paced.h"
#include "models/workload/workload.h"

namespace quorumlab::models {

struct RegisterOptions : PacedOptions {
  double reads = 0.5;
  std::int64_t writers = 0;
  double erases = 0;
};

[[nodiscard]] WorkloadEntry register_workload();

}  // namespace quorumlab::models
