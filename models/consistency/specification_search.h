// Judges any object that has a sequential specification, by searching for a linearization.
//
//   SpecificationResult r = search_specification(timeline, states, Budget{});
//   r.verdict;   // kViolated: nothing explains the return of operation r.contradiction
//
// Just-in-time linearization (Lowe 2017) over a frontier of configurations, as register_search.h,
// for states that are only known by number. Only a return forces anything to take effect; what
// cannot change the state takes effect as soon as it is legal; of operations with unknown outcome
// the fewest are used, and of equal ones the first; what is legal in every state may have taken
// effect unnoticed right before something that overwrote it, and then need not, but may, do so
// later.
//
// Where an object is made of parts, as a set is of elements, what changes one takes effect only for
// somebody who looks at it: because it is the call that must return, or because a read of the whole
// is under way that saw this part otherwise. All else commutes with what is tried, so that it can
// wait; and all that such a read lacks can be put in order, the first part first, for no order of
// it pleases anybody else.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/consistency/budget.h"
#include "models/consistency/verdict.h"

namespace quorumlab::models {

// States by number, equal states by equal numbers.
class StateSpace {
 public:
  StateSpace() = default;
  StateSpace(const StateSpace&) = delete;
  StateSpace& operator=(const StateSpace&) = delete;
  virtual ~StateSpace() = default;

  [[nodiscard]] virtual std::uint32_t initial() = 0;
  // The state after operation `op`, or nullopt if its result is not legal in `state`.
  [[nodiscard]] virtual std::optional<std::uint32_t> step(std::uint32_t state,
                                                          std::uint32_t op) = 0;
  [[nodiscard]] virtual std::size_t size() const = 0;
  [[nodiscard]] virtual std::size_t bytes() const = 0;
  // Forgets all states but these (distinct); they become 0, 1, ... in this order.
  virtual void keep(const std::vector<std::uint32_t>& live) = 0;
  // Can some calls that do not reset the object lead from `state` to one where `op` is legal?
  [[nodiscard]] virtual bool can_lead_to(std::uint32_t state, std::uint32_t op) = 0;
  // False: the state after `op` cannot, which is cheaper to say than to make it.
  [[nodiscard]] virtual bool step_can_lead_to(std::uint32_t state, std::uint32_t op,
                                              std::uint32_t later) = 0;
  // If it can: the state, or one for all that differ in nothing that a call returning at `event` or
  // later could notice.
  [[nodiscard]] virtual bool can_be_lost() const { return false; }
  [[nodiscard]] virtual std::uint32_t unless_lost(std::uint32_t state,
                                                  std::uint32_t /*event*/) const {
    return state;
  }
  // The parts in which `state` is not as `op`, an observer of the whole, saw it; it is enough to
  // name one more than `most`.
  virtual void find_differences(std::uint32_t /*state*/, std::uint32_t /*op*/, std::size_t /*most*/,
                                std::vector<std::uint64_t>& /*parts*/) const {}
  [[nodiscard]] virtual std::string to_text(std::uint32_t state) const = 0;
};

inline constexpr std::uint64_t kWhole = UINT64_MAX;

struct TimelineCall {
  std::uint32_t kind = 0;    // calls of equal kind do the same in every state
  bool is_open = false;      // unknown outcome: may take effect at any time later, or never
  bool is_observer = false;  // never changes the state
  bool is_total = false;     // legal in every state
  bool overwrites = false;   // total, and leaves the same state behind whatever it found
  // Of an object with parts: which one it is about; kWhole: all of them, which must be an observer.
  std::uint64_t part = kWhole;
};

struct TimelineEvent {
  std::uint32_t op = 0;
  bool returns = false;
};

// A call that returns later, and what could reset the object before it (UINT32_MAX: nothing): where
// that has taken effect, states that cannot lead to the call's result are not worth keeping.
struct Ahead {
  std::uint32_t op = UINT32_MAX;
  std::uint32_t resetter = UINT32_MAX;
};

// Open calls have no return; open observers must not be in it.
struct Timeline {
  std::vector<TimelineCall> calls;
  std::vector<TimelineEvent> events;
  bool has_parts = false;
  // Empty, or for each event one that nothing can reset, and one that one operation can.
  std::vector<std::array<Ahead, 2>> ahead;
};

struct SpecificationResult {
  Verdict verdict = Verdict::kHolds;
  std::uint32_t contradiction = 0;  // with kViolated: the call that returned and has no place
  std::uint32_t event = 0;          // with kViolated and kUnknown: how far the search came
  std::string reason;               // with kUnknown: what ran out
  // With kHolds: calls in an order that is legal. With kViolated: one for everything before
  // `event`, from which no continuation is possible.
  std::vector<std::uint32_t> order;
  std::vector<std::string> states;  // with kViolated: in which the object could have been
  std::uint64_t steps = 0;
};

[[nodiscard]] SpecificationResult search_specification(const Timeline& timeline, StateSpace& states,
                                                       const Budget& budget);

}  // namespace quorumlab::models
