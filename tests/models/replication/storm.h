// Scenarios with faults drawn at random from a seed, for tests that say "under any of this".
//
//   const Storm storm{.replicas = 5, .replication = "model = \"raft\""};
//   const scenarios::RunResult result = run_text(storm_text(storm, 17));
//   result.property("linearizable");          // 1, 0, or nullopt
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/run.h"

namespace quorumlab::tests {

struct Storm {
  int replicas = 3;
  int clients = 3;
  int seconds = 15;
  int faults = 6;
  std::string replication;  // lines of [replication]
  std::string workload = "keys = 3\nrate = \"60/s\"";
  std::string network = "latency = \"uniform(1ms, 10ms)\"";
  std::string disk = "sync = \"uniform(200us, 3ms)\"\nunsynced = \"torn\"";
  std::string check = "consistency = [\"linearizable\", \"eventual\"]";
  // Of these, each equally likely: partition, cut (one way), isolate, crash, pause, drift, step,
  // duplicate.
  std::vector<std::string> kinds = {"partition", "cut",   "isolate", "crash",
                                    "pause",     "drift", "step"};
};

[[nodiscard]] std::string storm_text(const Storm& storm, std::uint64_t seed);

// How many seeds to try: `usual`, or QUORUMLAB_SEEDS of the environment.
[[nodiscard]] std::uint64_t seeds_or(std::uint64_t usual);

// Fails the test if the text is not a good scenario.
[[nodiscard]] scenarios::RunResult run_text(const std::string& text);

// A scenario of the catalogue, "chain/no_grace.toml", with keys overridden, as --set does.
[[nodiscard]] scenarios::RunResult run_file(const std::string& file,
                                            const std::vector<std::string>& sets,
                                            std::uint64_t seed);

// "seed 17: linearizable was violated: ...", or empty: everything that is checked holds, nothing
// acknowledged is lost, and every client was served again.
[[nodiscard]] std::string complaint(const scenarios::RunResult& result);

// How many of the seeds [1, seeds] have something violated, as complaint() tells; `first` is the
// first complaint.
struct Tally {
  int violated = 0;
  std::string first;
};
[[nodiscard]] Tally violations(const Storm& storm, std::uint64_t seeds);

}  // namespace quorumlab::tests
