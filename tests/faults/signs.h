// How each kind of fault shows in the trace of its example: one line for the reference page, and
// the test that it is so.
//
//   const Sign& sign = sign_of("pause");
//   sign.words;                          // "nothing reaches the node; then everything at once"
//   sign.seen(example_of(kind), without);
#pragma once

#include <functional>
#include <string>

#include "tests/faults/kit.h"

namespace quorumlab::faults {

struct Sign {
  std::string kind;
  std::string words;
  // In the run of the example, and in the same run without the fault.
  std::function<bool(const Broken& with, const Broken& without)> seen;
};

// One for each kind, in no order.
[[nodiscard]] const Sign& sign_of(const std::string& kind);

// The keys of a [[fault]], from `kind` to the end of the example.
[[nodiscard]] std::string keys_of(const FaultKind& kind);

}  // namespace quorumlab::faults
