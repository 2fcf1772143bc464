// Clusters: messages with drawn delays, quorums, how the cost grows with the number of nodes, and
// what the fingerprint and the full trace add.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "bench/harness.h"
#include "sim/fingerprint.h"
#include "sim/world.h"
#include "traces/record.h"

namespace quorumlab::bench {
namespace {

using namespace sim::literals;
using sim::Distribution;
using sim::Node;
using sim::NodeId;
using sim::Seed;
using sim::Time;
using sim::World;

struct Ball {
  using Reply = int;
  static constexpr std::string_view kName = "Ball";
  std::uint64_t hops = 0;
};

struct Cluster {
  std::uint32_t nodes = 5;
  std::uint32_t in_flight = 100;
  std::uint32_t neighbours = UINT32_MAX;  // each talks to its first so many peers
  bool on_fibers = false;                 // each receiver first waits for its disk
  bool traced = false;
};

// Nodes throw balls to each other; each message is answered by another one.
struct Court {
  explicit Court(const Cluster& cluster) {
    world.network().set_default({.latency = Distribution::lognormal({500_us, 3_ms})});
    for (std::uint32_t i = 0; i < cluster.nodes; ++i) {
      const std::uint32_t first =
          cluster.in_flight / cluster.nodes + (i < cluster.in_flight % cluster.nodes ? 1 : 0);
      world.add_node({.name = "n" + std::to_string(i),
                      .disk = {.sync = Distribution::constant(100_us)},
                      .program = [this, cluster, first](Node& node) {
                        const auto peers = neighbours_of(node, cluster.neighbours);
                        for (std::uint32_t j = 0; j < first; ++j) pass(node, peers, Ball{});
                        play(node, peers, cluster.on_fibers);
                      }});
    }
    for (std::uint32_t i = 0; i < cluster.nodes; ++i) world.start(NodeId(i));
  }

  static std::vector<NodeId> neighbours_of(Node& node, std::uint32_t most) {
    const auto all = static_cast<std::uint32_t>(node.world().size());
    std::vector<NodeId> some;
    for (std::uint32_t i = 1; i < all && i <= most; ++i) {
      some.emplace_back((node.id().value + i) % all);
    }
    return some;
  }
  static void pass(Node& node, const std::vector<NodeId>& peers, const Ball& ball) {
    node.send(node.rng().pick(peers), Ball{ball.hops + 1});
  }
  void play(Node& node, const std::vector<NodeId>& peers, bool on_fibers) {
    const auto receive = [this, &node, &peers](const Ball& ball) {
      pass(node, peers, ball);
      if (--left == 0) world.stop();
      return 0;
    };
    if (on_fibers) {
      node.serve([receive, &node](const Ball& ball) {
        node.sleep(100_us);
        return receive(ball);
      });
    } else {
      node.serve(sim::run_inline(receive));
    }
  }

  World world{{.seed = Seed{1}, .max_events = UINT64_MAX}};
  std::uint64_t left = UINT64_MAX;
};

Contender messages(const Cluster& cluster) {
  return [cluster](std::uint64_t units) -> Timed {
    const auto court = std::make_shared<Court>(cluster);
    const auto record = std::make_shared<traces::Record>();
    const auto run = [court](std::uint64_t count) {
      court->left = count;
      court->world.run_until(Time::max());
    };
    // Until every link that is used has been used.
    run(std::uint64_t{20} * cluster.in_flight + 20 * cluster.nodes);
    if (cluster.traced) court->world.set_trace(record.get());
    return [court, record, run, units] { run(units); };
  };
}

// A leader that asks four followers and goes on when two have answered.
Timed quorums(std::uint64_t units) {
  struct Lab {
    World world{{.seed = Seed{1}, .max_events = UINT64_MAX}};
    std::uint64_t left = UINT64_MAX;
  };
  const auto lab = std::make_shared<Lab>();
  lab->world.network().set_default({.latency = Distribution::lognormal({500_us, 3_ms})});
  lab->world.add_node({.name = "leader", .program = [&in = *lab](Node& node) {
                         for (;;) {
                           (void)node.call_all(node.peers(), Ball{}).wait_for(2, 100_ms);
                           if (--in.left == 0) in.world.stop();
                         }
                       }});
  for (int i = 0; i < 4; ++i) {
    lab->world.add_node({.name = "follower", .program = [](Node& node) {
                           node.serve([](const Ball& ball) { return static_cast<int>(ball.hops); });
                         }});
  }
  for (std::uint32_t i = 0; i < 5; ++i) lab->world.start(NodeId(i));
  const auto run = [lab](std::uint64_t count) {
    lab->left = count;
    lab->world.run_until(Time::max());
  };
  run(1'000);
  return [run, units] { run(units); };
}

// What the fingerprint alone takes for the entries of one message: that it is sent, and arrives.
Timed fingerprint_of_messages(std::uint64_t units) {
  const auto fingerprint = std::make_shared<sim::Fingerprint>();
  return [fingerprint, units] {
    for (std::uint64_t i = 0; i < units; ++i) {
      fingerprint->add(i | std::uint64_t{1} << 63, i * 0x9e3779b97f4a7c15, 17);
      fingerprint->add(i * 1'000, i, 3);
    }
  };
}

void measure_growth(Bench& bench) {
  // As many messages under way in either, so that the queue is equally deep.
  const Cluster small{.nodes = 10, .in_flight = 1'000};
  bench.measure({.work = "message: 1,000 nodes, 9 peers each, against 10",
                 .units = 1'000'000,
                 .ours = messages({.nodes = 1'000, .in_flight = 1'000, .neighbours = 9}),
                 .bound = messages(small),
                 .budget = times_bound(2)});
  // A million links, most of them used once: what counts is how they are made.
  bench.measure({.work = "message: 1,000 nodes, 999 peers each, against 10",
                 .units = 1'000'000,
                 .ours = messages({.nodes = 1'000, .in_flight = 1'000}),
                 .bound = messages(small)});
}

void measure_overheads(Bench& bench, const Figures& message) {
  const Figures fingerprint = bench.measure({.work = "fingerprint of one message, alone",
                                             .units = 10'000'000,
                                             .ours = fingerprint_of_messages});
  if (message.least > 0 && fingerprint.least > 0) {
    bench.value({.work = "fingerprint's share of a message",
                 .value = 100 * fingerprint.least / message.least,
                 .unit = "percent",
                 .budget = at_most(5)});
  }
  for (const bool on_fibers : {false, true}) {
    bench.measure({.work = fmt::format("message, {}: with full trace against none",
                                       on_fibers ? "on fibers" : "inline"),
                   .units = 500'000,
                   .ours = messages({.on_fibers = on_fibers, .traced = true}),
                   .bound = messages({.on_fibers = on_fibers})});
  }
}

}  // namespace
}  // namespace quorumlab::bench

int main(int argc, char** argv) {
  using namespace quorumlab::bench;
  Bench bench(argc, argv, "clusters, delays drawn, fingerprint on");
  const Figures message = bench.measure({.work = "message between 5 replicas, inline",
                                         .units = 1'000'000,
                                         .ours = messages({}),
                                         .budget = at_least_per_second(2e6)});
  bench.measure({.work = "message between 5 replicas, on fibers",
                 .units = 1'000'000,
                 .ours = messages({.on_fibers = true}),
                 .budget = at_least_per_second(2e6)});
  bench.measure({.work = "quorum: 4 calls, 4 answers", .units = 200'000, .ours = quorums});
  measure_growth(bench);
  measure_overheads(bench, message);
  return bench.finish();
}
