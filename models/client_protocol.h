// What clients ask of a replica, whatever replication model it runs. Every model serves these.
//
//   auto reply = client.call(replica, Put{.op = id, .key = k, .value = 7}, 500_ms);
//   if (!reply) ...                               // no answer: nobody knows whether it happened
//   else if (reply->outcome == Outcome::kFail) ... // it did not happen; try reply->try_instead
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "models/history.h"
#include "sim/ids.h"
#include "sim/trace.h"

namespace quorumlab::models {

struct PutReply {
  Outcome outcome = Outcome::kUnknown;
  NodeId try_instead = sim::kNoNode;  // with kFail: who may take it
};

struct Put {
  using Reply = PutReply;
  static constexpr std::string_view kName = "Put";
  OpId op;
  Key key;
  std::int64_t value = 0;
  [[nodiscard]] sim::Tags tags() const { return {.op = op, .key = key, .value = value}; }
};

struct GetReply {
  Outcome outcome = Outcome::kFail;  // kOk: `value` is the answer; kFail: not served here
  Value value;
  NodeId try_instead = sim::kNoNode;
  OpId op;
  Key key;
  [[nodiscard]] sim::Tags tags() const {
    return {.op = op, .key = key, .value = value.value_or(0)};
  }
};

struct Get {
  using Reply = GetReply;
  static constexpr std::string_view kName = "Get";
  OpId op;
  Key key;
  bool leader_only = false;  // a replica that does not lead turns the client away
  [[nodiscard]] sim::Tags tags() const { return {.op = op, .key = key}; }
};

// Everything this replica has applied to `keys` keys, in order of application: read after the run
// to see what became of acknowledged writes, and whether the replicas agree.
struct AuditAll {
  using Reply = std::vector<std::vector<std::int64_t>>;
  static constexpr std::string_view kName = "Audit";
  std::uint32_t keys = 0;
};

}  // namespace quorumlab::models
