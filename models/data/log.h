// A replicated log on a node's disk, and the key-value state that it stands for.
//
//   Log log(node);                                  // recovery: what survived, up to the first bad
//   const Index at = log.append({epoch, op, key, 7});
//   log.sync();                                     // suspends; one disk sync serves all who wait
//   log.latest(key, log.durable());                 // its value after the entries before that
//
// Records are 32 bytes with a checksum (XXH3, 64 bits), so a torn or lost tail is noticed and cut;
// what is no plain write takes a second record.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/data/group_commit.h"
#include "models/data/object.h"
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
  Function f = Function::kWrite;
  bool erase = false;
  Value expected{};
  bool operator==(const Entry&) const = default;
  [[nodiscard]] Command command() const { return {f, value, expected, erase}; }
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

  // What came of the entry, given those before it. Requires: it is about a key.
  [[nodiscard]] const Object::Result& result(Index index) const;
  // The value of `key` after all entries before `end`; nullopt: never written.
  [[nodiscard]] Value latest(Key key, Index end) const;
  // Its elements then.
  [[nodiscard]] std::vector<std::int64_t> elements(Key key, Index end) const;
  // Is no entry from `from` on and before `to` about `key`?
  [[nodiscard]] bool is_untouched(Key key, Index from, Index to) const;
  // What an audit is told of `key`: every value, in order.
  [[nodiscard]] std::vector<std::int64_t> values(Key key) const;

 private:
  // What an entry did to its key.
  struct Step {
    Index index = 0;
    Object::Result result;
    Value after;    // value() of the object
    Value audited;  // as in Object
  };
  struct Track {
    std::vector<Step> steps;  // ascending
    Object now;               // after all of them
  };

  void recover();
  void apply(const Entry& entry);
  static void advance(Track* track, const Entry& entry, Index index);
  Track& track_of(Key key);
  // Those of its steps that are before `end`.
  [[nodiscard]] std::span<const Step> steps(Key key, Index end) const;

  sim::Node& node_;
  std::vector<Entry> entries_;
  std::vector<std::uint64_t> ends_;  // where the record of each entry ends in the file
  std::vector<Track> by_key_;
  Index durable_ = 0;
  Index covered_ = 0;  // by the sync in progress
  GroupCommit commit_;
};

}  // namespace quorumlab::models
