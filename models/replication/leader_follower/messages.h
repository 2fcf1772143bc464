// What replicas and sentinels of a single-leader cluster say to each other.
//
//   node.call(follower, Append{.epoch = 1, .leader = me, .from = 7, ...}, 300_ms)->end
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "models/data/log.h"
#include "sim/time.h"
#include "sim/trace.h"

namespace quorumlab::models::single_leader {

// "Here is the log from `from` on. `leader` leads epoch `epoch`." Without entries it is a
// heartbeat.
struct Append {
  struct Reply {
    Epoch epoch = 0;        // the follower's: a greater one deposes the sender
    bool matched = false;   // the entries fitted on what the follower has
    Index end = 0;          // matched: its disk holds everything before; else: try from here
    bool diverged = false;  // it has a history of its own and keeps it
  };
  static constexpr std::string_view kName = "Append";

  Epoch epoch = 0;
  NodeId leader;
  Index from = 0;
  Epoch previous = 0;  // epoch of the entry before `from`
  Index commit = 0;
  std::vector<Entry> entries;
  sim::Time as_of{};  // on the leader's wall clock: nothing later than this is missing

  [[nodiscard]] sim::Tags tags() const { return tags_of(epoch, from, entries); }
  [[nodiscard]] std::size_t wire_size() const { return 40 + 24 * entries.size(); }
};

// "How far is your log?" and "give me what you have from `from` on": asked before taking over.
struct Status {
  struct Reply {
    Epoch last_epoch = 0;
    Index end = 0;
    std::vector<Entry> entries;
  };
  static constexpr std::string_view kName = "Status";
  Index from = 0;
  bool with_entries = false;
};

// A replica to all others: "may I lead epoch `epoch`?" Epochs belong to replicas, so a vote is a
// promise to follow nobody of an earlier one.
struct Candidacy {
  struct Reply {
    Epoch epoch = 0;
    bool granted = false;
  };
  static constexpr std::string_view kName = "Candidacy";
  Epoch epoch = 0;
  Epoch last_epoch = 0;
  Index end = 0;
  [[nodiscard]] sim::Tags tags() const { return {.index = end, .term = epoch}; }
};

// Which replicas keep up with the leader of `epoch`, as sentinels remember it. Greater replaces
// lesser.
struct InSync {
  Epoch epoch = 0;
  std::uint32_t version = 0;
  std::vector<NodeId> members;  // ascending
};

// A sentinel to a replica: "do you live? This is the leader that I know."
struct Probe {
  struct Reply {
    Epoch epoch = 0;
    NodeId leader;
    Epoch last_epoch = 0;
    Index end = 0;
  };
  static constexpr std::string_view kName = "Probe";
  Epoch epoch = 0;
  NodeId leader;
  [[nodiscard]] sim::Tags tags() const { return {.term = epoch}; }
};

struct Promote {
  struct Reply {
    bool accepted = false;
  };
  static constexpr std::string_view kName = "Promote";
  Epoch epoch = 0;
  [[nodiscard]] sim::Tags tags() const { return {.term = epoch}; }
};

// Sentinel to sentinel: "is the leader of that epoch silent for you too?"
struct Suspect {
  struct Reply {
    bool silent = false;
  };
  static constexpr std::string_view kName = "Suspect";
  Epoch epoch = 0;
  [[nodiscard]] sim::Tags tags() const { return {.term = epoch}; }
};

// "May I carry out the failover that begins `epoch`?"
struct Mandate {
  struct Reply {
    Epoch epoch = 0;
    bool granted = false;
    InSync in_sync;  // as far as this sentinel knows
  };
  static constexpr std::string_view kName = "Mandate";
  Epoch epoch = 0;
  [[nodiscard]] sim::Tags tags() const { return {.term = epoch}; }
};

// "From now on `leader` leads."
struct Announce {
  struct Reply {};
  static constexpr std::string_view kName = "Announce";
  Epoch epoch = 0;
  NodeId leader;
  [[nodiscard]] sim::Tags tags() const { return {.term = epoch}; }
};

// A leader to the sentinels: "remember who keeps up", or without members: "who did?"
struct KeepInSync {
  struct Reply {
    bool kept = false;
    InSync known;
  };
  static constexpr std::string_view kName = "KeepInSync";
  InSync in_sync;
  [[nodiscard]] sim::Tags tags() const {
    return {.value = static_cast<std::int64_t>(in_sync.members.size()), .term = in_sync.epoch};
  }
};

}  // namespace quorumlab::models::single_leader
