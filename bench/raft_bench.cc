// Raft as a sweep runs it: committed operations per real second, beside the least that replicating
// an operation costs without a log, terms, batches, sessions, a history or a verdict.
#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "bench/harness.h"
#include "models/registry.h"
#include "scenarios/run.h"
#include "sim/world.h"

namespace quorumlab::bench {
namespace {

using namespace sim::literals;
using sim::Distribution;
using sim::Node;
using sim::NodeId;

constexpr int kClients = 20;
constexpr std::uint64_t kRate = 2'000;  // of all clients, a second
constexpr std::uint32_t kServers = 5;

std::string scenario_text(std::uint64_t operations, double reads) {
  return fmt::format(R"toml(
[scenario]
name     = "raft"
duration = "{}ms"
[cluster]
replicas = {}
clients  = {}
[network]
latency = "lognormal(median 0.5ms, p99 3ms)"
[disk]
sync = "100us"
[replication]
model = "raft"
reads = "log"
[workload]
type  = "register"
keys  = 100
rate  = "{}/s"
reads = {}
[check]
consistency = ["linearizable"]
)toml",
                     operations * 1'000 / kRate, kServers, kClients, kRate, reads);
}

Timed judged_run(std::uint64_t operations) {
  struct Loaded {
    models::Registry registry = models::builtin_models();
    scenarios::Scenario scenario;
  };
  const auto loaded = std::make_shared<Loaded>();
  config::Diagnostics problems;
  auto read = scenarios::load_text("raft.toml", scenario_text(operations, 0.5), {},
                                   loaded->registry, problems);
  if (!read) {
    fmt::print(stderr, "{}", problems.render(config::Colour::kOff));
    std::exit(1);
  }
  loaded->scenario = std::move(read->scenario);
  return [loaded] {
    const auto result = run(loaded->scenario, loaded->registry, {.seed = 1});
    if (result.property("linearizable") != 1 || !result.recovered) std::abort();
  };
}

struct Command {
  using Reply = int;
  static constexpr std::string_view kName = "Command";
};
struct Copy {
  using Reply = int;
  static constexpr std::string_view kName = "Copy";
};

// A client asks a leader, the leader's disk and two of four followers' have it, the client hears.
Timed bare_replication(std::uint64_t operations) {
  struct Lab {
    sim::World world{{.seed = sim::Seed{1}, .max_events = UINT64_MAX}};
    std::uint64_t left = 0;
  };
  const auto lab = std::make_shared<Lab>();
  sim::World& world = lab->world;
  world.network().set_default({.latency = Distribution::lognormal({500_us, 3_ms})});
  const sim::DiskOptions disk{.sync = Distribution::constant(100_us)};
  const auto leader = [](Node& node) {
    std::vector<NodeId> followers;
    for (std::uint32_t i = 1; i < kServers; ++i) followers.emplace_back(i);
    node.serve([&node, followers](const Command&) {
      node.disk().append("log", "an entry of some forty bytes in all");
      node.disk().sync();
      return node.call_all(followers, Copy{}).wait_for(2, 1_s) ? 1 : 0;
    });
  };
  const auto follower = [](Node& node) {
    node.serve([&node](const Copy&) {
      node.disk().append("log", "an entry of some forty bytes in all");
      node.disk().sync();
      return 1;
    });
  };
  const auto client = [&in = *lab](Node& node) {
    const Distribution gap = Distribution::exponential(
        sim::Duration(std::int64_t{1'000'000'000} * kClients / static_cast<std::int64_t>(kRate)));
    for (;;) {
      node.sleep(gap.sample(node.rng()));
      (void)node.call(NodeId(0), Command{}, 1_s);
      if (in.left > 0 && --in.left == 0) in.world.stop();
    }
  };
  world.add_node({.name = "leader", .disk = disk, .program = leader});
  for (std::uint32_t i = 1; i < kServers; ++i) {
    world.add_node({.name = fmt::format("f{}", i), .disk = disk, .program = follower});
  }
  for (int i = 0; i < kClients; ++i) {
    world.add_node({.name = fmt::format("c{}", i), .program = client});
  }
  for (std::uint32_t i = 0; i < kServers + kClients; ++i) world.start(NodeId(i));
  return [lab, operations] {
    lab->left = operations;
    lab->world.run_until(sim::Time::max());
  };
}

}  // namespace
}  // namespace quorumlab::bench

int main(int argc, char** argv) {
  using namespace quorumlab::bench;
  Bench bench(argc, argv, "raft: 5 servers, 20 clients, half reads, all through the log");
  bench.measure({.work = "operation committed, in a judged run",
                 .units = 200'000,
                 .ours = judged_run,
                 .bound = bare_replication});
  return bench.finish();
}
