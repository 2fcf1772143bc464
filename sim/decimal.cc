#include "sim/decimal.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace quorumlab::sim {
namespace {

__extension__ typedef unsigned __int128 Wide;

constexpr std::string_view kDigits = "0123456789";

// A fraction that ends in no zero is a whole number of the smallest unit only if its unit has as
// many factors 2, or as many factors 5, as the fraction has digits. No unit has 18.
constexpr std::size_t kMostFractionDigits = 18;

std::string_view take_digits(std::string_view& text) {
  const std::string_view digits = text.substr(0, text.find_first_not_of(kDigits));
  text.remove_prefix(digits.size());
  return digits;
}

// nullopt: beyond every 64-bit number.
std::optional<std::uint64_t> to_integer(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char digit : digits) {
    if (value > (UINT64_MAX - 9) / 10) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return value;
}

Decimal fault(DecimalFault what, std::string_view unit) {
  return {.value = 0, .fault = what, .unit = unit};
}

struct Digits {
  std::string_view whole;
  std::string_view fraction;
};

Decimal scaled(const Digits& digits, const Unit& unit, bool negative) {
  std::string_view fraction = digits.fraction;
  fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
  if (fraction.size() > kMostFractionDigits) return fault(DecimalFault::kTooFine, unit.name);
  const std::optional<std::uint64_t> whole = to_integer(digits.whole);
  if (!whole) return fault(DecimalFault::kTooLarge, unit.name);

  Wide parts = Wide{*to_integer(fraction)} * unit.size;
  for (std::size_t i = 0; i < fraction.size(); ++i) {
    if (parts % 10 != 0) return fault(DecimalFault::kTooFine, unit.name);
    parts /= 10;
  }
  const Wide total = Wide{*whole} * unit.size + parts;
  const Wide limit = Wide{INT64_MAX} + (negative ? 1 : 0);
  if (total > limit) return fault(DecimalFault::kTooLarge, unit.name);
  const auto bits = static_cast<std::uint64_t>(total);
  return {.value = static_cast<std::int64_t>(negative ? 0 - bits : bits),
          .fault = DecimalFault::kNone,
          .unit = unit.name};
}

}  // namespace

Decimal parse_decimal(std::string_view text, std::span<const Unit> units) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);

  Digits digits;
  digits.whole = take_digits(text);
  if (digits.whole.empty()) return fault(DecimalFault::kNoNumber, text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits.fraction = take_digits(text);
    if (digits.fraction.empty()) return fault(DecimalFault::kNoNumber, text);
  }
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  if (text.empty()) return fault(DecimalFault::kNoUnit, text);

  const auto* const unit = std::find_if(units.data(), units.data() + units.size(),
                                        [&](const Unit& u) { return u.name == text; });
  if (unit == units.data() + units.size()) return fault(DecimalFault::kUnknownUnit, text);
  return scaled(digits, *unit, negative);
}

std::string decimal_text(std::int64_t value, const Unit& unit) {
  const std::uint64_t size = unit.size;
  const std::uint64_t whole = magnitude(value) / size;
  std::string text = fmt::format("{}{}", value < 0 ? "-" : "", whole);
  std::uint64_t rest = magnitude(value) % size;
  if (rest != 0) text += '.';
  for (std::uint64_t place = size / 10; rest != 0; place /= 10) {
    text += static_cast<char>('0' + rest / place);
    rest %= place;
  }
  return text.append(unit.name);
}

}  // namespace quorumlab::sim
