// What clients ask of a replica, whatever replication model it runs. Every model serves these.
//
//   auto reply = client.call(replica, Put{.op = id, .key = k, .value = 7}, 500_ms);
//   if (!reply) ...                               // no answer: nobody knows whether it happened
//   else if (reply->outcome == Outcome::kFail) ... // it did not happen; try reply->try_instead
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "models/history.h"
#include "sim/ids.h"
#include "sim/trace.h"

namespace quorumlab::models {

// What an audit shows for a key that was erased.
inline constexpr std::int64_t kErased = std::numeric_limits<std::int64_t>::min();

// What a client has seen, in the model's own terms: it takes this out of one reply and puts it into
// its next request, if it keeps sessions. Not every model looks at it.
struct Seen {
  std::uint64_t position = 0;  // of the log, for all keys; the greatest counts
  std::string context;         // of this key; the last counts
};

struct PutReply {
  Outcome outcome = Outcome::kUnknown;
  NodeId try_instead = sim::kNoNode;  // with kFail: who may take it
  Seen seen{};
  Value value{};           // if returns_value(f) and kOk: what came out of the object
  bool saw_other = false;  // with kFail: it ran, and the object did not allow it
};

// A change of one key's object. Whoever cannot do what `f` asks answers kFail.
struct Put {
  using Reply = PutReply;
  static constexpr std::string_view kName = "Put";
  OpId op;
  Key key;
  std::int64_t value = 0;
  bool erase = false;  // the key shall be as if never written; `value` means nothing
  bool keyed = true;   // `op` is its idempotency key: whoever keeps sessions applies it once
  Seen seen{};
  std::int64_t quorum = 0;  // so many replicas shall have it, where models ask; 0: as they like
  Function f = Function::kWrite;
  Value expected{};  // kCas
  [[nodiscard]] sim::Tags tags() const { return {.op = op, .key = key, .value = value}; }
  void corrupt(std::uint64_t bits) { value ^= std::int64_t{1} << bits % 63; }
};

struct GetReply {
  Outcome outcome = Outcome::kFail;  // kOk: `value` is the answer; kFail: not served here
  Value value;
  NodeId try_instead = sim::kNoNode;
  OpId op;
  Key key;
  Seen seen{};
  std::vector<std::int64_t> elements{};  // of a set or a list; then `value` is their number
  [[nodiscard]] sim::Tags tags() const {
    return {.op = op, .key = key, .value = value.value_or(0)};
  }
  void corrupt(std::uint64_t bits) {
    if (value) *value ^= std::int64_t{1} << bits % 63;
  }
};

struct Get {
  using Reply = GetReply;
  static constexpr std::string_view kName = "Get";
  OpId op;
  Key key;
  bool leader_only = false;  // a replica that does not lead turns the client away
  Seen seen{};
  std::int64_t quorum = 0;  // so many replicas shall answer, where models ask; 0: as they like
  [[nodiscard]] sim::Tags tags() const { return {.op = op, .key = key}; }
};

// Everything this replica has applied to `keys` keys, in order of application: read after the run
// to see what became of acknowledged writes, and whether the replicas agree.
struct AuditAll {
  struct Applied {
    // What was written, inserted, appended or enqueued; of a counter the total after each add, of a
    // lock the tokens that were given; and of what was taken out again ~value.
    std::vector<std::int64_t> values;
    bool is_home = true;  // false: others keep the key, and this replica need not agree with them
    std::vector<std::int64_t> elements{};  // that a set, a list, a queue or a lock holds now
  };
  using Reply = std::vector<Applied>;
  static constexpr std::string_view kName = "Audit";
  std::uint32_t keys = 0;
};

}  // namespace quorumlab::models
