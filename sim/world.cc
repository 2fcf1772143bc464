#include "sim/world.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace quorumlab::sim {
namespace {

constexpr std::uint64_t kCheckEvery = 65'536;
constexpr std::size_t kTouchedOfStack = std::size_t{12} * 1024;
constexpr std::uint64_t kNodeChanged = fnv_1a("world.node");

TargetKind kind_of(const Target& target) {
  return static_cast<TargetKind>(target.fingerprint_id() >> 56);
}

}  // namespace

// Inline actions of the world itself: faults begin and end, the runner looks.
class World::Agenda final : public Target {
 public:
  explicit Agenda(World& world) : Target(fingerprint_kind(TargetKind::kAgenda)), world_(world) {}

  void add(Time at, std::function<void()> act) {
    if (free_.empty()) {
      free_.push_back(acts_.size());
      acts_.emplace_back();
    }
    const std::size_t slot = free_.back();
    free_.pop_back();
    acts_[slot] = std::move(act);
    world_.schedule(at, *this, slot);
  }

  Fiber* fire(const Event& event) override {
    const std::function<void()> act = std::exchange(acts_[event.arg], nullptr);
    free_.push_back(event.arg);
    world_.set_cause(kNoEvent);
    world_.set_acting(nullptr);
    act();
    return nullptr;
  }

 private:
  World& world_;
  std::vector<std::function<void()>> acts_;
  std::vector<std::size_t> free_;
};

World::World(const WorldOptions& options)
    : options_(options),
      fibers_(FiberPool::of_this_thread()),
      timers_(*this),
      network_(*this),
      agenda_(std::make_unique<Agenda>(*this)),
      next_check_(std::min(kCheckEvery, options.max_events)) {}

World::~World() {
  closing_ = true;
  trace_ = nullptr;
  observers_.clear();
  for (const auto& node : nodes_) {
    if (node->up_) node->crash(unwinding_, {});
  }
  fibers_.run(*this);
  queue_.remove_if([this](const Event& event) {
    if (kind_of(*event.target) == TargetKind::kNode) messages_.release(Node::message_of(event));
    return true;
  });
}

Node& World::add_node(NodeOptions options) {
  QL_CHECK(options.is_client || replicas_ == nodes_.size(), "replica {} comes after a client",
           options.name);
  if (!options.is_client) ++replicas_;
  const NodeId id(static_cast<std::uint32_t>(nodes_.size()));
  nodes_.push_back(std::make_unique<Node>(*this, id, std::move(options), options_.seed));
  return *nodes_.back();
}

Stop World::run_until(Time end) {
  QL_CHECK(&fibers_ == &FiberPool::of_this_thread(), "a world runs on the thread that made it");
  until_ = end;
  stopped_.reset();
  fibers_.run(*this);
  cause_ = kNoEvent;
  if (error_) {
    const std::exception_ptr error = std::exchange(error_, nullptr);
    std::rethrow_exception(error);
  }
  if (stopped_) return *stopped_;
  now_ = std::max(now_, end == Time::max() ? now_ : end);
  return idle() ? Stop::kIdle : Stop::kReachedTime;
}

// Cancelled time-outs may stay in the queue for long; they are nothing to wait for.
bool World::idle() const {
  return !queue_.any_of([this](const Event& event) {
    switch (kind_of(*event.target)) {
      case TargetKind::kTimers:
        return !timers_.is_dead(event);
      case TargetKind::kFiber:
        return static_cast<const Fiber*>(event.target)->ticket() == event.arg;
      default:
        return true;
    }
  });
}

void World::at(Time at, std::function<void()> act) {
  agenda_->add(at, std::move(act));
}

