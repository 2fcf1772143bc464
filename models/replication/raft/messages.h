// The calls that Raft servers make to each other: figures 2 and 13 of the paper, and the
// dissertation's PreVote (9.6), TimeoutNow (3.10) and remote ReadIndex (6.4).
//
//   auto votes = node.call_all(voters, RequestVote{.term = 7, .end = log.end(), .last_term = 6});
//
// A greater term in any reply deposes the caller.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/replication/raft/journal.h"
#include "sim/trace.h"

namespace quorumlab::models::raft {

using sim::Tags;

struct RequestVote {
  struct Reply {
    Epoch term = 0;
    bool granted = false;
  };
  static constexpr std::string_view kName = "RequestVote";
  Epoch term = 0;
  Index end = 0;
  Epoch last_term = 0;
  bool rehearsal = false;  // PreVote: "would you?" Nobody changes term or vote
  bool transfer = false;   // the leader wants it so: stickiness does not count
  [[nodiscard]] Tags tags() const { return {.index = end, .term = term}; }
};

struct AppendEntries {
  struct Reply {
    Epoch term = 0;
    bool matched = false;
    Index end = 0;  // matched: its disk agrees up to here; else: try from here
  };
  static constexpr std::string_view kName = "AppendEntries";
  Epoch term = 0;
  Index from = 0;
  Epoch previous = 0;  // term of the entry before `from`
  Index commit = 0;
  std::vector<Entry> entries;
  sim::Time promise{};  // by the time of day: "elect nobody else before"
  [[nodiscard]] Tags tags() const {
    Tags tags{.index = from, .count = static_cast<std::uint32_t>(entries.size()), .term = term};
    if (entries.size() == 1) {
      tags.op = entries[0].op;
      tags.key = entries[0].key;
      tags.value = entries[0].value;
    }
    return tags;
  }
  [[nodiscard]] std::size_t wire_size() const { return 40 + 32 * entries.size(); }
};

// One chunk of a snapshot.
struct InstallSnapshot {
  struct Reply {
    Epoch term = 0;
    std::uint64_t received = 0;  // bytes so far: the next chunk begins here
    bool installed = false;
  };
  static constexpr std::string_view kName = "InstallSnapshot";
  Epoch term = 0;
  Index end = 0;
  Epoch last_term = 0;
  std::shared_ptr<const Configuration> configuration{};
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  // of the whole
  std::string bytes;
  [[nodiscard]] Tags tags() const { return {.index = end, .term = term}; }
  [[nodiscard]] std::size_t wire_size() const { return 64 + bytes.size(); }
};

// "Stand for election at once": leadership transfer.
struct TimeoutNow {
  struct Reply {};
  static constexpr std::string_view kName = "TimeoutNow";
  Epoch term = 0;
  [[nodiscard]] Tags tags() const { return {.term = term}; }
};

// A follower asks the leader up to where it must have applied the log before it may answer a read.
struct ReadIndex {
  struct Reply {
    bool granted = false;
    Index index = 0;
  };
  static constexpr std::string_view kName = "ReadIndex";
};

}  // namespace quorumlab::models::raft
