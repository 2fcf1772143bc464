#include "sim/timers.h"

#include <algorithm>

#include "sim/node.h"
#include "sim/world.h"

namespace quorumlab::sim {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;
constexpr std::uint64_t kFewDead = 1024;

std::uint64_t argument(std::uint32_t slot, std::uint32_t version) {
  return std::uint64_t{version} << 32 | slot;
}

}  // namespace

Timers::Timers(World& world) : Target(fingerprint_kind(TargetKind::kTimers)), world_(world) {}

TimerId Timers::set(Node& node, Time deadline, Fiber& fiber) {
  const TimerId id = arm(node, deadline);
  slots_[id.slot].fiber = &fiber;
  slots_[id.slot].ticket = fiber.ticket();
  return id;
}

TimerId Timers::set(Node& node, Time deadline, std::function<void()> callback) {
  const TimerId id = arm(node, deadline);
  slots_[id.slot].fiber = nullptr;
  callbacks_[id.slot] = std::move(callback);
  return id;
}

TimerId Timers::arm(Node& node, Time deadline) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
    links_.emplace_back();
    callbacks_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Slot& slot = slots_[index];
  slot.node = &node;
  slot.deadline = deadline;
  slot.cause = world_.cause();
  links_[index] = {kNone, node.first_timer_};
  if (node.first_timer_ != kNone) links_[node.first_timer_].previous = index;
  node.first_timer_ = index;
  if (node.clock().rate_ppb() != 0) ++node.counters_.timers_bent;
  schedule(index);
  return {index, slot.generation};
}

void Timers::schedule(std::uint32_t index) {
  Slot& slot = slots_[index];
  const Time at = std::max(slot.node->clock().true_time_of(slot.deadline), world_.now());
  ++slot.version;
  const bool never = slot.deadline == Time::max() || at == Time::max();
  if (!never) world_.schedule(at, *this, argument(index, slot.version));
}

void Timers::release(std::uint32_t index) {
  Slot& slot = slots_[index];
  const Links links = links_[index];
  if (links.next != kNone) links_[links.next].previous = links.previous;
  (links.previous != kNone ? links_[links.previous].next : slot.node->first_timer_) = links.next;
  slot.node = nullptr;
  if (slot.fiber == nullptr) callbacks_[index] = nullptr;
  ++slot.generation;
  ++slot.version;
  free_.push_back(index);
}

void Timers::cancel(TimerId id) {
  if (id.slot >= slots_.size()) return;
  const Slot& slot = slots_[id.slot];
  if (slot.node == nullptr || slot.generation != id.generation) return;
  release(id.slot);
  bury(1);
}

void Timers::cancel_all(Node& node) {
  std::uint64_t cancelled = 0;
  for (; node.first_timer_ != kNone; ++cancelled) release(node.first_timer_);
  bury(cancelled);
}

std::uint64_t Timers::bend(Node& node) {
  std::uint32_t oldest = kNone;
  for (std::uint32_t i = node.first_timer_; i != kNone; i = links_[i].next) oldest = i;
  std::uint64_t bent = 0;
  // Oldest first: timers of one deadline keep their order.
  for (std::uint32_t i = oldest; i != kNone; i = links_[i].previous) {
    schedule(i);
    ++bent;
  }
  node.counters_.timers_bent += bent;
  bury(bent);
  return bent;
}

void Timers::bury(std::uint64_t events) {
  dead_ += events;
  if (dead_ <= kFewDead || dead_ <= world_.queue().size() / 2) return;
  world_.queue().remove_if(
      [this](const Event& event) { return event.target == this && is_dead(event); });
  dead_ = 0;
}

Fiber* Timers::fire(const Event& event) {
  const auto index = static_cast<std::uint32_t>(event.arg & UINT32_MAX);
  Slot& slot = slots_[index];
  if (is_dead(event)) {
    if (dead_ > 0) --dead_;
    return nullptr;
  }
  Node& node = *slot.node;
  if (node.hold_back(event)) return nullptr;
  Fiber* const fiber = slot.fiber;
  const std::uint64_t ticket = slot.ticket;
  world_.set_cause(slot.cause);
  if (fiber == nullptr) {
    const std::function<void()> callback = std::move(callbacks_[index]);
    release(index);
    world_.set_acting(&node);
    world_.set_cause(world_.record(EventKind::kTimer, node.id(), "timer", {}));
    callback();
    return nullptr;
  }
  release(index);
  if (world_.tracing()) {
    world_.set_cause(world_.record(EventKind::kTimer, node.id(), fiber->waiting.what, {}));
  }
  return world_.wake_now(*fiber, ticket);
}

}  // namespace quorumlab::sim
