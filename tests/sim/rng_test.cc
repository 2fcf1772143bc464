#include "sim/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace quorumlab::sim {
namespace {

using Wide = detail::Wide;

std::vector<std::uint64_t> draws(Stream& stream, int count) {
  std::vector<std::uint64_t> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(stream.next());
  return numbers;
}

// How many draws something takes of a stream: compares where it leaves the stream.
template <class Use>
int draws_of(Use use) {
  Stream used(Seed{5}, "counted");
  use(used);
  const std::uint64_t after = used.next();
  Stream fresh(Seed{5}, "counted");
  for (int count = 0; count < 1000; ++count) {
    if (fresh.next() == after) return count;
  }
  return -1;
}

double chi_square(const std::vector<int>& counts, double expected) {
  double sum = 0;
  for (const int count : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

TEST(Xoshiro256, GivesThePublishedNumbers) {
  Xoshiro256 bits({1, 2, 3, 4});
  for (const std::uint64_t number :
       {UINT64_C(11520), UINT64_C(0), UINT64_C(1509978240), UINT64_C(1215971899390074240),
        UINT64_C(1216172134540287360), UINT64_C(607988272756665600), UINT64_C(16172922978634559625),
        UINT64_C(8476171486693032832), UINT64_C(10595114339597558777),
        UINT64_C(2904607092377533576)}) {
    EXPECT_EQ(bits.next(), number);
  }
}

TEST(Stream, GivesTheSameNumbersForEver) {
  Stream plain(Seed{0}, "");
  EXPECT_EQ(draws(plain, 3), (std::vector<std::uint64_t>{0xc42497cbc7762433, 0xf804cc2c758f40f6,
                                                         0x2bba99b4b4aa1d04}));
  Stream link(Seed{2018}, "network.loss", 1, 2);
  EXPECT_EQ(draws(link, 3), (std::vector<std::uint64_t>{0xf3bf1339586806ef, 0x3d92f22a7b084e03,
                                                        0xf99930ea0455b9d6}));
}

TEST(Stream, EachDerivedDrawGivesTheSameForEver) {
  std::vector<std::uint64_t> below;
  Stream below_stream(Seed{1}, "below");
  for (int i = 0; i < 12; ++i) below.push_back(below_stream.below(10));
  EXPECT_EQ(below, (std::vector<std::uint64_t>{6, 7, 0, 4, 4, 3, 8, 3, 0, 2, 9, 5}));

  Stream unit(Seed{1}, "unit");
  EXPECT_EQ(unit.unit(), 0x1.feb372ab17b12p-1);
  EXPECT_EQ(unit.unit(), 0x1.84783f1af9ab5p-1);
  Stream open(Seed{1}, "open");
  EXPECT_EQ(open.open_unit(), 0x1.0b770e70ac74bp-1);
  EXPECT_EQ(open.open_unit(), 0x1.cf614c87e00ap-6);

  std::vector<int> deck = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  Stream shuffle(Seed{1}, "shuffle");
  shuffle.shuffle(deck);
  EXPECT_EQ(deck, (std::vector<int>{1, 8, 3, 0, 7, 2, 6, 5, 4, 9}));

  std::string tosses;
  Stream chance(Seed{1}, "chance");
  for (int i = 0; i < 24; ++i) tosses += chance.chance(Probability(0.3)) ? '1' : '0';
  EXPECT_EQ(tosses, "000001010001001000101000");
}

TEST(Stream, DiffersBySeedPurposeAndEntity) {
  std::set<std::uint64_t> first;
  std::size_t streams = 0;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    for (const char* const purpose : {"", "a", "b", "ab", "ba", "network", "network.loss"}) {
      for (std::uint64_t a = 0; a < 40; ++a) {
        for (std::uint64_t b = 0; b < 40; ++b) {
          first.insert(Stream(Seed{seed}, purpose, a, b).next());
          ++streams;
        }
      }
    }
  }
  EXPECT_EQ(first.size(), streams);
}

TEST(Stream, DrawingFromOneNeverChangesAnother) {
  Stream alone(Seed{9}, "quiet", 1);
  const std::vector<std::uint64_t> undisturbed = draws(alone, 50);
  Stream quiet(Seed{9}, "quiet", 1);
  Stream noisy(Seed{9}, "noisy", 1);
  Stream neighbour(Seed{9}, "quiet", 2);
  std::vector<std::uint64_t> between;
  for (int i = 0; i < 50; ++i) {
    draws(noisy, i);
    draws(neighbour, 3);
    between.push_back(quiet.next());
  }
  EXPECT_EQ(between, undisturbed);
}

TEST(Stream, StreamsOfNeighbouringKeysAreUncorrelated) {
  constexpr int kDraws = 20'000;
  for (std::uint64_t a = 0; a < 8; ++a) {
    Stream x(Seed{a}, "pair", a, 0);
    Stream y(Seed{a}, "pair", a + 1, 0);
    double sum = 0;
    for (int i = 0; i < kDraws; ++i) {
      const double left = x.unit() - 0.5;
      sum += left * (y.unit() - 0.5);
    }
    EXPECT_LT(std::abs(sum), 4 * std::sqrt(kDraws) / 12) << a;
  }
}

// For each n: a draw is accepted for the value k if it lies in the k-th of n parts of [0, 2^64) and
// is not its first when that one is surplus. All must have equally many accepted draws, and the
// function must say k for the first and the last of them and draw again for a surplus one.
TEST(Stream, BelowIsUnbiasedForEverySmallBound) {
  for (std::uint64_t n = 1; n <= 130; ++n) {
    const Wide whole = Wide{1} << 64;
    for (std::uint64_t k = 0; k < n; ++k) {
      const auto first = static_cast<std::uint64_t>((whole * k + n - 1) / n);
      const auto last = static_cast<std::uint64_t>((whole * (k + 1) + n - 1) / n - 1);
      const auto taken_and_value = [n](std::uint64_t draw) {
        int taken = 0;
        const std::uint64_t value = detail::unbiased_below(
            n, [&]() -> std::uint64_t { return ++taken == 1 ? draw : UINT64_MAX / 2; });
        return std::pair(taken, value);
      };
      const bool first_is_surplus = taken_and_value(first).first > 1;
      const std::uint64_t accepted_from = first + (first_is_surplus ? 1 : 0);
      ASSERT_EQ(taken_and_value(accepted_from), std::pair(1, k)) << n;
      ASSERT_EQ(taken_and_value(last), std::pair(1, k)) << n;
      ASSERT_EQ(Wide{last} - accepted_from + 1 == whole / n, true) << k << " of " << n;
    }
  }
}

TEST(Stream, BelowTakesLargeBoundsEvenly) {
  Stream stream(Seed{3}, "large");
  const std::uint64_t bound = (UINT64_C(3) << 62) + 1;
  int upper_third = 0;
  for (int i = 0; i < 30'000; ++i) {
    const std::uint64_t value = stream.below(bound);
    ASSERT_LT(value, bound);
    if (value >= UINT64_C(1) << 63) ++upper_third;
  }
  EXPECT_NEAR(upper_third, 10'000, 4 * std::sqrt(30'000 * 2.0 / 9));
}

TEST(Stream, BelowSpreadsEvenly) {
  Stream stream(Seed{4}, "even");
  std::vector<int> counts(10);
  for (int i = 0; i < 100'000; ++i) ++counts[stream.below(10)];
  // Nine degrees of freedom: 99.9 % of all fair generators are below 27.9.
  EXPECT_LT(chi_square(counts, 10'000), 27.9);
}

TEST(Stream, BetweenIncludesBothEnds) {
  Stream stream(Seed{1}, "between");
  std::set<std::int64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(stream.between(-2, 2));
  EXPECT_EQ(seen, (std::set<std::int64_t>{-2, -1, 0, 1, 2}));
  EXPECT_EQ(stream.between(7, 7), 7);
  EXPECT_EQ(stream.between(INT64_MIN, INT64_MIN), INT64_MIN);
  EXPECT_EQ(stream.between(INT64_MAX, INT64_MAX), INT64_MAX);
  int negative = 0;
  for (int i = 0; i < 1000; ++i) negative += stream.between(INT64_MIN, INT64_MAX) < 0 ? 1 : 0;
  EXPECT_NEAR(negative, 500, 4 * std::sqrt(250.0));
}

TEST(Stream, UnitsAreInTheirIntervals) {
  Stream stream(Seed{1}, "units");
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double half_open = stream.unit();
    const double open = stream.open_unit();
    ASSERT_TRUE(half_open >= 0 && half_open < 1);
    ASSERT_TRUE(open > 0 && open < 1);
    sum += half_open + open;
  }
  EXPECT_NEAR(sum, 100'000, 4 * std::sqrt(200'000 / 12.0));
}

TEST(Probability, IsExact) {
  EXPECT_EQ(Probability(0.0), Probability::never());
  EXPECT_EQ(Probability(1.0), Probability::always());
  EXPECT_EQ(Probability(0.5).parts(), UINT64_C(1) << 62);
  EXPECT_EQ(Probability(0.05).value(), 0.05);
  EXPECT_EQ(Probability(1 - 0x1p-53).value(), 1 - 0x1p-53);
  EXPECT_FALSE(Probability(1 - 0x1p-53).is_always());
  EXPECT_EQ(Probability(0x1p-63).parts(), 1U);
  EXPECT_EQ(Probability(0x1.8p-62).parts(), 3U);
  EXPECT_EQ(Probability(0x1.4p-62).parts(), 3U);
  EXPECT_EQ(Probability(5e-324).parts(), 1U);
  EXPECT_LT(Probability(0.1), Probability(0.2));
}

TEST(Probability, IsRefusedOutsideZeroToOne) {
  EXPECT_EQ(Probability::from(0.25), Probability(0.25));
  EXPECT_EQ(Probability::from(0.0), Probability::never());
  EXPECT_EQ(Probability::from(1.0), Probability::always());
  EXPECT_EQ(Probability::from(-1e-9), std::nullopt);
  EXPECT_EQ(Probability::from(1.0000001), std::nullopt);
  EXPECT_EQ(Probability::from(std::nan("")), std::nullopt);
}

TEST(Stream, ChanceDrawsOnceUnlessItIsCertain) {
  EXPECT_EQ(draws_of([](Stream& s) { EXPECT_FALSE(s.chance(Probability::never())); }), 0);
  EXPECT_EQ(draws_of([](Stream& s) { EXPECT_TRUE(s.chance(Probability::always())); }), 0);
  EXPECT_EQ(draws_of([](Stream& s) { EXPECT_FALSE(s.chance(Probability(5e-324))); }), 1);
  EXPECT_EQ(draws_of([](Stream& s) { EXPECT_TRUE(s.chance(Probability(1 - 0x1p-53))); }), 1);
}

TEST(Stream, ChanceIsAsLikelyAsItSays) {
  Stream stream(Seed{1}, "likely");
  for (const double p : {0.001, 0.05, 0.5, 0.9}) {
    int hits = 0;
    for (int i = 0; i < 100'000; ++i) hits += stream.chance(Probability(p)) ? 1 : 0;
    EXPECT_NEAR(hits, 100'000 * p, 4 * std::sqrt(100'000 * p * (1 - p))) << p;
  }
}

TEST(Stream, EveryOrderIsEquallyLikely) {
  Stream stream(Seed{1}, "orders");
  std::vector<std::array<int, 4>> orders;
  std::array<int, 4> order = {0, 1, 2, 3};
  do orders.push_back(order);
  while (std::next_permutation(order.begin(), order.end()));
  std::vector<int> counts(orders.size());
  for (int i = 0; i < 24'000; ++i) {
    std::array<int, 4> items = {0, 1, 2, 3};
    stream.shuffle(items);
    ++counts[static_cast<std::size_t>(std::find(orders.begin(), orders.end(), items) -
                                      orders.begin())];
  }
  // 23 degrees of freedom: 99.9 % of all fair generators are below 49.7.
  EXPECT_LT(chi_square(counts, 1000), 49.7);
}

TEST(Stream, ShufflingLessThanTwoThingsDrawsNothing) {
  EXPECT_EQ(draws_of([](Stream& s) {
              std::vector<int> none;
              std::vector<int> one = {1};
              s.shuffle(none);
              s.shuffle(std::span(one));
            }),
            0);
}

TEST(Stream, PicksEveryItemAndGivesItself) {
  Stream stream(Seed{1}, "pick");
  std::vector<int> counts(5);
  for (int i = 0; i < 5'000; ++i) ++stream.pick(counts);
  EXPECT_LT(chi_square(counts, 1000), 18.5);
  const std::array<int, 2> fixed = {3, 4};
  EXPECT_GE(stream.pick(std::span(fixed)), 3);
}

TEST(StreamDeathTest, ChoosingFromNothingIsAMistakeOfOurs) {
  Stream stream(Seed{1}, "nothing");
  EXPECT_DEATH(static_cast<void>(stream.below(0)), "a number below 0");
  EXPECT_DEATH(static_cast<void>(stream.between(1, 0)), "ends before it begins");
  EXPECT_DEATH(static_cast<void>(Probability(1.5)), "outside");
}

}  // namespace
}  // namespace quorumlab::sim
