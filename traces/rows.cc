#include "traces/rows.h"

#include <algorithm>
#include <tuple>

#include "sim/check.h"

namespace quorumlab::traces {
namespace {

constexpr double kRowHeight = 19;
constexpr double kBreakHeight = 24;

bool fits(const Row& row, const RowItem& item) {
  if (item.shape == PartShape::kRule) return false;
  return std::ranges::none_of(row.taken, [&](const RowItem& other) {
    if (other.shape == PartShape::kRule) return true;
    if (item.origin != 0 && other.origin == item.origin) return true;
    if (item.below == other.part) return true;
    const bool has_pill = other.shape == PartShape::kPill || item.shape == PartShape::kPill;
    return has_pill && other.lane == item.lane;
  });
}

}  // namespace

Rows::Rows(std::vector<RowItem> items) {
  std::ranges::sort(items, {}, [](const RowItem& i) { return std::tuple(i.at, i.order, i.part); });
  for (const RowItem& item : items) {
    if (rows_.empty() || rows_.back().at != item.at || !fits(rows_.back(), item)) {
      Row row;
      row.at = item.at;
      if (!rows_.empty()) row.skipped = item.at - rows_.back().at;
      rows_.push_back(row);
    }
    rows_.back().taken.push_back(item);
    row_of_.emplace(item.part, rows_.size() - 1);
  }
  find_breaks();
}

// A gap is cut visibly if it dwarfs the usual one; the usual one is the median.
void Rows::find_breaks() {
  constexpr std::int64_t kTimesUsual = 8;
  std::vector<sim::Duration> gaps;
  for (const Row& row : rows_)
    if (row.skipped > sim::Duration()) gaps.push_back(row.skipped);
  if (gaps.size() < 4) return;
  std::ranges::sort(gaps);
  const sim::Duration usual = gaps[gaps.size() / 2];
  for (Row& row : rows_) row.is_break = row.skipped.count() / kTimesUsual > usual.count();
}

void Rows::keep_apart(std::size_t from, std::size_t to, double distance) {
  if (from < to) distances_[to].push_back({from, distance});
}

void Rows::settle(double top) {
  double y = top;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (i > 0) y += kRowHeight + (rows_[i].is_break ? kBreakHeight : 0);
    if (const auto wanted = distances_.find(i); wanted != distances_.end())
      for (const auto& [from, distance] : wanted->second) y = std::max(y, rows_[from].y + distance);
    rows_[i].y = y;
  }
}

std::size_t Rows::row(Part part) const {
  const auto found = row_of_.find(part);
  QL_CHECK(found != row_of_.end(), "part {} of kind {}", part.id, static_cast<int>(part.kind));
  return found->second;
}

std::optional<double> Rows::y_of(sim::Time t) const {
  const auto after = std::ranges::upper_bound(rows_, t, {}, &Row::at);
  if (after == rows_.begin()) return std::nullopt;
  const Row& above = *std::prev(after);
  if (above.at == t) return above.y;
  if (after == rows_.end()) return std::nullopt;
  const auto part = static_cast<double>((t - above.at).count());
  const auto whole = static_cast<double>((after->at - above.at).count());
  return above.y + (after->y - above.y) * part / whole;
}

}  // namespace quorumlab::traces
