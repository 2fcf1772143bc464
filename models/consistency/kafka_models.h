// What logs such as Kafka's may be asked for, and which model each anomaly rules out.
//
//   kafka_rules_out("kafka", LogAnomalyKind::kG1a);          // true
//   kafka_rules_out("kafka-log", LogAnomalyKind::kG1a);      // false: that is about transactions
//
// Names of anomalies are those of Jepsen (jepsen.tests.kafka); which of them count, and when, is
// what its options :sub-via and :ww-deps say, each as a model (docs/consistency.md).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace quorumlab::models {

enum class LogAnomalyKind : std::uint8_t {
  // Of the log.
  kInconsistentOffsets,  // one offset, two messages
  kDuplicate,            // one message, two offsets
  kLostWrite,            // acknowledged, below what was polled, and polled by nobody
  kUnseen,               // acknowledged, and who read all there is later did not find it
  kGarbage,              // polled, but sent by nobody
  kFutureRead,           // polled before it was sent
  kNonmonotonicSend,     // a process's sends went to offsets in another order
  kIntNonmonotonicSend,  // the same within one operation
  // Of consumers.
  kIntNonmonotonicPoll,     // an operation polled back, or twice the same
  kIntPollSkip,             // an operation polled past a message
  kNonmonotonicPoll,        // a process polled back, from one operation to the next
  kPollSkip,                // a process polled past a message, from one operation to the next
  kRejoinNonmonotonicPoll,  // these two where somebody subscribes
  kRejoinPollSkip,
  // Of transactions.
  kG1a,               // polled what a failed operation sent
  kPrecommittedRead,  // polled what it sent itself
  kG1c,               // who polled from whom goes around
  kIntSendSkip,       // somebody else's message lies between those of one operation
  kG0,                // who sent before whom goes around
  kG1cWw,             // both together go around
  kGSingle,           // the same with who had not polled yet what was sent later
  kGNonadjacent,
  kG2,
};
inline constexpr std::size_t kLogAnomalyKinds = 23;

// Jepsen's name; of the last six without -process or -realtime.
[[nodiscard]] std::string_view name_of(LogAnomalyKind kind);
// By a name with or without -process or -realtime.
[[nodiscard]] std::optional<LogAnomalyKind> log_anomaly_kind(std::string_view name);

// The usual one first.
[[nodiscard]] const std::vector<std::string_view>& kafka_models();
[[nodiscard]] bool is_kafka_model(std::string_view name);
// Does it ask for whatever the weaker one asks for?
[[nodiscard]] bool kafka_implies(std::string_view stronger, std::string_view weaker);
// `orders`: the cycle needs the order of a process or of time.
[[nodiscard]] bool kafka_rules_out(std::string_view model, LogAnomalyKind kind,
                                   bool orders = false);

}  // namespace quorumlab::models
