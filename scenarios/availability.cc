#include "scenarios/availability.h"

#include <fmt/format.h>

#include <algorithm>

namespace quorumlab::scenarios {
namespace {

using faults::Happening;
using models::Function;
using models::Outcome;

// How the clients among `members` fared with operations that began while the fault lasted.
Side fared(const sim::World& world, const RunResult& result, const Happening& happening,
           const std::vector<sim::NodeId>* members, std::string label) {
  Side side{.label = std::move(label)};
  const sim::Time end = happening.end.value_or(world.now());
  for (const models::Operation& op : result.history.operations()) {
    if (op.invoked_at < happening.begin || op.invoked_at >= end) continue;
    if (members != nullptr &&
        std::find(members->begin(), members->end(), op.client) == members->end()) {
      continue;
    }
    const bool ok = op.outcome == Outcome::kOk;
    const bool read = op.f == Function::kRead;
    ++(read ? side.reads : side.writes);
    if (ok) ++(read ? side.reads_ok : side.writes_ok);
  }
  return side;
}

}  // namespace

void report_faults(const Scenario& scenario, sim::World& world, const faults::FaultSchedule& faults,
                   RunResult* result) {
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    FaultReport report{.kind = scenario.faults[i].kind.word(),
                       .label = scenario.faults[i].kind.word(),
                       .effect = faults.effect(i)};
    for (const Happening& happening : faults.happened()) {
      if (happening.fault != i) continue;
      report.lasted.emplace_back(happening.begin, happening.end.value_or(world.now()));
      if (report.lasted.size() > 1) continue;
      const faults::Hit& hit = happening.hit;
      report.label += " " + hit.label;
      if (hit.groups.size() < 2) {
        report.sides.push_back(fared(world, *result, happening, nullptr, "everybody"));
        continue;
      }
      for (std::size_t group = 0; group < hit.groups.size(); ++group) {
        report.sides.push_back(
            fared(world, *result, happening, &hit.groups[group], hit.group_labels[group]));
      }
    }
    if (report.lasted.empty()) report.effect.text = "it never began";
    result->faults.push_back(std::move(report));
  }
}

void tell_faults(const faults::FaultSchedule& faults, const std::vector<FaultReport>& reports,
                 traces::Record* record) {
  for (const Happening& happening : faults.happened()) {
    const FaultReport& report = reports[happening.fault];
    traces::Fault fault{.name = report.kind,
                        .text = report.label,
                        .begin = happening.begin,
                        .end = happening.end.value_or(sim::Time::max()),
                        .one_way = happening.hit.one_way};
    if (happening.hit.groups.size() > 1) {
      fault.groups = happening.hit.groups;
    } else {
      fault.lanes = happening.hit.groups.front();
    }
    record->faults.push_back(std::move(fault));
  }
}

}  // namespace quorumlab::scenarios
