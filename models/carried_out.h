// Which changes a model carries out with its default options, for manuals and messages.
//
//   carried_out(*registry.find("raft"));   // write, cas, add, insert, ...
#pragma once

#include <vector>

#include "models/model.h"

namespace quorumlab::models {

[[nodiscard]] std::vector<Function> carried_out(const ModelEntry& model);

}  // namespace quorumlab::models
