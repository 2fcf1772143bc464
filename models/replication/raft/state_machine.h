// The key-value state that a Raft log stands for, with client sessions: a request that a client
// sent twice is applied once (Ongaro, dissertation, section 6.3).
//
//   StateMachine machine; machine.apply(entry);    // false: a session had seen the request before
//   machine.latest(key);
//   StateMachine copy = StateMachine::load(machine.save());        // a snapshot
//
// The sessions are part of the state, so every server decides alike what is a repetition, and a new
// leader knows what the old one had applied. Clients number their requests in ascending order and
// have one under way, so the last number of each client is enough.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/replication/raft/journal.h"

namespace quorumlab::models::raft {

class StateMachine {
 public:
  explicit StateMachine(bool sessions) : sessions_(sessions) {}

  bool apply(const Entry& entry);
  [[nodiscard]] Value latest(Key key) const;
  // Every value ever applied to `key`, in order: more than a store would keep, for the audit.
  [[nodiscard]] std::vector<std::int64_t> values(Key key) const;

  [[nodiscard]] std::string save() const;
  void load(std::string_view bytes);

 private:
  bool sessions_;
  std::map<Key, std::vector<std::int64_t>> values_;
  std::map<NodeId, OpId> last_;  // request of each client
};

}  // namespace quorumlab::models::raft
