// Whole runs as a sweep does them: built, run, judged, thrown away; many seeds one after the other.
#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

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

// A minute of a healthy cluster, judged as it is made, or in the end alone.
std::string clean_run(const std::string& workload, const std::string& models, bool online) {
  return fmt::format(R"toml(
[scenario]
name     = "clean"
summary  = "Three servers of Raft, eight clients, nothing goes wrong."
story    = "What judging online costs where nothing is to be found."
source   = "made up"
duration = "60s"

[cluster]
replicas = 3
clients  = 8

[network]
latency = "lognormal(median 0.5ms, p99 3ms)"

[replication]
model = "raft"

[workload]
{}

[check]
consistency = [{}]
online      = {}
)toml",
                     workload, models, online);
}

Contender clean_runs(const std::string& workload, const std::string& models, bool online) {
  return [text = clean_run(workload, models, online)](std::uint64_t units) -> Timed {
    const auto loaded = load(text.c_str());
    return [loaded, units] {
      for (std::uint64_t seed = 1; seed <= units; ++seed) {
        const auto result = run(loaded->scenario, loaded->registry, {.seed = seed});
        if (result.violated) std::exit(1);
      }
    };
  };
}

// One line for each way to judge online: streams of each object, of each session or read, of a
// stronger model, and searches.
void measure_online(Bench& bench) {
  struct Case {
    std::string of;
    std::string workload;
    std::string models = "\"linearizable\"";
    double most = 1.5;  // times the run that is judged in the end
  };
  const std::vector<Case> cases = {
      {"register", "type = \"register\"\nkeys = 20\nrate = \"500/s\""},
      {"register, causal and sequential", "type = \"register\"\nkeys = 20\nrate = \"500/s\"",
       "\"causal\", \"sequential\""},
      {"register, four session guarantees", "type = \"register\"\nkeys = 20\nrate = \"500/s\"",
       "\"read_your_writes\", \"monotonic_reads\", \"monotonic_writes\", "
       "\"writes_follow_reads\"",
       2},
      {"register, regular and safe", "type = \"register\"\nkeys = 20\nrate = \"500/s\"",
       "\"regular\", \"safe\""},
      {"compare-and-set register", "type = \"cas_register\"\nkeys = 20\nrate = \"500/s\""},
      {"counter", "type = \"counter\"\nkeys = 20\nrate = \"500/s\""},
      {"set", "type = \"set\"\nkeys = 200\nrate = \"200/s\""},
      {"list", "type = \"list\"\nkeys = 200\nrate = \"200/s\""},
      {"queue", "type = \"queue\"\nkeys = 20\nrate = \"500/s\""},
      {"lock, mutual exclusion", "type = \"lock\"\nkeys = 20\nrate = \"500/s\"",
       "\"mutual_exclusion\""},
      {"lock", "type = \"lock\"\nkeys = 20\nrate = \"500/s\""}};
  for (const auto& [of, workload, models, most] : cases) {
    bench.measure({.work = "online: " + of,
                   .units = 3,
                   .ours = clean_runs(workload, models, true),
                   .bound = clean_runs(workload, models, false),
                   .budget = times_bound(most)});
  }
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
  measure_online(bench);
  return bench.finish();
}
