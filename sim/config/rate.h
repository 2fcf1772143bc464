// How often something happens, exactly: "200/s", "5/min", "0.5/s", "1/7s".
//
//   const Rate rate = *Rate::parse("5/min");
//   rate.interval();       // 12 s
//   rate.text();           // "5/min"
//   rate == Rate(1, 12_s); // true: kept in lowest terms
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/time.h"

namespace quorumlab::config {

class Rate {
 public:
  static constexpr std::int64_t kMostEvents = 9'000'000'000;

  // Once a second.
  Rate() = default;
  // Requires: both more than 0, and at most kMostEvents.
  Rate(std::int64_t events, sim::Duration per);

  // A number, `/`, and a unit of time or a duration. nullopt: anything else, 0, or out of range.
  [[nodiscard]] static std::optional<Rate> parse(std::string_view text);

  // In lowest terms: so many in each `per`.
  [[nodiscard]] std::int64_t events() const { return events_; }
  [[nodiscard]] sim::Duration per() const { return per_; }
  // Between two of them on average, to the nearest nanosecond, at least 1 ns.
  [[nodiscard]] sim::Duration interval() const;
  [[nodiscard]] double per_second() const;

  // `parse` reads it back to an equal rate.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Rate&, const Rate&) = default;

 private:
  std::int64_t events_ = 1;
  sim::Duration per_{1'000'000'000};
};

}  // namespace quorumlab::config
