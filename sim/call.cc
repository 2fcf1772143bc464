#include "sim/call.h"

#include "sim/node.h"
#include "sim/world.h"

namespace quorumlab::sim {

CallId CallTable::open(PendingReplies& caller, std::uint32_t position) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  slots_[slot].entry = {&caller, position};
  return {slot, slots_[slot].generation};
}

void CallTable::close(CallId id) {
  Slot& slot = slots_.at(id.slot);
  QL_CHECK(slot.generation == id.generation, "call {} closed twice", id.slot);
  slot.entry = {};
  ++slot.generation;
  free_.push_back(id.slot);
}

CallTable::Entry CallTable::take(CallId id) {
  const Slot& slot = slots_.at(id.slot);
  if (slot.generation != id.generation) return {};
  const Entry entry = slot.entry;
  close(id);
  return entry;
}

PendingReplies::~PendingReplies() {
  World& world = node_.world();
  for (const Asked& asked : asked_) {
    if (asked.open) world.calls().close(asked.call);
  }
  for (const Answer& answer : answers_) world.messages().release(*answer.message);
}

void PendingReplies::ask(NodeId to, Message& request) {
  const auto position = static_cast<std::uint32_t>(asked_.size());
  const CallId call = node_.world().calls().open(*this, position);
  asked_.push_back({to, call, true});
  node_.transmit(to, request, call);
}

bool PendingReplies::wait_for(std::size_t enough, Time started, Duration timeout, const char* what,
                              NodeId peer) {
  const Time deadline = Clock::later(started, timeout.count());
  if (answers_.size() >= enough) return true;
  if (answers_.size() == asked_.size() || node_.now() >= deadline) return false;
  enough_ = enough;
  Fiber& fiber = node_.current_fiber(what);
  Timers& timers = node_.world().timers();
  // Also on the way out of a crash nobody may find this stack.
  struct Guard {
    Timers& timers;
    TimerId timer;
    Fiber*& waiting;
    ~Guard() {
      waiting = nullptr;
      timers.cancel(timer);
    }
  } const guard{timers, timers.set(node_, deadline, fiber), waiting_};
  waiting_ = &fiber;
  fiber.park({what, peer, deadline});
  return answers_.size() >= enough;
}

Fiber* PendingReplies::arrived(std::uint32_t position, Message& message) {
  asked_[position].open = false;
  answers_.push_back({message.from, &message});
  const bool over = answers_.size() >= enough_ || answers_.size() == asked_.size();
  if (waiting_ == nullptr || !over) return nullptr;
  return node_.world().wake_now(*waiting_, waiting_->ticket());
}

}  // namespace quorumlab::sim
