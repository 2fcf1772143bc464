#include "models/consistency/durability.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
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

// Leaves a value of its own where an audit sees it.
bool puts_value(Function f) {
  switch (f) {
    case Function::kWrite:
    case Function::kCas:
    case Function::kInsert:
    case Function::kAppend:
    case Function::kEnqueue:
    case Function::kAcquire:
      return true;
    default:
      return false;
  }
}

// Acknowledged adds against the totals in the end.
class Totals {
 public:
  void acknowledge(const Operation& op) {
    ++adds_;
    counters_[op.key].acknowledged += *op.value;
  }
  void compare(std::span<const Audit> audits, const Narrator& say, DurabilityResult* result) {
    for (const Audit& audit : audits) {
      const auto found = counters_.find(audit.key);
      if (found == counters_.end() || audit.values.empty()) continue;
      found->second.total = std::max(found->second.total, audit.values.back());
    }
    for (const auto& [key, counter] : counters_) {
      if (counter.total >= counter.acknowledged) continue;
      result->missing += static_cast<std::uint64_t>(counter.acknowledged - counter.total);
      if (result->witness) continue;
      Witness& witness = result->witness.emplace();
      witness.anomaly = Anomaly::kLostWrite;
      witness.key = key;
      witness.observation =
          fmt::format("the counter {} ends at {}, and {} were added to it and acknowledged",
                      say.key(key), counter.total, counter.acknowledged);
      witness.obligation = "whatever else was added, a total is no less than what is acknowledged";
    }
    if (result->witness) {
      result->witness->claim = fmt::format("Not durable: {} of {} acknowledged adds are missing",
                                           result->missing, adds_);
    }
  }

 private:
  struct Counter {
    std::int64_t acknowledged = 0;
    std::int64_t total = 0;
  };
  std::uint64_t adds_ = 0;
  std::map<Key, Counter> counters_;
};

// Elements that every replica holds in the end: whoever removed one of them was not heard, or not
// obeyed.
std::vector<Kept> held_by_all(std::span<const Audit> audits) {
  std::map<Kept, std::size_t> holders;
  std::map<Key, std::size_t> homes;
  for (const Audit& audit : audits) {
    if (!audit.is_home) continue;
    ++homes[audit.key];
    for (const std::int64_t element : audit.elements) ++holders[{audit.key, element}];
  }
  std::vector<Kept> all;
  for (const auto& [element, count] : holders) {
    if (count >= homes[element.key]) all.push_back(element);
  }
  return all;
}

Witness describe_return(const DurabilityResult& result, const Narrator& say) {
  const Operation& first = say.history().operation(result.lost.front());
  return {
      .anomaly = Anomaly::kLostWrite,
      .key = first.key,
      .ops = {{Role::kMissed, first.id}},
      .claim = fmt::format("Not durable: {} of {} acknowledged changes {} gone", result.lost.size(),
                           result.acknowledged, result.lost.size() == 1 ? "is" : "are"),
      .observation = fmt::format("{} (op {}), acknowledged {}, and it is there again",
                                 say.deed(first), say.number(first), say.done(first)),
      .obligation = "nobody put it there a second time, and in the end every replica holds it"};
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
      say.state(first.key, first.value), say.number(first), say.done(first), by);
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
  const std::vector<Kept> held = held_by_all(audits);
  Totals totals;
  for (const Operation& op : history.operations()) {
    // A write of "nothing" leaves no value that an audit could show.
    if (op.outcome != Outcome::kOk || !op.value) continue;
    if (op.f == Function::kAdd) {
      ++result.acknowledged;
      totals.acknowledge(op);
    }
    if (op.f == Function::kRemove) {
      ++result.acknowledged;
      if (std::binary_search(held.begin(), held.end(), Kept{op.key, *op.value})) {
        result.lost.push_back(op.id);
      }
    }
    if (!puts_value(op.f)) continue;
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
  const Narrator say(history, names);
  totals.compare(audits, say, &result);
  if (result.gone() == 0) {
    result.verdict = Verdict::kHolds;
    result.reason = fmt::format("{} acknowledged writes, none gone", result.acknowledged);
    return result;
  }
  result.verdict = Verdict::kViolated;
  if (result.lost.empty()) return result;
  std::sort(result.lost.begin(), result.lost.end(), [&](OpId a, OpId b) {
    return history.operation(a).completed < history.operation(b).completed;
  });
  const bool came_back = history.operation(result.lost.front()).f == Function::kRemove;
  result.witness =
      came_back ? describe_return(result, say) : describe(result, count_replicas(audits), say);
  return result;
}

}  // namespace quorumlab::models
