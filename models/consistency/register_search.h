// Judges any register, with compare-and-set and repeated values, by searching for a linearization.
//
//   SearchResult r = search_orders(part, Budget{});
//   r.verdict;         // kViolated: no order up to the return at r.contradiction exists
//
// Just-in-time linearization (Lowe, "Testing for linearizability", CPPE 29(4), 2017): walk through
// the events and keep every configuration that can still be true, which is a value and what has
// become of each overlapping operation. Only a return forces anything to take effect. Work depends
// on how much overlaps, not on the length. Configurations that another one can imitate are dropped:
//   1. A read or a mismatch takes effect as soon as it can: that leaves the value alone.
//   2. An operation that need not take effect, because its outcome is unknown, leaves more choice
//   than
//      one that has: of configurations alike but for those, the one that used fewer stays.
//   3. When a write takes effect, every other overlapping write may have done so just before it,
//      unnoticed. That is noted and not tried in all combinations: such a write need not take
//      effect any more, but may.
//   4. An operation whose value nobody can see any more is tried only when it returns, and
//   forgotten
//      if it never does.
//   5. Of open operations that would do the same, only the first is tried, and none that would
//   change
//      nothing.
#pragma once

#include <cstdint>

#include "models/consistency/budget.h"
#include "models/consistency/register_history.h"
#include "models/consistency/verdict.h"

namespace quorumlab::models {

struct SearchResult {
  enum class Limit : std::uint8_t { kNone, kConfigurations, kSteps, kMemory, kOverlap };

  Verdict verdict = Verdict::kHolds;
  RegisterTime contradiction = kOpen;  // with kViolated: the return that cannot be explained
  RegisterTime reached = 0;            // with kUnknown: everything before this has an order
  Limit limit = Limit::kNone;          // with kUnknown: what ran out
  std::uint64_t steps = 0;
};

// More operations overlapping than this are answered with kUnknown.
inline constexpr std::uint32_t kMaxOverlap = 4096;

// Picks the search that suits: the one above, or all configurations at once in bit masks
// (register_bits.h) where little overlaps.
[[nodiscard]] SearchResult search_orders(const RegisterHistory& history, const Budget& budget);

class Walk;  // register_plan.h
[[nodiscard]] SearchResult search_frontier(const RegisterHistory& history, const Walk& walk,
                                           const Budget& budget);

}  // namespace quorumlab::models
