// Whole runs as a sweep does them: built, run, judged, thrown away; many seeds one after the other.
#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "bench/harness.h"
#include "models/registry.h"
#include "scenarios/run.h"

namespace quorumlab::bench {
namespace {

constexpr const char* kTiny = R"toml(
[scenario]
name     = "tiny"
summary  = "Three replicas, one client, five operations, about sixty events."
story    = "The smallest run that has something to judge."
source   = "made up"
duration = "10ms"

[cluster]
replicas = 3

[network]
latency = "exponential(200us)"

[replication]
model       = "leader_follower"
acknowledge = "majority"

[workload]
type = "register"
keys = 2
rate = "500/s"
)toml";

// A failover among five replicas under load, for the share of the trace in a whole run.
constexpr const char* kBusy = R"toml(
[scenario]
name     = "busy"
summary  = "Five replicas, eight clients, a crash of the leader."
story    = "What a run is like that somebody looks at."
source   = "made up"
duration = "20s"

[cluster]
replicas = 5
clients  = 8

[network]
latency = "lognormal(median 0.5ms, p99 3ms)"

[replication]
model       = "leader_follower"
acknowledge = "majority"

[workload]
type = "register"
keys = 20
rate = "500/s"

[[fault]]
kind = "crash"
on   = "n2"
at   = "5s"
for  = "5s"
)toml";

struct Loaded {
  models::Registry registry = models::builtin_models();
  scenarios::Scenario scenario;
};

std::shared_ptr<Loaded> load(const char* text) {
  auto loaded = std::make_shared<Loaded>();
  config::Diagnostics problems;
  auto read = scenarios::load_text("bench.toml", text, {}, loaded->registry, problems);
  if (!read) {
    fmt::print(stderr, "{}", problems.render(config::Colour::kOff));
    std::exit(1);
  }
  loaded->scenario = std::move(read->scenario);
  return loaded;
}

Timed judged_runs(std::uint64_t units) {
  const auto loaded = load(kTiny);
  return [loaded, units] {
    for (std::uint64_t seed = 1; seed <= units; ++seed) {
      const auto result = run(loaded->scenario, loaded->registry, {.seed = seed});
      (void)judge(loaded->scenario, result);
    }
  };
}

Contender busy_runs(bool traced) {
  return [traced](std::uint64_t units) -> Timed {
    const auto loaded = load(kBusy);
    return [loaded, traced, units] {
      for (std::uint64_t seed = 1; seed <= units; ++seed) {
        traces::Record record;
        const scenarios::RunOptions options{.seed = seed, .record = traced ? &record : nullptr};
        (void)judge(loaded->scenario, run(loaded->scenario, loaded->registry, options));
      }
    };
  };
}

}  // namespace
}  // namespace quorumlab::bench

int main(int argc, char** argv) {
  using namespace quorumlab::bench;
  Bench bench(argc, argv, "runs");
  bench.measure({.work = "tiny run, judged: 3 nodes, 1 client",
                 .units = 5'000,
                 .ours = judged_runs,
                 .budget = at_least_per_second(20e3)});
  bench.measure({.work = "busy run, judged: full trace against none",
                 .units = 3,
                 .ours = busy_runs(true),
                 .bound = busy_runs(false),
                 .budget = times_bound(1.3)});
  return bench.finish();
}
