// Fibers: what a wake-up costs through the queue of a world, a request on a reused fiber, and a
// typed call over the network and back.
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "bench/bare_fibers.h"
#include "bench/harness.h"
#include "sim/world.h"

namespace quorumlab::bench {
namespace {

using namespace sim::literals;
using sim::Distribution;
using sim::Duration;
using sim::Node;
using sim::NodeId;
using sim::Seed;
using sim::Time;
using sim::World;

struct Ask {
  using Reply = int;
  static constexpr std::string_view kName = "Ask";
  int x = 0;
};

// A world that stops when its work is done, and what its programs count with.
struct Lab {
  World world{{.seed = Seed{1}, .max_events = UINT64_MAX}};
  Gaps gaps{1'000'000};
  std::uint64_t left = UINT64_MAX;

  void did_one() {
    if (--left == 0) world.stop();
  }
  void run(std::uint64_t units) {
    left = units;
    world.run_until(Time::max());
  }
};

// A lab for as long as somebody holds it. The programs of its nodes are gone before it is.
using Made = std::shared_ptr<Lab>;

Timed run_later(const Made& lab, std::uint64_t warm_up, std::uint64_t units) {
  lab->run(warm_up);
  return [lab, units] { lab->run(units); };
}

Timed wakes(std::uint64_t fibers, std::uint64_t units) {
  const auto lab = std::make_shared<Lab>();
  Lab& in = *lab;
  in.world.add_node({.name = "n", .program = [&in, fibers](Node& node) {
                       for (std::uint64_t i = 1; i < fibers; ++i) {
                         node.spawn("sleeper", [&in, &node] {
                           for (;; in.did_one()) node.sleep(Duration(in.gaps.next()));
                         });
                       }
                       for (;; in.did_one()) node.sleep(Duration(in.gaps.next()));
                     }});
  in.world.start(NodeId(0));
  return run_later(lab, 2 * fibers, units);
}

Timed requests(std::uint64_t in_flight, std::uint64_t units) {
  struct Requester {
    Lab& lab;
    Node& node;
    void start() {
      node.spawn("request", [this] {
        node.sleep(Duration(lab.gaps.next()));
        lab.did_one();
        start();
      });
    }
  };
  const auto lab = std::make_shared<Lab>();
  Lab& in = *lab;
  in.world.add_node({.name = "n", .program = [&in, in_flight](Node& node) {
                       Requester requester{in, node};
                       for (std::uint64_t i = 0; i < in_flight; ++i) requester.start();
                       node.sleep(Duration::max());
                     }});
  in.world.start(NodeId(0));
  return run_later(lab, 2 * in_flight, units);
}

void answer_on_a_fiber(Node& node) {
  node.serve([](const Ask& ask) { return ask.x + 1; });
}
void answer_inline(Node& node) {
  node.serve(sim::run_inline([](const Ask& ask) { return ask.x + 1; }));
}

Timed calls(void (*server)(Node&), std::uint64_t callers, std::uint64_t units) {
  const auto lab = std::make_shared<Lab>();
  Lab& in = *lab;
  in.world.network().set_default({.latency = Distribution::constant(1_ms)});
  in.world.add_node({.name = "server", .program = server});
  in.world.add_node({.name = "client", .program = [&in, callers](Node& node) {
                       const auto ask = [&in, &node] {
                         for (;; in.did_one()) (void)node.call(NodeId(0), Ask{1}, 100_ms);
                       };
                       for (std::uint64_t i = 0; i < callers; ++i) node.spawn("caller", ask);
                       node.sleep(Duration::max());
                     }});
  in.world.start(NodeId(0));
  in.world.start(NodeId(1));
  return run_later(lab, 10 * callers, units);
}

// Timers that are set and cancelled before they fire, as most time-outs are.
Timed timers(bool cancel, std::uint64_t units) {
  const auto lab = std::make_shared<Lab>();
  Lab& in = *lab;
  in.world.add_node({.name = "n", .program = [&in, cancel](Node& node) {
                       for (;;) {
                         for (int i = 0; i < 100; ++i) {
                           const auto timer =
                               node.after(Duration(in.gaps.next()), [&in] { in.did_one(); });
                           if (!cancel) continue;
                           node.cancel(timer);
                           in.did_one();
                         }
                         node.sleep(100_us);
                       }
                     }});
  in.world.start(NodeId(0));
  return run_later(lab, 10'000, units);
}

template <class F, class... A>
Contender with(F contender, A... arguments) {
  return [=](std::uint64_t units) { return contender(arguments..., units); };
}

}  // namespace
}  // namespace quorumlab::bench

int main(int argc, char** argv) {
  using namespace quorumlab::bench;
  Bench bench(argc, argv, "fibers, fingerprint on");
  for (const std::uint64_t many : {100ULL, 1'000ULL, 10'000ULL}) {
    const std::uint64_t fibers = bench.quick() ? many / 100 : many;
    bench.measure({.work = fmt::format("wake through the queue, {} fibers", many),
                   .units = 1'000'000,
                   .ours = with(wakes, fibers),
                   .bound = with(bare_wakes, fibers),
                   .naive = with(naive_wakes, fibers),
                   .budget = times_bound(1.3)});
  }
  for (const std::uint64_t many : {100ULL, 1'000ULL}) {
    bench.measure({.work = fmt::format("request that sleeps once, {} in flight", many),
                   .units = 1'000'000,
                   .ours = with(requests, many),
                   .bound = with(bare_requests, many),
                   .naive = with(naive_requests, many),
                   .budget = times_bound(1.5)});
  }
  bench.measure({.work = "timer set and fired", .units = 1'000'000, .ours = with(timers, false)});
  bench.measure(
      {.work = "timer set and cancelled", .units = 1'000'000, .ours = with(timers, true)});
  for (const std::uint64_t callers : {1ULL, 100ULL}) {
    bench.measure({.work = fmt::format("call and answer, on fibers, {} callers", callers),
                   .units = 1'000'000,
                   .ours = with(calls, answer_on_a_fiber, callers),
                   .budget = at_most(600)});
    bench.measure({.work = fmt::format("call and answer, inline, {} callers", callers),
                   .units = 1'000'000,
                   .ours = with(calls, answer_inline, callers),
                   .budget = at_most(600)});
  }
  return bench.finish();
}
