// Timers of nodes: set on the node's monotonic clock, bent when that clock changes its rate.
//
//   const TimerId t = timers.set(node, node.now() + 50_ms, fiber);   // wakes the fiber's next
//   parking timers.cancel(t);                                                // O(1)
//
// Most timers are time-outs that never fire. Their events stay in the queue, recognised as dead by
// a generation number, and are swept out when the dead outnumber the living.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/event_queue.h"
#include "sim/ids.h"
#include "sim/time.h"

namespace quorumlab::sim {

class Node;
class World;

struct TimerId {
  std::uint32_t slot = UINT32_MAX;
  std::uint32_t generation = 0;
};

class Timers final : public Target {
 public:
  explicit Timers(World& world);

  // At the node's monotonic time `deadline` the fiber's present or next parking ends.
  TimerId set(Node& node, Time deadline, Fiber& fiber);
  // ... `callback` runs inline; it must not suspend.
  TimerId set(Node& node, Time deadline, std::function<void()> callback);
  // Does nothing if the timer has fired or was cancelled.
  void cancel(TimerId id);

  // The node crashed: none of its timers fires.
  void cancel_all(Node& node);
  // The node's clock changed its rate: returns how many timers now fire at another true time.
  std::uint64_t bend(Node& node);

  Fiber* fire(const Event& event) override;
  // Will this event of the queue find its timer gone?
  [[nodiscard]] bool is_dead(const Event& event) const {
    return slots_[event.arg & UINT32_MAX].version != event.arg >> 32;
  }

 private:
  struct Slot {
    Node* node = nullptr;  // null: free
    Time deadline;
    std::uint32_t generation = 0;  // which timer this is; part of its TimerId
    std::uint32_t version = 0;     // which event is its: others in the queue are dead
    Fiber* fiber = nullptr;        // null: the callback of the same number is called
    std::uint64_t ticket = 0;
    EventId cause = kNoEvent;  // of the event during which it was set
  };
  // Among the timers of the node. Apart from the slots, because each change goes to two neighbours.
  struct Links {
    std::uint32_t previous = UINT32_MAX;
    std::uint32_t next = UINT32_MAX;
  };

  TimerId arm(Node& node, Time deadline);
  void schedule(std::uint32_t slot);
  void release(std::uint32_t slot);
  void bury(std::uint64_t events);

  World& world_;
  std::vector<Slot> slots_;
  std::vector<Links> links_;
  std::vector<std::function<void()>> callbacks_;
  std::vector<std::uint32_t> free_;
  std::uint64_t dead_ = 0;  // events in the queue that will find their timer gone
};

}  // namespace quorumlab::sim
