#include "models/consistency/specification_search.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/consistency/frontier.h"
#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

constexpr std::uint32_t kMostOverlap = 4096;
constexpr std::size_t kStatesShown = 4;
constexpr std::uint32_t kIllegal = UINT32_MAX;

std::vector<std::uint32_t> assign_slots(const Timeline& timeline, std::uint32_t& count) {
  std::vector<std::uint32_t> slots(timeline.calls.size());
  std::vector<std::uint32_t> free;  // a heap, the lowest on top
  count = 0;
  for (const TimelineEvent& event : timeline.events) {
    if (event.returns) {
      free.push_back(slots[event.op]);
      std::push_heap(free.begin(), free.end(), std::greater<>());
    } else if (free.empty()) {
      slots[event.op] = count++;
    } else {
      std::pop_heap(free.begin(), free.end(), std::greater<>());
      slots[event.op] = free.back();
      free.pop_back();
    }
  }
  return slots;
}

template <std::size_t Words>
class SpecificationSearch {
 public:
  using Config = Configuration<Words>;
  using Set = SlotSet<Words>;

  SpecificationSearch(const Timeline& timeline, StateSpace& states, const Budget& budget)
      : timeline_(timeline), states_(states), budget_(budget), frontier_(1) {
    trail_.push_back({0, UINT32_MAX});
    ends_.assign(timeline.calls.size(), UINT32_MAX);
    for (std::uint32_t i = 0; i < timeline.events.size(); ++i) {
      if (timeline.events[i].returns) ends_[timeline.events[i].op] = i;
    }
    frontier_.front().state = states_.initial();
  }

  SpecificationResult run(const std::vector<std::uint32_t>& slots, std::uint32_t slot_count) {
    in_slot_.resize(slot_count);
    first_.resize(slot_count);
    for (std::uint32_t i = 0; i < timeline_.events.size(); ++i) {
      const TimelineEvent& event = timeline_.events[i];
      const std::uint32_t slot = slots[event.op];
      if (!event.returns) {
        invoke(event.op, slot);
        continue;
      }
      ahead_ = timeline_.ahead.empty() ? UINT32_MAX : timeline_.ahead[i];
      ahead_slot_ = ahead_ == UINT32_MAX ? UINT32_MAX : slots[ahead_];
      complete(slot);
      if (limit_ != nullptr) return unknown(i);
      if (frontier_.empty()) return violated(i);
      tidy_up();
    }
    SpecificationResult result{.verdict = Verdict::kHolds, .steps = steps_};
    result.order = order_of(frontier_.front());
    return result;
  }

 private:
  struct Trail {
    std::uint32_t before = 0;
    std::uint32_t op = 0;
  };

  [[nodiscard]] const TimelineCall& call_in(std::uint32_t slot) const {
    return timeline_.calls[in_slot_[slot]];
  }

  std::uint32_t step(std::uint32_t state, std::uint32_t op) {
    ++steps_;
    const std::uint64_t key = std::uint64_t{state} << 32U | timeline_.calls[op].kind;
    std::uint32_t& known = memo_[key];
    if (known == 0) known = states_.step(state, op).value_or(kIllegal - 1) + 1;
    return known - 1 == kIllegal - 1 ? kIllegal : known - 1;
  }

  void invoke(std::uint32_t op, std::uint32_t slot) {
    in_slot_[slot] = op;
    const TimelineCall& call = timeline_.calls[op];
    if (call.is_observer) {
      observers_.add(slot);
      for (Config& config : frontier_) {
        if (step(config.state, op) == kIllegal) {
          config.owed.add(slot);
        } else {
          config.trail = extend(config.trail, op);
        }
      }
      return;
    }
    first_[slot] = {};
    mutators_.for_each([&](std::uint32_t other) {
      first_[other].remove(slot);
      if (call_in(other).kind != call.kind) return;
      // Who must return sooner goes first: the other is of more use later.
      if (ends_[in_slot_[other]] <= ends_[op]) {
        first_[slot].add(other);
      } else {
        first_[other].add(slot);
      }
    });
    mutators_.add(slot);
    if (call.is_open) return;
    returning_.add(slot);
    for (Config& config : frontier_) config.owed.add(slot);
  }

  void complete(std::uint32_t slot) {
    const bool observer = observers_.has(slot);
    for (const Config& config : frontier_) {
      if (config.owed.has(slot)) {
        waiting_.put(config);
      } else {
        result(config, slot);
      }
    }
    waiting_.drain([&](const Config& config) {
      if (!exhausted() && visited_.insert(config, steps_)) expand(config, slot, observer);
    });
    visited_.clear();
    for (Set* set : {&mutators_, &returning_, &observers_}) set->remove(slot);
    results_.drain([this](const Config& config) { finished_.insert(config, steps_); });
    before_.swap(frontier_);
    frontier_.swap(finished_.members());
    finished_.clear();
    (void)exhausted();
  }

  void result(Config config, std::uint32_t slot) {
    config.used.remove(slot);
    results_.put(config);
  }

