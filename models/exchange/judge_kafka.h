// Judges a history of logs such as Kafka's, and says in words what is wrong with it.
//
//   Finding f = judge_logs(journal, {.model = "kafka"});
//   f.claim;      // "Not kafka: lost-write, poll-skip"
//   f.lines[0];   // "lost-write: T4 sent 7 to key 3 (offset 12) and was acknowledged; ..."
#pragma once

#include "models/exchange/judge.h"

namespace quorumlab::models {

// Requires: is_kafka_model(options.model). Throws InputError for a value that cannot be read.
[[nodiscard]] Finding judge_logs(Journal& journal, const JudgeOptions& options);

}  // namespace quorumlab::models
