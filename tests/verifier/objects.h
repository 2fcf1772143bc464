// The sequential specifications of objects: what an operation does to a state, and whether its
// result is legal there.
//
//   const Object object(history);
//   Json state = object.initial;
//   object.step(state, op);   // false: not with that result
#pragma once

#include "tests/verifier/history.h"

namespace quorumlab::verifier {

struct Object {
  std::string kind;
  Json initial;
  Json unwritten;  // of many registers, what each holds at first

  explicit Object(const History& history);
  [[nodiscard]] bool step(Json& state, const Op& op) const;
  // Changes nothing in any state.
  [[nodiscard]] bool observes(const Op& op) const;
  // Says nothing, so that it need not have a place in an order.
  [[nodiscard]] bool is_mute(const Op& op) const;
  // May it be left out of operations that are to have no order, of which `kept` stay?
  [[nodiscard]] bool is_superfluous(const Op& op, const std::vector<Op>& kept) const;
};

}  // namespace quorumlab::verifier
