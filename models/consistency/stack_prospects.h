// What is to come, for a search on stacks: while a value lies on top that nobody takes for now,
// whoever takes another one, or finds nothing, needs somebody who pushes that in time.
//
//   StackProspects prospects(calls, events);
//   prospects.at(event).may_stay(top, done, under_way);   // false: no continuation is possible
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/consistency/stack_frontier.h"

namespace quorumlab::models {

struct StackEvent {
  std::uint64_t at = 0;
  std::uint32_t call = 0;
  bool returns = false;
};
[[nodiscard]] std::vector<StackEvent> stack_events(std::span<const StackCall> calls);

// The calls that are under way, by slot.
struct StackSlots {
  std::vector<std::uint32_t> call_in = std::vector<std::uint32_t>(64);
  std::vector<std::uint32_t> slot_of;  // by call
  std::uint64_t pushes = 0;
  std::uint64_t pops = 0;
  std::uint64_t nothings = 0;
};

class StackProspects {
 public:
  StackProspects(std::span<const StackCall> calls, std::span<const StackEvent> events);

  // To be told of each event in turn, before anything is asked.
  void advance(std::size_t event);
  // Pushes of the value that have begun.
  [[nodiscard]] std::uint32_t pushes_begun(std::uint32_t value) const {
    return pushes_begun_[value];
  }
  [[nodiscard]] bool may_stay(std::uint32_t top, std::uint64_t done, const StackSlots& slots);

 private:
  // So many more pushes of a value begin than pops of it end, of those that begin from now on; and
  // pops that are under way and end by then.
  struct Shortage {
    std::uint32_t value = 0;
    std::int32_t pushed = 0;
    std::uint64_t ended = 0;
  };
  struct Outlook {
    std::size_t event = SIZE_MAX;  // at which it was made
    bool is_hopeless = false;
    std::uint64_t nothings = 0;  // who must find nothing in the meantime
    std::vector<Shortage> shortages;
  };
  struct Balance {
    std::uint64_t look = 0;
    std::int32_t pushed = 0;
    std::uint64_t ended = 0;
  };

  const Outlook& outlook(std::uint32_t top, const StackSlots& slots);
  [[nodiscard]] std::uint64_t first_taker(std::uint32_t top) const;

  std::span<const StackCall> calls_;
  std::span<const StackEvent> events_;
  std::size_t now_ = 0;
  std::vector<std::uint32_t> pushes_begun_;             // by value
  std::vector<std::uint32_t> pops_begun_;               // by value
  std::vector<std::vector<std::uint64_t>> pop_begins_;  // by value
  std::vector<std::uint64_t> silent_begins_;
  std::uint32_t silent_begun_ = 0;
  std::vector<Outlook> outlooks_;  // by value on top
  std::vector<Balance> balances_;  // by value
  std::uint64_t looks_ = 0;
};

}  // namespace quorumlab::models
