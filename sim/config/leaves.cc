#include "sim/config/leaves.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "sim/config/suggest.h"
#include "sim/decimal.h"

namespace quorumlab::config {
namespace {

using sim::Duration;

// Limits that are only those of a 32-bit type or wider say nothing to a reader.
constexpr std::int64_t kNoLeast = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kNoMost = std::numeric_limits<std::int32_t>::max();
// Beyond it not every integer is a double.
constexpr std::int64_t kExactMost = std::int64_t{1} << 53;

std::string range_text(const std::string& least, const std::string& most) {
  if (!least.empty() && !most.empty()) return fmt::format("from {} to {}", least, most);
  if (!least.empty()) return "at least " + least;
  return most.empty() ? "" : "at most " + most;
}

std::string with_range(std::string_view what, const std::string& range) {
  if (range.empty()) return std::string(what);
  return fmt::format("{}{} {}", what, range.starts_with("at ") ? " of" : "", range);
}

// The shortest spelling; a bound that happens to be whole reads "1", not "1.0".
std::string number_text(double number) {
  return fmt::format("{}", number);
}

std::optional<double> as_percentage(const Value& value) {
  if (!value.is(Kind::kText)) return std::nullopt;
  constexpr std::array<sim::Unit, 1> kPercent{{{"%", 1'000'000}}};
  const sim::Decimal percent = sim::parse_decimal(value.text(), kPercent);
  if (percent.fault != sim::DecimalFault::kNone) return std::nullopt;
  return static_cast<double>(percent.value) / 1e8;
}

std::vector<std::string> names_of(const std::vector<Word>& words) {
  std::vector<std::string> names;
  names.reserve(words.size());
  for (const Word& word : words) names.push_back(word.word);
  return names;
}

std::vector<std::string> names_of(std::span<const sim::Unit> units) {
  std::vector<std::string> names;
  for (const sim::Unit& unit : units) {
    const bool ascii = unit.name.front() > 0;
    if (ascii) names.emplace_back(unit.name);
  }
  return names;
}

// How people spell units elsewhere.
std::string unit_hint(std::string_view unit, std::span<const sim::Unit> units) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kElsewhere{{
      {"sec", "s"},
      {"secs", "s"},
      {"second", "s"},
      {"seconds", "s"},
      {"m", "min"},
      {"mins", "min"},
      {"minute", "min"},
      {"minutes", "min"},
      {"hour", "h"},
      {"hours", "h"},
      {"msec", "ms"},
      {"usec", "us"},
      {"day", "d"},
      {"days", "d"},
  }};
  const std::vector<std::string> known = names_of(units);
  for (const auto& [foreign, ours] : kElsewhere) {
    const bool applies = std::find(known.begin(), known.end(), ours) != known.end();
    if (unit == foreign && applies) return fmt::format("did you mean `{}`?", ours);
  }
  return suggestion(unit, known);
}

// Reads "1.5ms" or says what is wrong with it.
std::optional<std::int64_t> parse_amount(const Value& value, std::span<const sim::Unit> units,
                                         const TypeInfo& type, const Reporter& report) {
  if (!value.is(Kind::kText)) {
    report.unexpected(value, type);
    return std::nullopt;
  }
  const sim::Decimal parsed = sim::parse_decimal(value.text(), units);
  const std::string name = report.name();
  switch (parsed.fault) {
    case sim::DecimalFault::kNone:
      return parsed.value;
    case sim::DecimalFault::kUnknownUnit: {
      const std::size_t at = value.text().size() - parsed.unit.size();
      report.inside(value, at, parsed.unit.size(), fmt::format("unknown unit `{}`", parsed.unit),
                    unit_hint(parsed.unit, units));
      return std::nullopt;
    }
    case sim::DecimalFault::kNoUnit:
      report.error(value.span(), fmt::format("`{}` has no unit", name),
                   fmt::format("expected {}", type.expected));
      return std::nullopt;
    case sim::DecimalFault::kTooFine:
      report.must(value, fmt::format("be a whole number of {}", units.front().name));
      return std::nullopt;
    case sim::DecimalFault::kTooLarge:
      report.error(value.span(), fmt::format("`{}` is too large", name), "");
      return std::nullopt;
    case sim::DecimalFault::kNoNumber:
      break;
  }
  report.cannot_be(value, fmt::format("expected {}", type.expected));
  return std::nullopt;
}

constexpr std::array<sim::Unit, 7> kByteUnits{{{"B", 1},
                                               {"kB", 1'000},
                                               {"KiB", 1'024},
                                               {"MB", 1'000'000},
                                               {"MiB", 1'048'576},
                                               {"GB", 1'000'000'000},
                                               {"GiB", 1'073'741'824}}};
constexpr std::array<sim::Unit, 7> kBandwidthUnits{{{"B/s", 1},
                                                    {"kbit/s", 125},
                                                    {"kB/s", 1'000},
                                                    {"Mbit/s", 125'000},
                                                    {"MB/s", 1'000'000},
                                                    {"Gbit/s", 125'000'000},
                                                    {"GB/s", 1'000'000'000}}};

}  // namespace

bool IntegerRange::parse(const Value& value, std::int64_t* out, const Reporter& report) const {
  if (!value.is(Kind::kInteger)) return report.unexpected(value, type());
  const std::int64_t number = value.integer();
  if (number < least || number > most) {
    const std::string range = type().range;
    return report.must(value,
                       "be " + (range.empty() ? fmt::format("from {} to {}", least, most) : range));
  }
  *out = number;
  return true;
}

TypeInfo IntegerRange::type() const {
  TypeInfo info{.shape = TypeInfo::Shape::kInteger, .noun = "integer"};
  info.range = range_text(least <= kNoLeast ? "" : fmt::format("{}", least),
                          most >= kNoMost ? "" : fmt::format("{}", most));
  info.expected = with_range("an integer", info.range);
  if (least > kNoLeast) info.least = static_cast<double>(least);
  if (most < kNoMost) info.most = static_cast<double>(most);
  return info;
}

Real& Real::at_least(double least) {
  return between(least, most_);
}
Real& Real::at_most(double most) {
  return between(least_, most);
}

Real& Real::between(double least, double most) {
  least_ = least;
  most_ = most;
  return *this;
}

bool Real::parse(const Value& value, double& out, const Reporter& report) const {
  const bool is_fraction = least_ == 0 && most_ == 1;
  if (const std::optional<double> part = as_percentage(value); part && is_fraction) {
    return report.cannot_be(value, fmt::format("write {}", to_literal(*part)));
  }
  double number = 0;
  if (value.is(Kind::kReal)) {
    number = value.real();
  } else if (value.is(Kind::kInteger)) {
    if (value.integer() < -kExactMost || value.integer() > kExactMost) {
      return report.error(value.span(), fmt::format("`{}` is too large", report.name()), "");
    }
    number = static_cast<double>(value.integer());
  } else {
    return report.unexpected(value, type());
  }
  if (!std::isfinite(number)) return report.cannot_be(value, "expected " + type().expected);
  if (number < least_ || number > most_) return report.must(value, "be " + type().range);
  out = number;
  return true;
}

TypeInfo Real::type() const {
  constexpr double kMost = std::numeric_limits<double>::max();
  TypeInfo info{.shape = TypeInfo::Shape::kReal, .noun = "number"};
  info.range = range_text(least_ == -kMost ? "" : number_text(least_),
                          most_ == kMost ? "" : number_text(most_));
  info.expected = with_range("a number", info.range);
  if (least_ != -kMost) info.least = least_;
  if (most_ != kMost) info.most = most_;
  return info;
}

bool ProbabilityLeaf::parse(const Value& value, sim::Probability& out,
                            const Reporter& report) const {
  double number = 0;
  if (!fraction().parse(value, number, report)) return false;
  out = sim::Probability(number);
  return true;
}

Value ProbabilityLeaf::print(const sim::Probability& object) const {
  return Value::real(object.value());
}

TypeInfo ProbabilityLeaf::type() const {
  TypeInfo info = fraction().type();
  info.noun = "probability";
  return info;
}

bool Boolean::parse(const Value& value, bool& out, const Reporter& report) const {
  if (!value.is(Kind::kBoolean)) return report.unexpected(value, type());
  out = value.boolean();
  return true;
}

TypeInfo Boolean::type() const {
  return {.shape = TypeInfo::Shape::kBoolean, .noun = "boolean", .expected = "true or false"};
}

Text& Text::not_empty() {
  not_empty_ = true;
  return *this;
}

Text& Text::one_of(std::vector<Word> words) {
  words_ = std::move(words);
  return *this;
}

bool Text::parse(const Value& value, std::string& out, const Reporter& report) const {
  if (!words_.empty() && find_word(value, words_, report) >= words_.size()) return false;
  if (!value.is(Kind::kText)) return report.unexpected(value, type());
  if (not_empty_ && value.text().empty()) return report.must(value, "not be empty");
  out = value.text();
  return true;
}

Value Text::print(const std::string& object) const {
  return Value::text(object);
}

TypeInfo Text::type() const {
  if (!words_.empty()) return word_type(words_);
  TypeInfo info{.noun = "text", .expected = "text in quotes"};
  if (not_empty_) {
    info.range = "not empty";
    info.pattern = ".";
  }
  return info;
}

DurationLeaf& DurationLeaf::at_least(Duration least) {
  return between(least, most_);
}
DurationLeaf& DurationLeaf::at_most(Duration most) {
  return between(least_, most);
}

DurationLeaf& DurationLeaf::between(Duration least, Duration most) {
  least_ = least;
  most_ = most;
  return *this;
}

std::string DurationLeaf::range() const {
  if (least_ == Duration(1) && most_ == Duration::max()) return "more than 0s";
  return range_text(least_.count() == INT64_MIN ? "" : sim::to_text(least_),
                    most_ == Duration::max() ? "" : sim::to_text(most_));
}

bool DurationLeaf::parse(const Value& value, Duration& out, const Reporter& report) const {
  const std::optional<std::int64_t> parsed =
      parse_amount(value, sim::kDurationUnits, type(), report);
  if (!parsed) return false;
  if (*parsed < least_.count() || *parsed > most_.count()) {
    return report.must(value, "be " + range());
  }
  out = Duration(*parsed);
  return true;
}

Value DurationLeaf::print(const Duration& object) const {
  return Value::text(sim::to_text(object));
}

TypeInfo DurationLeaf::type() const {
  TypeInfo info{.noun = "duration", .expected = "a duration with a unit, such as \"50ms\""};
  info.range = range();
  const std::string_view sign = least_.count() < 0 ? "[-+]?" : "[+]?";
  info.pattern = fmt::format("^{}[0-9]+([.][0-9]+)? *(ns|us|ms|s|min|h|d|[\u00b5\u03bc]s)$", sign);
  return info;
}

Amount& Amount::at_least(std::int64_t least) {
  least_ = least;
  return *this;
}

bool Amount::parse(const Value& value, std::int64_t& out, const Reporter& report) const {
  const std::optional<std::int64_t> parsed = parse_amount(value, family_.units, type(), report);
  if (!parsed) return false;
  if (*parsed < least_) return report.must(value, "be " + type().range);
  out = *parsed;
  return true;
}

Value Amount::print(const std::int64_t& object) const {
  const sim::Unit* best = &family_.units.front();
  for (const sim::Unit& unit : family_.units) {
    if (object != 0 && object % static_cast<std::int64_t>(unit.size) == 0) best = &unit;
  }
  return Value::text(sim::decimal_text(object, *best));
}

TypeInfo Amount::type() const {
  TypeInfo info{.noun = std::string(family_.noun)};
  info.expected = fmt::format("a number with a unit, such as \"{}\"", family_.example);
  info.range = fmt::format("at least {}{}", least_, family_.units.front().name);
  std::string units;
  for (const sim::Unit& unit : family_.units) {
    units += fmt::format("{}{}", units.empty() ? "" : "|", unit.name);
  }
  info.pattern = fmt::format("^[0-9]+([.][0-9]+)? *({})$", units);
  return info;
}

std::size_t find_word(const Value& value, const std::vector<Word>& words, const Reporter& report) {
  if (!value.is(Kind::kText)) {
    report.unexpected(value, word_type(words));
    return SIZE_MAX;
  }
  const auto found = std::find_if(words.begin(), words.end(),
                                  [&](const Word& word) { return word.word == value.text(); });
  if (found == words.end()) {
    report.cannot_be(value, suggestion(value.text(), names_of(words)));
    return SIZE_MAX;
  }
  return static_cast<std::size_t>(found - words.begin());
}

TypeInfo word_type(std::vector<Word> words) {
  TypeInfo info{.noun = "word"};
  constexpr std::size_t kShown = 8;
  for (std::size_t i = 0; i < std::min(words.size(), kShown); ++i) {
    info.expected += fmt::format("{}\"{}\"", i == 0 ? "one of " : ", ", words[i].word);
  }
  if (words.size() > kShown) info.expected += ", ...";
  info.words = std::move(words);
  return info;
}

bool Raw::parse(const Value& value, Value& out, const Reporter& /*report*/) const {
  out = value;
  return true;
}

TypeInfo Raw::type() const {
  return {.shape = TypeInfo::Shape::kAny, .noun = "value", .expected = "a value"};
}

Amount bytes() {
  return Amount({"size", "4KiB", kByteUnits});
}
Amount bandwidth() {
  return Amount({"bandwidth", "100Mbit/s", kBandwidthUnits});
}

}  // namespace quorumlab::config
