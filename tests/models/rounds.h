// How many random histories a test tries.
//
//   for (int i = 0; i < rounds(4'000); ++i) expect_right(random_history(rng));
#pragma once

#include <cstdlib>
#include <string>

namespace quorumlab::models {

// `usual`, which fits into every run of the tests, or QUORUMLAB_EFFORT times that.
inline int rounds(int usual) {
  const char* const effort = std::getenv("QUORUMLAB_EFFORT");
  return effort == nullptr ? usual : usual * std::stoi(effort);
}

}  // namespace quorumlab::models
