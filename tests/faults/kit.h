// What the tests of faults share: a small cluster that a few lines of TOML break.
//
//   const Broken run("kind = \"isolate\"\nat = \"1s\"\nfor = \"2s\"\non = \"n1\"");
//   run.effect().effects;                          // of the first [[fault]]
//   run.dropped(sim::DropReason::kPartition);      // messages, as the trace has them
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "faults/fault.h"
#include "scenarios/run.h"
#include "traces/record.h"

namespace quorumlab::faults {

// Three replicas that nobody replaces, two clients, five seconds; the leader's lease looks at its
// wall clock.
std::string cluster();

class Broken {
 public:
  // The keys of one [[fault]], maybe followed by further tables.
  explicit Broken(const std::string& fault) : Broken(fault, {}) {}
  // `sets` as for --set.
  Broken(const std::string& fault, const std::vector<std::string>& sets);

  [[nodiscard]] const Effect& effect(std::size_t fault = 0) const {
    return result.faults.at(fault).effect;
  }
  [[nodiscard]] std::size_t count(sim::EventKind kind) const;
  [[nodiscard]] std::size_t dropped(sim::DropReason reason) const;
  // Notes of this name, on any lane.
  [[nodiscard]] std::size_t notes(const std::string& name) const;
  // When each fault with this position began, in seconds of true time.
  [[nodiscard]] std::vector<double> begun(std::size_t fault = 0) const;

  scenarios::RunResult result;
  traces::Record record;
};

// What is wrong with a scenario of cluster() and this fault; empty: nothing.
std::string problems_of(const std::string& fault);

}  // namespace quorumlab::faults