Fiber* World::next() {
  if (!unwinding_.empty()) {
    Fiber* const fiber = unwinding_.back();
    unwinding_.pop_back();
    return fiber;
  }
  Event event;
  while (!closing_ && !stopped_ && queue_.pop_until(until_, event)) {
    count(event);
    fingerprint_.add(static_cast<std::uint64_t>(event.at), event.seq, identity(event));
    Fiber* fiber = event.target->fire(event);
    if (!unwinding_.empty()) {
      // A crash was among what happened: its fibers unwind before anything else runs.
      QL_CHECK(fiber == nullptr, "a crash inside a delivery");
      fiber = unwinding_.back();
      unwinding_.pop_back();
    }
    if (fiber != nullptr) {
      cause_ = fiber->cause;
      return fiber;
    }
  }
  return nullptr;
}

// Workers are reused, by other worlds too: a wake-up that comes too late must not name the new
// user.
std::uint64_t World::identity(const Event& event) {
  const std::uint64_t id = event.target->fingerprint_id();
  if (id >> 56 != static_cast<std::uint64_t>(TargetKind::kFiber)) return id;
  const bool in_time = static_cast<const Fiber*>(event.target)->ticket() == event.arg;
  return in_time ? id : fingerprint_kind(TargetKind::kFiber);
}

void World::count(const Event& event) {
  if (event.at != now_.count()) {
    now_ = Time(event.at);
    events_at_instant_ = 0;
  } else if (++events_at_instant_ > options_.max_at_one_instant) {
    stopped_ = Stop::kLivelock;
  }
  if (++events_ >= next_check_) over_limit();
}

void World::over_limit() {
  next_check_ = std::min(events_ + kCheckEvery, options_.max_events);
  if (events_ >= options_.max_events) {
    stopped_ = Stop::kEventCap;
  } else if (memory() > options_.max_memory) {
    stopped_ = Stop::kMemoryCap;
  }
}

std::size_t World::memory() const {
  return messages_.bytes() + queue_.size() * sizeof(Event) + fibers_alive_ * kTouchedOfStack;
}

bool World::admit(Fiber& fiber, const Event& event) {
  return !fiber.node->hold_back(event);
}

void World::finished(Fiber& fiber, std::exception_ptr error) {
  Node& node = *fiber.node;
  node.disown(fiber);
  --fibers_alive_;
  if (!error || error_) return;
  stop();
  error_ = std::make_exception_ptr(ModelError(fmt::format(
      "{} at {} in fiber {}: {}", node.name(), to_text(now_, 6), fiber.name, what_of(error))));
}

void World::failed(std::exception_ptr error) {
  stop();
  if (error_) return;
  error_ = acting_ == nullptr
               ? std::move(error)
               : std::make_exception_ptr(ModelError(fmt::format("{} at {}: {}", acting_->name(),
                                                                to_text(now_, 6), what_of(error))));
}

Fiber& World::make_fiber() {
  ++fibers_alive_;
  return fibers_.acquire(*this, fingerprint_kind(TargetKind::kFiber, ++fibers_started_));
}

void World::wake_soon(Fiber& fiber, std::uint64_t ticket) {
  if (closing_ || !fiber.claim(ticket)) return;
  fiber.cause = cause_;
  schedule(now_, fiber, ticket);
}

Fiber* World::wake_now(Fiber& fiber, std::uint64_t ticket) {
  if (!fiber.claim(ticket)) return nullptr;
  fiber.cause = cause_;
  return &fiber;
}

void World::start(NodeId id) {
  record(EventKind::kRestart, id, node(id).incarnation() == 0 ? "start" : "restart", {});
  fingerprint_note(kNodeChanged, id.value, 1);
  node(id).start();
}

void World::reseed(Seed seed) {
  options_.seed = seed;
  network_.reseed(seed);
  for (const auto& node : nodes_) node->reseed(seed);
}

namespace {

std::string_view crash_word(Scope scope) {
  switch (scope) {
    case Scope::kProcess:
      return "process crash";
    case Scope::kMachine:
      return "crash";
    case Scope::kPower:
      return "power loss";
    case Scope::kEverything:
      return "disk loss";
  }
  QL_UNREACHABLE();
}

}  // namespace

