// Zipf's law: of n things, the one at index i is chosen in proportion to 1 / (i + 1)^theta, as keys
// are in practice, a few of them very often.
//
//   Zipf keys({.items = 20, .theta = 0.99});  // a table of 19 numbers, computed once
//   Key key{static_cast<std::uint32_t>(keys.sample(stream))};
//   keys.share(0);                            // 0.28: how often the first is chosen
//
// theta = 0 is uniform and needs no table.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/rng.h"

namespace quorumlab::sim {

class Zipf {
 public:
  static constexpr std::uint64_t kMostItems = 100'000'000;  // a table of 800 MB
  static constexpr double kMostTheta = 100;

  struct Options {
    std::uint64_t items = 1;
    double theta = 0;
  };

  // Requires: 1 <= items <= kMostItems, 0 <= theta <= kMostTheta.
  explicit Zipf(const Options& options);

  // An index from 0 to items - 1. Always draws exactly one 64-bit number. Suspends: never.
  std::uint64_t sample(Stream& stream) const {
    const std::uint64_t bits = stream.next();
    if (ends_.empty()) return detail::high_product(bits, items_);
    const auto end = std::upper_bound(ends_.begin(), ends_.end(), bits >> 1);
    return static_cast<std::uint64_t>(end - ends_.begin());
  }

  // The probability of an index. Requires: index < items.
  [[nodiscard]] double share(std::uint64_t index) const;

 private:
  std::uint64_t items_;
  // Where each item but the last ends on a line of length 2^63.
  std::vector<std::uint64_t> ends_;
};

}  // namespace quorumlab::sim
