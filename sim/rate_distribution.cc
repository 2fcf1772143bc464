#include "sim/rate_distribution.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/check.h"
#include "sim/law_text.h"

namespace quorumlab::sim {
namespace {

constexpr std::array<Unit, 3> kRateUnits = {{{"ppb", 1}, {"ppm", 1'000}, {"%", 10'000'000}}};

constexpr std::array<LawForm, 2> kForms = {{
    {"constant", {"value"}, 1, "constant(50ppm)"},
    {"uniform", {"from", "to"}, 2, "uniform(-50ppm, 50ppm)"},
}};

constexpr Quantity kRates = {
    .name = "rate", .example = "50ppm", .unit_list = "ppb, ppm or %", .units = kRateUnits};

std::string rate_text(std::int64_t ppb) {
  if (ppb == 0) return "0ppm";
  const auto unit = std::find_if(kRateUnits.rbegin(), kRateUnits.rend(),
                                 [=](const Unit& u) { return magnitude(ppb) >= u.size; });
  return decimal_text(ppb, *unit);
}

bool in_range(std::int64_t ppb) {
  return ppb >= RateDistribution::kSlowest && ppb <= RateDistribution::kFastest;
}

std::optional<std::int64_t> rate(LawText& law, std::string_view part) {
  const std::optional<std::int64_t> ppb = law.quantity(part);
  if (ppb && !in_range(*ppb)) {
    return law.fail(
        part, fmt::format("`{}` is out of range", part),
        fmt::format("expected a rate from {} to {}", rate_text(RateDistribution::kSlowest),
                    rate_text(RateDistribution::kFastest)));
  }
  return ppb;
}

std::optional<RateDistribution> distribution(LawText& law) {
  const std::optional<LawCall> call = law.read();
  if (!call) return std::nullopt;
  const auto from = rate(law, call->arguments.front());
  if (!from) return std::nullopt;
  if (call->arguments.size() == 1) return RateDistribution::constant(*from);
  const auto to = rate(law, call->arguments.back());
  if (!to) return std::nullopt;
  if (*to < *from) {
    return law.fail(call->parenthesis, "the range ends before it begins",
                    fmt::format("did you mean uniform({}, {})?", rate_text(*to), rate_text(*from)));
  }
  return RateDistribution::uniform({.from = *from, .to = *to});
}

}  // namespace

RateDistribution::RateDistribution(bool is_constant, const Uniform& range)
    : is_constant_(is_constant), range_(range) {
  QL_CHECK(in_range(range.from), "{} ppb", range.from);
  QL_CHECK(in_range(range.to), "{} ppb", range.to);
  QL_CHECK(range.from <= range.to, "{} > {}", range.from, range.to);
}

RateDistribution RateDistribution::constant(std::int64_t ppb) {
  return {true, {.from = ppb, .to = ppb}};
}

RateDistribution RateDistribution::uniform(const Uniform& range) {
  return {false, range};
}

std::variant<RateDistribution, DistributionError> RateDistribution::parse(std::string_view text) {
  LawText law(text, kForms, kRates);
  const std::optional<RateDistribution> read = distribution(law);
  if (!read) return law.error();
  return *read;
}

std::string RateDistribution::text() const {
  if (is_constant_) return rate_text(range_.from);
  return fmt::format("uniform({}, {})", rate_text(range_.from), rate_text(range_.to));
}

}  // namespace quorumlab::sim
