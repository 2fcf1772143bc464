// How fast clocks run: how much more than one second a clock counts in a second of true time, in
// parts per billion, fixed or drawn once for each node.
//
//   auto parsed = RateDistribution::parse("uniform(-50ppm, 50ppm)");
//   std::int64_t ppb = std::get<RateDistribution>(parsed).sample(stream);  // 50'000 at most
//   "50ppm", "-20ppb", "1%", "-50ppm..50ppm"                               // other forms
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "sim/distribution.h"
#include "sim/rng.h"

namespace quorumlab::sim {

class RateDistribution {
 public:
  // A clock goes at least a hundredth as fast as true time and at most a hundred times as fast.
  static constexpr std::int64_t kSlowest = -990'000'000;
  static constexpr std::int64_t kFastest = 99'000'000'000;

  struct Uniform {
    std::int64_t from = 0;
    std::int64_t to = 0;  // included
  };

  RateDistribution() = default;  // constant 0: true time

  // Requires, of both: all rates in [kSlowest, kFastest], from <= to.
  static RateDistribution constant(std::int64_t ppb);
  static RateDistribution uniform(const Uniform& range);

  [[nodiscard]] static std::variant<RateDistribution, DistributionError> parse(
      std::string_view text);

  // In parts per billion. A constant draws nothing; uniform draws exactly one 64-bit number.
  std::int64_t sample(Stream& stream) const {
    if (is_constant_) return range_.from;
    const auto width = static_cast<std::uint64_t>(range_.to - range_.from) + 1;
    return range_.from + static_cast<std::int64_t>(detail::high_product(stream.next(), width));
  }

  // The canonical form, which `parse` reads back to an equal distribution.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::int64_t min() const { return range_.from; }
  [[nodiscard]] std::int64_t max() const { return range_.to; }

  friend bool operator==(const RateDistribution& x, const RateDistribution& y) {
    return x.is_constant_ == y.is_constant_ && x.range_.from == y.range_.from &&
           x.range_.to == y.range_.to;
  }

 private:
  RateDistribution(bool is_constant, const Uniform& range);

  bool is_constant_ = true;
  Uniform range_;
};

}  // namespace quorumlab::sim
