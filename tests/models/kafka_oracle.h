// What is wrong with a small history of logs, by the definitions of jepsen.tests.kafka taken word
// for word: sets of sets, every pair of operations, every path. Shares nothing with the checker.
//
//   const LogSmall history = draw_logs(rng);
//   anomalies_of(history).contains("lost-write");
//   read_journal(text_of(history));
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tests/models/history_support.h"

namespace quorumlab::models::testing {

struct PolledMessage {
  int key = 0;
  std::optional<int> offset;
  int value = 0;
};

struct LogMicro {
  bool sends = false;
  int key = 0;
  int value = 0;
  std::optional<int> offset;
  std::vector<PolledMessage> polled;
};

struct LogSmallOp {
  enum class What : std::uint8_t { kWork, kAssign, kSubscribe };
  What what = What::kWork;
  int process = 0;
  char outcome = 'i';  // ok, failed, or unknown
  bool seeks = false;
  std::vector<int> keys;   // of an assignment
  std::vector<int> moved;  // rebalanced meanwhile
  std::vector<LogMicro> micros;
  int from = 0;  // moments
  int to = 0;    // of 'i': when it was given up
};

using LogSmall = std::vector<LogSmallOp>;  // by `from`

// Clients of logs that now and then lose, repeat, skip, mix up and show too early.
[[nodiscard]] LogSmall draw_logs(Rng& rng);
[[nodiscard]] std::string text_of(const LogSmall& history, bool json = false);
// By name, how often; of cycles once. With "unordered" (any cycle that sends, polls, processes and
// time make), "serial-cycle" (any of sends, polls and what was not polled yet) and "polls-cycle".
[[nodiscard]] std::map<std::string, int> anomalies_of(const LogSmall& history);
[[nodiscard]] bool oracle_holds(const LogSmall& history, const std::string& model);

}  // namespace quorumlab::models::testing
