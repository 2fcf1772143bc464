#include "models/consistency/mixed_counter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "models/consistency/dead_ends.h"
#include "models/consistency/minimal_calls.h"
#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

using Calls = std::span<const TimedCall<ObjectCall>>;
using Slots = std::uint64_t;
using Numbers = std::vector<std::uint32_t>;

constexpr std::uint32_t kMostSlots = 64;
constexpr std::size_t kMostWays = 100'000;               // in which one read can be explained
constexpr std::int64_t kMostAmount = INT64_C(1) << 32U;  // so that no sum is too large
constexpr std::uint64_t kEffort = 20'000'000;  // steps to find fewer reads that contradict

constexpr Slots bit(std::uint32_t slot) {
  return Slots{1} << slot;
}

template <class F>
void for_each_slot(Slots slots, F f) {
  for (; slots != 0; slots &= slots - 1) f(static_cast<std::uint32_t>(std::countr_zero(slots)));
}

bool tells(const TimedCall<ObjectCall>& timed) {
  return timed.completed != kNever && timed.call.result != kNoCell;
}

bool is_simple(Calls calls) {
  return std::all_of(calls.begin(), calls.end(), [](const TimedCall<ObjectCall>& timed) {
    const ObjectCall& call = timed.call;
    if (call.method == Method::kRead) {
      return !tells(timed) || tag_of(call.result) == Tag::kInteger;
    }
    return call.method == Method::kAdd && call.result == kNoCell &&
           tag_of(call.a) == Tag::kInteger && integer_of(call.a) < kMostAmount &&
           integer_of(call.a) > -kMostAmount;
  });
}

class MixedCounter {
 public:
  MixedCounter(Calls calls, std::int64_t initial, const Budget& budget)
      : calls_(calls), budget_(budget) {
    now_.total = initial;
  }

  Verdict run() {
    if (!number_events()) return Verdict::kUnknown;
    while (event_ < events_.size()) {
      if (steps_ > budget_.max_steps) return Verdict::kUnknown;
      if (is_stuck_ || !step(events_[event_])) {
        if (is_stuck_) return Verdict::kUnknown;
        if (!go_back()) return is_stuck_ ? Verdict::kUnknown : Verdict::kViolated;
      }
      ++event_;
    }
    return Verdict::kHolds;
  }

  [[nodiscard]] Numbers& order() { return order_; }
  // With kViolated: when nothing led on.
  [[nodiscard]] std::uint64_t end() const { return events_[furthest_].at; }

 private:
  struct Event {
    std::uint64_t at = 0;
    std::uint32_t call = 0;
    std::uint32_t slot = 0;
    bool returns = false;
  };
  // What has taken effect of what is under way.
  struct Situation {
    Slots done = 0;
    std::int64_t total = 0;
  };
  using Ways = std::vector<std::pair<Situation, Numbers>>;  // and what took effect on each
  struct Choice {
    std::size_t event = 0;
    std::size_t ordered = 0;
    Situation from;
    std::array<std::uint32_t, kMostSlots> in_slot{};
    Slots adds = 0;
    Slots reads = 0;
    Ways left;  // the next one last
  };

  [[nodiscard]] bool adds(std::uint32_t call) const {
    return calls_[call].call.method == Method::kAdd;
  }
  [[nodiscard]] std::int64_t amount(std::uint32_t call) const {
    return integer_of(calls_[call].call.a);
  }
  [[nodiscard]] std::int64_t seen(std::uint32_t call) const {
    return integer_of(calls_[call].call.result);
  }

