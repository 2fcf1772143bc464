// Judges any register, with compare-and-set and repeated values, by searching for a linearization.
//
//   SearchResult r = search_orders(part, Budget{});
//   r.verdict;         // kViolated: no order up to the return at r.contradiction exists
//
// Just-in-time linearization (Lowe, "Testing for linearizability", CPPE 29(4), 2017): walk through
// the events and keep every configuration that can still be true, which is a value and the set of
// overlapping operations that have taken effect already. Only a return forces anything to take
// effect. Work depends on how much overlaps, not on the length. Configurations that another one can
// imitate are dropped:
//   1. A read or a mismatch takes effect as soon as it can: that leaves the value alone.
//   2. An open operation (outcome unknown) need not take effect: of two configurations equal but
//   for
//      the open operations used, the one with the smaller set can do whatever the other can.
//   3. Of open operations that would do the same, only the first is tried, and none that would
//      change nothing.
//   4. An open operation is forgotten once its value cannot be seen any more.
#pragma once

#include <cstdint>

#include "models/consistency/budget.h"
#include "models/consistency/register_history.h"
#include "models/consistency/verdict.h"

namespace quorumlab::models {

struct SearchResult {
  enum class Limit : std::uint8_t { kNone, kConfigurations, kSteps, kOverlap };

  Verdict verdict = Verdict::kHolds;
  RegisterTime contradiction = kOpen;  // with kViolated: the return that cannot be explained
  RegisterTime reached = 0;            // with kUnknown: everything before this has an order
  Limit limit = Limit::kNone;          // with kUnknown: what ran out
  std::uint64_t steps = 0;
};

// More operations overlapping than this are answered with kUnknown.
inline constexpr std::uint32_t kMaxOverlap = 4096;

[[nodiscard]] SearchResult search_orders(const RegisterHistory& history, const Budget& budget);

}  // namespace quorumlab::models
