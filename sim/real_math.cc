#include "sim/real_math.h"

#include <array>
#include <bit>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <limits>

namespace quorumlab::sim::real {
namespace {

static_assert(FLT_EVAL_METHOD == 0, "doubles must be computed as doubles, not as 80-bit numbers");
static_assert(std::numeric_limits<double>::is_iec559);

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// An unevaluated sum, |lo| at most half a unit in the last place of hi: about 106 bits.
struct Pair {
  double hi = 0;
  double lo = 0;
};

// Requires: |a| >= |b|, or a == 0.
constexpr Pair fast_sum(double a, double b) {
  const double sum = a + b;
  return {sum, (a - sum) + b};
}

constexpr Pair exact_sum(double a, double b) {
  const double sum = a + b;
  const double b_rounded = sum - a;
  return {sum, (a - (sum - b_rounded)) + (b - b_rounded)};
}

// T. J. Dekker, "A Floating-Point Technique for Extending the Available Precision", 1971,
// section 5.
constexpr Pair exact_product(double a, double b) {
  constexpr double kSplitter = 0x1p27 + 1;
  const double a_high = kSplitter * a - (kSplitter * a - a);
  const double b_high = kSplitter * b - (kSplitter * b - b);
  const double a_low = a - a_high;
  const double b_low = b - b_high;
  const double product = a * b;
  return {product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low};
}

constexpr Pair operator+(Pair a, Pair b) {
  const Pair sum = exact_sum(a.hi, b.hi);
  return fast_sum(sum.hi, sum.lo + (a.lo + b.lo));
}

constexpr Pair operator*(Pair a, Pair b) {
  const Pair product = exact_product(a.hi, b.hi);
  return fast_sum(product.hi, product.lo + (a.hi * b.lo + a.lo * b.hi));
}

constexpr Pair operator/(Pair a, double b) {
  const double quotient = a.hi / b;
  const Pair back = exact_product(quotient, b);
  return fast_sum(quotient, (((a.hi - back.hi) - back.lo) + a.lo) / b);
}

// log(numerator / denominator) = 2 atanh(s) by its series, where s = (n - d) / (n + d). Requires:
// both are whole numbers below 2^40 and their ratio is in [1/2, 2], so that |s| <= 1/3.
constexpr Pair slow_log(double numerator, double denominator) {
  const Pair s = Pair{numerator - denominator, 0} / (numerator + denominator);
  const Pair square = s * s;
  constexpr int kLastPower = 67;  // 3^-69 is below 2^-109
  Pair series = Pair{1, 0} / kLastPower;
  for (int power = kLastPower - 2; power > 0; power -= 2) {
    series = series * square + Pair{1, 0} / power;
  }
  return series * s * Pair{2, 0};
}

// By its series. Requires: |x| <= 1.
constexpr Pair slow_exp(Pair x) {
  Pair series = {1, 0};
  for (int i = 28; i > 0; --i) series = series * x / i + Pair{1, 0};
  return series;
}

// The bits of x down to `unit / 2`, where `unit` is a power of two. Requires: |x| < 2^51 units.
constexpr double rounded_to(double x, double unit) {
  const double shift = 0x1.8p52 * unit;
  return (x + shift) - shift;
}

// x split so that hi is a whole number of units and hi + lo is x to about 100 bits.
constexpr Pair split_at(Pair x, double unit) {
  const double hi = rounded_to(x.hi, unit);
  return {hi, (x.hi - hi) + x.lo};
}

constexpr Pair kLog2 = slow_log(2, 1);
static_assert(kLog2.hi == 0x1.62e42fefa39efp-1);
static_assert(kLog2.lo - 0x1.abc9e3b39803fp-56 <= 0x1p-107);
static_assert(0x1.abc9e3b39803fp-56 - kLog2.lo <= 0x1p-107);

// log(2) with so short an upper part that the exponents of doubles times it are exact.
constexpr Pair kSplitLog2 = split_at(kLog2, 0x1p-34);

constexpr int kSteps = 128;
constexpr int kStepBits = 7;
constexpr int kFractionBits = 52;

// For a number z in one of 128 short intervals between 0.6875 and 1.375: 1/z roughly, in 10 bits
// after the point, and -log of that with an upper part of 42 bits after the point. Where z is near
// 1 the inverse is 1 exactly, so that log(z) keeps its relative precision there.
struct LogStep {
  double inverse = 1;
  double log_hi = 0;
  double log_lo = 0;
};

constexpr std::uint64_t kLogBegin = 0x3fe6000000000000;  // 0.6875

constexpr std::array<LogStep, kSteps> make_log_steps() {
  constexpr double kInverseUnit = 0x1p-10;
  std::array<LogStep, kSteps> steps;
  for (unsigned i = 0; i < kSteps; ++i) {
    constexpr int kShift = kFractionBits - kStepBits;
    const double begin = std::bit_cast<double>(kLogBegin + (std::uint64_t{i} << kShift));
    const double end = std::bit_cast<double>(kLogBegin + (std::uint64_t{i + 1} << kShift));
    if (begin == 1 || end == 1) continue;
    const double inverse = rounded_to(2 / (begin + end), kInverseUnit);
    const Pair log = split_at(slow_log(1 / kInverseUnit, inverse / kInverseUnit), 0x1p-42);
    steps[i] = {inverse, log.hi, log.lo};
  }
  return steps;
}

constexpr std::array<LogStep, kSteps> kLogSteps = make_log_steps();

// 2^(i/128), 0 <= i < 128.
constexpr std::array<Pair, kSteps> make_exp_steps() {
  std::array<Pair, kSteps> steps;
  for (int i = 0; i < kSteps; ++i) {
    steps[static_cast<unsigned>(i)] = slow_exp(kLog2 * Pair{i / double{kSteps}, 0});
  }
  return steps;
}

constexpr std::array<Pair, kSteps> kExpSteps = make_exp_steps();

// The logarithm of a positive, finite x to about 64 bits: x = 2^k z and z = (1 + r) / inverse make
// it k log(2) - log(inverse) + log(1 + r), with |r| < 2^-7.
inline Pair positive_log(double x) {
  auto bits = std::bit_cast<std::uint64_t>(x);
  int exponent = 0;
  if (x < std::numeric_limits<double>::min()) {
    bits = std::bit_cast<std::uint64_t>(x * 0x1p54);
    exponent = -54;
  }
  const std::uint64_t from_begin = bits - kLogBegin;
  exponent += static_cast<int>(static_cast<std::int64_t>(from_begin) >> kFractionBits);
  const std::uint64_t z_bits = bits - (from_begin >> kFractionBits << kFractionBits);
  const LogStep& step = kLogSteps[(from_begin >> (kFractionBits - kStepBits)) % kSteps];

  // Both products are exact: z has 53 bits and its upper part 32, the inverse has 11.
  constexpr std::uint64_t kLowerBits = (1ULL << 21) - 1;
  const double z_high = std::bit_cast<double>(z_bits & ~kLowerBits);
  const double z_low = std::bit_cast<double>(z_bits) - z_high;
  const double r_high = z_high * step.inverse - 1;
  const double r_low = z_low * step.inverse;
  const double r = r_high + r_low;
  const double r_rest = (r_high - r) + r_low;

  const double k = exponent;
  const double k_log2 = k * kSplitLog2.hi + step.log_hi;
  const double hi = k_log2 + r;
  const double hi_rest = (k_log2 - hi) + r;
  const double lo = (step.log_lo + k * kSplitLog2.lo) + r_rest;

  const double r2 = r * r;
  const double tail = (1.0 / 3 - r * 0.25) +
                      r2 * ((0.2 - r * (1.0 / 6)) + r2 * ((1.0 / 7 - r * 0.125) + r2 * (1.0 / 9)));
  return fast_sum(hi, hi_rest + (lo + r2 * (r * tail - 0.5)));
}

// e^(hi + lo): x = k log(2)/128 + r makes it 2^(k/128) e^r, with |r| < 0.0028.
inline double exp_of(Pair x) {
  constexpr double kLargest = 709.79;
  constexpr double kSmallest = -745.14;
  if (x.hi > kLargest) return kInfinity;
  if (x.hi < kSmallest) return 0;

  // Adding this number pushes out everything below 1 and leaves a whole number in the lower bits.
  constexpr double kToWhole = 0x1.8p52;
  const double shifted = x.hi * (kSteps / kLog2.hi) + kToWhole;
  const double k = shifted - kToWhole;
  const auto steps = static_cast<int>(std::bit_cast<std::uint64_t>(shifted) & 0xffffffff);
  const double r = ((x.hi - k * (kSplitLog2.hi / kSteps)) - k * (kSplitLog2.lo / kSteps)) + x.lo;

  const double r2 = r * r;
  const double grown = r + r2 * ((0.5 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120)));
  const Pair& step = kExpSteps[static_cast<unsigned>(steps) % kSteps];
  const double fraction = step.hi + (step.lo + step.hi * grown);

