// Reads and writes of single keys: the workload that shows staleness, lost writes and split brain.
//
//   [workload]
//   type  = "register"
//   keys  = 20
//   pick  = "zipf(0.99)"
//   rate  = "200/s"          # of all clients together
//   reads = 0.5
//
// Every write has a value of its own, so that a read tells exactly which write it saw.
#pragma once

#include <cstdint>
#include <vector>

#include "models/workload/client_driver.h"
#include "models/workload/workload.h"
#include "sim/config/rate.h"
#include "sim/zipf.h"

namespace quorumlab::models {

// How keys are chosen: uniformly, or by Zipf's law with exponent theta.
struct KeyPick {
  double theta = 0;
  [[nodiscard]] std::string text() const;
};

enum class Pace : std::uint8_t { kPoisson, kSteady };

struct RegisterOptions : ClientDriverOptions {
  std::int64_t keys = 10;
  KeyPick pick;
  config::Rate rate{100, sim::Duration(1'000'000'000)};
  Pace pace = Pace::kPoisson;
  double reads = 0.5;
  std::int64_t writers = 0;
  double erases = 0;
};

[[nodiscard]] WorkloadEntry register_workload();

}  // namespace quorumlab::models
