#include "scenarios/phases.h"

#include <fmt/core.h>

#include <algorithm>

namespace quorumlab::scenarios {
namespace {

using namespace sim::literals;
using sim::Duration;
using sim::Time;

// Operations that began in [from, to) and were answered, for each second.
double answered(const models::History& history, Time from, Time to) {
  const auto all = history.operations();
  const auto count = std::count_if(all.begin(), all.end(), [&](const models::Operation& op) {
    return op.outcome == models::Outcome::kOk && from <= op.invoked_at && op.invoked_at < to;
  });
  return static_cast<double>(count) / (to - from).seconds();
}

}  // namespace

config::Schema phases_schema() {
  using P = Phases;
  return config::schema<P>("phases", "Warm-up, faults, healing, a quiet period.")
      .field("warm_up", &P::warm_up, config::duration().at_least(1_ms),
             "no fault begins before this; what is answered meanwhile is the measure")
      .field("settle", &P::settle, config::duration().at_least(0_ns),
             "from the end of all faults to the quiet period; not judged")
      .field("quiet", &P::quiet, config::duration().at_least(1_ms),
             "the last part of `duration`: is it as good as the warm-up was?")
      .field("share", &P::share, config::fraction(),
             "of the operations that were answered each second in the warm-up, so many must be "
             "answered in the quiet period")
      .build();
}

void check_phases(const Phases& phases, Duration duration, const config::Where& where,
                  config::Diagnostics& problems) {
  const Duration without = phases.warm_up + phases.settle + phases.quiet;
  if (without < duration) return;
  problems.error(where({"quiet", "warm_up", "settle"}),
                 fmt::format("warm-up, settling and quiet period take {}, and the run {}: no time "
                             "is left for faults",
                             sim::to_text(without), sim::to_text(duration)),
                 "`duration` is in [scenario]");
}

faults::Season season_of(const About& about, const std::optional<Phases>& phases) {
  if (!phases) return {.from = 0_ns, .to = about.duration};
  return {.from = phases->warm_up,
          .to = about.duration - phases->settle - phases->quiet,
          .is_phase = true};
}

models::CheckResult check_restored(const Scenario& scenario, const models::History& history,
                                   Time ended) {
  models::CheckResult result{.property = "restored", .verdict = models::Verdict::kUnknown};
  const Time stop = Time() + scenario.about.duration;
  if (ended < stop) {
    result.reason = "the run ended before the quiet period did";
    return result;
  }
  const Phases& phases = *scenario.phases;
  const double before = answered(history, Time(), Time() + phases.warm_up);
  const double after = answered(history, stop - phases.quiet, stop);
  result.reason = fmt::format(
      "{:.1f} operations a second were answered in the warm-up, {:.1f} in the quiet period", before,
      after);
  if (before == 0) return result;
  const bool back = after >= phases.share * before;
  result.verdict = back ? models::Verdict::kHolds : models::Verdict::kViolated;
  return result;
}

}  // namespace quorumlab::scenarios
