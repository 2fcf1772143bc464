// Time stamps for versions, and the clocks that hand them out.
//
//   LamportClock clock; Stamp a = clock.next(me, op); clock.witness(theirs);  // then next() >
//   theirs HybridClock hybrid; Stamp b = hybrid.next(node.wall_now(), me, op);       // near the
//   time of day
//
// Stamps are totally ordered, and no two writes have the same: by time, then logical count, then
// node, then operation. What comes later by cause has the greater stamp with a Lamport or a hybrid
// clock (Lamport, "Time, Clocks, and the Ordering of Events", CACM 1978; Kulkarni et al., "Logical
// Physical Clocks", OPODIS 2014), and with a wall clock only if nobody's is wrong.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>

#include "models/data/bytes.h"
#include "sim/ids.h"
#include "sim/time.h"

namespace quorumlab::models {

struct Stamp {
  std::int64_t time = 0;
  std::uint32_t logical = 0;
  sim::NodeId node{0};
  sim::OpId op;
  auto operator<=>(const Stamp&) const = default;

  void encode(Encoder& out) const {
    out.put(time);
    out.put(logical);
    out.put(node.value);
    out.put(op.value);
  }
  [[nodiscard]] static Stamp decode(Decoder& in) {
    Stamp stamp;
    stamp.time = in.get<std::int64_t>();
    stamp.logical = in.get<std::uint32_t>();
    stamp.node = sim::NodeId(in.get<std::uint32_t>());
    stamp.op = sim::OpId(in.get<std::uint32_t>());
    return stamp;
  }
};

class LamportClock {
 public:
  [[nodiscard]] Stamp next(sim::NodeId node, sim::OpId op) { return {++time_, 0, node, op}; }
  void witness(const Stamp& stamp) { time_ = std::max(time_, stamp.time); }

 private:
  std::int64_t time_ = 0;
};

class HybridClock {
 public:
  [[nodiscard]] Stamp next(sim::Time wall, sim::NodeId node, sim::OpId op) {
    if (wall.count() > time_) {
      time_ = wall.count();
      logical_ = 0;
    } else {
      ++logical_;
    }
    return {time_, logical_, node, op};
  }
  void witness(const Stamp& stamp) {
    if (stamp.time > time_) {
      time_ = stamp.time;
      logical_ = stamp.logical;
    } else if (stamp.time == time_) {
      logical_ = std::max(logical_, stamp.logical);
    }
  }

 private:
  std::int64_t time_ = 0;
  std::uint32_t logical_ = 0;
};

// A clock that knows how wrong it may be (Corbett et al., "Spanner", OSDI 2012, section 3).
struct ClockInterval {
  sim::Time earliest;
  sim::Time latest;
  [[nodiscard]] static ClockInterval around(sim::Time wall, sim::Duration error) {
    return {wall - error, wall + error};
  }
  // Then true time was earlier too, if the bounds were kept.
  [[nodiscard]] bool surely_before(const ClockInterval& other) const {
    return latest < other.earliest;
  }
};

}  // namespace quorumlab::models
