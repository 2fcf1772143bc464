// Is a history of reads, writes and compare-and-sets linearizable (Herlihy and Wing 1990): did
// every operation appear to happen at one instant between its invocation and its completion?
//
//   LinearizableResult r = check_linearizable(history, Budget{});
//   r.verdict;               // Verdict::kViolated
//   r.witness->obligation;   // "the write k7 = 5 (op 9) was acknowledged at 14ms, before ..."
//
// Operations with unknown outcome may take effect at any time after their invocation or never;
// failed ones did not happen, except that a failed compare-and-set with `saw_other` is a read that
// saw some other value. Each key is judged alone: registers with unique writes in linear time
// (register_zones.h), all else by search (register_search.h).
#pragma once

#include <cstdint>

#include "models/consistency/budget.h"
#include "models/consistency/executor.h"
#include "models/consistency/narrator.h"
#include "models/consistency/verdict.h"
#include "models/history.h"

namespace quorumlab::models {

struct LinearizableOptions {
  Value initial = {};  // what every key holds at the start
  Names names = {};
  Executor* executor = nullptr;  // keys are judged there
  bool explains = true;          // false: a violation comes without a witness, and sooner
};

struct LinearizableResult : CheckResult {
  std::uint64_t steps = 0;  // units of work spent on the verdict, see Budget
};

// With kViolated the witness belongs to the key whose history contradicts itself first. With
// kUnknown, `reason` names the key and the budget; a violation of another key goes first.
[[nodiscard]] LinearizableResult check_linearizable(const History& history,
                                                    const Budget& budget = {},
                                                    const LinearizableOptions& options = {});

}  // namespace quorumlab::models
