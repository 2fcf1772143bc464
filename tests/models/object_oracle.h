// Histories of any object, and an oracle that tries every order of them.
//
//   has_order(specification, calls);                // some order explains every result
//   is_linearization(specification, calls, order);  // this one does
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/consistency/objects.h"
#include "tests/models/history_support.h"

namespace quorumlab::models::testing {

using Calls = std::vector<TimedCall<ObjectCall>>;
using ObjectSpecification = Specification<ObjectState, ObjectCall>;

// Tries every order of every choice of the unknown calls.
[[nodiscard]] bool has_order(const ObjectSpecification& specification, const Calls& calls);

// Does executing the order give legal results, in real-time order, with every completed call?
[[nodiscard]] bool is_linearization(const ObjectSpecification& specification, const Calls& calls,
                                    const std::vector<std::uint32_t>& order);

// So many calls, made one after the other as they are invoked, that overlap at random; of some
// percent, but those for which `is_known` says true, the outcome is not known.
struct RandomCalls {
  std::size_t count = 6;
  std::uint32_t unknown = 15;
  std::function<bool(const ObjectCall&)> is_known = {};
};
[[nodiscard]] Calls random_calls(Rng& rng, const RandomCalls& shape,
                                 const std::function<ObjectCall()>& make);

// The same of three processes, each busy with one call at a time; who does not hear of a call is
// somebody else from there on. `make` is told who calls.
[[nodiscard]] Calls session_calls(Rng& rng, std::size_t count,
                                  const std::function<ObjectCall(std::int64_t)>& make);

// Calls f with every interleaving of the invocations and completions of the calls.
void interleave(const std::vector<ObjectCall>& what, const std::function<void(const Calls&)>& f);

}  // namespace quorumlab::models::testing
