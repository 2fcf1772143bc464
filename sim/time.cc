#include "sim/time.h"

#include <algorithm>
#include <array>
#include <string>

#include "sim/check.h"
#include "sim/decimal.h"

namespace quorumlab::sim {
namespace {

constexpr std::array<Unit, 3> kLongUnits = {
    {{"d", 86'400'000'000'000}, {"h", 3'600'000'000'000}, {"min", 60'000'000'000}}};
constexpr std::array<Unit, 4> kShortUnits = {
    {{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}}};

// The largest of the decimal units that is not longer than what it shall measure: "1.5ms", and
// neither "0.0015s" nor "1500us".
const Unit& decimal_unit(std::uint64_t nanoseconds) {
  if (nanoseconds == 0) return kShortUnits.front();
  return *std::find_if(kShortUnits.begin(), kShortUnits.end(),
                       [=](const Unit& unit) { return nanoseconds >= unit.size; });
}

}  // namespace

std::string to_text(Duration d) {
  const std::uint64_t length = magnitude(d.count());
  if (length != 0) {
    for (const Unit& unit : kLongUnits) {
      if (length % unit.size == 0) return decimal_text(d.count(), unit);
    }
  }
  return decimal_text(d.count(), decimal_unit(length));
}

std::string to_text(Time t, int digits) {
  QL_CHECK(digits >= 0, "{} digits", digits);
  const std::uint64_t length = magnitude(t.count());
  std::uint64_t step = decimal_unit(length).size;
  for (int i = 0; i < digits && step > 1; ++i) step /= 10;
  std::uint64_t rounded = (length + step / 2) / step * step;
  if (rounded > magnitude(INT64_MAX)) rounded -= step;
  const auto shown = static_cast<std::int64_t>(t.count() < 0 ? 0 - rounded : rounded);
  return decimal_text(shown, decimal_unit(rounded));
}

std::optional<Duration> parse_duration(std::string_view text) {
  const Decimal parsed = parse_decimal(text, kDurationUnits);
  if (parsed.fault != DecimalFault::kNone) return std::nullopt;
  return Duration(parsed.value);
}

}  // namespace quorumlab::sim
