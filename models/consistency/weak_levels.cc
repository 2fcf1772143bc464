#include "models/consistency/weak_levels.h"

#include <algorithm>
#include <array>
#include <utility>

#include "models/consistency/isolation_models.h"
#include "models/consistency/weak_isolation.h"
#include "models/consistency/weak_proof.h"

namespace quorumlab::models {
namespace {

struct Level {
  WeakLevel level;
  bool has_sessions;
  std::string_view model;
  std::string_view anomaly;
};

constexpr std::array<Level, 6> kLevels = {
    {{WeakLevel::kMonotonicView, false, "monotonic-atomic-view", "monotonicity-violation"},
     {WeakLevel::kMonotonicView, true, "strong-session-monotonic-atomic-view",
      "monotonicity-violation-process"},
     {WeakLevel::kReadAtomic, false, "read-atomic", "fractured-read"},
     {WeakLevel::kReadAtomic, true, "strong-session-read-atomic", "fractured-read-process"},
     {WeakLevel::kCausal, false, "causal-cerone", "causality-violation"},
     {WeakLevel::kCausal, true, "strong-session-causal", "causality-violation-process"}}};

// The weakest that proves the model; else, of those that it implies, the strongest.
const Level* level_for(std::string_view model) {
  for (const Level& level : kLevels) {
    if (implies(level.model, model)) return &level;
  }
  for (std::size_t i = kLevels.size(); i-- > 0;) {
    if (implies(model, kLevels[i].model)) return &kLevels[i];
  }
  return nullptr;
}

TxnAnomaly anomaly_of(const TxnHistory& txns, std::string_view type, WeakResult&& weak) {
  TxnAnomaly anomaly{.type = std::string(type), .text = std::move(weak.text)};
  for (WeakStep& step : weak.cycle) {
    anomaly.ops.push_back(txns.txns[step.edge.from].id);
    anomaly.cycle.push_back({.from = txns.txns[step.edge.from].id,
                             .to = txns.txns[step.edge.to].id,
                             .kind = step.edge.kind,
                             .why = std::move(step.why),
                             .via = step.via == kNoTxn ? kNoTxn : txns.txns[step.via].id});
  }
  return anomaly;
}

}  // namespace

std::optional<std::string_view> prove_weak_level(const TxnHistory& txns, std::string_view model,
                                                 const Budget& budget) {
  struct Proof {
    ProvenLevel level;
    bool has_sessions;
    std::string_view model;
  };
  constexpr std::array<Proof, 5> kProofs = {
      {{ProvenLevel::kReadCommitted, false, "read-committed"},
       {ProvenLevel::kReadAtomic, false, "read-atomic"},
       {ProvenLevel::kReadAtomic, true, "strong-session-read-atomic"},
       {ProvenLevel::kCausal, false, "causal-cerone"},
       {ProvenLevel::kCausal, true, "strong-session-causal"}}};
  const auto proof = std::find_if(kProofs.begin(), kProofs.end(),
                                  [&](const Proof& p) { return implies(p.model, model); });
  if (proof == kProofs.end()) return std::nullopt;
  const Inference reads =
      txns.kind == TxnKind::kListAppend ? infer_lists(txns) : read_registers(txns);
  if (!reads.anomalies.empty()) return std::nullopt;
  const bool proven = prove_weak({txns, proof->level, proof->has_sessions, budget}, reads).proven;
  return proven ? std::optional(proof->model) : std::nullopt;
}

WeakDecision decide_weak_level(const TxnHistory& txns, const Inference& inferred,
                               std::string_view model, const std::set<std::string>& types,
                               const Budget& budget) {
  WeakDecision decision;
  const Level* const level = level_for(model);
  if (level == nullptr) return decision;
  decision.level = level->model;
  // What holds with sessions holds without them, which takes a copy.
  WeakResult weak = check_weak(txns, level->level, inferred, budget);
  decision.steps = weak.steps;
  if (!level->has_sessions && weak.verdict != Verdict::kHolds) {
    weak = check_weak(without_sessions(txns), level->level, inferred, budget);
    decision.steps += weak.steps;
  }
  if (weak.verdict == Verdict::kUnknown) decision.reason = std::move(weak.reason);
  if (weak.verdict == Verdict::kViolated && implies(model, level->model)) {
    decision.verdict = Verdict::kViolated;
    decision.anomaly = anomaly_of(txns, level->anomaly, std::move(weak));
  } else if (weak.verdict == Verdict::kHolds && implies(level->model, model) &&
             !is_ruled_out(level->model, types)) {
    decision.verdict = Verdict::kHolds;
  }
  return decision;
}

}  // namespace quorumlab::models