  bool number_events() {
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      if (!adds(i) && !tells(calls_[i])) continue;
      grows_ = grows_ && (!adds(i) || amount(i) > 0);
      events_.push_back({calls_[i].invoked, i, 0, false});
      if (calls_[i].completed != kNever) events_.push_back({calls_[i].completed, i, 0, true});
    }
    std::sort(events_.begin(), events_.end(),
              [](const Event& a, const Event& b) { return a.at < b.at; });
    std::vector<std::uint32_t> slots(calls_.size());
    Slots busy = 0;
    for (Event& event : events_) {
      if (!event.returns) {
        slots[event.call] = static_cast<std::uint32_t>(std::countr_one(busy));
        if (slots[event.call] == kMostSlots) return false;
        busy |= bit(slots[event.call]);
      } else {
        busy &= ~bit(slots[event.call]);
      }
      event.slot = slots[event.call];
    }
    return true;
  }

  // False: nothing explains what was read.
  bool step(const Event& event) {
    const Slots mine = bit(event.slot);
    ++steps_;
    if (!event.returns) {
      in_slot_[event.slot] = event.call;
      (adds(event.call) ? adds_ : reads_) |= mine;
      if (!adds(event.call)) let_read(now_, order_);
      furthest_ = std::max(furthest_, event_);
      return !is_hopeless(now_);
    }
    if ((now_.done & mine) == 0) {
      const bool is_alone = adds(event.call) && (reads_ & ~now_.done) == 0;
      if (is_alone) {
        add(now_, event.slot, order_);
      } else if (!explain(event)) {
        return false;
      }
    }
    release(mine);
    return true;
  }

  // Where totals only grow, who has not seen his by now never will.
  [[nodiscard]] bool is_hopeless(const Situation& situation) const {
    bool hopeless = false;
    if (!grows_) return false;
    for_each_slot(reads_ & ~situation.done, [&](std::uint32_t slot) {
      hopeless = hopeless || seen(in_slot_[slot]) < situation.total;
    });
    return hopeless;
  }

  void release(Slots slots) {
    adds_ &= ~slots;
    reads_ &= ~slots;
    now_.done &= ~slots;
  }

  void add(Situation& situation, std::uint32_t slot, Numbers& order) const {
    situation.done |= bit(slot);
    situation.total += amount(in_slot_[slot]);
    order.push_back(in_slot_[slot]);
    let_read(situation, order);
  }

  void let_read(Situation& situation, Numbers& order) const {
    for_each_slot(reads_ & ~situation.done, [&](std::uint32_t slot) {
      if (seen(in_slot_[slot]) != situation.total) return;
      situation.done |= bit(slot);
      order.push_back(in_slot_[slot]);
    });
  }

  // Chooses what took effect before a call that returns.
  bool explain(const Event& event) {
    furthest_ = std::max(furthest_, event_);
    if (!dead_.is_empty() && dead_.contains(key(event_, now_))) return false;
    Choice choice{.event = event_,
                  .ordered = order_.size(),
                  .from = now_,
                  .in_slot = in_slot_,
                  .adds = adds_,
                  .reads = reads_,
                  .left = ways(event.slot)};
    if (is_stuck_) return false;
    choices_.push_back(std::move(choice));
    return take_next();
  }

  bool take_next() {
    Choice& choice = choices_.back();
    if (choice.left.empty()) {
      if (dead_.size() >= budget_.max_configurations || dead_.bytes() > budget_.max_memory) {
        is_stuck_ = true;
      }
      dead_.insert(key(choice.event, choice.from));
      choices_.pop_back();
      return false;
    }
    order_.resize(choice.ordered);
    auto& [after, order] = choice.left.back();
    now_ = after;
    order_.insert(order_.end(), order.begin(), order.end());
    choice.left.pop_back();
    return true;
  }

  bool go_back() {
    while (!choices_.empty() && !is_stuck_) {
      const Choice& choice = choices_.back();
      event_ = choice.event;
      in_slot_ = choice.in_slot;
      adds_ = choice.adds;
      reads_ = choice.reads;
      if (!take_next()) continue;
      release(bit(events_[event_].slot));
      return true;
    }
    return false;
  }

  // All situations in which this call has taken effect, those with the fewest additions last.
  // Before a read, any additions; before an addition, those after which somebody else reads.
  Ways ways(std::uint32_t slot) {
    const bool reads = (reads_ & bit(slot)) != 0;
    Ways found;
    Ways waiting{{now_, {}}};
    FlatMap<bool> visited;  // what is done says what the total is
    const auto settle = [&](std::pair<Situation, Numbers> way) {
      if (!reads) add(way.first, slot, way.second);
      if (!is_hopeless(way.first)) found.push_back(std::move(way));
    };
    if (!reads) settle(waiting.front());
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      const Slots left = adds_ & ~waiting[i].first.done;
      for_each_slot(left & ~bit(slot), [&](std::uint32_t other) {
        ++steps_;
        if (has_to_wait(left, other)) return;
        auto next = waiting[i];
        const Slots before = next.first.done;
        add(next.first, other, next.second);
        bool& known = visited[next.first.done];
        if (known || is_hopeless(next.first)) return;
        known = true;
        const bool is_read = (next.first.done & ~before & (reads ? bit(slot) : reads_)) != 0;
        if (is_read) settle(next);
        if (!is_read || !reads) waiting.push_back(std::move(next));
      });
      if (waiting.size() + found.size() > kMostWays) is_stuck_ = true;
      if (is_stuck_) return {};
    }
    std::reverse(found.begin(), found.end());
    return found;
  }

  // Is there an equal addition that returns before?
  [[nodiscard]] bool has_to_wait(Slots left, std::uint32_t slot) const {
    bool waits = false;
    const std::uint32_t call = in_slot_[slot];
    for_each_slot(left & ~bit(slot), [&](std::uint32_t other) {
      const std::uint32_t rival = in_slot_[other];
      if (amount(rival) != amount(call)) return;
      const std::uint64_t end = calls_[call].completed;
      const std::uint64_t theirs = calls_[rival].completed;
      waits = waits || theirs < end || (theirs == end && rival < call);
    });
    return waits;
  }

  std::span<const std::uint32_t> key(std::size_t event, const Situation& situation) {
    key_ = {static_cast<std::uint32_t>(event), static_cast<std::uint32_t>(situation.done >> 32U),
            static_cast<std::uint32_t>(situation.done)};
    return key_;
  }

  const Calls calls_;
  const Budget budget_;
  std::vector<Event> events_;
  std::array<std::uint32_t, kMostSlots> in_slot_{};
  Slots adds_ = 0;
  Slots reads_ = 0;
  Situation now_;
  Numbers order_;
  std::vector<Choice> choices_;
  DeadEnds dead_;
  std::array<std::uint32_t, 3> key_{};
  bool grows_ = true;  // all amounts are positive
  std::size_t event_ = 0;
  std::size_t furthest_ = 0;
  bool is_stuck_ = false;
  std::uint64_t steps_ = 0;
};

