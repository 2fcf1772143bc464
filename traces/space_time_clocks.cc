// Ribbons beside the lanes: how far each node's wall clock is off. Only where some clock was
// tampered with before the picture ends: the everyday offset of milliseconds would only distract.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "traces/space_time_layout.h"
#include "traces/wall_clock.h"

namespace quorumlab::traces {

void Layout::find_clocks() {
  std::vector<WallClock> clocks;
  for (const NodeId lane : slice_.lanes) clocks.emplace_back(record_, lane);
  bool is_tampered = false;
  std::size_t row = 0;
  const auto& rows = rows_.rows();
  std::vector<std::vector<sim::Duration>> off(clocks.size());
  const auto note_rows_until = [&](sim::Time at) {
    for (; row < rows.size() && rows[row].at < at; ++row)
      for (std::size_t i = 0; i < clocks.size(); ++i) off[i].push_back(clocks[i].off(rows[row].at));
  };
  for (const TraceEvent& e : record_.events()) {
    if (e.at > slice_.end) break;
    for (WallClock& clock : clocks) {
      if (!clock.changes_at(e)) continue;
      note_rows_until(e.at);
      clock.see(e);
      is_tampered = true;
    }
  }
  if (!is_tampered) return;
  note_rows_until(sim::Time::max());
  for (std::size_t i = 0; i < clocks.size(); ++i) clocks_off_[slice_.lanes[i]] = std::move(off[i]);
}

void Layout::draw_clocks() {
  constexpr double kGap = 7;
  constexpr double kWidest = 16;
  std::int64_t worst = 1;
  for (const auto& [lane, off] : clocks_off_)
    for (const sim::Duration d : off) worst = std::max(worst, std::abs(d.count()));
  const auto& rows = rows_.rows();
  for (const auto& [lane, off] : clocks_off_)
    for (std::size_t i = 0; i < off.size() && i < rows.size(); ++i) {
      const double width =
          kWidest * static_cast<double>(std::abs(off[i].count())) / static_cast<double>(worst);
      if (width < 0.5) continue;
      const double bottom = i + 1 < rows.size() ? rows[i + 1].y : bottom_;
      const double left = off[i].count() > 0 ? x_of(lane) + kGap : x_of(lane) - kGap - width;
      picture_.diagram.strips.push_back(
          {{left, rows[i].y, width, bottom - rows[i].y},
           StripStyle::kClock,
           fmt::format("the clock of {} is off by {}{}", record_.lane_name(lane),
                       off[i].count() > 0 ? "+" : "", rough(off[i]))});
    }
}

// For the head of a lane: the worst that its clock does in this picture.
std::string Layout::clock_text(NodeId lane) const {
  const auto off = clocks_off_.find(lane);
  if (off == clocks_off_.end() || off->second.empty()) return {};
  const auto size = [](sim::Duration d) { return std::abs(d.count()); };
  const sim::Duration worst = *std::ranges::max_element(off->second, {}, size);
  constexpr std::int64_t kWorthTelling = 1'000'000;
  if (size(worst) < kWorthTelling) return {};
  return fmt::format("clock {}{}", worst.count() > 0 ? "+" : "", rough(worst));
}

}  // namespace quorumlab::traces
