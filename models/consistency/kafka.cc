#include "models/consistency/kafka.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/consistency/kafka_cycles.h"
#include "models/consistency/kafka_faults.h"
#include "models/consistency/kafka_models.h"
#include "models/consistency/kafka_words.h"

namespace quorumlab::models {
namespace {

using Kind = LogAnomalyKind;

void put_together(const LogHistory& history, std::string_view model, const LogFaults& faults,
                  const LogCycles& cycles, const LogOrder& order, LogResult& result) {
  for (const LogFault& fault : faults.found) {
    result.anomalies.push_back(tell_fault(history, order, fault));
    result.anomalies.back().is_ruled_out = kafka_rules_out(model, fault.kind);
  }
  for (const NamedCycle& cycle : cycles.found) {
    result.anomalies.push_back(tell_cycle(history, order, cycle));
    const bool orders = cycle.type.ends_with("-process") || cycle.type.ends_with("-realtime");
    const auto kind = log_anomaly_kind(cycle.type);
    result.anomalies.back().is_ruled_out = kind && kafka_rules_out(model, *kind, orders);
    result.counts[cycle.type] = 1;
  }
  for (std::size_t kind = 0; kind < kLogAnomalyKinds; ++kind) {
    if (faults.counts[kind] == 0) continue;
    result.counts[std::string(name_of(static_cast<Kind>(kind)))] += faults.counts[kind];
  }
  std::stable_partition(result.anomalies.begin(), result.anomalies.end(),
                        [](const LogAnomaly& anomaly) { return anomaly.is_ruled_out; });
}

// Empty: each message is sent once.
std::string what_is_sent_twice(const LogHistory& history, const LogOrder& order) {
  for (std::uint32_t m = 0; m < history.messages.size(); ++m) {
    if (order.place(m).sender != kSeveralSent) continue;
    return fmt::format("{} is sent to key {} more than once", history.value_text(m),
                       history.key_text(history.messages[m].key));
  }
  return "";
}

}  // namespace

LogResult check_logs(const LogHistory& history, std::string_view model, const Budget& budget) {
  LogResult result;
  const LogOrder order(history);
  const LogFaults faults = find_log_faults(history, order);
  const LogCycles cycles = find_log_cycles(history, order,
                                           {.offsets = kafka_rules_out(model, Kind::kG0),
                                            .lagging = kafka_rules_out(model, Kind::kGSingle),
                                            .max_steps = budget.max_steps});
  put_together(history, model, faults, cycles, order, result);
  result.unseen = faults.unseen;
  result.steps = history.actions.size() + cycles.steps;
  const std::string twice = what_is_sent_twice(history, order);
  const bool violated = !result.anomalies.empty() && result.anomalies.front().is_ruled_out;
  if (violated) {
    result.verdict = Verdict::kViolated;
  } else if (!twice.empty()) {
    result.reason = twice + ", so that nobody can tell them apart";
  } else if (!cycles.is_complete) {
    result.reason = "the search for cycles took too long";
  } else if (!faults.polled && !history.ops.empty()) {
    result.reason = "nobody polled anything";
  } else {
    result.verdict = Verdict::kHolds;
  }
  return result;
}

}  // namespace quorumlab::models
