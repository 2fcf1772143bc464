#include "faults/fault.h"

#include <algorithm>
#include <iterator>

#include "faults/kinds.h"

namespace quorumlab::faults {
namespace {

std::vector<FaultKind> all_kinds() {
  std::vector<FaultKind> all = {partition_kind()};
  for (auto family :
       {shape_kinds, message_kinds, link_kinds, process_kinds, slow_kinds, rolling_kinds,
        disk_kinds, damage_kinds, clock_kinds, sync_kinds, client_kinds}) {
    std::vector<FaultKind> kinds = family();
    std::move(kinds.begin(), kinds.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace

const std::vector<FaultKind>& fault_kinds() {
  static const std::vector<FaultKind> kKinds = all_kinds();
  return kKinds;
}

const FaultKind& fault_kind(std::string_view name) {
  const auto& kinds = fault_kinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const FaultKind& kind) {
    return kind.schema.name() == name;
  });
  QL_CHECK(found != kinds.end(), "no fault is called {}", name);
  return *found;
}

config::Alternatives fault_alternatives() {
  config::Alternatives kinds("fault");
  for (const FaultKind& kind : fault_kinds()) kinds.add(kind.schema);
  return kinds;
}

}  // namespace quorumlab::faults