bool is_wrong(Calls calls, std::int64_t initial) {
  return MixedCounter(calls, initial, {}).run() == Verdict::kViolated;
}

// The first call whose return, when nothing later is known, shows that there is no order. The
// search knows what will be read and has given up sooner, at `known`.
std::uint32_t first_to_show(Calls calls, std::int64_t initial, std::uint64_t known) {
  std::uint64_t latest = known;  // by then all is told that it can have known
  for (const TimedCall<ObjectCall>& timed : calls) {
    const bool is_under_way = timed.invoked <= known && timed.completed != kNever;
    if (is_under_way) latest = std::max(latest, timed.completed);
  }
  Numbers ends;
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    if (calls[i].completed >= known && calls[i].completed <= latest) ends.push_back(i);
  }
  std::sort(ends.begin(), ends.end(), [&](std::uint32_t a, std::uint32_t b) {
    return calls[a].completed < calls[b].completed;
  });
  return *std::partition_point(ends.begin(), ends.end() - 1, [&](std::uint32_t i) {
    return !is_wrong(cut_calls(calls, calls[i].completed), initial);
  });
}

// All additions until then, and of the reads as few of the last as contradict one another.
ContainerResult refute(Calls calls, std::int64_t initial, std::uint64_t known) {
  const std::uint32_t last = first_to_show(calls, initial, known);
  const std::uint64_t end = calls[last].completed;
  Numbers additions;
  Numbers reads;
  for (std::uint32_t i = 0; i < calls.size() && calls[i].invoked <= end; ++i) {
    if (calls[i].call.method == Method::kAdd) additions.push_back(i);
    if (calls[i].call.method == Method::kRead && calls[i].completed <= end) reads.push_back(i);
  }
  std::sort(reads.begin(), reads.end(), [&](std::uint32_t a, std::uint32_t b) {
    return calls[a].completed > calls[b].completed;
  });
  ContainerResult result{.verdict = Verdict::kViolated,
                         .calls = {},
                         .why = "no additions that can have taken effect make what was read",
                         .order = {},
                         .until = last};
  std::uint64_t effort = 0;
  for (std::size_t count = 1;; count *= 2) {
    count = std::min(count, reads.size());
    result.calls = additions;
    result.calls.insert(result.calls.end(), reads.begin(),
                        reads.begin() + static_cast<std::ptrdiff_t>(count));
    std::sort(result.calls.begin(), result.calls.end());
    if (count == reads.size()) return result;
    if (effort > kEffort) continue;
    std::vector<TimedCall<ObjectCall>> few;
    for (const std::uint32_t i : result.calls) {
      few.push_back(calls[i]);
      if (few.back().completed > end) few.back().completed = kNever;
    }
    effort += few.size();
    if (is_wrong(few, initial)) return result;
  }
}

}  // namespace

std::optional<ContainerResult> check_mixed_counter(Calls calls, std::int64_t initial,
                                                   const Budget& budget) {
  if (!is_simple(calls)) return std::nullopt;
  MixedCounter counter(calls, initial, budget);
  const Verdict verdict = counter.run();
  if (verdict == Verdict::kUnknown) return std::nullopt;
  if (verdict == Verdict::kHolds) return ContainerResult{.order = std::move(counter.order())};
  return refute(calls, initial, counter.end());
}

}  // namespace quorumlab::models
