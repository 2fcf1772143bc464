#include "models/consistency/durability.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>

namespace quorumlab::models {
namespace {

constexpr std::size_t kWitnessOps = 8;

struct Kept {
  Key key;
  std::int64_t value = 0;
  auto operator<=>(const Kept&) const = default;
};

std::vector<Kept> kept_values(std::span<const Audit> audits) {
  std::vector<Kept> kept;
  for (const Audit& audit : audits) {
    for (const std::int64_t value : audit.values) kept.push_back({audit.key, value});
  }
  std::sort(kept.begin(), kept.end());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  return kept;
}

std::size_t count_replicas(std::span<const Audit> audits) {
  std::vector<NodeId> replicas;
  for (const Audit& audit : audits) replicas.push_back(audit.replica);
  std::sort(replicas.begin(), replicas.end());
  return static_cast<std::size_t>(
      std::distance(replicas.begin(), std::unique(replicas.begin(), replicas.end())));
}

Witness describe(const DurabilityResult& result, std::size_t replicas, const Narrator& say) {
  Witness witness;
  witness.anomaly = Anomaly::kLostWrite;
  const Operation& first = say.history().operation(result.lost.front());
  witness.key = first.key;
  for (std::size_t i = 0; i < std::min(kWitnessOps, result.lost.size()); ++i) {
    witness.ops.push_back({Role::kMissed, result.lost[i]});
  }
  witness.claim =
      fmt::format("Not durable: {} of {} acknowledged writes {} gone", result.lost.size(),
                  result.acknowledged, result.lost.size() == 1 ? "is" : "are");
  const std::string by = first.served_by == sim::kNoNode ? "" : " by " + say.node(first.served_by);
  witness.observation = fmt::format(
      "{}{} (op {}), acknowledged {}{}, is gone", result.lost.size() == 1 ? "" : "the first one, ",
      say.state(first.key, first.value), first.id.value, say.done(first), by);
  witness.obligation = replicas == 1
                           ? "the only replica must have applied it at some time, and it never did"
                           : fmt::format(
                                 "one of the {} replicas must have applied it at some time, and "
                                 "none ever did",
                                 replicas);
  return witness;
}

}  // namespace

DurabilityResult check_durable(const History& history, std::span<const Audit> audits,
                               const Names& names) {
  DurabilityResult result;
  result.property = "durable";
  const std::vector<Kept> kept = kept_values(audits);
  for (const Operation& op : history.operations()) {
    // A write of "nothing" leaves no value that an audit could show.
    if (op.f == Function::kRead || op.outcome != Outcome::kOk || !op.value) continue;
    ++result.acknowledged;
    if (!std::binary_search(kept.begin(), kept.end(), Kept{op.key, *op.value})) {
      result.lost.push_back(op.id);
    }
  }
  if (audits.empty() && result.acknowledged != 0) {
    result.lost.clear();
    result.reason = "no replica was audited";
    return result;
  }
  if (result.lost.empty()) {
    result.verdict = Verdict::kHolds;
    result.reason = fmt::format("{} acknowledged writes, none gone", result.acknowledged);
    return result;
  }
  std::sort(result.lost.begin(), result.lost.end(), [&](OpId a, OpId b) {
    return history.operation(a).completed < history.operation(b).completed;
  });
  result.verdict = Verdict::kViolated;
  result.witness = describe(result, count_replicas(audits), Narrator(history, names));
  return result;
}

}  // namespace quorumlab::models
