#include "sim/fiber.h"

#include <cxxabi.h>

#include <boost/fiber/algo/algorithm.hpp>
#include <boost/fiber/context.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/operations.hpp>
#include <boost/fiber/scheduler.hpp>
#include <deque>
#include <utility>
#include <vector>

#include "sim/sanitizer.h"
#include "sim/stack_pool.h"

namespace quorumlab::sim {
namespace {

namespace bf = boost::fibers;

// The exceptions being handled are the thread's, not the fiber's, as far as the C++ runtime knows
// (Itanium C++ ABI, 2.2.2): each suspension point saves and restores them.
struct ExceptionState {
  void* caught = nullptr;
  unsigned int uncaught = 0;

  static ExceptionState& of_this_thread() {
    return *reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
  }
};

// What AddressSanitizer wants to know of a stack.
struct StackBounds {
  const void* bottom = nullptr;
  std::size_t size = 0;
  void* fake = nullptr;
};

// Chooses the context that the pool named, else lets Boost's own contexts tidy up, else main.
// Boost keeps the object for as long as the thread lives, so it knows no world.
class NamedContext final : public bf::algo::algorithm {
 public:
  explicit NamedContext(NamedContext*& self) { self = this; }

  void awakened(bf::context* context) noexcept override {
    if (newborn != nullptr) {
      *std::exchange(newborn, nullptr) = context;
    } else if (!context->is_context(bf::type::main_context)) {
      others_.push_back(context);
    }
  }

  bf::context* pick_next() noexcept override {
    bf::context* next = main;
    const StackBounds* bounds = &main_bounds;
    if (chosen != nullptr) {
      next = std::exchange(chosen, nullptr);
      bounds = chosen_bounds;
      leave_stack(&leaving->fake, bounds->bottom, bounds->size);
      return next;
    }
    if (bf::context::active()->is_context(bf::type::dispatcher_context)) {
      arrive_on_stack(dispatcher_.fake, nullptr, nullptr);
      leaving = &dispatcher_;
    }
    if (!others_.empty()) {
      next = others_.front();
      others_.pop_front();
      dispatcher_.size = 128 * 1024;
      dispatcher_.bottom = reinterpret_cast<const std::byte*>(next + 1) - dispatcher_.size;
      bounds = &dispatcher_;
    }
    leave_stack(leaving != nullptr ? &leaving->fake : nullptr, bounds->bottom, bounds->size);
    leaving = nullptr;
    return next;
  }

  bool has_ready_fibers() const noexcept override { return chosen != nullptr || !others_.empty(); }
  // tidy: allow steady_clock because Boost.Fiber names it here, and it is never read
  void suspend_until(const std::chrono::steady_clock::time_point&) noexcept override {
    std::terminate();  // some context is always ready
  }
  void notify() noexcept override {}

  bf::context** newborn = nullptr;  // who waits to learn the context of the fiber being created
  bf::context* chosen = nullptr;
  const StackBounds* chosen_bounds = nullptr;
  bf::context* main = bf::context::active();
  StackBounds main_bounds;
  StackBounds* leaving = nullptr;  // the stack that gives up; null: its fiber ends

 private:
  std::deque<bf::context*> others_;
  StackBounds dispatcher_;
};

// Hands one stack to Boost, which builds the context on top of it.
struct OneStack {
  StackPool* pool;
  Stack stack;

  boost::context::stack_context allocate() const {
    boost::context::stack_context context;
    context.size = stack.size;
    context.sp = stack.bottom + stack.size;
    return context;
  }
  void deallocate(boost::context::stack_context&) const { pool->give_back(stack); }
};

}  // namespace

struct Fiber::Context {
  bf::context* context = nullptr;
  StackBounds bounds;
  bool leave_loop = false;
};

struct FiberPool::Runtime {
  StackPool stacks;
  NamedContext* algorithm = nullptr;
  std::vector<std::unique_ptr<Fiber>> fibers;
  std::vector<Fiber*> idle;
  FiberPool* pool = nullptr;
  FiberScheduler* scheduler = nullptr;
  ExceptionState* handling = &ExceptionState::of_this_thread();

  // What the scheduler runs inline may throw: the fiber whose stack it borrows has no part in that.
  static Fiber* next_of(FiberScheduler& scheduler) {
    try {
      return scheduler.next();
    } catch (...) {
      scheduler.failed(std::current_exception());
    }
    return scheduler.next();
  }

  // Switches to `next`, or to main with nullptr, and comes back when somebody chooses the caller.
  void switch_to(Fiber* next, StackBounds& from) {
    const ExceptionState mine = *handling;
    Fiber* const self = pool->current_;
    algorithm->chosen = next != nullptr ? next->context_->context : nullptr;
    algorithm->chosen_bounds = next != nullptr ? &next->context_->bounds : nullptr;
    algorithm->leaving = &from;
    pool->current_ = next;
    (self != nullptr ? self->context_->context : algorithm->main)->suspend();
    arrive_on_stack(from.fake, nullptr, nullptr);
    pool->current_ = self;
    *handling = mine;
  }
};

std::string what_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "something that is not a std::exception";
  }
}

