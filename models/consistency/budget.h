// How much a search may cost before it says "unknown". Counted in units of work, never in seconds,
// so that the same history gets the same verdict on every machine.
//
//   check_linearizable(history, {.max_configurations = 1'000});   // kUnknown if that was too few
#pragma once

#include <cstdint>

namespace quorumlab::models {

struct Budget {
  // Alternatives kept at once; bounds memory (16 bytes each, more when over 64 operations overlap).
  std::uint64_t max_configurations = 1'000'000;
  // Configurations made, looked at or compared, for each key; bounds time (a few nanoseconds each).
  std::uint64_t max_steps = 500'000'000;
  // Bytes that a search may keep at once, by what it counts of its own, for each key.
  std::uint64_t max_memory = std::uint64_t{4} << 30U;
};

}  // namespace quorumlab::models
