// Sequential consistency (Lamport 1979) of any objects with a sequential specification: is there
// one order of all calls that every process's own order agrees with and in which every result is
// legal? Real time does not count, so objects cannot be judged one by one.
//
//   SequentialResult r = search_sequential(specification, {{calls_on_x}, {calls_on_y}}, Budget{});
//   r.order;   // with kHolds
//
// NP-complete (Gibbons and Korach 1997): a search over how far each process has come, depth first
// in the order of invocation, which never looks at the same situation twice. What changes nothing
// takes its place as soon as it is legal. A call of unknown outcome may have happened or not, and
// whoever made it is another process from there on. Calls of a process that begin at once, as those
// of a drain, have no order among them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/consistency/objects.h"

namespace quorumlab::models {

// One object and the calls on it.
struct SequentialPart {
  std::span<const TimedCall<ObjectCall>> calls;
};

struct SequentialCall {
  std::uint32_t part = 0;
  std::uint32_t call = 0;
};

struct SequentialResult {
  Verdict verdict = Verdict::kHolds;
  std::string reason;                 // with kUnknown
  std::vector<SequentialCall> order;  // with kHolds
  std::size_t most = 0;               // with kViolated: so many calls fit into an order at most,
  std::vector<SequentialCall> stuck;  // and there these are what each process would do next
  std::size_t total = 0;              // calls that must have a place
  std::uint64_t steps = 0;
};

[[nodiscard]] SequentialResult search_sequential(
    const Specification<ObjectState, ObjectCall>& specification,
    const std::vector<SequentialPart>& parts, const Budget& budget);

}  // namespace quorumlab::models
