// The objects that a Raft log stands for, with client sessions: a request that a client sent twice
// is applied once, and answered as it was (Ongaro, dissertation, section 6.3).
//
//   StateMachine machine(true);
//   machine.apply(entry);                                // {done}, {done, value} or not done
//   machine.object(key).value();
//   StateMachine copy(true); copy.load(machine.save());  // a snapshot
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

#include "models/data/object.h"
#include "models/replication/raft/journal.h"

namespace quorumlab::models::raft {

class StateMachine {
 public:
  explicit StateMachine(bool sessions) : sessions_(sessions) {}

  Object::Result apply(const Entry& entry);
  [[nodiscard]] const Object& object(Key key) const;
  // What an audit is told of `key`: more than a store would keep.
  [[nodiscard]] std::vector<std::int64_t> values(Key key) const;

  [[nodiscard]] std::string save() const;
  void load(std::string_view bytes);

 private:
  struct Cell {
    Object object;
    std::vector<std::int64_t> values;  // see AuditAll
    // Does the last of `values` say all? Else the object is saved too.
    [[nodiscard]] bool is_plain() const;
  };
  struct Session {
    OpId last;              // request
    Object::Result answer;  // to it
  };

  bool sessions_;
  std::map<Key, Cell> cells_;
  std::map<NodeId, Session> clients_;
};

}  // namespace quorumlab::models::raft
