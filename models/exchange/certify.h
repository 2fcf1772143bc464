// Fills in what proves a verdict on registers or transactions, for somebody else to verify
// (docs/consistency.md, "Certificates"). Costs more than the verdict: only on demand.
//
//   certify_transactions(txns, budget, finding);
//   finding.certificate.commit;   // {4, 0, 7, ...}
#pragma once

#include <cstddef>
#include <optional>

#include "models/consistency/budget.h"
#include "models/exchange/judge.h"

namespace quorumlab::models {

// Of transactions: which anomaly shows that the model is violated, the first that it rules out.
// nullopt: none.
[[nodiscard]] std::optional<std::size_t> accused_anomaly(const Finding& finding);

void certify_registers(const RegisterImport& import, const Budget& budget, Finding& finding);
void certify_transactions(const TxnHistory& txns, const Budget& budget, Finding& finding);

}  // namespace quorumlab::models
