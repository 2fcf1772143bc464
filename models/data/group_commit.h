// One disk sync for all who wait: whoever comes while one is under way waits for the next, which
// serves everybody that came meanwhile.
//
//   GroupCommit commit(node);
//   commit.sync([&] { return safe >= wanted; },            // is there anything to do?
//               [&] { covered = written; },                // a sync begins: what it will cover
//               [&] { safe = covered; });                  // it has ended
#pragma once

#include <concepts>

#include "sim/condition.h"
#include "sim/node.h"

namespace quorumlab::models {

class GroupCommit {
 public:
  explicit GroupCommit(sim::Node& node) : node_(node), ended_(node) {}

  // Suspends until `safe()`, unless it is.
  template <std::predicate Safe, std::invocable Begin, std::invocable End>
  void sync(Safe safe, Begin begin, End end) {
    while (!safe()) {
      if (syncing_) {
        ended_.wait([&] { return !syncing_; });
        continue;
      }
      syncing_ = true;
      begin();
      node_.disk().sync();
      end();
      syncing_ = false;
      ended_.notify_all();
    }
  }
  // Notified whenever a sync has ended.
  [[nodiscard]] sim::Condition& ended() { return ended_; }

 private:
  sim::Node& node_;
  bool syncing_ = false;
  sim::Condition ended_;
};

}  // namespace quorumlab::models
