// Quorum arithmetic, in one line each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

#include "sim/check.h"

namespace quorumlab::models {

// More than half of `replicas`.
constexpr std::size_t majority(std::size_t replicas) {
  return replicas / 2 + 1;
}

// The greatest value that at least `copies` of the replicas have reached.
// Requires: 1 <= copies <= reached.size().
template <class T>
T held_by(std::size_t copies, std::vector<T> reached) {
  QL_CHECK(copies >= 1 && copies <= reached.size(), "{} copies of {}", copies, reached.size());
  std::nth_element(reached.begin(), reached.begin() + static_cast<std::ptrdiff_t>(copies - 1),
                   reached.end(), std::greater<>());
  return reached[copies - 1];
}

}  // namespace quorumlab::models
