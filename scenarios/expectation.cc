#include "scenarios/expectation.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace quorumlab::scenarios {
namespace {

using Relation = Expectation::Relation;

struct Sign {
  std::string_view text;
  Relation relation;
};
// The longer ones first, so that ">=" is not read as ">".
constexpr std::array<Sign, 6> kSigns = {{{">=", Relation::kAtLeast},
                                         {"<=", Relation::kAtMost},
                                         {"!=", Relation::kNotEqual},
                                         {"==", Relation::kEqual},
                                         {">", Relation::kMore},
                                         {"<", Relation::kLess}}};

bool parse_comparison(std::string_view text, Expectation& out) {
  for (const Sign& sign : kSigns) {
    if (!text.starts_with(sign.text)) continue;
    text.remove_prefix(sign.text.size());
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, out.number);
    out.relation = sign.relation;
    return error == std::errc() && rest == end && !text.empty();
  }
  return false;
}

}  // namespace

bool Expectation::met_by(std::int64_t value) const {
  switch (relation) {
    case Relation::kIs:
      return (value != 0) == holds;
    case Relation::kEqual:
      return value == number;
    case Relation::kNotEqual:
      return value != number;
    case Relation::kLess:
      return value < number;
    case Relation::kAtMost:
      return value <= number;
    case Relation::kMore:
      return value > number;
    case Relation::kAtLeast:
      return value >= number;
  }
  return false;
}

std::string Expectation::text() const {
  if (relation == Relation::kIs) return holds ? "true" : "false";
  for (const Sign& sign : kSigns) {
    if (sign.relation == relation) {
      return relation == Relation::kEqual ? fmt::format("{}", number)
                                          : fmt::format("{} {}", sign.text, number);
    }
  }
  return {};
}

bool ExpectationLeaf::parse(const config::Value& value, Expectation& out,
                            const config::Reporter& report) const {
  switch (value.kind()) {
    case config::Kind::kBoolean:
      out = {Relation::kIs, value.boolean(), 0};
      return true;
    case config::Kind::kInteger:
      out = {Relation::kEqual, true, value.integer()};
      return true;
    case config::Kind::kText:
      if (parse_comparison(value.text(), out)) return true;
      return report.inside(value, 0, value.text().size(), "not an expectation",
                           "expected true, false, a number, or a comparison such as \"> 0\"");
    default:
      return report.unexpected(value, type());
  }
}

config::Value ExpectationLeaf::print(const Expectation& object) const {
  if (object.relation == Relation::kIs) return config::Value::boolean(object.holds);
  if (object.relation == Relation::kEqual) return config::Value::integer(object.number);
  return config::Value::text(object.text());
}

config::TypeInfo ExpectationLeaf::type() const {
  return {.shape = config::TypeInfo::Shape::kAny,
          .noun = "expectation",
          .expected = "true, false, a number, or a comparison such as \"> 0\""};
}

}  // namespace quorumlab::scenarios
