// Virtual time: 64-bit counts of nanoseconds, in two types that do not mix up.
//
//   Time deadline = world.now() + 50_ms;
//   to_text(1'500_us);           // "1.5ms"
//   parse_duration("43s");       // Duration of 43 s; nullopt for "43" or "43 parsecs"
//
// A Time counts from the start of the run. Nothing here can ask what time it is: only a World knows
// true time and only a Node its own clocks.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace quorumlab::sim {

class Duration {
 public:
  constexpr Duration() = default;
  constexpr explicit Duration(std::int64_t nanoseconds) : ns_(nanoseconds) {}
  static constexpr Duration max() { return Duration(INT64_MAX); }

  [[nodiscard]] constexpr std::int64_t count() const { return ns_; }
  [[nodiscard]] constexpr double seconds() const { return static_cast<double>(ns_) * 1e-9; }

  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator-() const { return Duration(-ns_); }
  constexpr Duration& operator+=(Duration d) { return *this = Duration(ns_ + d.ns_); }
  constexpr Duration& operator-=(Duration d) { return *this = Duration(ns_ - d.ns_); }
  friend constexpr Duration operator+(Duration a, Duration b) { return Duration(a.ns_ + b.ns_); }
  friend constexpr Duration operator-(Duration a, Duration b) { return Duration(a.ns_ - b.ns_); }
  friend constexpr Duration operator*(Duration a, std::int64_t k) { return Duration(a.ns_ * k); }
  friend constexpr Duration operator*(std::int64_t k, Duration a) { return a * k; }
  friend constexpr Duration operator/(Duration a, std::int64_t k) { return Duration(a.ns_ / k); }

 private:
  std::int64_t ns_ = 0;
};

class Time {
 public:
  constexpr Time() = default;
  constexpr explicit Time(std::int64_t nanoseconds) : ns_(nanoseconds) {}
  static constexpr Time max() { return Time(INT64_MAX); }

  [[nodiscard]] constexpr std::int64_t count() const { return ns_; }
  [[nodiscard]] constexpr double seconds() const { return static_cast<double>(ns_) * 1e-9; }

  constexpr auto operator<=>(const Time&) const = default;
  friend constexpr Time operator+(Time t, Duration d) { return Time(t.ns_ + d.count()); }
  friend constexpr Time operator-(Time t, Duration d) { return Time(t.ns_ - d.count()); }
  friend constexpr Duration operator-(Time a, Time b) { return Duration(a.ns_ - b.ns_); }

 private:
  std::int64_t ns_ = 0;
};

inline namespace literals {
constexpr Duration operator""_ns(unsigned long long v) {
  return Duration(static_cast<std::int64_t>(v));
}
constexpr Duration operator""_us(unsigned long long v) {
  return Duration(static_cast<std::int64_t>(v) * 1'000);
}
constexpr Duration operator""_ms(unsigned long long v) {
  return Duration(static_cast<std::int64_t>(v) * 1'000'000);
}
constexpr Duration operator""_s(unsigned long long v) {
  return Duration(static_cast<std::int64_t>(v) * 1'000'000'000);
}
constexpr Duration operator""_min(unsigned long long v) {
  return Duration(static_cast<std::int64_t>(v) * 60'000'000'000);
}
}  // namespace literals

// Exact and shortest: "0s", "250us", "1.5ms", "43s", "2min", "-10ms". parse_duration reads it back
// to the same value.
[[nodiscard]] std::string to_text(Duration d);
// For people: at most `digits` digits after the point, e.g. "30.012s".
[[nodiscard]] std::string to_text(Time t, int digits);

// "50ms", "1.5s", "-10ms", "2min", "1h", "3us", "7ns", "1d": a decimal number directly followed by
// its unit (blanks between are allowed). nullopt: no unit, unknown unit, or out of range.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);

}  // namespace quorumlab::sim
