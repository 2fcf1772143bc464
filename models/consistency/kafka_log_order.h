// Which message lies at which offset of each log, from what sends and polls were told.
//
//   const LogOrder order(history);
//   order.offset_of(op, action);        // kNoOffset: nobody was told
//   order.between(key, 3, 9);           // so many offsets between them are known to be used
//
// Known is what any poll returned, whatever became of its operation, for nobody may be shown what
// is not there; and what a send was told, if its operation was acknowledged, or if nobody knows how
// it ended but an acknowledged poll returned something that it sent.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/consistency/kafka_history.h"

namespace quorumlab::models {

inline constexpr std::uint32_t kNobodySent = UINT32_MAX;
inline constexpr std::uint32_t kSeveralSent = UINT32_MAX - 1;  // so that nothing can be concluded

struct LogEntry {
  std::int64_t offset = 0;
  std::uint32_t message = 0;
  std::uint32_t rank = 0;  // how many lower offsets of its log are known
};

// What is known of a message.
struct LogPlace {
  std::int64_t first = kNoOffset;      // the lowest offset it was seen at
  std::int64_t last = kNoOffset;       // and the highest: the same, unless something is wrong
  std::uint32_t sender = kNobodySent;  // operation
  std::uint32_t reader = UINT32_MAX;   // first acknowledged operation that polled it
  std::uint32_t entry = 0;             // index into entries; of one of them
};

class LogOrder {
 public:
  // Keeps a reference.
  explicit LogOrder(const LogHistory& history);

  [[nodiscard]] const LogPlace& place(std::uint32_t message) const { return places_[message]; }
  // Did the operation certainly take place?
  [[nodiscard]] bool committed(std::uint32_t op) const { return committed_[op]; }
  // By offset, then message.
  [[nodiscard]] std::span<const LogEntry> entries_of(std::uint32_t key) const {
    return std::span(entries_).subspan(begin_[key], begin_[key + 1] - begin_[key]);
  }
  // The only message at its only offset.
  [[nodiscard]] bool is_sole(const LogEntry& entry) const {
    const LogPlace& place = places_[entry.message];
    return place.first == place.last && !is_shared_[index_of(entry)];
  }
  // Where a message that was sent or polled lies; of one seen in several places, only the offset
  // that this very operation was told counts.
  [[nodiscard]] std::int64_t offset_of(std::uint32_t op, const LogAction& action) const {
    const bool told = action.offset != kNoOffset && (!action.is_send || committed_[op]);
    if (told) return action.offset;
    const LogPlace& place = places_[action.message];
    return place.first == place.last ? place.first : kNoOffset;
  }
  // Known offsets of the log above `low` and below `high`.
  [[nodiscard]] std::uint32_t between(std::uint32_t key, std::int64_t low, std::int64_t high) const;
  // The same for two actions at these offsets, mostly without a search.
  [[nodiscard]] std::uint32_t between(const LogAction& a, std::int64_t low, const LogAction& b,
                                      std::int64_t high) const;
  // The first entry of the log at this offset or above, as an index into entries_of(key).
  [[nodiscard]] std::size_t find(std::uint32_t key, std::int64_t offset) const;

 private:
  void see_senders_and_readers();
  void find_committed();
  void place_messages();
  void sort_entries(const std::vector<LogEntry>& seen);
  void number_entries();
  [[nodiscard]] std::size_t index_of(const LogEntry& entry) const {
    return static_cast<std::size_t>(&entry - entries_.data());
  }
  [[nodiscard]] std::uint32_t rank(const LogAction& action, std::int64_t offset) const;

  const LogHistory& history_;
  std::vector<LogPlace> places_;      // by message
  std::vector<bool> committed_;       // by operation
  std::vector<LogEntry> entries_;     // of all keys
  std::vector<bool> is_shared_;       // by entry: several messages at its offset
  std::vector<std::uint32_t> begin_;  // by key
};

}  // namespace quorumlab::models
