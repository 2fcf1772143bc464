// Fibers: straight-line protocol code that can wait. This header and fiber.cc are the only files
// that know how; nothing else in the project names Boost.
//
//   Fiber& fiber = FiberPool::of_this_thread().acquire(*this);
//   fiber.start([&] { ...; fiber.park(); ... });   // runs when the scheduler's next() returns it
//   FiberPool::of_this_thread().run(*this);        // until next() returns nullptr
//
// A fiber is a parked worker with a stack of its own; finished ones are reused, not destroyed. The
// event queue is the scheduler: whenever a fiber parks, Boost.Fiber's pick_next takes the fiber
// that FiberScheduler::next() found by executing events, on the stack that is giving up. A fiber
// never leaves its thread, so worlds on several threads share nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "sim/event_queue.h"
#include "sim/ids.h"

namespace quorumlab::sim {

class Fiber;
class FiberPool;
class Node;

// What a fiber is thrown when its node crashes. Not a std::exception, so that no handler for errors
// catches it by accident; swallowing it is detected at the next suspension or return.
struct Killed {};

// The text of what was thrown, whatever it is.
[[nodiscard]] std::string what_of(const std::exception_ptr& error);

// Decides what runs next. Implemented by World.
class FiberScheduler {
 public:
  virtual ~FiberScheduler() = default;
  // Executes events until a fiber shall run; nullptr: control returns to FiberPool::run.
  virtual Fiber* next() = 0;
  // May `fiber` run now? false: its node is paused and the scheduler keeps the event for later.
  virtual bool admit(Fiber& fiber, const Event& event) = 0;
  // The fiber's body returned, or was unwound by Killed (error is null), or threw.
  virtual void finished(Fiber& fiber, std::exception_ptr error) = 0;
  // What next() executed inline threw.
  virtual void failed(std::exception_ptr error) = 0;
};

// Why a fiber waits; shown in deadlock reports. `what` points to static text.
struct Waiting {
  const char* what = "nothing";
  NodeId peer = kNoNode;
  Time until = Time::max();  // the node's monotonic time; max: for ever
};

class Fiber final : public Target {
 public:
  ~Fiber() override;

  // Requires: the fiber is fresh from acquire(). The body runs once next() returns this fiber.
  void start(std::function<void()> body) { body_ = std::move(body); }

  // Gives up until somebody wakes this very parking. Suspends. Throws Killed if the node crashed.
  // Requires: runs on this fiber.
  void park(const Waiting& waiting);

  // Whoever wants to wake a parked fiber remembers its ticket: a later parking has another one.
  [[nodiscard]] std::uint64_t ticket() const { return ticket_; }
  // True once for each parking: the caller then has to make the fiber run (return it from fire(),
  // or schedule it). False: it was woken already, or parks elsewhere by now.
  bool claim(std::uint64_t ticket) {
    if (ticket != ticket_ || claimed_ || !parked_) return false;
    claimed_ = true;
    return true;
  }

  // A scheduled wake-up arrives: the fiber runs next.
  Fiber* fire(const Event& event) override;

  // The fiber will throw Killed when it runs next.
  void kill() { killed_ = true; }
  [[nodiscard]] bool killed() const { return killed_; }
  [[nodiscard]] bool parked() const { return parked_; }
  // Killed, and its destructors run now.
  [[nodiscard]] bool dying() const { return killed_ && !parked_; }

  // The engine's notes on what this fiber is for; reset by acquire().
  Node* node = nullptr;
  EventId cause = kNoEvent;

 private:
  friend class FiberPool;
  struct Context;

  Fiber(FiberPool& pool, std::unique_ptr<Context> context);
  void loop();
  void run_body();

  // Whatever a wake-up needs comes first, in as few cache lines as may be.
  std::uint64_t ticket_ = 0;
  FiberScheduler* scheduler_ = nullptr;
  bool claimed_ = false;
  bool parked_ = false;
  bool killed_ = false;
  bool unwinding_ = false;  // Killed was thrown and has not left the body yet
  std::unique_ptr<Context> context_;
  FiberPool& pool_;

 public:
  Waiting waiting;
  Fiber* next_of_node = nullptr;  // youngest first
  Fiber* previous_of_node = nullptr;
  std::string name;

 private:
  std::function<void()> body_;
};

// The fibers of one thread.
class FiberPool {
 public:
  static FiberPool& of_this_thread();
  ~FiberPool();
  FiberPool(const FiberPool&) = delete;
  FiberPool& operator=(const FiberPool&) = delete;

  // A parked fiber for `scheduler`, reused or new. Aborts with a clear message when the machine has
  // no room for another guarded stack (30,000 fibers before Linux 6.13, with its usual limits).
  Fiber& acquire(FiberScheduler& scheduler, std::uint64_t fingerprint_id);

  // Runs what scheduler.next() returns until it returns nullptr. Requires: not called on a fiber.
  void run(FiberScheduler& scheduler);

  // The fiber that runs now; nullptr on the thread's own stack.
  [[nodiscard]] Fiber* current() const { return current_; }

  // Fibers in use by worlds, and stacks that exist in all.
  [[nodiscard]] std::size_t in_use() const;
  [[nodiscard]] std::size_t stacks() const;

 private:
  friend class Fiber;
  FiberPool();
  struct Runtime;
  std::unique_ptr<Runtime> runtime_;
  Fiber* current_ = nullptr;
};

}  // namespace quorumlab::sim
