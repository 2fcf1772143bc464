// What leaders tell each other.
//
//   Change change{.dot = {me, 7}, .after = known, .key = key, .stamp = stamp, .value = 41};
//   Changes message{.from = 0, .changes = {change}};
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/data/cell_store.h"
#include "models/data/versions.h"
#include "sim/trace.h"

namespace quorumlab::models::multi_leader {

// One write, as it travels: the nth of its leader, what that leader knew then, and what became of
// the key.
struct Change {
  Dot dot;
  VersionVector after;
  Key key;
  Stamp stamp;  // `op` of it names the request
  Function f = Function::kWrite;
  std::int64_t value = 0;  // that was asked for; of an erasure 0
  Cell cell;               // versions of the key,
  std::string update;      // or what a SharedObject takes

  void encode(Encoder& out) const;
  [[nodiscard]] static Change decode(Decoder& in);
};

// "My changes from `from` on, in the order in which I learned of them."
struct Changes {
  struct Reply {
    std::uint64_t end = 0;  // `from` and as many as are here now
  };
  static constexpr std::string_view kName = "Changes";
  std::uint64_t from = 0;
  std::vector<Change> changes;
  [[nodiscard]] sim::Tags tags() const;
  [[nodiscard]] std::size_t wire_size() const;
};

}  // namespace quorumlab::models::multi_leader
