// An operation of one history as another history takes it.
//
//   const OpId id = copy.invoke(invocation_of(op));
//   copy.complete(id, completion_of(op));
#pragma once

#include "models/history.h"

namespace quorumlab::models {

[[nodiscard]] inline History::Invoke invocation_of(const Operation& op) {
  return {.process = op.process,
          .f = op.f,
          .key = op.key,
          .value = returns_value(op.f) ? Value{} : op.value,
          .expected = op.expected,
          .at = op.invoked_at,
          .client = op.client};
}

[[nodiscard]] inline History::Complete completion_of(const Operation& op) {
  return {.outcome = op.outcome,
          .value = op.value,
          .elements = op.elements,
          .value_known = op.value_known,
          .saw_other = op.saw_other,
          .at = op.completed_at,
          .served_by = op.served_by};
}

}  // namespace quorumlab::models
