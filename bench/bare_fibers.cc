#include "bench/bare_fibers.h"

#include <boost/fiber/algo/algorithm.hpp>
#include <boost/fiber/condition_variable.hpp>
#include <boost/fiber/context.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/fixedsize_stack.hpp>
#include <boost/fiber/mutex.hpp>
#include <boost/fiber/operations.hpp>
#include <boost/fiber/scheduler.hpp>
#include <future>
#include <memory>
#include <queue>
#include <thread>
#include <vector>

#include "bench/bare_queue.h"

namespace quorumlab::bench {
namespace {

namespace bf = boost::fibers;

constexpr std::size_t kStack = 64 * 1024;

// What runs next is who wakes first.
class QueueDecides final : public bf::algo::algorithm {
 public:
  explicit QueueDecides(QueueDecides*& self) { self = this; }

  void awakened(bf::context* context) noexcept override {
    if (context->is_context(bf::type::worker_context)) {
      queue.push(now, context);
    } else if (context->is_context(bf::type::dispatcher_context)) {
      dispatcher_ = context;
    }
  }
  bf::context* pick_next() noexcept override {
    return chosen_ != nullptr ? std::exchange(chosen_, nullptr) : choose();
  }
  bool has_ready_fibers() const noexcept override { return true; }
  void suspend_until(const std::chrono::steady_clock::time_point&) noexcept override {}
  void notify() noexcept override {}

  void sleep(std::int64_t gap) {
    queue.push(now + gap, bf::context::active());
    park();
  }
  // Boost cannot switch from a fiber to itself.
  void park() {
    bf::context* const next = choose();
    if (next == bf::context::active()) return;
    chosen_ = next;
    bf::context::active()->suspend();
  }

  BareQueue<bf::context*> queue;
  std::int64_t now = 0;
  int dead = 0;
  bool stop = false;  // main goes on now

 private:
  bf::context* choose() {
    if (stop) return main_;
    // The dead are buried now and then, and when nothing else is to be done.
    if (dispatcher_ != nullptr && (dead >= 8 || queue.empty())) {
      dead = 0;
      return std::exchange(dispatcher_, nullptr);
    }
    if (queue.empty()) return main_;
    const auto item = queue.pop();
    now = item.at;
    return item.payload;
  }

  bf::context* chosen_ = nullptr;
  bf::context* main_ = bf::context::active();
  bf::context* dispatcher_ = nullptr;
};

template <class Body>
void launch(Body body) {
  bf::fiber(bf::launch::post, std::allocator_arg, bf::fixedsize_stack(kStack), std::move(body))
      .detach();
}

// Says when the thread may begin what is timed, and when that is done.
class Gate {
 public:
  void wait_until_open() { open_.get_future().wait(); }
  void say_done() { done_.set_value(); }
  void pass() {
    open_.set_value();
    done_.get_future().wait();
  }

 private:
  std::promise<void> open_;
  std::promise<void> done_;
};

// `work` prepares, waits for the gate, says when it is done, and cleans up, untimed.
Timed on_its_own_thread(std::function<void(Gate&)> work) {
  struct Apart {
    Gate gate;
    std::thread thread;
    explicit Apart(std::function<void(Gate&)> what)
        : thread([this, todo = std::move(what)] { todo(gate); }) {}
    ~Apart() { thread.join(); }
    Apart(const Apart&) = delete;
    Apart& operator=(const Apart&) = delete;
  };
  const auto apart = std::make_shared<Apart>(std::move(work));
  return [apart] { apart->gate.pass(); };
}

// Boost keeps the algorithm until the thread ends.
QueueDecides& take_over_this_thread() {
  QueueDecides* decides = nullptr;
  bf::use_scheduling_algorithm<QueueDecides>(decides);
  return *decides;
}

// Runs what was launched until it asks to stop, then until nothing is left.
void run(QueueDecides& decides, Gate& gate) {
  gate.wait_until_open();
  bf::context::active()->suspend();
  gate.say_done();
  decides.stop = false;
  bf::context::active()->suspend();
}

// A fiber that waits for its next request, or to end.
struct Worker {
  bf::context* context = nullptr;
  bool leave = false;
};

class WorkerPool {
 public:
  WorkerPool(QueueDecides& decides, Gaps& gaps, std::uint64_t requests)
      : decides_(decides), gaps_(gaps), left_(requests) {}

  void request() {
    if (idle_.empty()) {
      workers_.push_back(std::make_unique<Worker>());
      Worker* const worker = workers_.back().get();
      launch([this, worker] { work(*worker); });
      return;
    }
    Worker* const worker = idle_.back();
    idle_.pop_back();
    decides_.queue.push(decides_.now, worker->context);
  }

