// Whom a replica follows, and in which epoch, kept on disk: forgetting it would let a restarted
// replica follow a leader that was deposed long ago.
//
//   PledgeFile pledge(node, {.epoch = 1, .leader = first});   // recovery, or the given beginning
//   pledge.set({.epoch = 7, .leader = n3});                   // counts at once,
//   pledge.sync();                                            // and after this for ever; suspends
#pragma once

#include "models/data/log.h"

namespace quorumlab::models {

struct Pledge {
  Epoch epoch = 0;
  NodeId leader = sim::kNoNode;  // kNoNode: known to exist, not yet heard of
  bool operator==(const Pledge&) const = default;
};

class PledgeFile {
 public:
  PledgeFile(sim::Node& node, Pledge at_first);

  [[nodiscard]] const Pledge& get() const { return now_; }
  void set(Pledge pledge);
  // The same, but the disk never hears of it: a mistake to be made on purpose.
  void set_in_memory(Pledge pledge);
  // Suspends, unless what is on disk is up to date.
  void sync();

 private:
  sim::Node& node_;
  Pledge now_;
  Pledge durable_;
};

}  // namespace quorumlab::models