  void expand(const Config& config, std::uint32_t forced, bool observer) {
    const Set candidates = mutators_ - config.used;
    candidates.for_each([&](std::uint32_t slot) {
      const std::uint32_t op = in_slot_[slot];
      if (slot != forced && (first_[slot] & candidates) != Set{}) return;
      if (owes_ahead(config) && !states_.step_can_lead_to(config.state, op, ahead_)) {
        ++steps_;
        return;
      }
      const std::uint32_t state = step(config.state, op);
      if (state == kIllegal) return;
      const bool useless = state == config.state && !returning_.has(slot);
      if (useless) return;
      Config next = config;
      next.state = state;
      next.used.add(slot);
      next.owed.remove(slot);
      next.trail = extend(config.trail, op);
      (observers_ & next.owed).for_each([&](std::uint32_t seen) {
        if (step(state, in_slot_[seen]) == kIllegal) return;
        next.owed.remove(seen);
        next.trail = extend(next.trail, in_slot_[seen]);
      });
      if (is_hopeless(next)) return;
      const bool done = slot == forced || (observer && !next.owed.has(forced));
      if (done) {
        result(next, forced);
      } else {
        waiting_.put(next);
      }
    });
  }

  // Once the call ahead has begun, it may have taken effect already.
  [[nodiscard]] bool owes_ahead(const Config& config) const {
    if (ahead_ == UINT32_MAX) return false;
    const bool has_begun = observers_.has(ahead_slot_) && in_slot_[ahead_slot_] == ahead_;
    return !has_begun || config.owed.has(ahead_slot_);
  }

  bool is_hopeless(const Config& config) {
    if (!owes_ahead(config)) return false;
    ++steps_;
    return !states_.can_lead_to(config.state, ahead_);
  }

  std::uint32_t extend(std::uint32_t trail, std::uint32_t op) {
    trail_.push_back({trail, op});
    return static_cast<std::uint32_t>(trail_.size() - 1);
  }

  [[nodiscard]] std::vector<std::uint32_t> order_of(const Config& config) const {
    std::vector<std::uint32_t> order;
    for (std::uint32_t at = config.trail; at != 0; at = trail_[at].before) {
      order.push_back(trail_[at].op);
    }
    std::reverse(order.begin(), order.end());
    return order;
  }

  bool exhausted() {
    if (steps_ > budget_.max_steps) limit_ = "max_steps";
    if (waiting_.size() + results_.size() + frontier_.size() > budget_.max_configurations ||
        trail_.size() > 64 * budget_.max_configurations) {
      limit_ = "max_configurations";
    }
    return limit_ != nullptr;
  }

  // States that no configuration is in need not be remembered.
  void tidy_up() {
    if (states_.size() < 4096 + 8 * frontier_.size()) return;
    std::vector<std::uint32_t> live;
    for (const Config& config : frontier_) live.push_back(config.state);
    std::sort(live.begin(), live.end());
    live.erase(std::unique(live.begin(), live.end()), live.end());
    states_.keep(live);
    for (Config& config : frontier_) {
      config.state = static_cast<std::uint32_t>(
          std::lower_bound(live.begin(), live.end(), config.state) - live.begin());
    }
    memo_ = {};
  }

  SpecificationResult unknown(std::uint32_t event) const {
    SpecificationResult result{.verdict = Verdict::kUnknown, .event = event, .steps = steps_};
    result.reason = fmt::format(
        "at event {} of {}: over {} ({})", event, timeline_.events.size(),
        limit_ == std::string_view("max_steps") ? budget_.max_steps : budget_.max_configurations,
        limit_);
    return result;
  }

  SpecificationResult violated(std::uint32_t event) const {
    SpecificationResult result{.verdict = Verdict::kViolated,
                               .contradiction = timeline_.events[event].op,
                               .event = event,
                               .steps = steps_};
    std::vector<std::uint32_t> seen;
    const Config* longest = &before_.front();
    std::size_t length = 0;
    for (const Config& config : before_) {
      const std::size_t mine = order_of(config).size();
      if (mine > length) {
        longest = &config;
        length = mine;
      }
      if (std::find(seen.begin(), seen.end(), config.state) != seen.end()) continue;
      seen.push_back(config.state);
      if (result.states.size() < kStatesShown) {
        result.states.push_back(states_.to_text(config.state));
      }
    }
    result.order = order_of(*longest);
    return result;
  }

  const Timeline& timeline_;
  StateSpace& states_;
  const Budget budget_;
  std::vector<std::uint32_t> ends_;  // by call: the event of its return
  std::vector<std::uint32_t> in_slot_;
  std::vector<Set> first_;  // by slot: calls that do the same and go first
  Set mutators_;
  Set returning_;
  Set observers_;
  Levels<Words> waiting_;
  Levels<Words> results_;
  std::vector<Config> frontier_;
  std::vector<Config> before_;  // the frontier before the last return
  Antichain<Words> visited_;
  Antichain<Words> finished_;
  std::vector<Trail> trail_;
  FlatMap<std::uint32_t> memo_;
  std::uint32_t ahead_ = UINT32_MAX;
  std::uint32_t ahead_slot_ = UINT32_MAX;
  const char* limit_ = nullptr;
  std::uint64_t steps_ = 0;
};

}  // namespace

SpecificationResult search_specification(const Timeline& timeline, StateSpace& states,
                                         const Budget& budget) {
  std::uint32_t count = 0;
  const std::vector<std::uint32_t> slots = assign_slots(timeline, count);
  if (count <= 64) return SpecificationSearch<1>(timeline, states, budget).run(slots, count);
  if (count <= 256) return SpecificationSearch<4>(timeline, states, budget).run(slots, count);
  if (count <= kMostOverlap) {
    return SpecificationSearch<kMostOverlap / 64>(timeline, states, budget).run(slots, count);
  }
  return {.verdict = Verdict::kUnknown,
          .reason = fmt::format("more than {} operations overlap", kMostOverlap)};
}

}  // namespace quorumlab::models
