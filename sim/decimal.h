// Decimal numbers with a unit, read and written exactly: "1.5ms" is 1,500,000 and never 1,499,999.
//
//   parse_decimal("1.5ms", kDurationUnits).value;      // 1'500'000
//   parse_decimal("1.5parsec", kDurationUnits).fault;  // DecimalFault::kUnknownUnit
//   decimal_text(1'500'000, {"ms", 1'000'000});        // "1.5ms"
//
// Inside sim/ only: users meet parse_duration and the distributions.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace quorumlab::sim {

struct Unit {
  std::string_view name;
  std::uint64_t size = 1;  // in the smallest unit of its family
};

inline constexpr std::array<Unit, 9> kDurationUnits = {{
    {"ns", 1},
    {"us", 1'000},
    {"\u00b5s", 1'000},  // the micro sign
    {"\u03bcs", 1'000},  // the Greek letter, which keyboards also give
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"min", 60'000'000'000},
    {"h", 3'600'000'000'000},
    {"d", 86'400'000'000'000},
}};

enum class DecimalFault : std::uint8_t {
  kNone,
  kNoNumber,     // does not begin with a decimal number
  kNoUnit,       // a number and nothing else
  kUnknownUnit,  // `Decimal::unit` is what stands there
  kTooFine,      // not a whole number of the smallest unit
  kTooLarge,     // does not fit into 64 bits
};

struct Decimal {
  std::int64_t value = 0;  // meaningful with kNone only
  DecimalFault fault = DecimalFault::kNone;
  std::string_view unit;  // the part of the text after the number
};

// An optional sign, digits, optionally a point and digits, blanks, a unit; no blanks around it.
[[nodiscard]] Decimal parse_decimal(std::string_view text, std::span<const Unit> units);

// Exact, without trailing zeros. Requires: unit.size is a power of ten, or divides the value.
[[nodiscard]] std::string decimal_text(std::int64_t value, const Unit& unit);

// |value|, also for the most negative one.
[[nodiscard]] constexpr std::uint64_t magnitude(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return value < 0 ? 0 - bits : bits;
}

}  // namespace quorumlab::sim
