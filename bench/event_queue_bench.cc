// Hold: take the next event, schedule one a random time later. What every simulation does all day.
#include <fmt/format.h>

#include <memory>
#include <queue>
#include <vector>

#include "bench/bare_queue.h"
#include "bench/harness.h"
#include "sim/event_queue.h"

namespace quorumlab::bench {
namespace {

// One event every nanosecond on average where `pending` of them are 1,000 ns away, and so on.
struct Hold {
  std::uint64_t pending = 0;
  bool ties = false;  // most gaps are 0

  [[nodiscard]] std::int64_t gap(Gaps& gaps) const {
    const std::int64_t gap = gaps.next();
    return ties && gap % 8 != 0 ? 0 : gap;
  }
};

Timed ours(const Hold& hold, std::uint64_t units) {
  struct State {
    sim::EventQueue queue;
    Gaps gaps{1'000'000};
  };
  const auto state = std::make_shared<State>();
  for (std::uint64_t i = 0; i < hold.pending; ++i) {
    state->queue.push(sim::Time(state->gaps.next()), nullptr, i);
  }
  const auto run = [state, hold](std::uint64_t count) {
    sim::Event event;
    for (; count > 0; --count) {
      state->queue.pop_until(sim::Time::max(), event);
      state->queue.push(sim::Time(event.at + hold.gap(state->gaps)), nullptr, event.arg);
    }
  };
  run(hold.pending);
  return [run, units] { run(units); };
}

Timed bound(const Hold& hold, std::uint64_t units) {
  struct State {
    BareQueue<std::uint64_t> queue;
    Gaps gaps{1'000'000};
  };
  const auto state = std::make_shared<State>();
  for (std::uint64_t i = 0; i < hold.pending; ++i) state->queue.push(state->gaps.next(), i);
  const auto run = [state, hold](std::uint64_t count) {
    for (; count > 0; --count) {
      const auto item = state->queue.pop();
      state->queue.push(item.at + hold.gap(state->gaps), item.payload);
    }
  };
  run(hold.pending);
  return [run, units] { run(units); };
}

Timed naive(const Hold& hold, std::uint64_t units) {
  struct Item {
    std::int64_t at;
    std::uint64_t number;
    std::uint64_t payload;
    bool operator<(const Item& other) const {
      return at != other.at ? at > other.at : number > other.number;
    }
  };
  struct State {
    std::priority_queue<Item> queue;
    std::uint64_t next = 0;
    Gaps gaps{1'000'000};
  };
  const auto state = std::make_shared<State>();
  for (; state->next < hold.pending; ++state->next) {
    state->queue.push({state->gaps.next(), state->next, state->next});
  }
  const auto run = [state, hold](std::uint64_t count) {
    for (; count > 0; --count) {
      const Item item = state->queue.top();
      state->queue.pop();
      state->queue.push({item.at + hold.gap(state->gaps), state->next++, item.payload});
    }
  };
  run(hold.pending);
  return [run, units] { run(units); };
}

}  // namespace
}  // namespace quorumlab::bench

int main(int argc, char** argv) {
  using namespace quorumlab::bench;
  Bench bench(argc, argv, "event queue");
  for (const bool ties : {false, true}) {
    for (const std::uint64_t pending : {100ULL, 10'000ULL, 1'000'000ULL}) {
      const Hold hold{bench.quick() ? pending / 100 : pending, ties};
      const auto with = [hold](Timed (*contender)(const Hold&, std::uint64_t)) -> Contender {
        return [hold, contender](std::uint64_t units) { return contender(hold, units); };
      };
      bench.measure(
          {.work = fmt::format("hold, {} pending{}", pending, ties ? ", mostly ties" : ""),
           .units = 5'000'000,
           .ours = with(ours),
           .bound = with(bound),
           .naive = with(naive),
           .budget = ties ? Budget{} : times_bound(1.25)});
    }
  }
  return bench.finish();
}
