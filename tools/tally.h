// What many runs of one scenario come to: how often each property held, how many clients were
// served, how fast, and what was lost.
//
//   Tally tally;
//   for (seed ...) tally.add(scenarios::run(scenario, registry, {.seed = seed}));
//   tally.properties()[0];        // {"linearizable", .holds = 17, .violated = 3, .seed = 5}
//   tally.reads().p99;            // of all runs together
//
// The order in which runs are added makes no difference.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/run.h"

namespace quorumlab::tools {

class Tally {
 public:
  struct Property {
    std::string name;
    std::uint64_t holds = 0;
    std::uint64_t violated = 0;
    std::uint64_t unknown = 0;
    std::uint64_t seed = 0;  // the least with a violation
  };
  // Operations that clients asked for, and those that were answered with ok.
  struct Served {
    std::uint64_t reads = 0;
    std::uint64_t reads_ok = 0;
    std::uint64_t writes = 0;
    std::uint64_t writes_ok = 0;
  };

  void add(const scenarios::RunResult& result);

  [[nodiscard]] std::uint64_t runs() const { return runs_; }
  // Checks and invariants in the scenario's order.
  [[nodiscard]] const std::vector<Property>& properties() const { return properties_; }
  [[nodiscard]] const Served& served() const { return served_; }
  // Of those operations that began while some fault lasted.
  [[nodiscard]] const Served& served_during_faults() const { return during_faults_; }
  [[nodiscard]] std::uint64_t acknowledged_writes() const { return acknowledged_; }
  [[nodiscard]] std::uint64_t lost_writes() const { return lost_; }
  // Of answers with ok.
  [[nodiscard]] scenarios::Latency reads() const { return latency(read_times_); }
  [[nodiscard]] scenarios::Latency writes() const { return latency(write_times_); }

 private:
  static scenarios::Latency latency(std::vector<sim::Duration> times);

  std::uint64_t runs_ = 0;
  std::vector<Property> properties_;
  Served served_;
  Served during_faults_;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t lost_ = 0;
  std::vector<sim::Duration> read_times_;
  std::vector<sim::Duration> write_times_;
};

}  // namespace quorumlab::tools
