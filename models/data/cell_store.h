// What one replica holds for others to read: versions of keys, and hints for replicas that were out
// of reach, both on its disk.
//
//   CellStore store(node, mistakes_order);
//   store.tell();                                // the trace hears of every version from now on
//   store.merge(key, cell); store.sync();        // suspends; then it is durable
//   store.find(key).latest();                    // the newest version, or nullptr
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "models/client_protocol.h"
#include "models/data/record_file.h"
#include "models/data/stamp.h"
#include "models/data/versions.h"
#include "sim/time.h"

namespace quorumlab::models {

struct Version {
  Stamp stamp;
  Value value;  // nullopt: a tombstone
  bool operator==(const Version&) const = default;
};

// All that is known of one key: under last-write-wins `last`, else siblings.
struct Cell {
  std::optional<Version> last;
  Versioned<Version> siblings;

  bool operator==(const Cell&) const = default;
  void merge(const Cell& other);
  // The version with the greatest stamp; nullptr: there is none.
  [[nodiscard]] const Version* latest() const;
  [[nodiscard]] bool is_tombstone() const { return latest() != nullptr && !latest()->value; }
  [[nodiscard]] std::uint64_t hash() const;
  void encode(Encoder& out) const;
  [[nodiscard]] static Cell decode(Decoder& in);
};

class CellStore {
 public:
  // `late_counts`: a version that arrives after a newer one has been in effect before it, as with
  // atomic registers; else it never was. This matters to the audit only.
  CellStore(sim::Node& node, bool late_counts, bool arrival_order);

  // What changes is noted in the trace from now on; what was read back from disk is not news.
  void tell() { telling_ = true; }
  // `position`: of this change in the replica's own log, if it keeps one.
  void merge(Key key, const Cell& cell, std::optional<std::uint64_t> position = std::nullopt);
  // An empty cell if there is nothing.
  [[nodiscard]] const Cell& find(Key key) const;
  [[nodiscard]] const std::map<Key, Cell>& cells() const { return cells_; }
  void purge(Key key);
  // Since when this life has known the key's tombstone.
  [[nodiscard]] sim::Time deleted_since(Key key) const;

  using Hints = std::map<std::pair<NodeId, Key>, Cell>;
  void keep_hint(NodeId home, Key key, const Cell& cell);
  // It is gone, wherever to.
  void drop_hint(NodeId home, Key key);
  // Its home has said that it has it.
  void hint_arrived(NodeId home, Key key);
  [[nodiscard]] const Hints& hints() const { return hints_; }

  void sync() { file_.sync(); }
  // Every value that was the newest here at some time, in order; before them what is or was kept as
  // a hint, for it is on disk here and whoever asks here is shown it.
  [[nodiscard]] std::vector<std::int64_t> history(Key key) const;

 private:
  void replay(Decoder& in);
  void take(Key key, const Cell& cell);
  void take_hint(NodeId home, Key key, const Cell& cell);
  void take_leave(NodeId home, Key key);
  void tell_of(Key key, const Cell& before, const Cell& came,
               std::optional<std::uint64_t> position) const;
  void tell_of_hint(std::string_view what, Key key, const Cell& cell) const;

  sim::Node& node_;
  bool late_counts_;
  bool arrival_order_;
  bool telling_ = false;
  std::map<Key, Cell> cells_;
  std::map<Key, std::vector<std::int64_t>> history_;
  std::map<Key, sim::Time> deleted_since_;
  Hints hints_;
  RecordFile file_;
};

}  // namespace quorumlab::models
