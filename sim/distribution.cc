#include "sim/distribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "sim/check.h"

namespace quorumlab::sim {
namespace {

// The least and the greatest of Stream::open_unit.
constexpr double kFirst = 0x1p-53;
constexpr double kLast = 1 - 0x1p-53;

bool in_range(Duration d) {
  return d <= Distribution::kLongest && d >= -Distribution::kLongest;
}

// The probability that a standard normal variable is below t: 1/2 plus the density times
// t + t^3/3 + t^5/(3 5) + ..., whose terms are all positive. Requires: 0 <= t < 20.
double normal_below(double t, double density) {
  double term = t;
  double sum = 0;
  for (int i = 3; term > sum * 0x1p-54; i += 2) {
    sum += term;
    term *= t * t / i;
  }
  return 0.5 + density * sum;
}

}  // namespace

Distribution Distribution::constant(Duration value) {
  QL_CHECK(in_range(value), "{} ns", value.count());
  return {Law::kConstant, value, value};
}

Distribution Distribution::uniform(const Uniform& range) {
  QL_CHECK(in_range(range.from));
  QL_CHECK(in_range(range.to));
  QL_CHECK(range.from <= range.to, "{} > {}", range.from.count(), range.to.count());
  return {Law::kUniform, range.from, range.to};
}

Distribution Distribution::exponential(Duration mean) {
  QL_CHECK(in_range(mean));
  QL_CHECK(mean > Duration(0), "{} ns", mean.count());
  return {Law::kExponential, mean, Duration(0)};
}

Distribution Distribution::normal(const Normal& law) {
  QL_CHECK(in_range(law.mean));
  QL_CHECK(in_range(law.stddev));
  QL_CHECK(law.mean >= Duration(0), "{} ns", law.mean.count());
  QL_CHECK(law.stddev >= Duration(0), "{} ns", law.stddev.count());
  return {Law::kNormal, law.mean, law.stddev};
}

Distribution Distribution::lognormal(const Lognormal& law) {
  QL_CHECK(in_range(law.p99));
  QL_CHECK(law.median > Duration(0), "{} ns", law.median.count());
  QL_CHECK(law.p99 >= law.median, "{} < {}", law.p99.count(), law.median.count());
  Distribution result(Law::kLognormal, law.median, law.p99);
  result.shape_ =
      real::log(as_double(law.p99) / as_double(law.median)) / real::normal_quantile(0.99);
  return result;
}

Distribution Distribution::pareto(const Pareto& law) {
  const Duration cap = law.cap.value_or(kLongest);
  QL_CHECK(in_range(cap));
  QL_CHECK(law.scale > Duration(0), "{} ns", law.scale.count());
  QL_CHECK(cap >= law.scale, "{} < {}", cap.count(), law.scale.count());
  QL_CHECK(law.shape > 0, "{}", law.shape);
  Distribution result(Law::kPareto, law.scale, cap);
  result.shape_ = law.shape;
  return result;
}

Distribution Distribution::empirical(std::vector<Point> points) {
  QL_CHECK(!points.empty());
  for (const Point& point : points) {
    QL_CHECK(in_range(point.value));
    QL_CHECK(point.value >= Duration(0), "{} ns", point.value.count());
    QL_CHECK(point.weight > 0);
  }
  Distribution result;
  result.law_ = Law::kEmpirical;
  result.points_ = std::make_shared<const Points>(std::move(points));
  return result;
}

Distribution::Points::Points(std::vector<Point> points) : points_(std::move(points)) {
  std::uint64_t end = 0;
  for (const Point& point : points_) ends_.push_back(end += point.weight);
}

Duration Distribution::Points::at(std::uint64_t random_bits) const {
  const std::uint64_t place = detail::high_product(random_bits, total_weight());
  const auto end = std::upper_bound(ends_.begin(), ends_.end(), place);
  return points_[static_cast<std::size_t>(end - ends_.begin())].value;
}

Duration Distribution::at(double u) const {
  switch (law_) {
    case Law::kExponential:
      return rounded(-as_double(a_) * real::log(u));
    case Law::kNormal:
      return rounded(as_double(a_) + as_double(b_) * real::normal_quantile(u));
    case Law::kLognormal:
      return rounded(as_double(a_) * real::exp(shape_ * real::normal_quantile(u)));
    case Law::kPareto:
      return std::min(b_, rounded(as_double(a_) * real::exp(real::log(u) / -shape_)));
    default:
      QL_UNREACHABLE("law {} is not sampled from a number in (0, 1)", static_cast<int>(law_));
  }
}

std::string Distribution::text() const {
  std::string a = to_text(a_);
  const std::string b = to_text(b_);
  switch (law_) {
    case Law::kConstant:
      return a;
    case Law::kUniform:
      return fmt::format("uniform({}, {})", a, b);
    case Law::kExponential:
      return fmt::format("exponential(mean {})", a);
    case Law::kNormal:
      return fmt::format("normal(mean {}, stddev {})", a, b);
    case Law::kLognormal:
      return fmt::format("lognormal(median {}, p99 {})", a, b);
    case Law::kPareto:
      return fmt::format("pareto(scale {}, shape {}{})", a, shape_,
                         b_ == kLongest ? "" : fmt::format(", cap {}", b));
    case Law::kEmpirical: {
      std::string all;
      for (const Point& point : points_->all()) {
        all += fmt::format("{}{}:{}", all.empty() ? "" : ", ", to_text(point.value), point.weight);
      }
      return fmt::format("empirical({})", all);
    }
  }
  QL_UNREACHABLE("law {}", static_cast<int>(law_));
}

Duration Distribution::mean() const {
  switch (law_) {
    case Law::kConstant:
    case Law::kExponential:
      return a_;
    case Law::kUniform:
      return a_ + (b_ - a_) / 2;
    case Law::kNormal:
      return rounded(cut_normal_mean());
    case Law::kLognormal:
      return rounded(as_double(a_) * real::exp(shape_ * shape_ / 2));
    case Law::kPareto:
      return rounded(pareto_mean());
    case Law::kEmpirical: {
      double sum = 0;
      for (const Point& point : points_->all()) sum += as_double(point.value) * point.weight;
      return rounded(sum / static_cast<double>(points_->total_weight()));
    }
  }
  QL_UNREACHABLE("law {}", static_cast<int>(law_));
}

// With t = mean / stddev and the standard normal distribution F and density f, the mean of what is
// not negative, and 0 otherwise, is mean F(t) + stddev f(t).
double Distribution::cut_normal_mean() const {
  constexpr double kNothingIsCut = 10;
  const double mean = as_double(a_);
  const double stddev = as_double(b_);
  if (mean >= kNothingIsCut * stddev) return mean;
  const double t = mean / stddev;
  const double density = real::exp(-t * t / 2) / std::sqrt(2 * std::numbers::pi);
  return mean * normal_below(t, density) + stddev * density;
}

// The integral of the probability (scale / x)^shape to be above x, from 0 to the cap.
double Distribution::pareto_mean() const {
  const double scale = as_double(a_);
  const double log_room = real::log(as_double(b_) / scale);
  if (shape_ == 1) return scale * (1 + log_room);
  return scale * (1 + (1 - real::exp((1 - shape_) * log_room)) / (shape_ - 1));
}

Duration Distribution::min() const {
  switch (law_) {
    case Law::kConstant:
    case Law::kUniform:
      return a_;
    case Law::kExponential:
    case Law::kPareto:
      return at(kLast);
    case Law::kNormal:
    case Law::kLognormal:
      return at(kFirst);
    case Law::kEmpirical: {
      const auto less = [](const Point& x, const Point& y) { return x.value < y.value; };
      return std::min_element(points_->all().begin(), points_->all().end(), less)->value;
    }
  }
  QL_UNREACHABLE("law {}", static_cast<int>(law_));
}

bool operator==(const Distribution& x, const Distribution& y) {
  if (x.law_ != y.law_ || x.a_ != y.a_ || x.b_ != y.b_ || x.shape_ != y.shape_) return false;
  return x.points_ == y.points_ || (x.points_ && y.points_ && x.points_->all() == y.points_->all());
}

}  // namespace quorumlab::sim
