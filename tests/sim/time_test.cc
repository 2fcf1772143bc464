#include "sim/time.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sim/rng.h"

namespace quorumlab::sim {
namespace {

TEST(Duration, IsReadWithItsUnit) {
  EXPECT_EQ(parse_duration("7ns"), 7_ns);
  EXPECT_EQ(parse_duration("3us"), 3_us);
  EXPECT_EQ(parse_duration("3\u00b5s"), 3_us);
  EXPECT_EQ(parse_duration("3\u03bcs"), 3_us);
  EXPECT_EQ(parse_duration("50ms"), 50_ms);
  EXPECT_EQ(parse_duration("43s"), 43_s);
  EXPECT_EQ(parse_duration("2min"), 2_min);
  EXPECT_EQ(parse_duration("1h"), 60_min);
  EXPECT_EQ(parse_duration("1d"), 1440_min);
  EXPECT_EQ(parse_duration("-10ms"), -10_ms);
  EXPECT_EQ(parse_duration("+10ms"), 10_ms);
  EXPECT_EQ(parse_duration("1.5 s"), 1500_ms);
  EXPECT_EQ(parse_duration("007s"), 7_s);
}

TEST(Duration, DecimalsAreExact) {
  EXPECT_EQ(parse_duration("0.1s"), 100_ms);
  EXPECT_EQ(parse_duration("1.000000001s"), Duration(1'000'000'001));
  EXPECT_EQ(parse_duration("1.10000000000000000000000s"), 1100_ms);
  EXPECT_EQ(parse_duration("0.00000000001d"), Duration(864));
  EXPECT_EQ(parse_duration("0.00000001h"), Duration(36'000));
  EXPECT_EQ(parse_duration("1.0ns"), 1_ns);
  EXPECT_EQ(parse_duration("0.5ns"), std::nullopt);
  EXPECT_EQ(parse_duration("1.0000000001s"), std::nullopt);
  EXPECT_EQ(parse_duration("1.0000000000000000000000001s"), std::nullopt);
}

TEST(Duration, WhatIsNoDurationIsRefused) {
  for (const char* const text :
       {"",    "43",  "43 parsecs", "s",  "-",    "-s",   ".5s",    "5.s",  "5..s", "--5s",
        "5s ", " 5s", "5e3s",       "5S", "0x5s", "5,5s", "1 000s", "infs", "5ss",  "5\u00b5"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(Duration, TheRangeEndsWhere64BitsEnd) {
  EXPECT_EQ(parse_duration("9223372036854775807ns"), Duration(INT64_MAX));
  EXPECT_EQ(parse_duration("9223372036854775808ns"), std::nullopt);
  EXPECT_EQ(parse_duration("-9223372036854775808ns"), Duration(INT64_MIN));
  EXPECT_EQ(parse_duration("-9223372036854775809ns"), std::nullopt);
  EXPECT_EQ(parse_duration("9223372036.854775807s"), Duration(INT64_MAX));
  EXPECT_EQ(parse_duration("9223372036.854775808s"), std::nullopt);
  EXPECT_EQ(parse_duration("106751d"), 106'751 * 1440_min);
  EXPECT_EQ(parse_duration("106752d"), std::nullopt);
  EXPECT_EQ(parse_duration("18446744073709551616ns"), std::nullopt);
  EXPECT_EQ(parse_duration("99999999999999999999999999999999999999999s"), std::nullopt);
}

TEST(Duration, IsWrittenInTheUnitThatPeopleWouldTake) {
  EXPECT_EQ(to_text(Duration(0)), "0s");
  EXPECT_EQ(to_text(1_ns), "1ns");
  EXPECT_EQ(to_text(999_ns), "999ns");
  EXPECT_EQ(to_text(250_us), "250us");
  EXPECT_EQ(to_text(1500_us), "1.5ms");
  EXPECT_EQ(to_text(100_ms), "100ms");
  EXPECT_EQ(to_text(-10_ms), "-10ms");
  EXPECT_EQ(to_text(1000_ms), "1s");
  EXPECT_EQ(to_text(43_s), "43s");
  EXPECT_EQ(to_text(90_s), "90s");
  EXPECT_EQ(to_text(60_s), "1min");
  EXPECT_EQ(to_text(2_min), "2min");
  EXPECT_EQ(to_text(60_min), "1h");
  EXPECT_EQ(to_text(36 * 60_min), "36h");
  EXPECT_EQ(to_text(-2 * 1440_min), "-2d");
  EXPECT_EQ(to_text(Duration(1'000'000'001)), "1.000000001s");
  EXPECT_EQ(to_text(Duration(60'000'000'001)), "60.000000001s");
  EXPECT_EQ(to_text(Duration(1'002'003)), "1.002003ms");
  EXPECT_EQ(to_text(Duration(INT64_MAX)), "9223372036.854775807s");
  EXPECT_EQ(to_text(Duration(INT64_MIN)), "-9223372036.854775808s");
}

TEST(Duration, IsReadBackToTheSameValue) {
  std::vector<std::int64_t> values = {0, INT64_MAX, INT64_MIN, INT64_MAX - 1, INT64_MIN + 1};
  for (std::int64_t power = 1; power < INT64_MAX / 10; power *= 10) {
    for (const std::int64_t value : {power - 1, power, power + 1, 6 * power}) {
      values.push_back(value);
      values.push_back(-value);
    }
  }
  Stream stream(Seed{1}, "durations");
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t bits = stream.next();
    values.push_back(static_cast<std::int64_t>(bits >> stream.below(64)));
    values.push_back(values.back() / 1'000'000'000 * 1'000'000'000);
  }
  for (const std::int64_t value : values) {
    EXPECT_EQ(parse_duration(to_text(Duration(value))), Duration(value)) << value;
  }
}

TEST(Time, IsWrittenWithAtMostSoManyDigits) {
  EXPECT_EQ(to_text(Time(30'012'345'678), 3), "30.012s");
  EXPECT_EQ(to_text(Time(30'012'345'678), 0), "30s");
  EXPECT_EQ(to_text(Time(30'012'345'678), 9), "30.012345678s");
  EXPECT_EQ(to_text(Time(30'012'345'678), 12), "30.012345678s");
  EXPECT_EQ(to_text(Time(30'000'000'000), 3), "30s");
  EXPECT_EQ(to_text(Time(120'000'000'000), 3), "120s");
  EXPECT_EQ(to_text(Time(71'000'000), 3), "71ms");
  EXPECT_EQ(to_text(Time(1'500), 3), "1.5us");
  EXPECT_EQ(to_text(Time(0), 3), "0s");
}

TEST(Time, IsRoundedToTheNearest) {
  EXPECT_EQ(to_text(Time(1'250'000'000), 1), "1.3s");
  EXPECT_EQ(to_text(Time(1'249'999'999), 1), "1.2s");
  EXPECT_EQ(to_text(Time(-1'250'000'000), 1), "-1.3s");
  EXPECT_EQ(to_text(Time(999'999'999), 3), "1s");
  EXPECT_EQ(to_text(Time(999'999), 1), "1ms");
  EXPECT_EQ(to_text(Time::max(), 0), "9223372036s");
  EXPECT_EQ(to_text(Time::max(), 3), "9223372036.854s");
}

}  // namespace
}  // namespace quorumlab::sim
