#include "sim/node.h"

#include <algorithm>
#include <stdexcept>

#include "sim/world.h"

namespace quorumlab::sim {
namespace {

constexpr std::uint64_t kStateSet = fnv_1a("node.state");

}  // namespace

MessagePool& message_pool(Node& node) {
  return node.world().messages();
}

Node::Node(World& world, NodeId id, NodeOptions options, Seed seed)
    : Target(fingerprint_kind(TargetKind::kNode, id.value)),
      world_(world),
      id_(id),
      options_(std::move(options)),
      clock_(options_.clock_rate_ppb, options_.clock_offset),
      stream_key_(sim::stream_key(options_.name)),
      rng_(seed, "node", stream_key_),
      disk_(std::make_unique<Disk>(*this, options_.disk, seed)) {
  const std::int64_t rate = options_.clock_rate_ppb;
  QL_CHECK(Clock::kSlowest <= rate && rate <= Clock::kFastest, "a clock {} ppb fast", rate);
}

Node::~Node() = default;

void Node::reseed(Seed seed) {
  rng_ = Stream(seed, "node", stream_key_);
  disk_->reseed(seed);
}

std::span<const NodeId> Node::peers() {
  if (peers_.empty()) {
    for (std::uint32_t i = 0; i < world_.replicas(); ++i) {
      if (NodeId(i) != id_) peers_.push_back(NodeId(i));
    }
  }
  return peers_;
}

Time Node::now() const {
  return clock_.monotonic(world_.now());
}

Time Node::wall_now() {
  ++counters_.wall_reads;
  return clock_.wall(world_.now());
}

WallInterval Node::wall_interval() {
  ++counters_.intervals;
  const WallInterval interval = clock_.wall_interval(world_.now());
  if (world_.now() < interval.earliest || interval.latest < world_.now()) ++counters_.lies;
  return interval;
}

Fiber& Node::current_fiber(const char* what) {
  Fiber* const fiber = world_.fibers().current();
  QL_CHECK(fiber != nullptr && fiber->node == this, "{} waits for {} outside of its fibers", name(),
           what);
  return *fiber;
}

Time Node::deadline_in(Duration d) const {
  return Clock::later(now(), std::max(d, Duration(0)).count());
}

void Node::sleep(Duration d) {
  Fiber& fiber = current_fiber("sleep");
  const Time deadline = deadline_in(d);
  world_.timers().set(*this, deadline, fiber);
  fiber.park({"sleep", kNoNode, deadline});
}

void Node::spawn(std::string name, std::function<void()> body) {
  if (world_.dying()) return;
  QL_CHECK(up_, "{} spawns {} while it is down", this->name(), name);
  Fiber& fiber = world_.make_fiber();
  adopt(fiber, name);
  fiber.cause = world_.cause();
  fiber.start(std::move(body));
  world_.wake_soon(fiber, fiber.ticket());
}

TimerId Node::after(Duration d, std::function<void()> callback) {
  if (world_.dying()) return {};
  QL_CHECK(up_, "{} sets a timer while it is down", name());
  return world_.timers().set(*this, deadline_in(d), std::move(callback));
}

void Node::cancel(TimerId timer) {
  world_.timers().cancel(timer);
}

void Node::set_state(std::string_view field, std::int64_t value) {
  if (world_.dying()) return;
  const auto found = std::find_if(state_.begin(), state_.end(),
                                  [&](const State& state) { return state.field == field; });
  if (found != state_.end() && found->value == value) return;
  std::int64_t before = 0;
  if (found == state_.end()) {
    state_.push_back({field, value});
  } else {
    before = std::exchange(found->value, value);
  }
  world_.fingerprint_note(kStateSet, id_.value, fnv_1a(field) ^ static_cast<std::uint64_t>(value));
  world_.record(EventKind::kState, id_, field, {.value = value});
  world_.notify_state(*this, field, before, value);
}

std::optional<std::int64_t> Node::state(std::string_view field) const {
  for (const State& state : state_) {
    if (state.field == field) return state.value;
  }
  return std::nullopt;
}

void Node::note(std::string_view what, const Tags& tags) {
  if (world_.dying()) return;
  world_.record(EventKind::kNote, id_, what, tags);
  world_.notify_note(*this, what, tags);
}

void Node::adopt(Fiber& fiber, std::string_view name) {
  fiber.node = this;
  fiber.name = name;
  fiber.next_of_node = youngest_;
  fiber.previous_of_node = nullptr;
  if (youngest_ != nullptr) youngest_->previous_of_node = &fiber;
  youngest_ = &fiber;
  ++fibers_;
}

void Node::disown(Fiber& fiber) {
  Fiber* const older = fiber.next_of_node;
  Fiber* const younger = fiber.previous_of_node;
  (younger != nullptr ? younger->next_of_node : youngest_) = older;
  if (older != nullptr) older->previous_of_node = younger;
  fiber.node = nullptr;
  --fibers_;
}

void Node::start() {
  QL_CHECK(!up_, "{} starts while it runs", name());
  up_ = true;
  ++incarnation_;
  world_.reached(*this, incarnation_ == 1 ? point::kStart : point::kRestart);
  // A copy: it may be replaced while it runs.
  spawn("main", [this, program = options_.program] {
    program(*this);
    QL_CHECK(fibers_ == 1, "the program of {} returned while {} fibers of its run", name(),
             fibers_ - 1);
  });
}

std::uint64_t Node::crash(std::vector<Fiber*>& unwinding, const Outage& outage) {
  QL_CHECK(up_, "{} crashes while it is down", name());
  up_ = false;
  paused_ = false;
  handlers_ = {};
  state_.clear();
  world_.timers().cancel_all(*this);
  discard_held();
  if (service_ != nullptr) service_->clear();
  const std::size_t before = unwinding.size();
  for (Fiber* fiber = youngest_; fiber != nullptr; fiber = fiber->next_of_node) {
    if (fiber->killed()) continue;  // of a crash at this very instant
    fiber->kill();
    unwinding.push_back(fiber);
  }
  // The world takes from the back: the youngest unwinds first, before what it refers to.
  std::reverse(unwinding.begin() + static_cast<std::ptrdiff_t>(before), unwinding.end());
  return disk_->crash(outage);
}

bool Node::hold_back_if_due(const Event& event) {
  if (event.seq < first_resumed_ && event.at == resumed_at_.count()) {
    world_.schedule(resumed_at_, *event.target, event.arg);
    return true;
  }
  if (!paused_) return false;
  held_.push_back(event);
  ++counters_.held_back;
  return true;
}

std::uint64_t Node::resume() {
  paused_ = false;
  std::vector<Event> waited;
  waited.swap(held_);
  resumed_at_ = world_.now();
  first_resumed_ = world_.queue().pushed();
  for (const Event& event : waited) world_.schedule(world_.now(), *event.target, event.arg);
  return waited.size();
}

void Node::discard_held() {
  for (const Event& event : held_) {
    if (event.target == this) drop(message_of(event), DropReason::kDown);
  }
  held_.clear();
}

void Node::transmit(NodeId to, Message& message, CallId call) {
  QL_CHECK(to.value < world_.size(), "{} sends {} to no node", name(), message.type->name);
  if (world_.dying()) {
    world_.messages().release(message);
    return;
  }
  message.from = id_;
  message.to = to;
  message.call = call;
  message.wire_size = message.type->wire_size(message.payload());
  world_.network().send(message);
}

void Node::reply(Message& request, Message& answer) {
  transmit(request.from, answer, request.call);
}

void Node::drop(Message& message, DropReason reason) {
  if (reason == DropReason::kDown) ++counters_.lost_while_down;
  world_.record_message(EventKind::kDrop, message, reason);
  world_.messages().release(message);
}

Fiber* Node::fire(const Event& event) {
  Message& message = message_of(event);
  if ((event.arg & kHasArrived) == 0 && world_.network().cut_on_arrival(message)) {
    drop(message, DropReason::kPartition);
    return nullptr;
  }
  if (hold_back({event.at, event.seq, this, event.arg | kHasArrived})) return nullptr;
  if (service_ != nullptr && up_ && (event.arg & kServed) == 0) {
    queue_up(event);
    return nullptr;
  }
  if (!up_ || (!message.type->is_reply && handlers_.empty())) {
    drop(message, DropReason::kDown);
    return nullptr;
  }
  world_.set_cause(world_.record_message(EventKind::kReceive, message, DropReason::kNone));
  return message.type->is_reply ? deliver_reply(message) : deliver_request(message);
}

// A message that waited here when the node crashed finds another incarnation, or none: like one
// that was on its way.
void Node::queue_up(const Event& event) {
  const std::optional<Time> done = service_->admit(world_.now());
  if (!done) {
    drop(message_of(event), DropReason::kOverflow);
    return;
  }
  world_.schedule(*done, *this, event.arg | kHasArrived | kServed);
}

Fiber* Node::deliver_reply(Message& message) {
  const CallTable::Entry call = world_.calls().take(message.call);
  if (call.caller == nullptr) {
    world_.messages().release(message);
    return nullptr;
  }
  return call.caller->arrived(call.position, message);
}

Fiber* Node::deliver_request(Message& message) {
  const auto handler = std::find_if(handlers_.begin(), handlers_.end(),
                                    [&](const Handler& h) { return h.type == message.type; });
  if (handler == handlers_.end()) {
    const std::string_view type = message.type->name;
    world_.messages().release(message);
    world_.set_acting(this);
    throw std::logic_error(fmt::format("there is no handler for {}", type));
  }
  // A duplicate of the message may find another incarnation with another handler.
  message.handler = &*handler;
  if (handler->runs_inline) {
    world_.set_acting(this);
    run_handler(message);
    return nullptr;
  }
  Fiber& fiber = world_.make_fiber();
  adopt(fiber, message.type->name);
  fiber.cause = world_.cause();
  Message* const request = &message;
  fiber.start([this, request] { run_handler(*request); });
  return world_.wake_now(fiber, fiber.ticket());
}

void Node::run_handler(Message& request) {
  struct Guard {
    MessagePool& pool;
    Message& message;
    ~Guard() { pool.release(message); }
  } const guard{world_.messages(), request};
  const Handler* const handler = request.handler;
  handler->invoke(handler->function, *this, request);
}

void Node::serve_until_crash(std::span<const Handler> handlers) {
  QL_CHECK(handlers_.empty(), "two fibers of {} serve", name());
  Fiber& fiber = current_fiber("requests");
  handlers_ = handlers;
  world_.reached(*this, point::kServe);
  for (;;) fiber.park({"requests", kNoNode, Time::max()});
}

}  // namespace quorumlab::sim
