// Inline events from end to end: taken, fingerprinted, executed, scheduled again. And PHOLD.
#include <fmt/format.h>

#include <functional>
#include <memory>
#include <queue>
#include <vector>

#include "bench/bare_queue.h"
#include "bench/harness.h"
#include "sim/distribution.h"
#include "sim/world.h"

namespace quorumlab::bench {
namespace {

using sim::Distribution;
using sim::Duration;
using sim::Event;
using sim::Fiber;
using sim::Seed;
using sim::Stream;
using sim::Time;
using sim::World;

constexpr std::uint64_t kId = sim::fingerprint_kind(sim::TargetKind::kAgenda, 1);

// Events that schedule themselves again.
class Hopper final : public sim::Target {
 public:
  Hopper(World& world, Gaps& gaps) : Target(kId), world_(world), gaps_(gaps) {}
  Fiber* fire(const Event& event) override {
    world_.schedule(Time(event.at + gaps_.next()), *this, event.arg);
    if (--left == 0) world_.stop();
    return nullptr;
  }
  std::uint64_t left = 0;

 private:
  World& world_;
  Gaps& gaps_;
};

Timed hop(std::uint64_t pending, std::uint64_t units) {
  struct State {
    Gaps gaps{1'000'000};
    World world{{.seed = Seed{1}, .max_events = UINT64_MAX}};
    Hopper hopper{world, gaps};
  };
  const auto state = std::make_shared<State>();
  for (std::uint64_t i = 0; i < pending; ++i) {
    state->world.schedule(Time(state->gaps.next()), state->hopper, i);
  }
  const auto run = [state](std::uint64_t count) {
    state->hopper.left = count;
    state->world.run_until(Time::max());
  };
  run(pending);
  return [run, units] { run(units); };
}

// The same without world, limits and fingerprint.
struct BareTarget {
  virtual ~BareTarget() = default;
  virtual void fire(std::int64_t at) = 0;
};

struct BareHopper final : BareTarget {
  BareQueue<BareTarget*>& queue;
  Gaps& gaps;
  std::uint64_t left = 0;
  BareHopper(BareQueue<BareTarget*>& in, Gaps& of) : queue(in), gaps(of) {}
  void fire(std::int64_t at) override {
    queue.push(at + gaps.next(), this);
    --left;
  }
};

Timed bare_hop(std::uint64_t pending, std::uint64_t units) {
  struct State {
    Gaps gaps{1'000'000};
    BareQueue<BareTarget*> queue;
    BareHopper hopper{queue, gaps};
  };
  const auto state = std::make_shared<State>();
  for (std::uint64_t i = 0; i < pending; ++i) {
    state->queue.push(state->gaps.next(), &state->hopper);
  }
  const auto run = [state](std::uint64_t count) {
    state->hopper.left = count;
    while (state->hopper.left > 0) {
      const auto item = state->queue.pop();
      item.payload->fire(item.at);
    }
  };
  run(pending);
  return [run, units] { run(units); };
}

Timed naive_hop(std::uint64_t pending, std::uint64_t units) {
  struct Item {
    std::int64_t at;
    std::uint64_t number;
    std::function<void(std::int64_t)> act;
    bool operator<(const Item& other) const {
      return at != other.at ? at > other.at : number > other.number;
    }
  };
  struct State {
    Gaps gaps{1'000'000};
    std::priority_queue<Item> queue;
    std::uint64_t next = 0;
    std::uint64_t left = 0;
    void hop(std::int64_t at) {
      queue.push({at, next++, [this](std::int64_t now) {
                    --left;
                    hop(now + gaps.next());
                  }});
    }
  };
  const auto state = std::make_shared<State>();
  for (std::uint64_t i = 0; i < pending; ++i) state->hop(state->gaps.next());
  return [state, units] {
    state->left = units;
    while (state->left > 0) {
      const Item item = state->queue.top();
      state->queue.pop();
      item.act(item.at);
    }
  };
}

// PHOLD (Fujimoto 1990): each process that gets an event sends one on, half of the time to another.
constexpr std::uint64_t kProcesses = 1'000;

class Process final : public sim::Target {
 public:
  struct Shared {
    World& world;
    std::vector<std::unique_ptr<Process>>& all;
    const Distribution& gap;
    std::uint64_t left = 0;
  };
  Process(Shared& shared, std::uint64_t number)
      : Target(sim::fingerprint_kind(sim::TargetKind::kAgenda, number + 1)),
        shared_(shared),
        stream_(Seed{1}, "phold", number) {}

  Fiber* fire(const Event& event) override {
    const Duration gap = shared_.gap.sample(stream_);
    const bool remote = stream_.chance(sim::Probability(0.5));
    sim::Target& next = remote ? *shared_.all[stream_.below(kProcesses)] : *this;
    shared_.world.schedule(Time(event.at) + gap, next, 0);
    if (--shared_.left == 0) shared_.world.stop();
    return nullptr;
  }

 private:
  Shared& shared_;
  Stream stream_;
};

Timed phold(const Distribution& gap, std::uint64_t units) {
  struct State {
    explicit State(const Distribution& law) : gap(law) {}
    Distribution gap;
    World world{{.seed = Seed{1}, .max_events = UINT64_MAX}};
    std::vector<std::unique_ptr<Process>> all;
    Process::Shared shared{world, all, gap};
  };
  const auto state = std::make_shared<State>(gap);
  for (std::uint64_t i = 0; i < kProcesses; ++i) {
    state->all.push_back(std::make_unique<Process>(state->shared, i));
    state->world.schedule(Time(static_cast<std::int64_t>(i)), *state->all[i], 0);
  }
  return [state, units] {
    state->shared.left = units;
    state->world.run_until(Time::max());
  };
}

}  // namespace
}  // namespace quorumlab::bench

int main(int argc, char** argv) {
  using namespace quorumlab::bench;
  Bench bench(argc, argv, "inline events, fingerprint on");
  for (const std::uint64_t pending : {100ULL, 10'000ULL, 100'000ULL}) {
    const auto with = [pending](Timed (*contender)(std::uint64_t, std::uint64_t)) -> Contender {
      return [pending, contender](std::uint64_t units) { return contender(pending, units); };
    };
    bench.measure({.work = fmt::format("inline event, {} pending", pending),
                   .units = 5'000'000,
                   .ours = with(hop),
                   .bound = with(bare_hop),
                   .naive = with(naive_hop),
                   .budget = times_bound(1.5)});
  }
  const auto phold_with = [](const quorumlab::sim::Distribution& gap) -> Contender {
    return [gap](std::uint64_t units) { return phold(gap, units); };
  };
  using namespace quorumlab::sim::literals;
  using quorumlab::sim::Distribution;
  bench.measure({.work = "PHOLD, 1,000 processes, exponential gaps",
                 .units = 5'000'000,
                 .ours = phold_with(Distribution::exponential(1_us)),
                 .budget = at_least_per_second(15e6)});
  bench.measure({.work = "PHOLD, 1,000 processes, uniform gaps",
                 .units = 5'000'000,
                 .ours = phold_with(Distribution::uniform({1_ns, 2_us})),
                 .budget = at_least_per_second(15e6)});
  return bench.finish();
}
