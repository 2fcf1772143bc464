// What is wrong with logs and with what was polled of them, but for cycles: each kind by one pass
// over the history or over the logs.
//
//   const LogFaults faults = find_log_faults(history, order);
//   faults.found[0].kind;      // LogAnomalyKind::kLostWrite
//   faults.unseen;             // acknowledged messages that nobody polled: a figure, no fault
//
// Definitions are those of jepsen.tests.kafka. Where its own depend on which of several
// contradicting offsets it takes for a message's, here the operation's own counts.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/consistency/kafka_log_order.h"
#include "models/consistency/kafka_models.h"

namespace quorumlab::models {

inline constexpr std::uint32_t kNoOp = UINT32_MAX;

struct LogFault {
  LogAnomalyKind kind = LogAnomalyKind::kLostWrite;
  std::uint32_t op = kNoOp;     // the accused
  std::uint32_t other = kNoOp;  // who shows that it is wrong
  std::uint32_t message = kNoOp;
  std::uint32_t before = kNoOp;   // the message sent or polled before it, or one at its offset
  std::int64_t low = kNoOffset;   // where `before` lies
  std::int64_t high = kNoOffset;  // where `message` lies
  std::uint32_t key = 0;
};

struct LogFaults {
  std::vector<LogFault> found;                           // a few of each kind, the earliest
  std::array<std::uint64_t, kLogAnomalyKinds> counts{};  // of all
  std::uint64_t unseen = 0;
  bool polled = false;  // did anybody poll anything, and was told?
};

[[nodiscard]] LogFaults find_log_faults(const LogHistory& history, const LogOrder& order);

}  // namespace quorumlab::models