 private:
  void work(Worker& self) {
    self.context = bf::context::active();
    while (!self.leave) {
      decides_.sleep(gaps_.next());
      if (left_ == 0) break;
      idle_.push_back(&self);
      if (--left_ > 0) {
        request();
      } else {
        dismiss();
      }
      decides_.park();
    }
  }
  void dismiss() {
    decides_.stop = true;
    for (Worker* const worker : idle_) {
      worker->leave = true;
      decides_.queue.push(decides_.now, worker->context);
    }
  }

  QueueDecides& decides_;
  Gaps& gaps_;
  std::uint64_t left_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_;
};

}  // namespace

Timed bare_wakes(std::uint64_t fibers, std::uint64_t wakes) {
  return on_its_own_thread([fibers, wakes](Gate& gate) {
    QueueDecides& decides = take_over_this_thread();
    Gaps gaps(1'000'000);
    std::uint64_t left = wakes;
    for (std::uint64_t i = 0; i < fibers; ++i) {
      launch([&] {
        while (left > 0) {
          decides.sleep(gaps.next());
          if (left > 0) decides.stop = --left == 0;
        }
      });
    }
    run(decides, gate);
  });
}

namespace {

// The event loop that wakes fibers through their condition variables.
class NaiveLoop {
 public:
  explicit NaiveLoop(std::uint64_t wakes) : left_(wakes) {}

  void add_sleeper() {
    sleepers_.push_back(std::make_unique<Sleeper>());
    launch([this, sleeper = sleepers_.back().get()] {
      while (left_ > 0) {
        std::unique_lock lock(sleeper->mutex);
        sleeper->awake = false;
        queue_.push({now_ + gaps_.next(), next_++, sleeper});
        sleeper->changed.wait(lock, [&] { return sleeper->awake; });
        if (left_ > 0) --left_;
      }
    });
  }
  // Until the sleeps are over that were asked for, or with `all` until nobody sleeps.
  void run(bool all) {
    boost::this_fiber::yield();
    while (!queue_.empty() && (all || left_ > 0)) {
      const Item item = queue_.top();
      queue_.pop();
      now_ = item.at;
      {
        const std::unique_lock lock(item.sleeper->mutex);
        item.sleeper->awake = true;
      }
      item.sleeper->changed.notify_one();
      boost::this_fiber::yield();
    }
  }

 private:
  struct Sleeper {
    bf::mutex mutex;
    bf::condition_variable changed;
    bool awake = false;
  };
  struct Item {
    std::int64_t at;
    std::uint64_t number;
    Sleeper* sleeper;
    bool operator<(const Item& other) const {
      return at != other.at ? at > other.at : number > other.number;
    }
  };

  Gaps gaps_{1'000'000};
  std::priority_queue<Item> queue_;
  std::vector<std::unique_ptr<Sleeper>> sleepers_;
  std::int64_t now_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t left_;
};

}  // namespace

Timed naive_wakes(std::uint64_t fibers, std::uint64_t wakes) {
  return on_its_own_thread([fibers, wakes](Gate& gate) {
    NaiveLoop loop(wakes);
    for (std::uint64_t i = 0; i < fibers; ++i) loop.add_sleeper();
    gate.wait_until_open();
    loop.run(false);
    gate.say_done();
    loop.run(true);
  });
}

Timed bare_requests(std::uint64_t in_flight, std::uint64_t requests) {
  return on_its_own_thread([in_flight, requests](Gate& gate) {
    QueueDecides& decides = take_over_this_thread();
    Gaps gaps(1'000'000);
    WorkerPool pool(decides, gaps, requests);
    for (std::uint64_t i = 0; i < in_flight; ++i) pool.request();
    run(decides, gate);
  });
}

Timed naive_requests(std::uint64_t in_flight, std::uint64_t requests) {
  return on_its_own_thread([in_flight, requests](Gate& gate) {
    QueueDecides& decides = take_over_this_thread();
    Gaps gaps(1'000'000);
    std::uint64_t left = requests;
    const std::function<void()> request = [&] {
      decides.sleep(gaps.next());
      if (left > 0) {
        if (--left > 0) launch([&] { request(); });
        decides.stop = left == 0;
      }
      ++decides.dead;
    };
    for (std::uint64_t i = 0; i < in_flight; ++i) launch([&] { request(); });
    run(decides, gate);
  });
}

}  // namespace quorumlab::bench
