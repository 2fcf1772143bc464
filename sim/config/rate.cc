#include "sim/config/rate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "sim/check.h"
#include "sim/decimal.h"

namespace quorumlab::config {
namespace {

constexpr std::int64_t kBillion = 1'000'000'000;

std::optional<sim::Duration> parse_period(std::string_view text) {
  for (const sim::Unit& unit : sim::kDurationUnits) {
    if (unit.name == text) return sim::Duration(static_cast<std::int64_t>(unit.size));
  }
  return sim::parse_duration(text);
}

// In billionths; nullopt: no plain decimal number. A unit is required there, hence the stand-in.
std::optional<std::int64_t> parse_billionths(std::string_view text) {
  constexpr std::array<sim::Unit, 1> kUnits{{{"#", kBillion}}};
  const sim::Decimal number = sim::parse_decimal(std::string(text) + "#", kUnits);
  if (number.fault != sim::DecimalFault::kNone || text.ends_with(' ')) return std::nullopt;
  return number.value;
}

}  // namespace

Rate::Rate(std::int64_t events, sim::Duration per) {
  QL_CHECK(events > 0 && events <= kMostEvents, "{} events", events);
  QL_CHECK(per.count() > 0, "per {} ns", per.count());
  const std::int64_t common = std::gcd(events, per.count());
  events_ = events / common;
  per_ = sim::Duration(per.count() / common);
}

std::optional<Rate> Rate::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::optional<std::int64_t> billionths = parse_billionths(text.substr(0, slash));
  const std::optional<sim::Duration> per = parse_period(text.substr(slash + 1));
  if (!billionths || !per || *billionths <= 0 || per->count() <= 0) return std::nullopt;
  const std::int64_t common = std::gcd(*billionths, kBillion);
  const std::int64_t scale = kBillion / common;
  if (per->count() > INT64_MAX / scale || *billionths / common > kMostEvents) return std::nullopt;
  return Rate(*billionths / common, *per * scale);
}

sim::Duration Rate::interval() const {
  const std::int64_t whole = per_.count() / events_;
  const std::int64_t rest = per_.count() % events_;
  const bool round_up = rest >= events_ - rest;
  return sim::Duration(std::max<std::int64_t>(1, whole + (round_up ? 1 : 0)));
}

double Rate::per_second() const {
  return static_cast<double>(events_) / static_cast<double>(per_.count()) * 1e9;
}

std::string Rate::text() const {
  struct Form {
    std::string_view unit;
    std::int64_t size;
  };
  constexpr std::array<Form, 3> kForms{
      {{"s", kBillion}, {"min", 60 * kBillion}, {"h", 3600 * kBillion}}};
  constexpr std::int64_t kThousand = 1'000;
  for (const Form& form : kForms) {
    if (events_ > INT64_MAX / form.size / kThousand) break;
    const std::int64_t product = events_ * form.size;
    if (product % per_.count() == 0) return fmt::format("{}/{}", product / per_.count(), form.unit);
    if (product * kThousand % per_.count() == 0) {
      const std::int64_t thousandths = product * kThousand / per_.count();
      return sim::decimal_text(thousandths, {"", kThousand}) + "/" + std::string(form.unit);
    }
  }
  return fmt::format("{}/{}", events_, sim::to_text(per_));
}

}  // namespace quorumlab::config
