#include "scenarios/coverage.h"

#include <fmt/format.h>

#include <algorithm>

namespace quorumlab::scenarios {
namespace {

constexpr std::array<const char*, 3> kStateNames = {"no leader", "one leader", "several leaders"};

std::size_t leaders_at(const RunResult& result, sim::Time at) {
  const auto after =
      std::upper_bound(result.leaders.begin(), result.leaders.end(), at,
                       [](sim::Time time, const LeaderCount& count) { return time < count.since; });
  if (after == result.leaders.begin()) return 0;
  return std::min<std::size_t>((after - 1)->leaders, kStateNames.size() - 1);
}

}  // namespace

Coverage::Coverage(const Scenario& scenario) {
  for (const faults::FaultEntry& entry : scenario.faults) kinds_[entry.kind.word()];
  if (!scenario.random_faults) return;
  for (const auto& [kind, weight] : scenario.random_faults->kinds) {
    if (weight > 0) kinds_[kind];
  }
}

void Coverage::add(const RunResult& result) {
  for (const FaultReport& fault : result.faults) {
    Kind& kind = kinds_[fault.kind];
    kind.activations += fault.effect.activations;
    kind.effects += fault.effect.effects;
    for (const models::Operation& op : result.history.operations()) {
      const bool met = std::any_of(fault.lasted.begin(), fault.lasted.end(), [&](const auto& span) {
        return span.first <= op.completed_at && op.invoked_at < span.second;
      });
      if (!met) continue;
      States& states = op.f == models::Function::kRead ? kind.reads : kind.writes;
      ++states[leaders_at(result, op.invoked_at)];
    }
  }
}

void Coverage::merge(const Coverage& other) {
  for (const auto& [name, theirs] : other.kinds_) {
    Kind& ours = kinds_[name];
    for (std::size_t state = 0; state < kStates; ++state) {
      ours.reads[state] += theirs.reads[state];
      ours.writes[state] += theirs.writes[state];
    }
    ours.activations += theirs.activations;
    ours.effects += theirs.effects;
  }
}

std::uint64_t Coverage::count(models::Function f, const std::string& kind,
                              std::size_t leaders) const {
  const auto found = kinds_.find(kind);
  if (found == kinds_.end() || leaders >= kStates) return 0;
  const bool read = f == models::Function::kRead;
  return (read ? found->second.reads : found->second.writes)[leaders];
}

std::vector<std::string> Coverage::holes() const {
  std::vector<std::string> all;
  for (const auto& [name, kind] : kinds_) {
    for (std::size_t state = 0; state < kStates; ++state) {
      if (kind.reads[state] == 0)
        all.push_back(fmt::format("read x {} x {}", name, kStateNames[state]));
      if (kind.writes[state] == 0)
        all.push_back(fmt::format("write x {} x {}", name, kStateNames[state]));
    }
  }
  return all;
}

std::vector<std::string> Coverage::inert() const {
  std::vector<std::string> all;
  for (const auto& [name, kind] : kinds_) {
    if (kind.activations == 0) {
      all.push_back(name + " never began");
    } else if (kind.effects == 0) {
      all.push_back(fmt::format("{} began {} times and did nothing", name, kind.activations));
    }
  }
  return all;
}

std::string Coverage::text() const {
  std::string text =
      fmt::format("{:<20} {:>8} {:>10}  operations with {} / {} / {}\n", "fault", "began",
                  "effects", kStateNames[0], kStateNames[1], kStateNames[2]);
  for (const auto& [name, kind] : kinds_) {
    text += fmt::format("{:<20} {:>8} {:>10}  reads {} / {} / {}, writes {} / {} / {}\n", name,
                        kind.activations, kind.effects, kind.reads[0], kind.reads[1], kind.reads[2],
                        kind.writes[0], kind.writes[1], kind.writes[2]);
  }
  for (const std::string& one : inert()) text += fmt::format("inert: {}\n", one);
  for (const std::string& hole : holes()) text += fmt::format("never tried: {}\n", hole);
  return text;
}

}  // namespace quorumlab::scenarios
