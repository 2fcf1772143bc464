// Fills in what proves a verdict on registers or transactions, for somebody else to verify
// (docs/consistency.md, "Certificates"). Costs more than the verdict: only on demand.
//
//   certify_registers(import, result, finding);
//   finding.certificate.closing.kinds;   // "rp"
#pragma once

#include "models/consistency/verdict.h"
#include "models/exchange/judge.h"

namespace quorumlab::models {

void certify_registers(const RegisterImport& import, const CheckResult& result, Finding& finding);
// Requires: the model holds.
void certify_transactions(const TxnHistory& txns, const Budget& budget, Finding& finding);

}  // namespace quorumlab::models
