// Judges logs that are sent to and polled, such as Kafka's, as Jepsen's kafka tests do: a model is
// the list of anomalies that must not be there.
//
//   const LogResult r = check_logs(history, "kafka");
//   r.anomalies[0].type;   // "lost-write"
//   r.anomalies[0].text;   // "T4 sent 7 to offset 3 of key 9 and was told so, T8 polled ..."
//
// All are decided in time nearly linear in the history; only the shortest cycles are searched for.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/isolation.h"
#include "models/consistency/kafka_history.h"
#include "models/consistency/verdict.h"

namespace quorumlab::models {

// `ops` and `cycle` name operations by LogOp::id; the accused one comes first.
struct LogAnomaly : TxnAnomaly {
  bool is_ruled_out = false;  // by the model that was asked for
  // Empty or kNoOffset where there is nothing to tell.
  std::string key;
  std::string message;
  std::int64_t offset = kNoOffset;
  std::string other_message;
  std::int64_t other_offset = kNoOffset;
  std::vector<std::string> skipped;  // a few of the messages between the two
};

struct LogResult {
  Verdict verdict = Verdict::kUnknown;
  std::string reason;                 // with kUnknown; with kHolds: what was looked at
  std::vector<LogAnomaly> anomalies;  // a few of each type; what is ruled out first
  std::map<std::string, std::uint64_t>
      counts;                // of all, by type; of cycles the shortest one counts
  std::uint64_t unseen = 0;  // acknowledged messages that nobody polled
  std::uint64_t steps = 0;
};

// Requires: is_kafka_model(model) (kafka_models.h).
[[nodiscard]] LogResult check_logs(const LogHistory& history, std::string_view model,
                                   const Budget& budget = {});

}  // namespace quorumlab::models
