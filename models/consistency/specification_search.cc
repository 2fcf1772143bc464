#include "models/consistency/specification_search.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/consistency/frontier.h"
#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

constexpr std::uint32_t kMostOverlap = 4096;
constexpr std::size_t kStatesShown = 4;
constexpr std::size_t kManyBytes = std::size_t{32} << 20U;  // of states that nobody may be in
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
      : timeline_(timeline),
        states_(states),
        can_be_lost_(states.can_be_lost()),
        budget_(budget),
        frontier_(1) {
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
      event_ = i;
      look_ahead(slots);
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
  struct Watch {
    std::uint32_t op = 0;
    std::uint32_t slot = UINT32_MAX;      // if it has begun
    std::uint32_t resetter = UINT32_MAX;  // slot
  };

  struct Trail {
    std::uint32_t before = 0;
    std::uint32_t op = 0;
    bool unnoticed = false;
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
    if (call.is_total) total_.add(slot);
    for (Config& config : frontier_) config.owed.add(slot);
  }

  void complete(std::uint32_t slot) {
    for (const Config& config : frontier_) {
      if (!config.owed.has(slot)) result(config, slot);
      if (!is_settled(config, slot)) waiting_.put(config);
    }
    waiting_.drain([&](const Config& config) {
      if (!exhausted() && visited_.insert(config, steps_)) expand(config, slot);
    });
    visited_.clear();
    for (Set* set : {&mutators_, &returning_, &total_, &observers_}) set->remove(slot);
    results_.drain([this](const Config& config) { finished_.insert(config, steps_); });
    before_.swap(frontier_);
    frontier_.swap(finished_.members());
    finished_.clear();
    (void)exhausted();
  }

  // Is there nothing left to choose about the operation in `slot`?
  [[nodiscard]] bool is_settled(const Config& config, std::uint32_t slot) const {
    return !config.owed.has(slot) && (config.used.has(slot) || !mutators_.has(slot));
  }

  void result(Config config, std::uint32_t slot) {
    const bool unnoticed = mutators_.has(slot) && !config.used.has(slot);
    if (unnoticed) config.trail = extend(config.trail, in_slot_[slot], true);
    config.used.remove(slot);
    if (can_be_lost_) config.state = states_.unless_lost(config.state, event_ + 1);
    results_.put(config);
  }

  // Does another operation that does the same go first? Not one that need not take effect, before
  // one that must.
  [[nodiscard]] bool has_to_wait(const Config& config, const Set& candidates,
                                 std::uint32_t slot) const {
    Set sooner = first_[slot] & candidates;
    if (config.owed.has(slot)) sooner = sooner & config.owed;
    return sooner != Set{};
  }

  void expand(const Config& config, std::uint32_t forced) {
    const Set candidates = mutators_ - config.used;
    const Set looked_at =
        timeline_.has_parts ? those_looked_at(config, candidates, forced) : candidates;
    looked_at.for_each([&](std::uint32_t slot) {
      const std::uint32_t op = in_slot_[slot];
      if (slot != forced && has_to_wait(config, candidates, slot)) return;
      if (is_hopeless_step(config, slot)) return;
      std::uint32_t state = step(config.state, op);
      if (state == kIllegal) return;
      if (can_be_lost_) state = states_.unless_lost(state, event_);
      const bool overwrites = timeline_.calls[op].overwrites;
      const bool settles = config.owed.has(slot) || (overwrites && (config.owed & total_) != Set{});
      if (state == config.state && !settles) return;
      Config next = config;
      next.state = state;
      next.used.add(slot);
      next.owed.remove(slot);
      if (overwrites) next.owed.remove(total_);
      next.trail = extend(config.trail, op);
      (observers_ & next.owed).for_each([&](std::uint32_t seen) {
        if (step(state, in_slot_[seen]) == kIllegal) return;
        next.owed.remove(seen);
        next.trail = extend(next.trail, in_slot_[seen]);
      });
      if (is_hopeless(next)) return;
      const bool paid = config.owed.has(forced) && !next.owed.has(forced);
      if (paid || slot == forced) result(next, forced);
      if (!is_settled(next, forced)) waiting_.put(next);
    });
  }

  // Those about the part of the forced call, and for each read of the whole that has not taken
  // effect, those about the first part that it saw otherwise, if all of these can still change.
  Set those_looked_at(const Config& config, const Set& candidates, std::uint32_t forced) {
    Set result;
    const auto add_part = [&](std::uint64_t part) {
      bool found = false;
      candidates.for_each([&](std::uint32_t slot) {
        if (call_in(slot).part != part) return;
        result.add(slot);
        found = true;
      });
      return found;
    };
    if (call_in(forced).part != kWhole) add_part(call_in(forced).part);
    const std::size_t most = candidates.size();
    (observers_ & config.owed).for_each([&](std::uint32_t observer) {
      if (call_in(observer).part != kWhole) return;
      differences_.clear();
      states_.find_differences(config.state, in_slot_[observer], most, differences_);
      steps_ += 1 + differences_.size();
      if (differences_.empty() || differences_.size() > most) return;
      const bool in_reach =
          std::all_of(differences_.begin() + 1, differences_.end(), [&](std::uint64_t part) {
            bool found = false;
            candidates.for_each(
                [&](std::uint32_t slot) { found = found || call_in(slot).part == part; });
            return found;
          });
      if (in_reach) add_part(differences_.front());
    });
    return result;
  }

  void look_ahead(const std::vector<std::uint32_t>& slots) {
    if (timeline_.ahead.empty()) return;
    ahead_count_ = 0;
    for (const Ahead& ahead : timeline_.ahead[event_]) {
      if (ahead.op == UINT32_MAX) continue;
      const std::uint32_t slot = slots[ahead.op];
      const bool has_begun = observers_.has(slot) && in_slot_[slot] == ahead.op;
      ahead_[ahead_count_++] = {ahead.op, has_begun ? slot : UINT32_MAX,
                                ahead.resetter == UINT32_MAX ? UINT32_MAX : slots[ahead.resetter]};
    }
  }

  // Once the call ahead has begun, it may have taken effect already.
  [[nodiscard]] static bool owes(const Config& config, const Watch& ahead) {
    if (ahead.resetter != UINT32_MAX && !config.used.has(ahead.resetter)) return false;
    return ahead.slot == UINT32_MAX || config.owed.has(ahead.slot);
  }

  bool is_hopeless_step(const Config& config, std::uint32_t slot) {
    for (std::size_t i = 0; i < ahead_count_; ++i) {
      if (!owes(config, ahead_[i])) continue;
      ++steps_;
      if (!states_.step_can_lead_to(config.state, in_slot_[slot], ahead_[i].op)) return true;
    }
    return false;
  }

  bool is_hopeless(const Config& config) {
    for (std::size_t i = 0; i < ahead_count_; ++i) {
      if (!owes(config, ahead_[i])) continue;
      ++steps_;
      if (!states_.can_lead_to(config.state, ahead_[i].op)) return true;
    }
    return false;
  }

  std::uint32_t extend(std::uint32_t trail, std::uint32_t op, bool unnoticed = false) {
    trail_.push_back({trail, op, unnoticed});
    return static_cast<std::uint32_t>(trail_.size() - 1);
  }

  [[nodiscard]] std::vector<std::uint32_t> order_of(const Config& config) const {
    std::vector<std::uint32_t> order;
    std::vector<std::uint32_t> unnoticed;  // until the call that overwrote them
    for (std::uint32_t at = config.trail; at != 0; at = trail_[at].before) {
      const std::uint32_t op = trail_[at].op;
      if (trail_[at].unnoticed) {
        unnoticed.push_back(op);
        continue;
      }
      order.push_back(op);
      if (!timeline_.calls[op].overwrites) continue;
      order.insert(order.end(), unnoticed.begin(), unnoticed.end());
      unnoticed.clear();
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
    if (bytes() > budget_.max_memory) limit_ = "max_memory";
    return limit_ != nullptr;
  }

  [[nodiscard]] std::uint64_t bytes() const {
    constexpr std::size_t kRemembered = 2 * (sizeof(std::uint64_t) + 2 * sizeof(std::uint32_t));
    const std::uint64_t configs = waiting_.size() + results_.size() + frontier_.size() +
                                  before_.size() + visited_.size() + finished_.size();
    return configs * sizeof(Config) + trail_.size() * sizeof(Trail) + memo_.size() * kRemembered +
           states_.bytes();
  }

  // States that no configuration is in need not be remembered.
  void tidy_up() {
    const bool many = states_.size() >= 4096 + 8 * frontier_.size();
    if (!many && states_.bytes() < kManyBytes + 2 * bytes_kept_) return;
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
    bytes_kept_ = states_.bytes();
  }

  SpecificationResult unknown(std::uint32_t event) const {
    SpecificationResult result{.verdict = Verdict::kUnknown, .event = event, .steps = steps_};
    const std::string_view limit = limit_;
    const std::uint64_t most = limit == "max_steps"    ? budget_.max_steps
                               : limit == "max_memory" ? budget_.max_memory
                                                       : budget_.max_configurations;
    result.reason =
        fmt::format("at event {} of {}: over {} ({})", event, timeline_.events.size(), most, limit);
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
  const bool can_be_lost_;
  const Budget budget_;
  std::vector<std::uint32_t> ends_;  // by call: the event of its return
  std::vector<std::uint32_t> in_slot_;
  std::vector<Set> first_;  // by slot: calls that do the same and go first
  Set mutators_;
  Set returning_;
  Set total_;  // of those that return
  Set observers_;
  Levels<Words> waiting_;
  Levels<Words> results_;
  std::vector<Config> frontier_;
  std::vector<Config> before_;  // the frontier before the last return
  Antichain<Words> visited_;
  Antichain<Words> finished_;
  std::vector<Trail> trail_;
  FlatMap<std::uint32_t> memo_;
  std::size_t bytes_kept_ = 0;
  std::vector<std::uint64_t> differences_;
  std::array<Watch, 2> ahead_{};
  std::size_t ahead_count_ = 0;
  std::uint32_t event_ = 0;  // the return that is being looked at
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