Fiber::Fiber(FiberPool& pool, std::unique_ptr<Context> context)
    : Target(0), context_(std::move(context)), pool_(pool) {}

Fiber::~Fiber() = default;

void Fiber::park(const Waiting& why) {
  QL_CHECK(pool_.current_ == this, "fiber {} parked from elsewhere", name);
  QL_CHECK(!parked_, "an inline handler or callback waits for {}", why.what);
  QL_CHECK(!unwinding_,
           "fiber {} waits for {} although its node crashed: a destructor suspends, or "
           "a handler swallowed sim::Killed",
           name, why.what);
  if (!killed_) {
    waiting = why;
    parked_ = true;
    Fiber* const next = FiberPool::Runtime::next_of(*scheduler_);
    if (next != this) pool_.runtime_->switch_to(next, context_->bounds);
    parked_ = false;
    claimed_ = false;
    ++ticket_;
  }
  if (killed_) {
    unwinding_ = true;
    throw Killed{};
  }
}

Fiber* Fiber::fire(const Event& event) {
  if (event.arg != ticket_ || !parked_) return nullptr;
  return scheduler_->admit(*this, event) ? this : nullptr;
}

void Fiber::loop() {
  FiberPool::Runtime& runtime = *pool_.runtime_;
  StackBounds& main = runtime.algorithm->main_bounds;
  const bool first_of_thread = main.bottom == nullptr;
  arrive_on_stack(nullptr, first_of_thread ? &main.bottom : nullptr,
                  first_of_thread ? &main.size : nullptr);
  *runtime.handling = ExceptionState{};
  while (!context_->leave_loop) {
    parked_ = false;
    claimed_ = false;
    ++ticket_;
    run_body();
    Fiber* const next = FiberPool::Runtime::next_of(*runtime.scheduler);
    if (next != this) runtime.switch_to(next, context_->bounds);
  }
}

void Fiber::run_body() {
  std::exception_ptr error;
  if (!killed_) {
    try {
      body_();
      QL_CHECK(!unwinding_, "fiber {} swallowed sim::Killed", name);
    } catch (const Killed&) {
      unwinding_ = false;
    } catch (...) {
      error = std::current_exception();
      QL_CHECK(!unwinding_, "fiber {} made another exception of sim::Killed: {}", name,
               what_of(error));
    }
  }
  body_ = nullptr;
  parked_ = true;
  scheduler_->finished(*this, std::move(error));
  pool_.runtime_->idle.push_back(this);
}

FiberPool& FiberPool::of_this_thread() {
  // tidy: allow thread_local because a fiber never leaves its thread
  thread_local FiberPool pool;
  return pool;
}

FiberPool::FiberPool() : runtime_(std::make_unique<Runtime>()) {
  runtime_->pool = this;
  bf::use_scheduling_algorithm<NamedContext>(runtime_->algorithm);
}

FiberPool::~FiberPool() {
  StackBounds& main = runtime_->algorithm->main_bounds;
  for (const std::unique_ptr<Fiber>& fiber : runtime_->fibers) {
    fiber->context_->leave_loop = true;
    runtime_->switch_to(fiber.get(), main);
  }
}

Fiber& FiberPool::acquire(FiberScheduler& scheduler, std::uint64_t fingerprint_id) {
  Runtime& runtime = *runtime_;
  if (runtime.idle.empty()) {
    auto context = std::make_unique<Fiber::Context>();
    const Stack stack = runtime.stacks.take();
    context->bounds = {stack.bottom, stack.size, nullptr};
    runtime.algorithm->newborn = &context->context;
    runtime.fibers.push_back(std::unique_ptr<Fiber>(new Fiber(*this, std::move(context))));
    Fiber* const fiber = runtime.fibers.back().get();
    bf::fiber(bf::launch::post, std::allocator_arg, OneStack{&runtime.stacks, stack}, [fiber] {
      fiber->loop();
    }).detach();
    fiber->parked_ = true;
    runtime.idle.push_back(fiber);
  }
  Fiber& fiber = *runtime.idle.back();
  runtime.idle.pop_back();
  fiber.scheduler_ = &scheduler;
  fiber.set_fingerprint_id(fingerprint_id);
  fiber.killed_ = false;
  fiber.claimed_ = false;
  ++fiber.ticket_;
  fiber.node = nullptr;
  fiber.name.clear();
  fiber.waiting = Waiting{"its start", kNoNode, Time::max()};
  fiber.cause = kNoEvent;
  return fiber;
}

void FiberPool::run(FiberScheduler& scheduler) {
  Runtime& runtime = *runtime_;
  QL_CHECK(current_ == nullptr, "a world cannot run inside a fiber");
  runtime.scheduler = &scheduler;
  if (Fiber* const next = Runtime::next_of(scheduler)) {
    runtime.switch_to(next, runtime.algorithm->main_bounds);
  }
  runtime.scheduler = nullptr;
}

std::size_t FiberPool::in_use() const {
  return runtime_->fibers.size() - runtime_->idle.size();
}

std::size_t FiberPool::stacks() const {
  return runtime_->stacks.mapped();
}

}  // namespace quorumlab::sim