  const auto power_of_two = [](int exponent) {
    return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << kFractionBits);
  };
  const int exponent = steps >> kStepBits;
  // At the ends of the range 2^exponent is no normal number, though the result may still be one; or
  // the result is subnormal and then, scaled in two steps, rounded once by the second.
  if (exponent > 1023) return fraction * power_of_two(exponent - 128) * 0x1p128;
  if (exponent < -1022) return fraction * power_of_two(exponent + 128) * 0x1p-128;
  return fraction * power_of_two(exponent);
}

enum class Parity { kFraction, kEven, kOdd };

Parity parity(double y) {
  constexpr double kAllEvenFrom = 0x1p53;
  if (!(y < kAllEvenFrom && y > -kAllEvenFrom)) return Parity::kEven;
  const auto whole = static_cast<std::int64_t>(y);
  if (static_cast<double>(whole) != y) return Parity::kFraction;
  return whole % 2 == 0 ? Parity::kEven : Parity::kOdd;
}

// Requires: 0 < x < infinity and y is not NaN.
double positive_pow(double x, double y) {
  if (x == 1) return 1;
  const Pair log_x = positive_log(x);
  // For |y| above 2^996 its lower part is NaN, but then its upper part alone says infinity or 0.
  const Pair product = exact_product(log_x.hi, y);
  return exp_of({product.hi, product.lo + log_x.lo * y});
}

