#include "models/consistency/snapshot_levels.h"

#include <algorithm>
#include <array>

#include "models/consistency/isolation_models.h"
#include "models/consistency/register_order.h"
#include "models/consistency/version_windows.h"

namespace quorumlab::models {
namespace {

struct Level {
  std::string_view model;
  SnapshotLevel level;
  EdgeKinds order;
  std::string_view anomaly;
};

constexpr EdgeKinds kSession = kinds(EdgeKind::kProcess);
constexpr EdgeKinds kTime = kSession | kinds(EdgeKind::kRealtime);

constexpr std::array<Level, 9> kLevels = {{
    {"snapshot-isolation", SnapshotLevel::kSnapshot, 0, "no-snapshots"},
    {"strong-session-snapshot-isolation", SnapshotLevel::kSnapshot, kSession,
     "no-snapshots-process"},
    {"strong-snapshot-isolation", SnapshotLevel::kSnapshot, kTime, "no-snapshots-realtime"},
    {"parallel-snapshot-isolation", SnapshotLevel::kParallel, 0, "no-parallel-snapshots"},
    {"strong-session-parallel-snapshot-isolation", SnapshotLevel::kParallel, kSession,
     "no-parallel-snapshots-process"},
    {"strong-parallel-snapshot-isolation", SnapshotLevel::kParallel, kTime,
     "no-parallel-snapshots-realtime"},
    {"prefix", SnapshotLevel::kPrefix, 0, "no-prefixes"},
    {"strong-session-prefix", SnapshotLevel::kPrefix, kSession, "no-prefixes-process"},
    {"strong-prefix", SnapshotLevel::kPrefix, kTime, "no-prefixes-realtime"},
}};

// The model itself, if it is one of them; else the weakest that prove it.
std::vector<Level> levels_for(std::string_view model) {
  std::vector<Level> proofs;
  for (const Level& level : kLevels) {
    if (level.model == model) return {level};
    if (implies(level.model, model)) proofs.push_back(level);
  }
  const std::vector<Level> all = proofs;
  std::erase_if(proofs, [&](const Level& level) {
    return std::any_of(all.begin(), all.end(), [&](const Level& weaker) {
      return weaker.model != level.model && implies(level.model, weaker.model);
    });
  });
  return proofs;
}

}  // namespace

VersionWriters writers_to_order(const TxnHistory& txns, const Inference& inferred) {
  if (txns.kind == TxnKind::kRegister) return writers_of(txns, committed(txns));
  VersionWriters writers(txns.keys.size());
  for (std::uint32_t key = 0; key < inferred.unread.size(); ++key) {
    std::vector<std::uint32_t> of_key;
    for (const std::uint32_t v : inferred.unread[key]) of_key.push_back(txns.versions[v].writer);
    std::sort(of_key.begin(), of_key.end());
    of_key.erase(std::unique(of_key.begin(), of_key.end()), of_key.end());
    for (const std::uint32_t txn : of_key) writers[key].push_back({txn, {}});
  }
  return writers;
}

SnapshotDecision decide_snapshots(const TxnHistory& txns, const Inference& inferred,
                                  const KnownOrder& known, std::string_view model,
                                  const std::set<std::string>& types, const Budget& budget) {
  SnapshotDecision decision;
  const VersionWriters writers = writers_to_order(txns, inferred);
  for (const Level& level : levels_for(model)) {
    const bool proves = !is_ruled_out(level.model, types);
    const bool refutes = level.model == model;
    if (!proves && !refutes) continue;
    if ((level.order & kinds(EdgeKind::kRealtime)) != 0 && !txns.has_time) continue;
    VersionAnswer answer =
        search_windows(txns, writers, {known.edges, known.nodes, level.level, level.order}, budget,
                       known.executor);
    decision.steps += answer.steps;
    if (answer.verdict == Verdict::kUnknown) decision.reason = answer.reason;
    const bool decides = (answer.verdict == Verdict::kHolds && proves) ||
                         (answer.verdict == Verdict::kViolated && refutes);
    if (!decides) continue;
    decision.verdict = answer.verdict;
    decision.level = level.model;
    decision.anomaly = level.anomaly;
    decision.edges = std::move(answer.edges);
    return decision;
  }
  return decision;
}

}  // namespace quorumlab::models
