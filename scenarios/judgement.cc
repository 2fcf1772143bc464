// What a run's result says of each property, and whether that is what the scenario expects.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/run.h"

namespace quorumlab::scenarios {

const models::CheckResult* RunResult::check(const std::string& name) const {
  const auto found = std::find_if(checks.begin(), checks.end(),
                                  [&](const models::CheckResult& c) { return c.property == name; });
  return found == checks.end() ? nullptr : &*found;
}

std::optional<std::int64_t> RunResult::property(const std::string& name) const {
  if (const models::CheckResult* const checked = check(name)) {
    if (checked->verdict == models::Verdict::kUnknown) return std::nullopt;
    return checked->verdict == models::Verdict::kHolds ? 1 : 0;
  }
  const auto count = [&](models::Outcome outcome) {
    const auto all = history.operations();
    return std::count_if(all.begin(), all.end(),
                         [&](const auto& op) { return op.outcome == outcome; });
  };
  if (name == "recovered") return recovered ? 1 : 0;
  if (name == "acknowledged_writes") return static_cast<std::int64_t>(durability.acknowledged);
  if (name == "failed_operations") return count(models::Outcome::kFail);
  if (name == "unknown_operations") return count(models::Outcome::kUnknown);
  if (name == "inert_faults") {
    return std::count_if(faults.begin(), faults.end(), [](const FaultReport& fault) {
      return fault.effect.effects == 0 && !fault.may_be_inert && fault.was_due;
    });
  }
  if (name == "lost_writes" && durability.verdict != models::Verdict::kUnknown) {
    return static_cast<std::int64_t>(durability.gone());
  }
  return std::nullopt;
}

Judgement judge(const Scenario& scenario, const RunResult& result) {
  Judgement judgement;
  auto expected = scenario.expect;
  if (expected.empty()) {
    for (const models::CheckResult& checked : result.checks)
      expected.emplace_back(checked.property, Expectation{});
  }
  bool differs = false;
  bool unknown = false;
  for (const auto& [property, expectation] : expected) {
    const std::optional<std::int64_t> found = result.property(property);
    Judgement::Line line{.property = property, .expected = expectation.text()};
    const bool is_count = expectation.relation != Expectation::Relation::kIs;
    line.found = !found        ? "unknown"
                 : is_count    ? fmt::format("{}", *found)
                 : *found != 0 ? "true"
                               : "false";
    line.unknown = !found;
    line.met = found && expectation.met_by(*found);
    unknown = unknown || line.unknown;
    differs = differs || (found && !line.met);
    judgement.lines.push_back(std::move(line));
  }
  judgement.exit_code = differs ? 1 : unknown ? 2 : 0;
  return judgement;
}

}  // namespace quorumlab::scenarios
