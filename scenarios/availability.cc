#include "scenarios/availability.h"

#include <fmt/format.h>

#include <algorithm>

namespace quorumlab::scenarios {
namespace {

using faults::Happening;
using models::Function;
using models::Outcome;

using Clients = std::vector<sim::NodeId>;

bool contains(const Clients& clients, sim::NodeId client) {
  return std::find(clients.begin(), clients.end(), client) != clients.end();
}

// How these clients fared with operations that began while the fault lasted.
Side fared(const sim::World& world, const RunResult& result, const Happening& happening,
           const Clients& clients, std::string label) {
  Side side{.label = std::move(label)};
  const sim::Time end = happening.end.value_or(world.now());
  for (const models::Operation& op : result.history.operations()) {
    if (op.invoked_at < happening.begin || op.invoked_at >= end) continue;
    if (!contains(clients, op.client)) continue;
    const bool ok = op.outcome == Outcome::kOk;
    const bool read = op.f == Function::kRead;
    ++(read ? side.reads : side.writes);
    if (ok) ++(read ? side.reads_ok : side.writes_ok);
  }
  return side;
}

Clients all_clients(const sim::World& world) {
  Clients clients;
  for (std::size_t id = world.replicas(); id < world.size(); ++id) {
    clients.emplace_back(static_cast<std::uint32_t>(id));
  }
  return clients;
}

// One row for each side of a split that has clients, and one for the clients on no side.
std::vector<Side> sides_of(const sim::World& world, const RunResult& result,
                           const Happening& happening) {
  const faults::Hit& hit = happening.hit;
  Clients elsewhere = all_clients(world);
  std::vector<Side> sides;
  for (std::size_t group = 0; hit.groups.size() > 1 && group < hit.groups.size(); ++group) {
    const Clients& members = hit.groups[group];
    const auto moved = std::erase_if(elsewhere, [&](auto id) { return contains(members, id); });
    if (moved > 0)
      sides.push_back(fared(world, result, happening, members, hit.group_labels[group]));
  }
  if (!elsewhere.empty()) {
    const std::string label = sides.empty() ? "everybody" : "everybody else";
    sides.push_back(fared(world, result, happening, elsewhere, label));
  }
  return sides;
}

}  // namespace

void report_faults(const Scenario& scenario, sim::World& world, const faults::FaultSchedule& faults,
                   RunResult* result) {
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    FaultReport report{.kind = scenario.faults[i].kind.word(),
                       .label = scenario.faults[i].kind.word(),
                       .effect = faults.effect(i),
                       .may_be_inert = faults.entries()[i].may_be_inert};
    for (const Happening& happening : faults.happened()) {
      if (happening.fault != i) continue;
      report.lasted.emplace_back(happening.begin, happening.end.value_or(world.now()));
      if (report.lasted.size() > 1) continue;
      report.label += " " + happening.hit.label;
      report.sides = sides_of(world, *result, happening);
    }
    if (report.lasted.empty()) {
      report.was_due = result->stopped_because.empty();
      report.effect.text = report.was_due ? "it never began" : "the run ended before";
    }
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
