#include "models/exchange/certify.h"

#include "models/consistency/commit_order.h"
#include "models/consistency/predicate_reads.h"
#include "models/consistency/register_proof.h"

namespace quorumlab::models {

void certify_registers(const RegisterImport& import, const CheckResult& result, Finding& finding) {
  const auto proof = prove_register(import.history, result.property, result, import.initial);
  if (!proof) return;
  const auto pairs_of = [&](const std::vector<std::uint32_t>& ops) {
    std::vector<std::size_t> pairs;
    for (const std::uint32_t op : ops) pairs.push_back(import.pairs.at(op));
    return pairs;
  };
  Certificate& certificate = finding.certificate;
  certificate.model = proof->model;
  for (const ProofPath& path : proof->missed) {
    certificate.missed.push_back({pairs_of(path.ops), path.kinds});
  }
  certificate.closing = {pairs_of(proof->closing.ops), proof->closing.kinds};
  for (const RegisterProof::View& view : proof->views) {
    certificate.views.push_back({import.pairs.at(view.of), pairs_of(view.order)});
  }
  certificate.commit = pairs_of(proof->commit);
}

void certify_transactions(const TxnHistory& txns, const Budget& budget, Finding& finding) {
  if (!finding.orders.empty() || has_predicate_reads(txns)) return;
  const auto proof = find_commit_order(txns, finding.model, budget);
  if (!proof) return;
  finding.certificate.model = proof->level;
  finding.certificate.commit.assign(proof->order.begin(), proof->order.end());
}

}  // namespace quorumlab::models
