#include "models/consistency/isolation_proof.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "models/consistency/read_order.h"
#include "models/consistency/snapshot_levels.h"
#include "models/consistency/txn_inference.h"
#include "models/consistency/version_windows.h"

namespace quorumlab::models {
namespace {

// Cycles in which somebody knew of a transaction and yet read what it must have replaced: each
// such step is a supposition, and a cycle of its own says why it must hold.
class WeakProof {
 public:
  WeakProof(const TxnHistory& txns, const TxnAnomaly& anomaly)
      : txns_(txns),
        anomaly_(anomaly),
        is_view_(anomaly.type.starts_with("monotonicity")),
        has_sessions_(anomaly.type.ends_with("-process")) {
    for (std::uint32_t t = 0; t < txns.txns.size(); ++t) {
      index_.resize(std::max<std::size_t>(index_.size(), txns.txns[t].id + 1), kNoTxn);
      index_[txns.txns[t].id] = t;
    }
    if (!has_sessions_) return;
    by_session_.resize(txns.sessions);
    for (std::uint32_t t = 0; t < txns.txns.size(); ++t) {
      if (txns.txns[t].outcome == TxnOutcome::kOk) by_session_[txns.txns[t].session].push_back(t);
    }
  }

  Refutation run() {
    Refutation result;
    std::vector<RefutationStep> circle;
    for (const CycleStep& step : anomaly_.cycle) {
      if (step.via != kNoTxn) {
        const Supposition other{step.to, step.from};
        result.cycles.push_back(path(step.from, step.via));
        result.cycles.back().push_back({step.via, step.from, is_view_ ? "view" : "rw", other});
        circle.push_back({step.from, step.to, "ww", Supposition{step.from, step.to}});
      } else if (step.kind == EdgeKind::kWr) {
        const auto known = path(step.from, step.to);  // over several reads, perhaps
        circle.insert(circle.end(), known.begin(), known.end());
      } else {
        const bool is_view = is_view_ && step.kind == EdgeKind::kRw;
        circle.push_back({step.from, step.to, is_view ? "view" : word_of(step.kind)});
      }
    }
    result.cycles.push_back(std::move(circle));
    return result;
  }

 private:
  // The fewest reads, and steps along sessions if they count, from one to the other.
  std::vector<RefutationStep> path(std::uint32_t from_id, std::uint32_t to_id) const {
    const std::uint32_t from = index_[from_id];
    const std::uint32_t to = index_[to_id];
    std::vector<RefutationStep> came(txns_.txns.size());  // by transaction: the step after it
    std::vector<bool> met(txns_.txns.size());
    std::vector<std::size_t> known(by_session_.size());  // so many of each have been met
    std::vector<std::uint32_t> queue{to};
    const auto meet = [&](std::uint32_t t, std::uint32_t next, EdgeKind kind) {
      if (met[t]) return;
      met[t] = true;
      came[t] = {txns_.txns[t].id, txns_.txns[next].id, word_of(kind)};
      queue.push_back(t);
    };
    for (std::size_t i = 0; i < queue.size() && !met[from]; ++i) {
      const std::uint32_t at = queue[i];
      if (txns_.txns[at].outcome == TxnOutcome::kOk) {
        for (const Micro& micro : txns_.micros_of(at)) {
          const std::uint32_t version = version_read(txns_, micro);
          const std::uint32_t writer =
              version >= kInitialVersion ? kNoTxn : txns_.versions[version].writer;
          if (writer != kNoTxn && writer != at) meet(writer, at, EdgeKind::kWr);
        }
      }
      if (!has_sessions_) continue;
      const auto& session = by_session_[txns_.txns[at].session];
      std::size_t& next = known[txns_.txns[at].session];
      for (; next < session.size() && session[next] < at; ++next) {
        meet(session[next], at, EdgeKind::kProcess);
      }
    }
    std::vector<RefutationStep> steps;
    for (std::uint32_t at = from; met[from] && (steps.empty() || at != to);) {
      steps.push_back(came[at]);
      at = index_[steps.back().to];
    }
    return steps;
  }

  const TxnHistory& txns_;
  const TxnAnomaly& anomaly_;
  const bool is_view_;
  const bool has_sessions_;
  std::vector<std::uint32_t> index_;                    // by id
  std::vector<std::vector<std::uint32_t>> by_session_;  // those that ended well, if sessions count
};

}  // namespace

bool is_of_search(const TxnAnomaly& anomaly) {
  return anomaly.type.starts_with("no-");
}

std::optional<Refutation> prove_anomaly(const TxnHistory& txns, const TxnAnomaly& anomaly,
                                        const Budget& budget) {
  if (is_of_search(anomaly)) return refute_versions(txns, anomaly.type, budget);
  const auto is_known = [](const CycleStep& step) {
    return step.via == kNoTxn && step.kind != EdgeKind::kWr;
  };
  const bool is_weak = anomaly.type.starts_with("monotonicity-violation") ||
                       anomaly.type.starts_with("fractured-read") ||
                       anomaly.type.starts_with("causality-violation");
  if (!is_weak || std::all_of(anomaly.cycle.begin(), anomaly.cycle.end(), is_known)) {
    return std::nullopt;
  }
  Refutation result = WeakProof(txns, anomaly).run();
  if (!complete(result, budget.max_steps)) return std::nullopt;
  return result;
}

std::optional<Refutation> refute_versions(const TxnHistory& txns, std::string_view anomaly,
                                          const Budget& budget) {
  const Inference inferred =
      txns.kind == TxnKind::kListAppend ? infer_lists(txns) : infer_registers(txns);
  std::uint32_t nodes = static_cast<std::uint32_t>(txns.txns.size()) + inferred.hubs;
  std::vector<DependencyEdge> edges = inferred.edges;
  add_order(txns, txns.has_time, nodes, edges);
  VersionQuestion question{.edges = edges, .nodes = nodes, .keeps_cycles = true};
  if (anomaly.starts_with("no-order")) question.level = SnapshotLevel::kSerial;
  if (anomaly.starts_with("no-prefixes")) question.level = SnapshotLevel::kPrefix;
  if (anomaly.starts_with("no-parallel")) question.level = SnapshotLevel::kParallel;
  const bool timed = anomaly.ends_with("-realtime");
  if (timed || anomaly.ends_with("-process")) question.order = kinds(EdgeKind::kProcess);
  if (timed) question.order |= kinds(EdgeKind::kRealtime);
  VersionAnswer answer = search_windows(txns, writers_to_order(txns, inferred), question, budget);
  if (answer.verdict != Verdict::kViolated) return std::nullopt;
  Refutation result;
  for (const auto& cycle : answer.cycles) {
    auto& steps = result.cycles.emplace_back();
    for (const auto& [edge, supposed] : cycle) {
      RefutationStep& step = steps.emplace_back();
      step = {txns.txns[edge.from].id, txns.txns[edge.to].id, word_of(edge.kind)};
      if (!supposed) continue;
      step.supposed = {txns.txns[supposed->first].id, txns.txns[supposed->second].id};
    }
  }
  if (!complete(result, budget.max_steps)) return std::nullopt;
  return result;
}

}  // namespace quorumlab::models
