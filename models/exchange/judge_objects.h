// Histories of objects, held against orders of their operations and what else objects promise.
//
//   Finding finding{.model = "linearizable", .subject = "queue"};
//   judge_objects({journal, pairs, options, reading}, finding);
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "models/exchange/judge.h"

namespace quorumlab::models {

struct ObjectQuestion {
  Journal& journal;
  const std::vector<Pair>& pairs;
  const JudgeOptions& options;
  const Reading& reading;
  std::optional<std::size_t> suspect = {};  // only the object of this pair is judged
};

// Of the finding's model: linearizable, sequential, or what is judged for each object by itself.
void judge_objects(const ObjectQuestion& question, Finding& finding);

}  // namespace quorumlab::models