// A ratio of two polynomials of degree 7, lowest power first.
struct Ratio {
  std::array<double, 8> above;
  std::array<double, 8> below;
};

// Estrin's scheme: a third of the latency of Horner's.
constexpr double polynomial(const std::array<double, 8>& c, double x) {
  const double x2 = x * x;
  const double low = (c[0] + c[1] * x) + (c[2] + c[3] * x) * x2;
  const double high = (c[4] + c[5] * x) + (c[6] + c[7] * x) * x2;
  return low + high * (x2 * x2);
}

constexpr double ratio(const Ratio& r, double x) {
  return polynomial(r.above, x) / polynomial(r.below, x);
}

constexpr Ratio kCentral = {
    {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
     1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
     3.3430575583588128105e4, 2.5090809287301226727e3},
    {1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
     5.2264952788528545610e3}};
constexpr Ratio kTail = {
    {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
     3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
     2.27238449892691845833e-2, 7.74545014278341407640e-4},
    {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
     1.05075007164441684324e-9}};
constexpr Ratio kFarTail = {
    {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
     2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
     2.71155556874348757815e-5, 2.01033439929228813265e-7},
    {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
     2.04426310338993978564e-15}};

}  // namespace

double log(double x) {
  if (!(x > 0)) return x == 0 ? -kInfinity : kNan;
  if (x == kInfinity) return x;
  return positive_log(x).hi;
}

double exp(double x) {
  if (x != x) return x;
  return exp_of({x, 0});
}

double pow(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y) return kNan;
  const Parity y_parity = parity(y);
  const bool is_negative = std::bit_cast<std::int64_t>(x) < 0;
  const double size = is_negative ? -x : x;
  const double sign = is_negative && y_parity == Parity::kOdd ? -1 : 1;
  if (size == 0 || size == kInfinity) return sign * ((size == 0) == (y < 0) ? kInfinity : 0);
  if (is_negative && y_parity == Parity::kFraction) return kNan;
  return sign * positive_pow(size, y);
}

double normal_quantile(double p) {
  if (!(p > 0 && p < 1)) {
    if (p != p) return p;
    return p <= 0 ? -kInfinity : kInfinity;
  }
  constexpr double kCentralHalfWidth = 0.425;
  const double q = p - 0.5;
  if (q >= -kCentralHalfWidth && q <= kCentralHalfWidth) {
    return q * ratio(kCentral, kCentralHalfWidth * kCentralHalfWidth - q * q);
  }
  constexpr double kTailEnd = 5;
  const double r = std::sqrt(-log(q < 0 ? p : 1 - p));
  const double z = r <= kTailEnd ? ratio(kTail, r - 1.6) : ratio(kFarTail, r - kTailEnd);
  return q < 0 ? -z : z;
}

}  // namespace quorumlab::sim::real
