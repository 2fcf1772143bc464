// Workloads on other objects than registers that are only read and written: each key is one object.
//
//   [workload]
//   type   = "counter"
//   method = "read_modify_write"     # lost updates; "cas" and "native" have none
//   rate   = "100/s"                 # of all clients together
//
// Each is in a file of its own and stands on paced.h.
#pragma once

#include "models/workload/workload.h"

namespace quorumlab::models {

[[nodiscard]] WorkloadEntry cas_register_workload();  // reads, writes, compare-and-set
[[nodiscard]] WorkloadEntry counter_workload();       // adds, by three methods, and reads
[[nodiscard]] WorkloadEntry set_workload();           // unique elements in and out, reads of all
[[nodiscard]] WorkloadEntry list_workload();          // unique elements appended, reads of all
[[nodiscard]] WorkloadEntry queue_workload();         // unique elements in, out in their order
[[nodiscard]] WorkloadEntry lock_workload();          // acquire, hold, release

}  // namespace quorumlab::models
