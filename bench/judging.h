// What benchmarks of checkers share.
//
//   const auto made = once([](std::uint64_t units) { return history_of(units); });
//   const auto judge = [history = made(units)] { expect(holds(*history), "register"); };
//   return with_peak(judge, &mebibytes);
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "bench/harness.h"
#include "bench/peak_memory.h"

namespace quorumlab::bench {

// Figures of a checker that is wrong are worth nothing.
inline void expect(bool good, const std::string& what) {
  if (good) return;
  fmt::print(stderr, "wrong verdict: {}\n", what);
  std::exit(1);
}

// Makes something once for all turns of a case.
template <class Make>
auto once(Make make) {
  using Made = decltype(make(std::uint64_t{}));
  return [make, made = std::make_shared<std::shared_ptr<const Made>>()](std::uint64_t units) {
    if (!*made) *made = std::make_shared<const Made>(make(units));
    return *made;
  };
}

// With the peak of memory that the first turn took, in `mebibytes`.
template <class Work>
Timed with_peak(Work work, double* mebibytes) {
  return [work, mebibytes] {
    if (mebibytes == nullptr || *mebibytes != 0) return work();
    const PeakMemory peak;
    work();
    *mebibytes = peak.mebibytes();
  };
}

}  // namespace quorumlab::bench
