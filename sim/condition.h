// Waiting for something to become true inside one node.
//
//   Condition progress(node);
//   progress.notify_all();                                            // after changing shared
//   state if (!progress.wait_for(100_ms, [&] { return durable >= index; })) return
//   Outcome::kUnknown;
//
// Fibers of a node run one at a time, so there is no mutex: state changes only where code suspends.
#pragma once

#include <concepts>
#include <cstdint>

#include "sim/time.h"
#include "sim/timers.h"

namespace quorumlab::sim {

class Fiber;
class Node;

class Condition {
 public:
  explicit Condition(Node& node) : node_(node) {}
  ~Condition();
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  // Suspends until `holds()`. The predicate is asked first, and after each notification.
  template <std::predicate Holds>
  void wait(Holds holds) {
    while (!holds()) park();
  }

  // Suspends until `holds()` or until `timeout` has passed on the node's monotonic clock; returns
  // what holds() says at the end.
  template <std::predicate Holds>
  [[nodiscard]] bool wait_for(Duration timeout, Holds holds) {
    if (holds()) return true;
    Deadline deadline(*this, timeout);
    while (!deadline.passed()) {
      deadline.aim();
      park();
      if (holds()) return true;
    }
    return false;
  }

  // Everybody who waits asks its predicate again, soon, in the order of waiting. Does not suspend.
  void notify_all();

 private:
  struct Waiter;

  // A time-out that wakes the waiting fiber, set for as long as this object lives.
  class Deadline {
   public:
    Deadline(Condition& condition, Duration timeout);
    ~Deadline();
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    // The next parking is the one to end, and no other that the predicate may do.
    void aim();
    [[nodiscard]] bool passed() const;

   private:
    Node& node_;
    Fiber& fiber_;
    std::uint64_t ticket_ = 0;
    Time at_;
    TimerId timer_;
  };

  void park();

  Node& node_;
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

}  // namespace quorumlab::sim
