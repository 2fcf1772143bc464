// What a checker says. Never a bare boolean: a violation comes with a witness that names operations
// and can be checked by hand, and a check that ran out of budget says so.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/history.h"

namespace quorumlab::models {

enum class Verdict : std::uint8_t { kHolds, kViolated, kUnknown };

[[nodiscard]] constexpr std::string_view word_of(Verdict verdict) {
  constexpr std::array<std::string_view, 3> kWords = {"holds", "violated", "unknown"};
  return kWords[static_cast<std::size_t>(verdict)];
}

// What part an operation plays in a witness; the trace slice and the explanation follow it.
enum class Role : std::uint8_t {
  kObserver,  // the operation whose result cannot be explained
  kReturned,  // the write whose value the observer returned
  kMissed,  // the acknowledged write (or read of a newer value) that the observer should have seen
  kOther,
};

struct WitnessOp {
  Role role = Role::kOther;
  OpId op;
};

enum class Anomaly : std::uint8_t {
  kStaleRead,     // returned a value although a later write had completed before the read began
  kNonMonotonic,  // a newer value had already been read by someone before this read began
  kPhantomValue,  // returned a value that nobody wrote, or that was written only later
  kLostWrite,     // an acknowledged write is gone
  kDivergence,    // replicas or clients did not come to agree
  kNoOrder,       // no order of these operations is legal, and none of the above says it simpler
};

struct Witness {
  Anomaly anomaly = Anomaly::kNoOrder;
  Key key;
  std::vector<WitnessOp> ops;    // by role, the observer first
  std::vector<NodeId> replicas;  // kDivergence: the two that disagree
  std::string claim;             // "Not linearizable: key k7"
  std::string observation;       // "client c2 read k7 = 3 between 71ms and 85ms (op 17)"
  std::string obligation;        // "the write k7 = 5 (op 9) was acknowledged at 14ms, before ..."
};

struct CheckResult {
  std::string property;  // "linearizable", "durable", ...
  Verdict verdict = Verdict::kUnknown;
  std::optional<Witness> witness;  // with kViolated
  std::string reason;              // with kUnknown: which budget ran out; else a figure or nothing
};

}  // namespace quorumlab::models
