#include "tests/faults/kit.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/registry.h"

namespace quorumlab::faults {

std::string cluster() {
  return R"toml([scenario]
name     = "a cluster to break"
seed     = 7
duration = "5s"

[cluster]
replicas = 3
clients  = 2

[network]
latency = "uniform(1ms, 5ms)"

[replication]
model    = "leader_follower"
lease    = "1s"
mistakes = ["lease_on_wall_clock"]

[workload]
keys    = 3
rate    = "200/s"
timeout = "200ms"

[[fault]]
)toml";
}

Broken::Broken(const std::string& fault, const std::vector<std::string>& sets) {
  const models::Registry registry = models::builtin_models();
  config::Diagnostics problems;
  const auto loaded =
      scenarios::load_text("broken.toml", cluster() + fault, sets, registry, problems);
  if (!loaded) {
    ADD_FAILURE() << problems.render(config::Colour::kOff);
    return;
  }
  result = scenarios::run(loaded->scenario, registry, {.seed = {}, .record = &record});
}

std::size_t Broken::count(sim::EventKind kind) const {
  const auto& events = record.events();
  return static_cast<std::size_t>(std::count_if(
      events.begin(), events.end(), [&](const auto& event) { return event.kind == kind; }));
}

std::size_t Broken::dropped(sim::DropReason reason) const {
  const auto& events = record.events();
  return static_cast<std::size_t>(
      std::count_if(events.begin(), events.end(), [&](const auto& event) {
        return event.kind == sim::EventKind::kDrop && event.reason == reason;
      }));
}

std::size_t Broken::notes(const std::string& name) const {
  const auto& events = record.events();
  return static_cast<std::size_t>(
      std::count_if(events.begin(), events.end(), [&](const auto& event) {
        return event.kind == sim::EventKind::kNote && record.name(event.name) == name;
      }));
}

std::vector<double> Broken::begun(std::size_t fault) const {
  std::vector<double> times;
  for (const auto& [begin, end] : result.faults.at(fault).lasted) times.push_back(begin.seconds());
  return times;
}

std::string problems_of(const std::string& fault) {
  config::Diagnostics problems;
  (void)scenarios::load_text("broken.toml", cluster() + fault, {}, models::builtin_models(),
                             problems);
  return problems.render(config::Colour::kOff);
}

}  // namespace quorumlab::faults
