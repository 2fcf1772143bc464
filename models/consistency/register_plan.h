// The walk that a search through a register's history takes: its events, a slot of the bit masks
// for each overlapping operation, and the moment when an open operation can be forgotten.
//
//   Plan plan = plan_search(part);
//   plan.slot_count;      // how many bits a configuration needs
//   plan.steps[0].kind;   // kInvoke
#pragma once

#include <cstdint>
#include <vector>

#include "models/consistency/register_history.h"

namespace quorumlab::models {

struct PlanStep {
  enum class Kind : std::uint8_t { kInvoke, kReturn, kForget };
  Kind kind = Kind::kInvoke;
  std::uint32_t op = 0;    // index into RegisterHistory::ops
  std::uint32_t slot = 0;  // free before kInvoke and after kReturn, or kForget of an open operation
  RegisterTime at = 0;     // the event that this step belongs to
};

struct Plan {
  std::vector<PlanStep> steps;
  std::uint32_t slot_count = 0;
};

[[nodiscard]] Plan plan_search(const RegisterHistory& history);

}  // namespace quorumlab::models
