#include "sim/real_math.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "sim/rng.h"

namespace quorumlab::sim {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Known {
  double x;
  double result;
};

struct KnownPower {
  double x;
  double y;
  double result;
};

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

// How far `got` is from `wanted` in units of wanted's last place as a double.
double ulps(double got, long double wanted) {
  const double nearest = std::abs(static_cast<double>(wanted));
  if (std::isinf(nearest) || std::isinf(got)) return std::abs(got) == nearest ? 0 : kInfinity;
  const double unit = std::nextafter(nearest, kInfinity) - nearest;
  return static_cast<double>(std::abs(got - wanted) / unit);
}

// The bits below were computed once and hold for every compiler, option and machine: a difference
// here means that golden fingerprints cannot hold there either.
TEST(RealMath, LogGivesTheSameBitsEverywhere) {
  constexpr Known kKnown[] = {
      {5e-324, -0x1.74385446d71c3p+9},
      {1e-300, -0x1.5963447f87fb5p+9},
      {1e-10, -0x1.7069e2aa2aa5bp+4},
      {0.1, -0x1.26bb1bbb55515p+1},
      {0.5, -0x1.62e42fefa39efp-1},
      {0.68, -0x1.8aeb1af986dccp-2},
      {0.7, -0x1.6d3c324e13f5p-2},
      {0.9, -0x1.af8e8210a415cp-4},
      {0.9960937, -0x1.00812d2cb5122p-8},
      {0.9960938, -0x1.007f7dfe5d0a2p-8},
      {0.999999999999, -0x1.19780000009acp-40},
      {0.9999999999999999, -0x1p-53},
      {1.0000000000000002, 0x1.fffffffffffffp-53},
      {1.001, 0x1.060354f8c3cc4p-10},
      {1.0078, 0x1.fd328f72edd7ap-8},
      {1.0079, 0x1.01d99b71ee2d1p-7},
      {1.37, 0x1.425dbf202b876p-2},
      {1.38, 0x1.49d041be0ce2fp-2},
      {2.0, 0x1.62e42fefa39efp-1},
      {10.0, 0x1.26bb1bbb55516p+1},
      {10000000000.0, 0x1.7069e2aa2aa5bp+4},
      {1.7976931348623157e+308, 0x1.62e42fefa39efp+9},
  };
  for (const Known& k : kKnown) {
    EXPECT_TRUE(same_bits(real::log(k.x), k.result)) << "log of " << k.x;
  }
}

TEST(RealMath, ExpGivesTheSameBitsEverywhere) {
  constexpr Known kKnown[] = {
      {-745.1, 0x0.0000000000001p-1022},
      {-720.0, 0x0.0000993b4dc95p-1022},
      {-708.5, 0x0.e6cf6d08897acp-1022},
      {-100.0, 0x1.a8c1f14e2af5dp-145},
      {-10.0, 0x1.7cd79b5647c9bp-15},
      {-1.0, 0x1.78b56362cef38p-2},
      {-0.5, 0x1.368b2fc6f960ap-1},
      {-0.0027, 0x1.fe9e953ac0bf4p-1},
      {-1e-10, 0x1.ffffffff2419p-1},
      {1e-20, 0x1p+0},
      {0.0027, 0x1.00b12fb0f4433p+0},
      {0.1, 0x1.1aec7b35a00d4p+0},
      {0.5, 0x1.a61298e1e069cp+0},
      {0.6931471805599453, 0x1p+1},
      {1.0, 0x1.5bf0a8b145769p+1},
      {2.0, 0x1.d8e64b8d4ddaep+2},
      {10.0, 0x1.5829dcf95056p+14},
      {100.0, 0x1.3494a9b171bf5p+144},
      {700.0, 0x1.d945df4f8ec8ep+1009},
      {709.78, 0x1.fe9ce5c4c52b4p+1023},
      {0x1.62e42fefa39efp+9, 0x1.fffffffffff2ap+1023},
  };
  for (const Known& k : kKnown) {
    EXPECT_TRUE(same_bits(real::exp(k.x), k.result)) << "exp of " << k.x;
  }
}

TEST(RealMath, PowGivesTheSameBitsEverywhere) {
  constexpr KnownPower kKnown[] = {
      {2.0, 0.5, 0x1.6a09e667f3bcdp+0},
      {2.0, -1074.0, 0x0.0000000000001p-1022},
      {2.0, 1023.5, 0x1.6a09e667f3bcdp+1023},
      {10.0, -3.0, 0x1.0624dd2f1a9fcp-10},
      {10.0, 15.0, 0x1.c6bf52634p+49},
      {10.0, 22.0, 0x1.0f0cf064dd592p+73},
      {0.5, 0.1, 0x1.ddb680117ab12p-1},
      {1.0001, 10000.0, 0x1.5bec34aabbfd3p+1},
      {0.9999, -30000.0, 0x1.416ab3981b466p+4},
      {1.0078, 85000.0, 0x1.bc66d9db81045p+952},
      {0.99, 20000.0, 0x1.01881c1957e86p-290},
      {3.0, -0.99, 0x1.591a9ba622d6ep-2},
      {100000.0, -0.99, 0x1.787ca6bddf15fp-17},
      {7.0, 2.0, 0x1.88p+5},
      {1e+300, 1.02, 0x1.6c8e5ca239078p+1016},
      {1e-300, -1.0, 0x1.7e43c8800759bp+996},
      {5e-324, 0.25, 0x1.6a09e667f3bcdp-269},
      {-2.0, 3.0, -0x1p+3},
      {-3.0, -4.0, 0x1.948b0fcd6e9ep-7},
      {1.0000000000000002, 4503599627370496.0, 0x1.5bf0a8b145769p+1},
  };
  for (const KnownPower& k : kKnown) {
    EXPECT_TRUE(same_bits(real::pow(k.x, k.y), k.result)) << k.x << " to the " << k.y;
  }
}

TEST(RealMath, NormalQuantileGivesTheSameBitsEverywhere) {
  constexpr Known kKnown[] = {
      {1.1102230246251565e-16, -0x1.06b48528cea51p+3},
      {1e-15, -0x1.fc3f007789668p+2},
      {1e-10, -0x1.97203597a2155p+2},
      {1e-06, -0x1.30381a9799f7ep+2},
      {0.001, -0x1.8b8cbb7204471p+1},
      {0.01, -0x1.29c5c4630ff0fp+1},
      {0.025, -0x1.f5c0331eeff84p+0},
      {0.075, -0x1.7085226d3e523p+0},
      {0.07500000000000001, -0x1.7085226d3e523p+0},
      {0.1, -0x1.4813c36e26d34p+0},
      {0.25, -0x1.5956b87528a49p-1},
      {0.4, -0x1.036d6c4a04b59p-2},
      {0.5, 0x0p+0},
      {0.6, 0x1.036d6c4a04b59p-2},
      {0.75, 0x1.5956b87528a49p-1},
      {0.9, 0x1.4813c36e26d34p+0},
      {0.925, 0x1.7085226d3e522p+0},
      {0.95, 0x1.a515209676abap+0},
      {0.975, 0x1.f5c0331eeff82p+0},
      {0.99, 0x1.29c5c4630ff0fp+1},
      {0.999, 0x1.8b8cbb7204471p+1},
      {0.9999999999999999, 0x1.06b48528cea51p+3},
  };
  for (const Known& k : kKnown) {
    EXPECT_TRUE(same_bits(real::normal_quantile(k.x), k.result)) << "quantile of " << k.x;
  }
}

TEST(RealMath, LogIsWithinOneUnitInTheLastPlace) {
  Stream stream(Seed{1}, "log");
  for (int i = 0; i < 200'000; ++i) {
    const double any = std::bit_cast<double>(stream.next() >> 1);
    const double near_one = 0.5 + 1.5 * stream.unit();
    const double offset = 0.02 * (stream.unit() - 0.5);
    const double nearer = 1 + offset * std::exp(-30 * stream.unit());
    if (any < kInfinity) {
      ASSERT_LE(ulps(real::log(any), std::log(static_cast<long double>(any))), 0.6) << any;
    }
    ASSERT_LE(ulps(real::log(near_one), std::log(static_cast<long double>(near_one))), 0.6)
        << near_one;
    ASSERT_LE(ulps(real::log(nearer), std::log(static_cast<long double>(nearer))), 0.6) << nearer;
  }
}

TEST(RealMath, ExpIsWithinOneUnitInTheLastPlace) {
  Stream stream(Seed{1}, "exp");
  for (int i = 0; i < 200'000; ++i) {
    const double x = 709.78 - 1418 * stream.unit();
    const double subnormal = -708 - 37 * stream.unit();
    const double small = (stream.unit() - 0.5) * 0.1;
    ASSERT_LE(ulps(real::exp(x), std::exp(static_cast<long double>(x))), 0.6) << x;
    ASSERT_LE(ulps(real::exp(subnormal), std::exp(static_cast<long double>(subnormal))), 0.8)
        << subnormal;
    ASSERT_LE(ulps(real::exp(small), std::exp(static_cast<long double>(small))), 0.6) << small;
  }
}

TEST(RealMath, PowIsWithinThreeUnitsInTheLastPlace) {
  Stream stream(Seed{1}, "pow");
  for (int i = 0; i < 200'000; ++i) {
    const double x = std::exp((stream.unit() - 0.5) * 40);
    const double y = (stream.unit() - 0.5) * 60;
    const double near_one = 1 + (stream.unit() - 0.5) * 0.03;
    const double large = (stream.unit() - 0.5) * 90'000;
    ASSERT_LE(ulps(real::pow(x, y), std::pow(static_cast<long double>(x), y)), 3) << x << " " << y;
    ASSERT_LE(ulps(real::pow(near_one, large), std::pow(static_cast<long double>(near_one), large)),
              3)
        << near_one << " " << large;
  }
}

TEST(RealMath, NormalQuantileInvertsTheErrorFunction) {
  Stream stream(Seed{1}, "quantile");
  for (int i = 0; i < 200'000; ++i) {
    const double p = i % 2 == 0 ? stream.open_unit() : std::exp(-36 * stream.unit());
    if (p == 0.5 || p == 1) continue;
    const long double z = real::normal_quantile(p);
    const long double back = 0.5L * std::erfc(-z / std::sqrt(2.0L));
    const long double density = std::exp(-z * z / 2) / std::sqrt(2 * std::acos(-1.0L));
    ASSERT_LE(std::abs((back - p) / density / z), 2e-15) << p;
  }
}

TEST(RealMath, NormalQuantileNeverFalls) {
  double last = -kInfinity;
  for (int i = 1; i < 100'000; ++i) {
    const double z = real::normal_quantile(i / 100'000.0);
    ASSERT_GT(z, last) << i;
    last = z;
  }
}

TEST(RealMath, SpecialValuesAreAsInTheCLibrary) {
  const double values[] = {0.0,   -0.0,   1.0,  -1.0, 0.5,   -0.5,      2.0,        -2.0,
                           3.0,   -3.0,   5e9,  -5e9, 1e300, -1e300,    5e-324,     -1e-5,
                           1e308, 709.79, -745, -746, 1e-20, kInfinity, -kInfinity, kNan};
  const auto agrees = [](double got, double wanted) {
    return std::isnan(wanted) ? std::isnan(got) : same_bits(got, wanted);
  };
  for (const double x : values) {
    if (!(x > 0 && x < kInfinity)) {
      EXPECT_TRUE(agrees(real::log(x), std::log(x))) << "log of " << x;
    }
    EXPECT_TRUE(agrees(real::exp(x), std::exp(x))) << "exp of " << x;
    for (const double y : values) {
      const double wanted = std::pow(x, y);
      if (std::isnan(wanted) || std::isinf(wanted) || wanted == 0 || wanted == 1 || x < 0) {
        EXPECT_TRUE(agrees(real::pow(x, y), wanted)) << x << " to the " << y;
      }
    }
  }
  EXPECT_EQ(real::normal_quantile(0), -kInfinity);
  EXPECT_EQ(real::normal_quantile(1), kInfinity);
  EXPECT_TRUE(std::isnan(real::normal_quantile(kNan)));
}

TEST(RealMath, WholePowersOfSmallNumbersAreExact) {
  for (int base = 2; base <= 10; ++base) {
    double product = 1;
    for (int power = 0; product < 0x1p53; ++power, product *= base) {
      EXPECT_EQ(real::pow(base, power), product) << base << " to the " << power;
    }
  }
}

}  // namespace
}  // namespace quorumlab::sim
