// Accounts between which money is transferred, and reads of all balances, as in Jepsen's bank
// tests: whatever the isolation, no read may find another total.
//
//   Finding f = judge_bank(journal, {.model = "bank-total", .total = 100});
//   f.claim;   // "Not bank-total: the balances add up to 95, not 100"
//
// A read's value is a map from account to balance. Without a known total all reads must agree.
#pragma once

#include "models/exchange/judge.h"

namespace quorumlab::models {

// Throws InputError for a read that is no map of integers.
[[nodiscard]] Finding judge_bank(const Journal& journal, const JudgeOptions& options);

}  // namespace quorumlab::models
