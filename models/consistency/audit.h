// What a replica turned out to hold when the run was over, for the checks that look at replicas and
// not at clients.
//
//   Audit a{.replica = NodeId(1), .key = k, .values = {3, 5}};   // it applied k = 3, then k = 5
#pragma once

#include <cstdint>
#include <vector>

#include "models/history.h"

namespace quorumlab::models {

struct Audit {
  NodeId replica;
  Key key;
  std::vector<std::int64_t> values = {};  // all that its state machine applied, in that order
  bool is_home = true;  // false: it is not among those that keep the key, and need not agree
  std::vector<std::int64_t> elements = {};  // that its set, list, queue or lock holds
};

}  // namespace quorumlab::models
