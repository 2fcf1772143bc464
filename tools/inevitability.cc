#include "tools/inevitability.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sim/rng.h"
#include "tools/counterfactual.h"

namespace quorumlab::tools {
namespace {

// The end of the steepest step up, if the violation is more likely at the end than at first.
std::optional<sim::Time> critical_moment(const std::vector<traces::Inevitability::Point>& points) {
  std::optional<sim::Time> moment;
  std::size_t steepest = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (points[i].violated <= points[i - 1].violated + steepest) continue;
    steepest = points[i].violated - points[i - 1].violated;
    moment = points[i].at;
  }
  return moment;
}

}  // namespace

traces::Inevitability inevitability(const InevitabilityQuestion& question,
                                    const models::Registry& registry) {
  traces::Inevitability curve{.property = question.property};
  // Seeds of the reseeded runs: the same for every point, so that the points can be compared.
  sim::Stream seeds(sim::Seed{question.result->seed}, "inevitability");
  std::vector<std::uint64_t> chosen;
  for (std::size_t i = 0; i < question.runs; ++i) chosen.push_back(seeds.next());
  const auto steps = static_cast<std::int64_t>(std::max<std::size_t>(question.points, 2) - 1);
  for (std::int64_t i = 0; i <= steps; ++i) {
    traces::Inevitability::Point point;
    point.at = sim::Time(question.until.count() / steps * i);
    for (const std::uint64_t seed : chosen) {
      const auto result =
          scenarios::run(*question.scenario, registry,
                         {.seed = question.result->seed,
                          .reseed = scenarios::Reseed{.at = point.at, .seed = seed}});
      ++point.runs;
      point.violated += is_violated(result, question.property) ? 1U : 0U;
    }
    curve.points.push_back(point);
  }
  curve.critical = critical_moment(curve.points);
  return curve;
}

std::string to_text(const traces::Inevitability& curve) {
  constexpr std::size_t kBar = 50;
  std::string out = fmt::format("how often `{}` is violated when chance is drawn anew from there\n",
                                curve.property);
  for (const auto& point : curve.points) {
    const std::size_t bar = point.runs == 0 ? 0 : point.violated * kBar / point.runs;
    out += fmt::format("{:>12}  {:>4} of {:<4} |{:<{}}|{}\n", sim::to_text(point.at, 3),
                       point.violated, point.runs, std::string(bar, '#'), kBar,
                       curve.critical == point.at ? " <- decided here" : "");
  }
  return out;
}

}  // namespace quorumlab::tools
