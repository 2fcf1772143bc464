#include "models/consistency/linearizable.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "models/consistency/register_history.h"
#include "models/consistency/register_search.h"
#include "models/consistency/register_witness.h"
#include "models/consistency/register_zones.h"

namespace quorumlab::models {
namespace {

SearchResult judge(const RegisterHistory& part, const Budget& budget) {
  if (!part.unique_writes) return search_orders(part, budget);
  const ZoneResult zones = check_zones(part);
  SearchResult result;
  result.steps = zones.steps;
  if (zones.contradiction == kOpen) return result;
  result.verdict = Verdict::kViolated;
  result.contradiction = zones.contradiction;
  return result;
}

std::string why_unknown(const RegisterHistory& part, const SearchResult& result,
                        const Budget& budget, const Narrator& say) {
  const std::string key = say.key(part.key);
  switch (result.limit) {
    case SearchResult::Limit::kNone:
      break;
    case SearchResult::Limit::kOverlap:
      return fmt::format("key {}: more than {} operations overlap", key, kMaxOverlap);
    case SearchResult::Limit::kConfigurations:
      return fmt::format("key {}: over {} configurations at event {} of {} (max_configurations)",
                         key, budget.max_configurations, result.reached, part.events.size() - 1);
    case SearchResult::Limit::kMemory:
      return fmt::format("key {}: over {} bytes at event {} of {} (max_memory)", key,
                         budget.max_memory, result.reached, part.events.size() - 1);
    case SearchResult::Limit::kSteps:
      return fmt::format("key {}: over {} steps at event {} of {} (max_steps)", key,
                         budget.max_steps, result.reached, part.events.size() - 1);
  }
  return {};
}

struct Contradiction {
  const RegisterHistory* part = nullptr;
  RegisterTime at = kOpen;
  std::uint64_t position = kNever;  // in the whole history
};

}  // namespace

LinearizableResult check_linearizable(const History& history, const Budget& budget,
                                      const LinearizableOptions& options) {
  LinearizableResult result;
  result.property = "linearizable";
  result.verdict = Verdict::kHolds;
  const std::vector<RegisterHistory> parts = split_by_key(history, options.initial);
  std::vector<SearchResult> results(parts.size());
  for_each_part(options.executor, parts.size(),
                [&](std::size_t i) { results[i] = judge(parts[i], budget); });
  Contradiction first;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const RegisterHistory& part = parts[i];
    const SearchResult& judged = results[i];
    result.steps += judged.steps;
    if (judged.verdict == Verdict::kViolated) {
      const RegisterOp& observer = part.ops[part.events[judged.contradiction].op];
      const std::uint64_t position = history.operation(observer.id).completed;
      if (position < first.position) first = {&part, judged.contradiction, position};
    } else if (judged.verdict == Verdict::kUnknown && result.reason.empty()) {
      result.verdict = Verdict::kUnknown;
      result.reason = why_unknown(part, judged, budget, Narrator(history, options.names));
    }
  }
  if (first.part != nullptr) {
    result.verdict = Verdict::kViolated;
    result.reason.clear();
    if (options.explains) {
      const Narrator say(history, options.names);
      result.witness = explain(*first.part, first.at, say, budget);
    }
  }
  return result;
}

}  // namespace quorumlab::models
