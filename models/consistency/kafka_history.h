// A history of clients that send messages to logs and poll them, as Kafka's do, compiled for the
// checkers: keys (one log each), messages and processes as small dense numbers, in flat arrays.
//
//   for (const LogAction& a : history.actions_of(op)) history.messages[a.message].key;
//   history.ops[3].outcome;   // TxnOutcome::kInfo: nobody knows whether it took place
//
// The operations are those of Jepsen's kafka tests (jepsen.tests.kafka): a client sends and polls,
// perhaps several times in one transaction, and says from which logs it wants to be served. A
// message is a value of a key; tests send each at most once.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/consistency/txn_history.h"
#include "models/exchange/pool.h"

namespace quorumlab::models {

inline constexpr std::int64_t kNoOffset = INT64_MIN;

enum class LogDeed : std::uint8_t { kWork, kAssign, kSubscribe };

struct LogOp {
  std::uint32_t first = 0;  // of kWork: index into actions; else into `named`: the keys asked for
  std::uint32_t count = 0;
  std::uint32_t rebalanced = 0;  // index into `named`: keys that came or went meanwhile
  std::uint32_t rebalances = 0;  // how many
  std::uint32_t process = 0;
  std::uint32_t id = 0;                  // what to call it: its operation in the history
  std::uint32_t invoked = 0;             // position in real-time order
  std::uint32_t completed = UINT32_MAX;  // never, unless the outcome is kOk
  TxnOutcome outcome = TxnOutcome::kInfo;
  LogDeed deed = LogDeed::kWork;
  bool seeks = false;  // kAssign, kSubscribe: to the beginning of each log
  bool polls = false;  // kWork: it asked for messages, whatever came
};

// A message sent, or one of those that a poll returned, in their order.
struct LogAction {
  std::int64_t offset = kNoOffset;
  std::uint32_t message = 0;
  std::uint32_t key : 31 = 0;  // of the message, which is far away
  std::uint32_t is_send : 1 = 0;
};
static_assert(sizeof(LogAction) == 16, "there are many");

struct LogMessage {
  std::uint32_t key = 0;
  Cell value = kNilCell;
};

struct LogHistory {
  std::vector<LogOp> ops;  // by invocation
  std::vector<LogAction> actions;
  std::vector<std::uint32_t> named;
  std::vector<LogMessage> messages;
  std::vector<Cell> keys;
  std::vector<std::int64_t> process_names;  // by process
  const Pool* pool = nullptr;

  [[nodiscard]] std::span<const LogAction> actions_of(const LogOp& op) const {
    return std::span(actions).subspan(op.first, op.deed == LogDeed::kWork ? op.count : 0);
  }
  [[nodiscard]] std::span<const std::uint32_t> assigned(const LogOp& op) const {
    return std::span(named).subspan(op.first, op.deed == LogDeed::kWork ? 0 : op.count);
  }
  [[nodiscard]] std::span<const std::uint32_t> rebalanced(const LogOp& op) const {
    return std::span(named).subspan(op.rebalanced, op.rebalances);
  }
  [[nodiscard]] std::string key_text(std::uint32_t key) const { return pool->to_text(keys[key]); }
  [[nodiscard]] std::string value_text(std::uint32_t message) const {
    return pool->to_text(messages[message].value);
  }
};

}  // namespace quorumlab::models
