// What faults do to the driver of a client: the library between a program and the servers, which
// waits for answers, asks again, keeps connections and sessions, and tells how it went.
//
//   struct Hasty : DriverTrouble {
//     void plan(Node&, RequestPlan& plan) override { plan.timeout = Duration(5'000'000); }
//   } hasty;
//   client.driver().join(hasty); ... client.driver().leave(hasty);
//
// Whoever asks servers on behalf of a program shows each operation twice: what it means to do, and
// what came of it. Without trouble nobody is asked.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/ids.h"
#include "sim/time.h"

namespace quorumlab::sim {

class Node;

// One operation, as the driver means to go about it.
struct RequestPlan {
  bool is_write = false;
  bool remembers = false;            // it has seen something that a session would carry on
  Duration timeout;                  // after this the program is told that there was no answer
  Duration attempt;                  // it asks again after so long without one; 0: it does not
  bool keyed = true;                 // every copy says which request it is a copy of
  std::optional<Duration> cancel{};  // the program goes away so soon
  bool reuses_connection = false;    // ... and the next answer is taken for the next request's
  bool learns = true;                // it goes where it is sent
  NodeId asks = kNoNode;             // kNoNode: as it sees fit
  bool forgets = false;              // what it has seen before
};

// What came of it.
struct RequestEnd {
  enum class How : std::uint8_t { kDone, kRefused, kTimedOut, kCancelled };
  How how = How::kDone;
  bool is_write = false;
  bool told_ok = false;        // what the program is told
  std::uint32_t copies = 1;    // of the request that were sent
  std::uint32_t misled = 0;    // hints about who leads that were not followed
  bool answers_other = false;  // the answer was to another request
};

// A driver that is wrong in some way. Asked inline; must not suspend.
class DriverTrouble {
 public:
  DriverTrouble() = default;
  DriverTrouble(const DriverTrouble&) = delete;
  DriverTrouble& operator=(const DriverTrouble&) = delete;
  virtual ~DriverTrouble() = default;
  virtual void plan(Node&, RequestPlan&) {}
  virtual void end(Node&, RequestEnd&) {}
};

// The troubles of one client's driver.
class Driver {
 public:
  void join(DriverTrouble& trouble) { troubles_.push_back(&trouble); }
  void leave(DriverTrouble& trouble) { std::erase(troubles_, &trouble); }

  void plan(Node& client, RequestPlan& plan) const {
    for (DriverTrouble* const trouble : troubles_) trouble->plan(client, plan);
  }
  void end(Node& client, RequestEnd& end) const {
    for (DriverTrouble* const trouble : troubles_) trouble->end(client, end);
  }

 private:
  std::vector<DriverTrouble*> troubles_;
};

}  // namespace quorumlab::sim
