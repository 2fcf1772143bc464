// How long things take when chance decides: the law of a latency, a pause, a gap between faults.
//
//   auto parsed = Distribution::parse("lognormal(median 0.5ms, p99 3ms)");
//   Distribution latency = std::get<Distribution>(parsed);  // else it is a DistributionError
//   Duration delay = latency.sample(stream);  // the same in every build, see sim/rng.h
//
//   "5ms" or "constant(5ms)"                always that
//   "1ms..5ms" or "uniform(1ms, 5ms)"       every nanosecond from 1ms to 5ms equally likely
//   "exponential(mean 10s)"                 the gap between independent events
//   "normal(mean 30ms, stddev 1ms)"         what would be negative is 0
//   "lognormal(median 0.5ms, p99 3ms)"      one in a hundred is above the p99, as in most networks
//   "pareto(scale 1ms, shape 1.5, cap 1s)"  a heavy tail; what would be above the cap is the cap
//   "empirical(1ms:50, 5ms:40, 100ms:10)"   just these values, in proportion to their weights
//
// The names of parameters may be left out, "normal(30ms, 1ms)", and so may pareto's cap. Constant
// and uniform durations may be negative (clock offsets), the others not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/real_math.h"
#include "sim/rng.h"
#include "sim/time.h"

namespace quorumlab::sim {

// What is wrong with the text of a distribution and where, so that a caret can point at it.
struct DistributionError {
  std::size_t position = 0;  // in bytes; at most the size of the text
  std::size_t length = 1;    // in bytes, at least 1
  std::string message;       // "unknown distribution `lognorml`"
  std::string hint;          // "did you mean `lognormal`?"
};

// Cheap to copy; copies may be used by several threads. Equal if they are the same law with the
// same parameters.
class Distribution {
 public:
  // No parameter is above it and no sample beyond it (146 years), so that adding a sample to a time
  // does not overflow.
  static constexpr Duration kLongest{INT64_C(1) << 62};

  struct Uniform {
    Duration from;
    Duration to;  // included
  };
  struct Normal {
    Duration mean;
    Duration stddev;
  };
  struct Lognormal {
    Duration median;
    Duration p99;
  };
  struct Pareto {
    Duration scale;  // also the least
    double shape = 1;
    std::optional<Duration> cap;
  };
  struct Point {
    Duration value;
    std::uint32_t weight = 1;
    bool operator==(const Point&) const = default;
  };

  Distribution() = default;  // constant 0

  // Requires, of these: what `parse` accepts as parameters.
  static Distribution constant(Duration value);
  static Distribution uniform(const Uniform& range);
  static Distribution exponential(Duration mean);
  static Distribution normal(const Normal& law);
  static Distribution lognormal(const Lognormal& law);
  static Distribution pareto(const Pareto& law);
  static Distribution empirical(std::vector<Point> points);

  [[nodiscard]] static std::variant<Distribution, DistributionError> parse(std::string_view text);

  // A constant draws nothing; every other law draws exactly one 64-bit number. Suspends: never.
  Duration sample(Stream& stream) const {
    switch (law_) {
      case Law::kConstant:
        return a_;
      case Law::kUniform: {
        // One draw without rejection: the bias is below width / 2^64.
        const std::uint64_t from = bits(a_);
        const std::uint64_t width = bits(b_) - from + 1;
        return Duration(
            static_cast<std::int64_t>(from + detail::high_product(stream.next(), width)));
      }
      case Law::kEmpirical:
        return points_->at(stream.next());
      case Law::kExponential:
        return rounded(-as_double(a_) * real::log(stream.open_unit()));
      default:
        return at(stream.open_unit());
    }
  }

  // The canonical form, which `parse` reads back to an equal distribution.
  [[nodiscard]] std::string text() const;
  // Of the samples as they come, hence after cutting at 0 or at the cap; kLongest if there is none.
  [[nodiscard]] Duration mean() const;
  // No sample is below it.
  [[nodiscard]] Duration min() const;
  [[nodiscard]] bool is_constant() const { return law_ == Law::kConstant; }

  friend bool operator==(const Distribution& x, const Distribution& y);

 private:
  enum class Law : std::uint8_t {
    kConstant,
    kUniform,
    kExponential,
    kNormal,
    kLognormal,
    kPareto,
    kEmpirical,
  };

  class Points {
   public:
    explicit Points(std::vector<Point> points);
    [[nodiscard]] const std::vector<Point>& all() const { return points_; }
    [[nodiscard]] std::uint64_t total_weight() const { return ends_.back(); }
    [[nodiscard]] Duration at(std::uint64_t random_bits) const;

   private:
    std::vector<Point> points_;
    std::vector<std::uint64_t> ends_;  // the weights up to and with each point
  };

  Distribution(Law law, Duration a, Duration b) : law_(law), a_(a), b_(b) {}

  static std::uint64_t bits(Duration d) { return static_cast<std::uint64_t>(d.count()); }
  static double as_double(Duration d) { return static_cast<double>(d.count()); }
  // To the nearest nanosecond of [0, kLongest].
  static Duration rounded(double nanoseconds) {
    if (!(nanoseconds < as_double(kLongest))) return kLongest;
    return Duration(nanoseconds > 0 ? static_cast<std::int64_t>(nanoseconds + 0.5) : 0);
  }

  // What becomes of a number in (0, 1), for the laws without a case of their own in `sample`.
  [[nodiscard]] Duration at(double u) const;
  [[nodiscard]] double cut_normal_mean() const;
  [[nodiscard]] double pareto_mean() const;

  Law law_ = Law::kConstant;
  Duration a_;        // value, from, mean, mean, median, scale
  Duration b_;        // uniform: to; normal: stddev; lognormal: p99; pareto: cap, or kLongest
  double shape_ = 0;  // lognormal: sigma; pareto: shape
  std::shared_ptr<const Points> points_;
};

}  // namespace quorumlab::sim
