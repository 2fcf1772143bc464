#include "models/exchange/certify.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/consistency/commit_order.h"
#include "models/consistency/isolation_models.h"
#include "models/consistency/isolation_proof.h"
#include "models/consistency/predicate_reads.h"
#include "models/consistency/register_models.h"
#include "models/consistency/register_proof.h"
#include "models/consistency/register_sources.h"
#include "models/consistency/register_zone_order.h"
#include "models/exchange/judge_words.h"

namespace quorumlab::models {
namespace {

// Of a mixture of guarantees, one that is violated by itself.
std::string_view broken_part(const RegisterImport& import, std::string_view mixture) {
  for (const SessionGuarantee part : parts_of_mixture(mixture)) {
    const CheckResult result = check_session(import.history, part, {.initial = import.initial});
    if (result.verdict == Verdict::kViolated) return name_of(part);
  }
  return "";
}

// What every linearizable history has, and its definition does not say of each read alone.
bool is_proven_by_order(const std::string& model) {
  return model == "linearizable" || model == "sequential" || model == "causal" ||
         model == "causal_convergence" || model == "pram" || model.find('+') != std::string::npos;
}

// The strongest that an order proves which respects what the model asks for.
std::string_view serializable_as(std::string_view model) {
  if (model.starts_with("strong-session-")) return "strong-session-serializable";
  return model.starts_with("strong-") ? "strong-serializable" : "serializable";
}

}  // namespace

std::optional<std::size_t> accused_anomaly(const Finding& finding) {
  for (std::size_t i = 0; i < finding.anomalies.size(); ++i) {
    if (is_ruled_out(finding.model, {finding.anomalies[i].type})) return i;
  }
  return std::nullopt;
}

void certify_registers(const RegisterImport& import, const Budget& budget, Finding& finding) {
  Certificate& certificate = finding.certificate;
  const std::string model = joined_by('_', finding.model);
  const bool violated = finding.verdict == Verdict::kViolated;
  const auto pairs_of = [&](const std::vector<std::uint32_t>& ops) {
    std::vector<std::size_t> pairs;
    for (const std::uint32_t op : ops) pairs.push_back(import.pairs.at(op));
    return pairs;
  };
  if (finding.verdict == Verdict::kHolds && is_proven_by_order(model)) {
    if (const auto orders = order_by_zones(import.history, import.initial)) {
      for (const auto& order : *orders) finding.orders.push_back(pairs_of(order));
      certificate.model = "linearizable";
      return;
    }
  }
  if (model == "linearizable") return;  // a search says why
  if (violated && RegisterSources(import.history, import.initial).phantom()) {
    certificate.model = "unwritten";
    return;
  }
  if (violated) {
    certificate.model = broken_part(import, model);
    if (!certificate.model.empty()) return;
  }
  auto proof = prove_register(import.history, model, finding.verdict, import.initial, budget);
  if (!proof) return;
  certificate.model = proof->model;
  for (const RegisterProof::View& view : proof->views) {
    certificate.views.push_back({import.pairs.at(view.of), pairs_of(view.order)});
  }
  certificate.commit = pairs_of(proof->commit);
  if (!violated || !complete(proof->violation, budget.max_steps)) return;
  const auto rename = [&](Supposition& s) {
    s = {import.pairs.at(s.first), import.pairs.at(s.second)};
  };
  for (auto& cycle : proof->violation.cycles) {
    for (RefutationStep& step : cycle) {
      step.from = import.pairs.at(step.from);
      step.to = import.pairs.at(step.to);
      if (step.supposed) rename(*step.supposed);
    }
  }
  for (auto& clause : proof->violation.learned) std::for_each(clause.begin(), clause.end(), rename);
  certificate.violation = std::move(proof->violation);
}

void certify_transactions(const TxnHistory& txns, const Budget& budget, Finding& finding) {
  Certificate& certificate = finding.certificate;
  if (finding.verdict == Verdict::kViolated) {
    const auto accused = accused_anomaly(finding);
    if (!accused) return;
    auto proof = prove_anomaly(txns, finding.anomalies[*accused], budget);
    if (proof) certificate.of_anomalies.emplace(*accused, std::move(*proof));
  } else if (finding.verdict == Verdict::kHolds && !finding.orders.empty()) {
    certificate.model = serializable_as(canonical_model(finding.model));
    certificate.commit = std::move(finding.orders.front());
    finding.orders.clear();
  } else if (finding.verdict == Verdict::kHolds) {
    const bool items = has_predicate_reads(txns) && asks_items_alone(finding.model);
    const auto proof =
        find_commit_order(items ? without_predicates(txns) : txns, finding.model, budget);
    if (!proof) return;
    certificate.model = proof->level;
    certificate.commit.assign(proof->order.begin(), proof->order.end());
  }
}

}  // namespace quorumlab::models
