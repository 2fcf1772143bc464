// A world: virtual time, nodes, network, and everything that happens between them.
//
//   World world({.seed = Seed{2018}});
//   Node& n1 = world.add_node({.name = "n1", .program = [](Node& node) { follow(node); }});
//   world.start(n1.id());
//   world.run_until(Time{} + 2_min);
//   world.fingerprint();             // the same for the same seed, on every machine
//
// A world lives and runs on one thread; several worlds on several threads share nothing.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sim/fiber.h"
#include "sim/fingerprint.h"
#include "sim/message.h"
#include "sim/network.h"
#include "sim/node.h"
#include "sim/timers.h"
#include "sim/trace.h"

namespace quorumlab::sim {

struct WorldOptions {
  Seed seed;
  std::uint64_t max_events = 1'000'000'000;       // then the run ends with Stop::kEventCap
  std::uint64_t max_at_one_instant = 1'000'000;   // then it is a livelock
  std::size_t max_memory = std::size_t{8} << 30;  // bytes of messages, events and stacks
};

enum class Stop : std::uint8_t {
  kReachedTime,  // everything up to the given time has happened
  kIdle,         // no event is left; if somebody waits, it is a deadlock: see waiting()
  kRequested,    // stop() was called
  kLivelock,     // too many events at one instant
  kEventCap,
  kMemoryCap,
};

// One fiber that waits, for deadlock reports.
struct WaitingFiber {
  NodeId node;
  std::string fiber;
  Waiting waiting;
};

// What happens in a world, for triggers, invariants and reports. All optional.
struct Observer {
  std::function<void(Node&, std::string_view field, std::int64_t before, std::int64_t now)> state;
  std::function<void(Node&, std::string_view what, const Tags&)> note;
  std::function<void(Node&, std::string_view point)> point = nullptr;  // see namespace point
};

// Places in the life of every node, whatever it runs, at which observers may look.
namespace point {
inline constexpr std::string_view kStart = "start";             // for the first time
inline constexpr std::string_view kRestart = "restart";         // it begins to recover
inline constexpr std::string_view kServe = "serve";             // it takes requests from now on
inline constexpr std::string_view kBeforeSync = "before_sync";  // of its disk
inline constexpr std::string_view kAfterSync = "after_sync";
inline constexpr std::string_view kDiskError = "disk_error";  // it was told that its disk failed
inline constexpr std::string_view kCrash = "crash";
inline constexpr std::array kAll = {kStart,     kRestart,   kServe, kBeforeSync,
                                    kAfterSync, kDiskError, kCrash};
}  // namespace point

class World final : public FiberScheduler {
 public:
  explicit World(const WorldOptions& options);
  ~World() override;
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Replicas first, then clients. The node is down until start().
  Node& add_node(NodeOptions options);
  [[nodiscard]] Node& node(NodeId id) { return *nodes_.at(id.value); }
  [[nodiscard]] const Node& node_at(std::uint32_t number) const { return *nodes_.at(number); }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] std::size_t replicas() const { return replicas_; }
  [[nodiscard]] Network& network() { return network_; }

  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] Seed seed() const { return options_.seed; }

  // Executes everything up to and at `end`. If a node's code threw, rethrows it, with the node's
  // name and the time in a ModelError; what an `act` of at() threw comes as it is. Requires: not
  // called from a fiber.
  Stop run_until(Time end);
  // The run ends after the event that is being executed.
  void stop() {
    if (!stopped_) stopped_ = Stop::kRequested;
  }
  // Calls `act` inline at true time `at`, for faults and reports. It must not suspend.
  void at(Time at, std::function<void()> act);

  // From now on links, nodes and disks draw as with another seed. What happened stays.
  void reseed(Seed seed);

  // Starts the node's program, now. Requires: it is down; crash() in the same breath will do.
  void start(NodeId id);
  // What the node runs from its next start on.
  void set_program(NodeId id, Program program);
  // Memory and unsynced writes are gone, now. Requires: it is up; not called from one of its
  // fibers.
  struct CrashEffect {
    std::uint64_t fibers = 0;  // unwound
    std::uint64_t bytes = 0;   // lost from the disk
  };
  CrashEffect crash(NodeId id) { return crash(id, {}); }
  // ... and what else the outage takes.
  CrashEffect crash(NodeId id, const Outage& outage);
  // The node stands still: deliveries, timers and wake-ups wait. Returns at resume how many did.
  void pause(NodeId id);
  std::uint64_t resume(NodeId id);
  // Returns how many timers that were running now fire at another true time.
  std::uint64_t set_clock_rate(NodeId id, std::int64_t rate_ppb);
  void step_clock(NodeId id, Duration by);
  // The wall clock runs so much faster than the monotonic one; -1e9: it stands still.
  void slew_clock(NodeId id, std::int64_t rate_ppb);
  // What the node believes of its wall clock's error: `bound` now, growing with time.
  void set_clock_bound(NodeId id, const ClockBound& bound);
  // From now on the node's messages queue up; nullptr: no more.
  void set_service(NodeId id, std::shared_ptr<Service> service);
  // Messages that are on their way and `wanted` never arrive. Returns how many. Slow.
  std::uint64_t drop_in_flight(const std::function<bool(const Message&)>& wanted, DropReason why);

  void observe(Observer observer) {
    points_wanted_ = points_wanted_ || observer.point;
    observers_.push_back(std::move(observer));
  }
  // Fibers that wait, by node and age.
  [[nodiscard]] std::vector<WaitingFiber> waiting() const;

  // What the run looks like from outside, as a number. `tag` says what `a` and `b` mean.
  void fingerprint_note(std::uint64_t tag, std::uint64_t a, std::uint64_t b) {
    fingerprint_.add(tag | kNote, a, b);
  }
  [[nodiscard]] Digest fingerprint() const { return fingerprint_.value(); }
  [[nodiscard]] Fingerprint& fingerprint_state() { return fingerprint_; }
  // Readable form of a fingerprint entry of this world.
  [[nodiscard]] std::string describe(const Fingerprint::Entry& entry) const;

  // Records what happens; nullptr: nothing. The sink outlives the run.
  void set_trace(TraceSink* sink) { trace_ = sink; }
  [[nodiscard]] bool tracing() const { return trace_ != nullptr; }
  // Adds to the trace, if there is one, with the present time and, unless given, the present cause.
  EventId record(EventKind kind, NodeId lane, std::string_view name, const Tags& tags) {
    return trace_ == nullptr ? kNoEvent : add_to_trace(kind, lane, name, tags);
  }
  EventId record_message(EventKind kind, Message& message, DropReason reason) {
    return trace_ == nullptr ? kNoEvent : add_to_trace(kind, message, reason);
  }

  struct Stats {
    std::uint64_t events = 0;  // executed
    std::uint64_t fibers = 0;  // bodies started
  };
  [[nodiscard]] Stats stats() const;

  // For the rest of sim/ only.
  void schedule(Time at, Target& target, std::uint64_t arg) {
    QL_CHECK(at >= now_, "an event at {} is before now, {}", to_text(at, 9), to_text(now_, 9));
    queue_.push(at, &target, arg);
  }
  Fiber& make_fiber();
  void wake_soon(Fiber& fiber, std::uint64_t ticket);
  // The fiber parks on `ticket` and shall run right now: returns it, or nullptr if it does not.
  Fiber* wake_now(Fiber& fiber, std::uint64_t ticket);
  [[nodiscard]] Timers& timers() { return timers_; }
  [[nodiscard]] CallTable& calls() { return calls_; }
  [[nodiscard]] MessagePool& messages() { return messages_; }
  [[nodiscard]] EventQueue& queue() { return queue_; }
  [[nodiscard]] FiberPool& fibers() { return fibers_; }
  [[nodiscard]] EventId cause() const { return cause_; }
  void set_cause(EventId cause) { cause_ = cause; }
  // Whose code runs inline from now on; nullptr: the world's own.
  void set_acting(const Node* node) { acting_ = node; }
  // Does a crash unwind the code that runs now? Then it belongs to a dead process, and nothing that
  // its destructors do has an effect.
  [[nodiscard]] bool dying() const {
    const Fiber* const fiber = fibers_.current();
    return fiber != nullptr && fiber->dying();
  }
  void notify_state(Node& node, std::string_view field, std::int64_t before, std::int64_t now);
  void notify_note(Node& node, std::string_view what, const Tags& tags);
  void reached(Node& node, std::string_view point) {
    if (points_wanted_) [[unlikely]]
      notify_point(node, point);
  }

  Fiber* next() override;
  bool admit(Fiber& fiber, const Event& event) override;
  void finished(Fiber& fiber, std::exception_ptr error) override;
  void failed(std::exception_ptr error) override;

 private:
  class Agenda;
  // Tells a note in the fingerprint from an event, whose first word is a time.
  static constexpr std::uint64_t kNote = std::uint64_t{1} << 63;

  EventId add_to_trace(EventKind kind, NodeId lane, std::string_view name, const Tags& tags);
  EventId add_to_trace(EventKind kind, Message& message, DropReason reason);
  void count(const Event& event);
  void over_limit();
  void notify_point(Node& node, std::string_view point);
  static std::uint64_t identity(const Event& event);
  static std::string describe_note(const Fingerprint::Entry& entry);
  [[nodiscard]] bool idle() const;
  [[nodiscard]] std::size_t memory() const;

  WorldOptions options_;
  FiberPool& fibers_;
  MessagePool messages_;  // outlives whoever holds messages
  EventQueue queue_;
  Timers timers_;
  CallTable calls_;
  Network network_;
  std::unique_ptr<Agenda> agenda_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::size_t replicas_ = 0;
  std::vector<Observer> observers_;
  bool points_wanted_ = false;
  std::vector<Fiber*> unwinding_;  // killed fibers that run before anything else, next one last
  std::exception_ptr error_;

  Fingerprint fingerprint_;
  TraceSink* trace_ = nullptr;
  EventId cause_;
  Time now_;
  Time until_;
  std::optional<Stop> stopped_;
  bool closing_ = false;
  std::uint64_t events_ = 0;
  std::uint64_t events_at_instant_ = 0;
  std::uint64_t next_check_ = 0;
  std::uint64_t fibers_started_ = 0;
  std::uint64_t fibers_alive_ = 0;
  const Node* acting_ = nullptr;
};

// A node's code threw: what, where and when.
class ModelError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace quorumlab::sim
