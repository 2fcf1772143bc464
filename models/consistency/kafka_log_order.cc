#include "models/consistency/kafka_log_order.h"

#include <algorithm>

namespace quorumlab::models {
namespace {

bool comes_before(const LogEntry& a, const LogEntry& b) {
  return a.offset != b.offset ? a.offset < b.offset : a.message < b.message;
}

}  // namespace

LogOrder::LogOrder(const LogHistory& history)
    : history_(history), places_(history.messages.size()), committed_(history.ops.size()) {
  see_senders_and_readers();
  find_committed();
  place_messages();
  number_entries();
}

void LogOrder::see_senders_and_readers() {
  for (std::uint32_t op = 0; op < history_.ops.size(); ++op) {
    const bool ok = history_.ops[op].outcome == TxnOutcome::kOk;
    for (const LogAction& action : history_.actions_of(history_.ops[op])) {
      LogPlace& place = places_[action.message];
      if (action.is_send) {
        place.sender = place.sender == kNobodySent ? op : kSeveralSent;
      } else if (ok && place.reader == UINT32_MAX) {
        place.reader = op;
      }
    }
  }
}

void LogOrder::find_committed() {
  for (std::uint32_t op = 0; op < history_.ops.size(); ++op) {
    const LogOp& mine = history_.ops[op];
    const auto sent = history_.actions_of(mine);
    committed_[op] =
        mine.outcome == TxnOutcome::kOk ||
        (mine.outcome == TxnOutcome::kInfo &&
         std::any_of(sent.begin(), sent.end(), [this](const LogAction& action) {
           const LogPlace& place = places_[action.message];
           return action.is_send && place.reader != UINT32_MAX && place.sender != kSeveralSent;
         }));
  }
}

// Most messages are seen at one offset, again and again.
void LogOrder::place_messages() {
  std::vector<LogEntry> seen;
  seen.reserve(history_.messages.size());
  for (std::uint32_t op = 0; op < history_.ops.size(); ++op) {
    for (const LogAction& action : history_.actions_of(history_.ops[op])) {
      const bool counts = action.offset != kNoOffset && (!action.is_send || committed_[op]);
      if (!counts) continue;
      LogPlace& place = places_[action.message];
      if (place.first == kNoOffset) {
        place.first = place.last = action.offset;
      } else if (place.first == action.offset || place.last == action.offset) {
        continue;
      } else {
        place.first = std::min(place.first, action.offset);
        place.last = std::max(place.last, action.offset);
      }
      seen.push_back({.offset = action.offset, .message = action.message});
    }
  }
  sort_entries(seen);
}

void LogOrder::sort_entries(const std::vector<LogEntry>& seen) {
  begin_.assign(history_.keys.size() + 2, 0);
  for (const LogEntry& entry : seen) ++begin_[history_.messages[entry.message].key + 2];
  for (std::size_t k = 2; k < begin_.size(); ++k) begin_[k] += begin_[k - 1];
  entries_.resize(seen.size());
  for (const LogEntry& entry : seen) {
    entries_[begin_[history_.messages[entry.message].key + 1]++] = entry;
  }
  begin_.pop_back();
  std::size_t kept = 0;
  for (std::size_t key = 0; key + 1 < begin_.size(); ++key) {
    const auto from = entries_.begin() + begin_[key];
    const auto to = entries_.begin() + begin_[key + 1];
    if (!std::is_sorted(from, to, comes_before)) std::sort(from, to, comes_before);
    begin_[key] = static_cast<std::uint32_t>(kept);
    for (auto entry = from; entry != to; ++entry) {
      const bool again = kept > begin_[key] && !comes_before(entries_[kept - 1], *entry);
      if (!again) entries_[kept++] = *entry;
    }
  }
  begin_.back() = static_cast<std::uint32_t>(kept);
  entries_.resize(kept);
}

void LogOrder::number_entries() {
  is_shared_.resize(entries_.size());
  for (std::uint32_t key = 0; key + 1 < begin_.size(); ++key) {
    for (std::uint32_t i = begin_[key]; i < begin_[key + 1]; ++i) {
      LogEntry& entry = entries_[i];
      places_[entry.message].entry = i;
      if (i == begin_[key]) continue;
      const bool same = entries_[i - 1].offset == entry.offset;
      entry.rank = entries_[i - 1].rank + (same ? 0 : 1);
      if (same) is_shared_[i - 1] = is_shared_[i] = true;
    }
  }
}

std::size_t LogOrder::find(std::uint32_t key, std::int64_t offset) const {
  const auto mine = entries_of(key);
  const auto at = std::lower_bound(
      mine.begin(), mine.end(), offset,
      [](const LogEntry& entry, std::int64_t wanted) { return entry.offset < wanted; });
  return static_cast<std::size_t>(at - mine.begin());
}

std::uint32_t LogOrder::between(std::uint32_t key, std::int64_t low, std::int64_t high) const {
  const auto mine = entries_of(key);
  std::size_t from = find(key, low);
  while (from < mine.size() && mine[from].offset == low) ++from;
  if (from >= mine.size() || mine[from].offset >= high) return 0;
  const std::size_t to = find(key, high);
  return mine[to - 1].rank - mine[from].rank + 1;
}

std::uint32_t LogOrder::rank(const LogAction& action, std::int64_t offset) const {
  const LogPlace& place = places_[action.message];
  if (place.first == place.last && place.first == offset) return entries_[place.entry].rank;
  const std::uint32_t key = action.key;
  return entries_of(key)[find(key, offset)].rank;
}

std::uint32_t LogOrder::between(const LogAction& a, std::int64_t low, const LogAction& b,
                                std::int64_t high) const {
  return high <= low + 1 ? 0 : rank(b, high) - rank(a, low) - 1;
}

}  // namespace quorumlab::models
