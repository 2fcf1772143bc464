// Calls in progress: who waits for which answers. Models use Node::call and Node::call_all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sim/ids.h"
#include "sim/message.h"
#include "sim/time.h"

namespace quorumlab::sim {

class Fiber;
class Node;
class World;
class PendingReplies;

// Maps the call ids that travel in messages to the callers that still wait.
class CallTable {
 public:
  CallId open(PendingReplies& caller, std::uint32_t position);
  void close(CallId id);

  struct Entry {
    PendingReplies* caller = nullptr;  // null: nobody waits any more
    std::uint32_t position = 0;
  };
  // Closes the call and says whose it was: an answer that comes twice finds nobody.
  Entry take(CallId id);

 private:
  struct Slot {
    Entry entry;
    std::uint32_t generation = 0;
  };
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

// Answers that one fiber waits for. Lives on that fiber's stack; a crash closes what is open.
class PendingReplies {
 public:
  explicit PendingReplies(Node& node) : node_(node) {}
  ~PendingReplies();
  PendingReplies(const PendingReplies&) = delete;
  PendingReplies& operator=(const PendingReplies&) = delete;

  // Sends the request, which counts as position 0, 1, 2, ... in the order of asking.
  void ask(NodeId to, Message& request);
  // Suspends until `enough` answers are here, none is outstanding, or `timeout` has passed since
  // `started` on the node's monotonic clock. Returns whether there are enough.
  bool wait_for(std::size_t enough, Time started, Duration timeout, const char* what, NodeId peer);

  struct Answer {
    NodeId from;
    Message* message = nullptr;
  };
  // In the order of arrival.
  [[nodiscard]] std::span<const Answer> answers() const { return answers_; }

  // An answer arrived: returns the fiber to run, if it waits and has enough now.
  Fiber* arrived(std::uint32_t position, Message& message);

 private:
  struct Asked {
    NodeId to;
    CallId call;
    bool open = true;
  };
  Node& node_;
  std::vector<Asked> asked_;
  std::vector<Answer> answers_;
  std::size_t enough_ = 0;
  Fiber* waiting_ = nullptr;
};

}  // namespace quorumlab::sim
