// Distribution::parse, apart from the laws themselves.
#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <utility>

#include "sim/check.h"
#include "sim/distribution.h"
#include "sim/law_text.h"

namespace quorumlab::sim {
namespace {

enum Form : std::size_t {
  kConstant,
  kUniform,
  kExponential,
  kNormal,
  kLognormal,
  kPareto,
  kEmpirical,
};

constexpr std::array<LawForm, 7> kForms = {{
    {"constant", {"value"}, 1, "constant(5ms)"},
    {"uniform", {"from", "to"}, 2, "uniform(1ms, 5ms)"},
    {"exponential", {"mean"}, 1, "exponential(mean 10s)"},
    {"normal", {"mean", "stddev"}, 2, "normal(mean 30ms, stddev 1ms)"},
    {"lognormal", {"median", "p99"}, 2, "lognormal(median 0.5ms, p99 3ms)"},
    {"pareto", {"scale", "shape", "cap"}, 2, "pareto(scale 1ms, shape 1.5, cap 1s)"},
    {"empirical", {}, 1, "empirical(1ms:50, 5ms:40)", true},
}};

constexpr Quantity kDurations = {
    .name = "duration",
    .example = "5ms",
    .unit_list = "ns, us, ms, s, min, h or d",
    .units = kDurationUnits,
};

enum class Sign { kAny, kNotNegative, kPositive };

std::optional<Duration> duration(LawText& law, std::string_view part, Sign sign) {
  const std::optional<std::int64_t> read = law.quantity(part);
  if (!read) return std::nullopt;
  const Duration value(*read);
  if (value > Distribution::kLongest || value < -Distribution::kLongest) {
    return law.fail(part, fmt::format("`{}` is out of range", part), "at most 146 years");
  }
  if (sign != Sign::kAny && value < Duration(0)) {
    return law.fail(part, fmt::format("`{}` is negative", part),
                    "only constant and uniform durations may be");
  }
  if (sign == Sign::kPositive && value == Duration(0)) {
    return law.fail(part, fmt::format("`{}` must be above 0", part), "");
  }
  return value;
}

std::optional<double> shape(LawText& law, std::string_view part) {
  constexpr double kLeast = 0.001;
  constexpr double kMost = 1e6;
  double value = 0;
  const auto [end, fault] = std::from_chars(part.data(), part.data() + part.size(), value);
  if (fault != std::errc() || end != part.data() + part.size()) {
    return law.fail(part, fmt::format("the shape `{}` is no number", part), "for example 1.5");
  }
  if (!(value >= kLeast && value <= kMost)) {
    return law.fail(part, fmt::format("the shape `{}` is out of range", part),
                    "expected a number from 0.001 to 1000000");
  }
  return value;
}

std::optional<Distribution> uniform(LawText& law, const LawCall& call) {
  const auto from = duration(law, call.arguments[0], Sign::kAny);
  if (!from) return std::nullopt;
  const auto to = duration(law, call.arguments[1], Sign::kAny);
  if (!to) return std::nullopt;
  if (*to < *from) {
    return law.fail(call.parenthesis, "the range ends before it begins",
                    fmt::format("did you mean uniform({}, {})?", to_text(*to), to_text(*from)));
  }
  return Distribution::uniform({.from = *from, .to = *to});
}

std::optional<Distribution> normal(LawText& law, const LawCall& call) {
  const auto mean = duration(law, call.arguments[0], Sign::kNotNegative);
  if (!mean) return std::nullopt;
  const auto stddev = duration(law, call.arguments[1], Sign::kNotNegative);
  if (!stddev) return std::nullopt;
  return Distribution::normal({.mean = *mean, .stddev = *stddev});
}

std::optional<Distribution> lognormal(LawText& law, const LawCall& call) {
  const auto median = duration(law, call.arguments[0], Sign::kPositive);
  if (!median) return std::nullopt;
  const auto p99 = duration(law, call.arguments[1], Sign::kPositive);
  if (!p99) return std::nullopt;
  if (*p99 < *median) {
    return law.fail(call.arguments[1], "the p99 is below the median",
                    fmt::format("expected at least {}", to_text(*median)));
  }
  return Distribution::lognormal({.median = *median, .p99 = *p99});
}

std::optional<Distribution> pareto(LawText& law, const LawCall& call) {
  Distribution::Pareto pareto;
  const auto scale = duration(law, call.arguments[0], Sign::kPositive);
  if (!scale) return std::nullopt;
  const auto read_shape = shape(law, call.arguments[1]);
  if (!read_shape) return std::nullopt;
  const std::string_view cap = call.arguments[2];
  if (cap.data() != nullptr) {
    pareto.cap = duration(law, cap, Sign::kPositive);
    if (!pareto.cap) return std::nullopt;
    if (*pareto.cap < *scale) {
      return law.fail(cap, "the cap is below the scale",
                      fmt::format("expected at least {}", to_text(*scale)));
    }
  }
  pareto.scale = *scale;
  pareto.shape = *read_shape;
  return Distribution::pareto(pareto);
}

std::optional<Distribution::Point> point(LawText& law, std::string_view part) {
  const std::size_t colon = part.find(':');
  if (colon == std::string_view::npos) {
    return law.fail(part,
                    part.empty() ? "expected a value" : fmt::format("`{}` lacks its weight", part),
                    "write value:weight, for example 5ms:40");
  }
  const auto value = duration(law, trimmed(part.substr(0, colon)), Sign::kNotNegative);
  if (!value) return std::nullopt;

  const std::string_view weight = trimmed(part.substr(colon + 1));
  Distribution::Point point{.value = *value, .weight = 0};
  const auto [end, fault] =
      std::from_chars(weight.data(), weight.data() + weight.size(), point.weight);
  if (fault != std::errc() || end != weight.data() + weight.size() || point.weight == 0) {
    return law.fail(weight, fmt::format("`{}` is no weight", weight),
                    fmt::format("expected a whole number from 1 to {}", UINT32_MAX));
  }
  return point;
}

std::optional<Distribution> empirical(LawText& law, const LawCall& call) {
  if (call.arguments.empty()) {
    return law.fail(call.parenthesis, "`empirical` lacks its values",
                    fmt::format("for example {}", kForms[kEmpirical].example));
  }
  std::vector<Distribution::Point> points;
  for (const std::string_view argument : call.arguments) {
    const std::optional<Distribution::Point> read = point(law, argument);
    if (!read) return std::nullopt;
    points.push_back(*read);
  }
  return Distribution::empirical(std::move(points));
}

std::optional<Distribution> distribution(LawText& law) {
  const std::optional<LawCall> call = law.read();
  if (!call) return std::nullopt;
  switch (call->form) {
    case kConstant: {
      const auto value = duration(law, call->arguments[0], Sign::kAny);
      if (!value) return std::nullopt;
      return Distribution::constant(*value);
    }
    case kUniform:
      return uniform(law, *call);
    case kExponential: {
      const auto mean = duration(law, call->arguments[0], Sign::kPositive);
      if (!mean) return std::nullopt;
      return Distribution::exponential(*mean);
    }
    case kNormal:
      return normal(law, *call);
    case kLognormal:
      return lognormal(law, *call);
    case kPareto:
      return pareto(law, *call);
    case kEmpirical:
      return empirical(law, *call);
  }
  QL_UNREACHABLE("form {}", call->form);
}

}  // namespace

std::variant<Distribution, DistributionError> Distribution::parse(std::string_view text) {
  LawText law(text, kForms, kDurations);
  std::optional<Distribution> read = distribution(law);
  if (!read) return law.error();
  return *std::move(read);
}

}  // namespace quorumlab::sim
