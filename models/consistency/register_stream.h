// Judges a register while its history is read: reads and writes, no value written again while
// somebody could still read it. Keeps what is under way and the values that can still be read.
//
//   RegisterStream stream(kNilCell);
//   auto w = stream.begin_write(integer_cell(7), 1);
//   stream.end(w, 2);                           // false: this is a contradiction
//   auto r = stream.begin_read(3);
//   stream.end_read(r, integer_cell(7), 4);     // so is this
//
// The zones of register_zones.h, grown as operations end. Let T be when the first of all that are
// under way began. A value whose first operation had ended before T cannot be read any more once
// another one, for which that is so too, was written or read by somebody who began later: whoever
// read it then would have to stand before and after the other. Such values are forgotten.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "models/consistency/open_window.h"
#include "models/exchange/pool.h"

namespace quorumlab::models {

class RegisterStream {
 public:
  // Positions in real-time order, which ascend with every call.
  using Position = std::uint64_t;
  static constexpr Position kNotYet = UINT64_MAX;

  explicit RegisterStream(Cell initial);

  struct Ticket {
    Position begun = 0;
    bool writes = false;
    Cell value = kNilCell;
  };
  [[nodiscard]] Ticket begin_read(Position at);
  [[nodiscard]] Ticket begin_write(Cell value, Position at);

  // False: the history up to here has no order; contradiction() says why. Nothing may follow.
  [[nodiscard]] bool end_write(const Ticket& ticket, Position at);
  [[nodiscard]] bool end_read(const Ticket& ticket, Cell value, Position at);
  // It did not happen.
  [[nodiscard]] bool fail(const Ticket& ticket);
  // It may have happened, or may yet happen; nobody will hear of it.
  void lose(const Ticket& ticket);

  // A value was written again while it could still be read: this check cannot go on.
  [[nodiscard]] std::optional<Cell> ambiguous() const { return ambiguous_; }

  // What stood in the way: operations by the positions at which they began.
  struct Contradiction {
    Cell value = kNilCell;  // the value that the last operation saw or wrote
    Cell other = kNilCell;  // one that had to be in the register then
    Position other_first_done = kNotYet;
    Position other_last_begun = kNotYet;
    bool is_known = false;  // false: nobody could have read the value: `other` says nothing
  };
  [[nodiscard]] const Contradiction& contradiction() const { return contradiction_; }

  // Values and operations that are kept.
  [[nodiscard]] std::size_t kept() const { return zones_.size() + open_.size() + lost_.size(); }

 private:
  struct Zone {
    Cell value = kNilCell;
    Position first_done = kNotYet;
    Position last_begun = 0;
  };
  Zone* find(Cell value);
  bool grow(Zone& zone, const Ticket& ticket, Position at);
  void forget();

  std::vector<Zone> zones_;        // of values that can still be read
  std::map<Cell, Position> lost_;  // that nobody has read, of writes of unknown outcome: when begun
  OpenWindow open_;
  std::size_t forget_at_ = 16;
  std::optional<Cell> ambiguous_;
  Contradiction contradiction_;
};

}  // namespace quorumlab::models
