// What a lane's wall clock showed over a run: it runs at its own rate, is slewed and stepped.
//
//   WallClock clock(record, NodeId(1));
//   for (const TraceEvent& e : record.events()) clock.see(e);
//   clock.off(now);                              // +4s: it is ahead of true time
#pragma once

#include <optional>

#include "traces/record.h"

namespace quorumlab::traces {

class WallClock {
 public:
  WallClock(const Record& record, NodeId lane)
      : lane_(lane), slew_(record.find_name("clock slew")) {
    if (lane.value >= record.lanes.size()) return;
    shown_ = record.lanes[lane.value].clock_offset;
    rate_ = record.lanes[lane.value].clock_rate_ppb;
  }

  [[nodiscard]] bool changes_at(const TraceEvent& e) const {
    const bool is_slew = e.kind == EventKind::kNote && slew_ && e.name == *slew_;
    return e.lane == lane_ &&
           (is_slew || e.kind == EventKind::kClockRate || e.kind == EventKind::kClockStep);
  }
  void see(const TraceEvent& e) {
    if (!changes_at(e)) return;
    shown_ = at(e.at);
    since_ = e.at;
    if (e.kind == EventKind::kClockStep)
      shown_ += sim::Duration(e.tags.value);
    else
      (e.kind == EventKind::kClockRate ? rate_ : slewed_) = e.tags.value;
  }

  [[nodiscard]] sim::Duration at(sim::Time now) const {
    const sim::Duration passed = now - since_;
    // Whole seconds apart, so that the product fits.
    constexpr std::int64_t kBillion = 1'000'000'000;
    const std::int64_t rate = rate_ + slewed_;
    const std::int64_t gained = passed.count() / kBillion * rate +
                                passed.count() % kBillion * (rate / 1000) / (kBillion / 1000);
    return shown_ + passed + sim::Duration(gained);
  }
  // How far it is ahead of true time; negative: behind.
  [[nodiscard]] sim::Duration off(sim::Time now) const {
    return at(now) - sim::Duration(now.count());
  }

 private:
  NodeId lane_;
  std::optional<sim::NameId> slew_;
  sim::Duration shown_;
  std::int64_t rate_ = 0;
  std::int64_t slewed_ = 0;
  sim::Time since_;
};

}  // namespace quorumlab::traces
