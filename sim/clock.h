// The two clocks of a node, bent by faults.
//
//   Clock clock(Rate 100 ppm fast, offset 5ms);
//   clock.monotonic(t);     // runs at its own rate, never steps: time-outs and leases follow it
//   clock.wall(t);          // monotonic + offset: what the node believes the time of day to be
//   clock.true_time_of(m);  // when does the monotonic clock show m? Timers are set with this
//
// The rate is piecewise constant, in parts per billion above true time: +100'000 is 100 ppm fast.
#pragma once

#include <cstdint>

#include "sim/time.h"

namespace quorumlab::sim {

// What a node believes of its wall clock's error: so much at the last synchronisation, and so much
// more for each second since.
struct ClockBound {
  Duration bound;
  std::int64_t growth_ppb = 0;
};

struct WallInterval {
  Time earliest;
  Time latest;
};

class Clock {
 public:
  // The wall clock may stand still, though the monotonic clock may not.
  static constexpr std::int64_t kStopped = -1'000'000'000;
  // Rates must stay above -1e9 ppb: a clock may crawl but not stand still or run backwards.
  static constexpr std::int64_t kSlowest = -999'000'000;
  static constexpr std::int64_t kFastest = 1'000'000'000'000;

  Clock() = default;
  Clock(std::int64_t rate_ppb, Duration offset) : rate_ppb_(rate_ppb), offset_(offset) {}

  [[nodiscard]] Time monotonic(Time t) const {
    const std::int64_t elapsed = (t - anchor_).count();
    if (rate_ppb_ == 0) return later(shown_, elapsed);
    return later(shown_, scaled(elapsed, kBillion + rate_ppb_, kBillion));
  }
  [[nodiscard]] Time wall(Time t) const {
    const Time shown = monotonic(t);
    if (slew_ppb_ == 0) return shown + offset_;
    return shown + offset_ + slewed(shown);
  }
  [[nodiscard]] WallInterval wall_interval(Time t) const {
    const std::int64_t age = (monotonic(t) - bound_set_).count();
    const Duration error = bound_.bound + Duration(scaled(age, bound_.growth_ppb, kBillion));
    return {wall(t) - error, wall(t) + error};
  }

  // The earliest true time at which monotonic() shows at least `shown`; not before the last change
  // of rate. Time::max(): never, as far as 64 bits can tell.
  [[nodiscard]] Time true_time_of(Time shown) const {
    const std::int64_t ahead = (shown - shown_).count();
    if (rate_ppb_ == 0 || ahead <= 0) return later(anchor_, ahead > 0 ? ahead : 0);
    const std::int64_t rate = kBillion + rate_ppb_;
    const std::int64_t floor = scaled(ahead, kBillion, rate);
    const bool early = scaled(floor, rate, kBillion) < ahead;
    return later(later(anchor_, floor), early ? 1 : 0);
  }

  // time + nanoseconds, or Time::max() if that is earlier: "for ever" is not in the past.
  [[nodiscard]] static Time later(Time time, std::int64_t nanoseconds) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(time.count(), nanoseconds, &sum)) return Time::max();
    return Time(sum);
  }

  // From `now` on the clocks run at `rate_ppb`. Timers set before must be set again.
  void set_rate(Time now, std::int64_t rate_ppb) {
    shown_ = monotonic(now);
    anchor_ = now;
    rate_ppb_ = rate_ppb;
  }
  // The wall clock jumps; the monotonic clock does not notice.
  void step(Duration by) { offset_ += by; }
  // From `now` on the wall clock runs so much faster than the monotonic one.
  void set_slew(Time now, std::int64_t rate_ppb) {
    const Time shown = monotonic(now);
    offset_ += slewed(shown);
    slewing_from_ = shown;
    slew_ppb_ = rate_ppb;
  }
  void set_bound(Time now, const ClockBound& bound) {
    bound_ = bound;
    bound_set_ = monotonic(now);
  }

  [[nodiscard]] std::int64_t rate_ppb() const { return rate_ppb_; }
  [[nodiscard]] std::int64_t slew_ppb() const { return slew_ppb_; }
  [[nodiscard]] const ClockBound& bound() const { return bound_; }
  // Without what slewing has added since it began.
  [[nodiscard]] Duration offset() const { return offset_; }

 private:
  static constexpr std::int64_t kBillion = 1'000'000'000;

  // value * times / by without overflow, rounded towards zero, at most INT64_MAX.
  static std::int64_t scaled(std::int64_t value, std::int64_t times, std::int64_t by) {
    __extension__ using Wide = __int128;
    const Wide exact = static_cast<Wide>(value) * times / by;
    return exact < INT64_MAX ? static_cast<std::int64_t>(exact) : INT64_MAX;
  }

  // How far the wall clock has been slewed when the monotonic clock shows `shown`.
  [[nodiscard]] Duration slewed(Time shown) const {
    return Duration(scaled((shown - slewing_from_).count(), slew_ppb_, kBillion));
  }

  std::int64_t rate_ppb_ = 0;
  std::int64_t slew_ppb_ = 0;
  Duration offset_;
  Time slewing_from_;  // on the monotonic clock
  ClockBound bound_;
  Time bound_set_;  // on the monotonic clock
  Time anchor_;     // true time of the last change of rate
  Time shown_;      // what the monotonic clock showed then
};

}  // namespace quorumlab::sim
