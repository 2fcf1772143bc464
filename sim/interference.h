// What faults do to messages as they leave: lose, delay, repeat or damage them.
//
//   struct LoseAll : Interference {
//     void pass(Passage& p) override { p.dropped = DropReason::kLoss; }
//   } lose_all;
//   network.join(lose_all); ... network.leave(lose_all);
//
// Every message is shown, also one that is lost already, so that whoever draws chance for each
// message draws the same whatever other faults do. Without interference the network asks nobody.
#pragma once

#include <optional>

#include "sim/message.h"
#include "sim/time.h"

namespace quorumlab::sim {

// One message that leaves, and what is to become of it.
struct Passage {
  Message& message;
  Time arrives;
  std::optional<Time> again;  // when a second copy arrives
  DropReason dropped = DropReason::kNone;
  bool overtakes = false;  // it may arrive before earlier ones, even on a link that keeps order

  void delay(Duration by) {
    arrives = arrives + by;
    if (again) *again = *again + by;
  }
};

class Interference {
 public:
  Interference() = default;
  Interference(const Interference&) = delete;
  Interference& operator=(const Interference&) = delete;
  virtual ~Interference() = default;
  // Inline: must not suspend, send, or change who interferes.
  virtual void pass(Passage& passage) = 0;
};

}  // namespace quorumlab::sim
