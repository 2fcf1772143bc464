// The way of each value through a queue or stack, when every value is put in once: what the
// checkers of such containers (queue_order.h, stack_order.h) look at.
//
//   const std::optional<Passages> passages = passages_of(calls);   // nullopt: not that simple
//   if (!passages->broken) passages->inside.front().in_done;
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/consistency/objects.h"

namespace quorumlab::models {

inline constexpr std::uint32_t kNoCall = UINT32_MAX;

// What the checkers that need no search say.
struct ContainerResult {
  Verdict verdict = Verdict::kHolds;
  std::vector<std::uint32_t> calls;  // with kViolated: those that contradict one another
  std::string why;
  std::vector<std::uint32_t> order;  // with kHolds: of all calls that took effect, if known
  // With kViolated: whatever ends later may as well never end. kNoCall: the last of them to end.
  std::uint32_t until = kNoCall;
};

// What never happens, happens at kNever. From `in_done` to `out_begun` the value is inside for
// sure.
struct Passage {
  std::uint32_t in = kNoCall;
  std::uint32_t out = kNoCall;
  std::uint64_t in_begun = kNever;
  std::uint64_t in_done = kNever;
  std::uint64_t out_begun = kNever;
  std::uint64_t out_done = kNever;
};

struct Passages {
  std::vector<Passage> values;
  std::vector<std::uint32_t> empties;     // calls that found nothing
  std::optional<ContainerResult> broken;  // no order of anything could help
};

// Requires: positions differ. nullopt unless every value is put in at most once and every call that
// takes out has returned and says what.
[[nodiscard]] std::optional<Passages> passages_of(std::span<const TimedCall<ObjectCall>> calls);

// Who found nothing needs an instant at which nothing was inside for sure; then all can be ordered
// so that nothing is inside, whether the first or the last goes out first: values that were on
// their way out go before that instant, and the others come after it (Bouajjani, Emmi, Enea, Hamza,
// "On reducing linearizability to state reachability", ICALP 2015).
[[nodiscard]] std::optional<ContainerResult> find_false_empty(
    const Passages& passages, std::span<const TimedCall<ObjectCall>> calls);

}  // namespace quorumlab::models
