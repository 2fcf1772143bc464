#include "sim/condition.h"

#include "sim/node.h"
#include "sim/world.h"

namespace quorumlab::sim {

// On the waiting fiber's stack; leaves the list when the wait ends, by a crash too.
struct Condition::Waiter {
  Waiter(Condition& in, Fiber& who) : condition(in), fiber(who), previous(in.last_) {
    (previous != nullptr ? previous->next : condition.first_) = this;
    condition.last_ = this;
  }
  ~Waiter() {
    (previous != nullptr ? previous->next : condition.first_) = next;
    (next != nullptr ? next->previous : condition.last_) = previous;
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  Condition& condition;
  Fiber& fiber;
  Waiter* previous;
  Waiter* next = nullptr;
};

Condition::~Condition() {
  QL_CHECK(first_ == nullptr, "a condition ends while fiber {} waits on it", first_->fiber.name);
}

void Condition::park() {
  Fiber& fiber = node_.current_fiber("a condition");
  const Waiter waiter(*this, fiber);
  fiber.park({"a condition", kNoNode, Time::max()});
}

void Condition::notify_all() {
  for (Waiter* waiter = first_; waiter != nullptr; waiter = waiter->next) {
    node_.world().wake_soon(waiter->fiber, waiter->fiber.ticket());
  }
}

Condition::Deadline::Deadline(Condition& condition, Duration timeout)
    : node_(condition.node_),
      fiber_(node_.current_fiber("a condition")),
      at_(node_.deadline_in(timeout)),
      timer_(node_.world().timers().set(node_, at_,
                                        [this] { node_.world().wake_soon(fiber_, ticket_); })) {}

void Condition::Deadline::aim() {
  ticket_ = fiber_.ticket();
}

Condition::Deadline::~Deadline() {
  node_.world().timers().cancel(timer_);
}

bool Condition::Deadline::passed() const {
  return node_.now() >= at_;
}

}  // namespace quorumlab::sim
