// The kinds of options that have a syntax of their own: rates and laws of chance.
#include <fmt/format.h>

#include <optional>

#include "sim/config/leaves.h"

namespace quorumlab::config {
namespace {

template <class T>
std::variant<T, SyntaxError> as_syntax(std::variant<T, sim::DistributionError> parsed) {
  if (auto* const error = std::get_if<sim::DistributionError>(&parsed)) {
    return SyntaxError{error->position, error->length, std::move(error->message),
                       std::move(error->hint)};
  }
  return std::get<T>(std::move(parsed));
}

}  // namespace

Syntax<Rate> rate() {
  TypeInfo info{.noun = "rate", .expected = "a rate, such as \"200/s\" or \"5/min\""};
  info.pattern = "^[+]?[0-9]+([.][0-9]+)?/.+$";
  const auto parse = [expected = info.expected](std::string_view text) {
    const std::optional<Rate> parsed = Rate::parse(text);
    using Result = std::variant<Rate, SyntaxError>;
    if (parsed) return Result(*parsed);
    const std::string_view number = text.substr(0, text.find('/'));
    const bool zero = !number.empty() && number.find_first_not_of("0.") == std::string_view::npos;
    if (zero) return Result(SyntaxError{0, number.size(), "must be more than 0", ""});
    return Result(SyntaxError{0, text.size(), "not a rate", "expected " + expected});
  };
  return {std::move(info), parse, [](const Rate& object) { return object.text(); }};
}

Syntax<sim::Distribution> distribution() {
  return {{.noun = "distribution of durations",
           .expected = "a distribution, such as \"1ms..5ms\" or \"normal(mean 30ms, stddev 1ms)\""},
          [](std::string_view text) { return as_syntax(sim::Distribution::parse(text)); },
          [](const sim::Distribution& object) { return object.text(); }};
}

Syntax<sim::Distribution> delays() {
  const auto parse = [](std::string_view text) {
    auto parsed = as_syntax(sim::Distribution::parse(text));
    const auto* const law = std::get_if<sim::Distribution>(&parsed);
    if (law == nullptr || law->min() >= sim::Duration()) return parsed;
    return std::variant<sim::Distribution, SyntaxError>(
        SyntaxError{0, text.size(), "must not be negative", "nothing ends before it begins"});
  };
  return {distribution().type(), parse,
          [](const sim::Distribution& object) { return object.text(); }};
}

Syntax<sim::RateDistribution> rate_distribution() {
  return {{.noun = "distribution of clock rates",
           .expected = "a clock rate, such as \"50ppm\" or \"uniform(-50ppm, 50ppm)\""},
          [](std::string_view text) { return as_syntax(sim::RateDistribution::parse(text)); },
          [](const sim::RateDistribution& object) { return object.text(); }};
}

}  // namespace quorumlab::config
