#include "models/workload/workload.h"

#include <algorithm>

#include "models/workload/objects.h"
#include "models/workload/register.h"
#include "sim/check.h"

namespace quorumlab::models {

const std::vector<WorkloadEntry>& builtin_workloads() {
  static const std::vector<WorkloadEntry> kAll = {
      register_workload(), cas_register_workload(), counter_workload(), set_workload(),
      list_workload(),     queue_workload(),        lock_workload()};
  return kAll;
}

const WorkloadEntry& workload_entry(std::string_view name) {
  const auto& all = builtin_workloads();
  const auto found = std::find_if(all.begin(), all.end(), [&](const WorkloadEntry& entry) {
    return entry.schema.name() == name;
  });
  QL_CHECK(found != all.end(), "no workload is called {}", name);
  return *found;
}

}  // namespace quorumlab::models
