#include "sim/clock.h"

#include <gtest/gtest.h>

#include "sim/rng.h"

namespace quorumlab::sim {
namespace {

constexpr std::int64_t kPpm = 1'000;

TEST(Clock, RunsWithTrueTimeUnlessTold) {
  const Clock clock;
  EXPECT_EQ(clock.monotonic(Time(123)), Time(123));
  EXPECT_EQ(clock.wall(Time(123)), Time(123));
  EXPECT_EQ(clock.true_time_of(Time(123)), Time(123));
}

TEST(Clock, AHundredPpmFastIsAMillisecondEarlyAfterTenSeconds) {
  const Clock clock(100 * kPpm, Duration(0));
  EXPECT_EQ(clock.monotonic(Time{} + 10_s), Time(10'001'000'000));
  EXPECT_EQ(clock.true_time_of(Time{} + 10_s), Time(9'999'000'100));
}

TEST(Clock, AHundredPpmSlowIsAMillisecondLateAfterTenSeconds) {
  const Clock clock(-100 * kPpm, Duration(0));
  EXPECT_EQ(clock.monotonic(Time{} + 10_s), Time(9'999'000'000));
  EXPECT_EQ(clock.true_time_of(Time{} + 10_s), Time(10'001'000'101));
}

TEST(Clock, ChangesItsRateWithoutAJump) {
  Clock clock;
  clock.set_rate(Time{} + 4_s, 1'000'000'000);
  EXPECT_EQ(clock.monotonic(Time{} + 4_s), Time{} + 4_s);
  EXPECT_EQ(clock.monotonic(Time{} + 5_s), Time{} + 6_s);
  clock.set_rate(Time{} + 5_s, -500'000'000);
  EXPECT_EQ(clock.monotonic(Time{} + 5_s), Time{} + 6_s);
  EXPECT_EQ(clock.monotonic(Time{} + 7_s), Time{} + 7_s);
  EXPECT_EQ(clock.true_time_of(Time{} + 8_s), Time{} + 9_s);
}

TEST(Clock, NeverNamesATimeBeforeTheLastChangeOfRate) {
  Clock clock;
  clock.set_rate(Time{} + 4_s, 7);
  EXPECT_EQ(clock.true_time_of(Time{} + 1_s), Time{} + 4_s);
  EXPECT_EQ(clock.true_time_of(Time{} + 4_s), Time{} + 4_s);
}

TEST(Clock, StepsOnlyItsWall) {
  Clock clock(0, 5_ms);
  EXPECT_EQ(clock.wall(Time{} + 1_s), Time{} + 1_s + 5_ms);
  clock.step(-1_s);
  EXPECT_EQ(clock.wall(Time{} + 1_s), Time{} + 5_ms);
  EXPECT_EQ(clock.offset(), 5_ms - 1_s);
  EXPECT_EQ(clock.monotonic(Time{} + 1_s), Time{} + 1_s);
  EXPECT_EQ(clock.true_time_of(Time{} + 1_s), Time{} + 1_s);
}

TEST(Clock, SaysNeverWhereSixtyFourBitsEnd) {
  Clock slow(Clock::kSlowest, Duration(0));
  EXPECT_EQ(slow.true_time_of(Time::max()), Time::max());
  EXPECT_EQ(slow.true_time_of(Time(INT64_MAX / 500)), Time::max());
  Clock late;
  late.set_rate(Time{} + 1_s, -500'000'000);
  late.set_rate(Time{} + 9_s, 0);
  EXPECT_EQ(late.true_time_of(Time::max()), Time::max());
  const Clock fast(Clock::kFastest, Duration(0));
  EXPECT_EQ(fast.monotonic(Time::max()), Time::max());
  EXPECT_EQ(Clock::later(Time{} + 1_s, INT64_MAX), Time::max());
  EXPECT_EQ(Clock::later(Time{} + 1_s, 2), Time(1'000'000'002));
}

std::int64_t any_rate(Stream& stream) {
  switch (stream.below(4)) {
    case 0:
      return stream.between(-200 * kPpm, 200 * kPpm);
    case 1:
      return stream.between(-3, 3);
    case 2:
      return stream.between(Clock::kSlowest, 0);
    default:
      return stream.between(0, Clock::kFastest);
  }
}

// `shown` is on the display at the time that true_time_of names, and not a nanosecond before.
void expect_first_time_of(const Clock& clock, Time changed, Time shown) {
  const Time first = clock.true_time_of(shown);
  ASSERT_GE(first, changed);
  ASSERT_GE(clock.monotonic(first), shown) << clock.rate_ppb() << " ppb";
  if (first > changed) {
    ASSERT_LT(clock.monotonic(first - 1_ns), shown) << clock.rate_ppb() << " ppb";
  }
}

TEST(Clock, NamesTheFirstTimeOfAReadingAtAnyRate) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Stream stream(Seed{seed}, "clock");
    Clock clock(any_rate(stream), Duration(0));
    Time now;
    for (int change = 0; change < 10; ++change) {
      for (int i = 0; i < 30; ++i) {
        const auto ahead = static_cast<std::int64_t>(stream.next() >> stream.between(20, 60));
        expect_first_time_of(clock, now, clock.monotonic(now) + Duration(ahead));
        if (HasFatalFailure()) return;
      }
      const Time before = clock.monotonic(now);
      now = now + Duration(stream.between(0, INT64_C(1) << stream.below(36)));
      const Time reading = clock.monotonic(now);
      ASSERT_GE(reading, before);
      clock.set_rate(now, any_rate(stream));
      ASSERT_EQ(clock.monotonic(now), reading);
    }
  }
}

}  // namespace
}  // namespace quorumlab::sim
