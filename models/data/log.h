// A replicated log on a node's disk, and the key-value state that it stands for.
//
//   Log log(node);                       // recovery: reads back what survived, up to the first bad
//   record const Index at = log.append({epoch, op, key, 7}); log.sync(); // suspends; group commit:
//   one disk sync serves all who wait log.latest(key, log.durable());      // the value of `key`
//   after the entries before that index
//
// Records are 32 bytes with a checksum (XXH3, 64 bits), so a torn or lost tail is noticed and cut.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/data/group_commit.h"
#include "models/history.h"
#include "sim/trace.h"

namespace quorumlab::models {

// Counts entries from 0; as a bound it is the number of entries before it.
using Index = std::uint64_t;
// Term, epoch or view: who was entitled to write the entry.
using Epoch = std::uint32_t;

struct Entry {
  Epoch epoch = 0;
  OpId op;
  Key key;  // kNoKey: it writes nothing, and lets a new leader commit what is older
  std::int64_t value = 0;
  bool operator==(const Entry&) const = default;
};

// What a message with these entries, the first of them at `from`, tells of itself.
[[nodiscard]] sim::Tags tags_of(Epoch epoch, Index from, std::span<const Entry> entries);

class Log {
 public:
  explicit Log(sim::Node& node);

  [[nodiscard]] Index end() const { return entries_.size(); }
  // Entries before this index survive a crash.
  [[nodiscard]] Index durable() const { return durable_; }
  [[nodiscard]] const Entry& at(Index index) const { return entries_.at(index); }
  // The epoch of the last entry before `index`; 0 at the beginning.
  [[nodiscard]] Epoch epoch_before(Index index) const;
  [[nodiscard]] std::span<const Entry> between(Index from, Index to) const;

  Index append(const Entry& entry);
  // Throws away the entries from `index` on.
  void truncate(Index index);
  // Suspends until every entry that is in the log now is durable, or was truncated.
  void sync();

  // The value of `key` after all entries before `end`; nullopt: never written.
  [[nodiscard]] Value latest(Key key, Index end) const;
  // Every value ever written to `key`, in order.
  [[nodiscard]] std::vector<std::int64_t> values(Key key) const;

 private:
  void recover();
  void apply(const Entry& entry);
  std::vector<Index>& writes_of(Key key);

  sim::Node& node_;
  std::vector<Entry> entries_;
  std::vector<std::vector<Index>> by_key_;  // where each key was written, ascending
  Index durable_ = 0;
  Index covered_ = 0;  // by the sync in progress
  GroupCommit commit_;
};

}  // namespace quorumlab::models