World::CrashEffect World::crash(NodeId id, const Outage& outage) {
  Node& victim = node(id);
  const Fiber* const here = fibers_.current();
  QL_CHECK(here == nullptr || here->node != &victim || here->parked(),
           "fiber {} of {} crashes its own node: let World::at do it", here->name, victim.name());
  CrashEffect effect{.fibers = victim.fibers_, .bytes = 0};
  fingerprint_note(kNodeChanged, id.value, 2);
  effect.bytes = victim.crash(unwinding_, outage);
  record(EventKind::kCrash, id, crash_word(outage.scope),
         {.value = static_cast<std::int64_t>(effect.bytes)});
  reached(victim, point::kCrash);
  return effect;
}

void World::pause(NodeId id) {
  QL_CHECK(node(id).up_ && !node(id).paused_, "{} cannot be paused", node(id).name());
  node(id).paused_ = true;
  fingerprint_note(kNodeChanged, id.value, 3);
  record(EventKind::kPause, id, "pause", {});
}

std::uint64_t World::resume(NodeId id) {
  QL_CHECK(node(id).paused_, "{} is not paused", node(id).name());
  const std::uint64_t waited = node(id).resume();
  fingerprint_note(kNodeChanged, id.value, 4);
  record(EventKind::kResume, id, "resume", {.value = static_cast<std::int64_t>(waited)});
  return waited;
}

std::uint64_t World::set_clock_rate(NodeId id, std::int64_t rate_ppb) {
  QL_CHECK(Clock::kSlowest <= rate_ppb && rate_ppb <= Clock::kFastest, "a clock {} ppb fast",
           rate_ppb);
  node(id).clock_.set_rate(now_, rate_ppb);
  fingerprint_note(kNodeChanged, id.value, 5);
  record(EventKind::kClockRate, id, "clock rate", {.value = rate_ppb});
  return timers_.bend(node(id));
}

void World::step_clock(NodeId id, Duration by) {
  node(id).clock_.step(by);
  fingerprint_note(kNodeChanged, id.value, 6);
  record(EventKind::kClockStep, id, "clock step", {.value = by.count()});
}

void World::slew_clock(NodeId id, std::int64_t rate_ppb) {
  QL_CHECK(Clock::kStopped <= rate_ppb && rate_ppb <= Clock::kFastest, "a slew of {} ppb",
           rate_ppb);
  node(id).clock_.set_slew(now_, rate_ppb);
  fingerprint_note(kNodeChanged, id.value, 7);
  record(EventKind::kNote, id, "clock slew", {.value = rate_ppb});
}

void World::set_clock_bound(NodeId id, const ClockBound& bound) {
  node(id).clock_.set_bound(now_, bound);
  fingerprint_note(kNodeChanged, id.value, 8);
}

void World::set_program(NodeId id, Program program) {
  node(id).options_.program = std::move(program);
  fingerprint_note(kNodeChanged, id.value, 10);
}

void World::set_service(NodeId id, std::shared_ptr<Service> service) {
  node(id).service_ = std::move(service);
  fingerprint_note(kNodeChanged, id.value, 9);
}

std::uint64_t World::drop_in_flight(const std::function<bool(const Message&)>& wanted,
                                    DropReason why) {
  std::vector<Event> dropped;
  queue_.remove_if([&](const Event& event) {
    const bool flying = kind_of(*event.target) == TargetKind::kNode && Node::in_flight(event);
    if (!flying || !wanted(Node::message_of(event))) return false;
    dropped.push_back(event);
    return true;
  });
  // The queue shows its events in an order of its own.
  std::sort(dropped.begin(), dropped.end(), [](const Event& a, const Event& b) {
    return std::pair(a.at, a.seq) < std::pair(b.at, b.seq);
  });
  for (const Event& event : dropped) {
    Message& message = Node::message_of(event);
    record_message(EventKind::kDrop, message, why);
    messages_.release(message);
  }
  return dropped.size();
}

World::Stats World::stats() const {
  return {.events = events_, .fibers = fibers_started_};
}

}  // namespace quorumlab::sim
