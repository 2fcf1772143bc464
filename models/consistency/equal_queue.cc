#include "models/consistency/equal_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "models/consistency/dead_ends.h"
#include "models/consistency/queue_side.h"
#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

using Calls = std::span<const TimedCall<ObjectCall>>;
using Item = QueueItem;

constexpr std::uint32_t kNobody = QueueSide::kNobody;

class EqualQueue {
 public:
  EqualQueue(Calls calls, const Budget& budget) : calls_(calls), budget_(budget) {}

  std::optional<QueueResult> run() {
    if (!sort_calls()) return std::nullopt;
    QueueResult result;
    result.verdict = search();
    result.steps = steps_;
    if (result.verdict == Verdict::kHolds) result.order = order();
    if (result.verdict == Verdict::kUnknown) {
      result.reason = fmt::format("after {} of {} dequeues: {}", furthest_, pops_.size(), limit_);
    }
    return result;
  }

 private:
  // Enqueues of unknown outcome have numbers behind the others.
  struct Option {
    std::uint32_t push = 0;
    std::uint32_t pop = kNobody;  // kNobody: one without an answer
  };
  // What to do, and how it was before.
  struct Move {
    Option option;
    std::uint32_t nothings = 0;
    std::uint32_t pushes_below = 0;
    std::uint32_t pops_below = 0;
    std::uint32_t open_set = 0;
    std::uint64_t last_pop_begun = 0;
  };
  struct Choice {
    std::size_t moves = 0;         // before it
    std::size_t first_option = 0;  // in options_
    std::size_t next_option = 0;
  };

  bool sort_calls() {
    FlatMap<std::uint32_t> numbers;  // + 1
    const auto number = [&](Cell cell) {
      std::uint32_t& n = numbers[cell];
      if (n == 0) n = ++value_count_;
      return n - 1;
    };
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      const auto& [call, begin, end] = calls_[i];
      if (call.method == Method::kPush) {
        const Item item{begin, end, number(call.a), i};
        if (end == kNever) {
          open_.push_back(item);
        } else {
          pushes_.add(item);
        }
      } else if (call.method != Method::kPop || (end != kNever && call.result == kNoCell)) {
        return false;
      } else if (end == kNever) {
        silent_.push_back({begin, end, 0, i});
      } else if (call.result == kNilCell) {
        nothings_.push_back({begin, end, 0, i});
      } else {
        pops_.add({begin, end, number(call.result), i});
      }
    }
    pushes_.sort(value_count_);
    pops_.sort(value_count_);
    const auto earlier = [](const Item& a, const Item& b) { return a.begin < b.begin; };
    for (auto* items : {&open_, &silent_, &nothings_}) {
      std::sort(items->begin(), items->end(), earlier);
    }
    open_of_.resize(value_count_);
    for (std::uint32_t i = 0; i < open_.size(); ++i) open_of_[open_[i].value].push_back(i);
    open_used_.resize(value_count_);
    ends_from_.assign(nothings_.size() + 1, kNever);
    for (std::size_t i = nothings_.size(); i-- > 0;) {
      ends_from_[i] = std::min(ends_from_[i + 1], nothings_[i].end);
    }
    nearest_.resize(value_count_);
    return true;
  }

  Verdict search() {
    place_nothings();
    for (;;) {
      if (pops_.is_empty() && nothings_done_ == nothings_.size()) return Verdict::kHolds;
      if (steps_ > budget_.max_steps) return give_up("max_steps", budget_.max_steps);
      const std::size_t before = options_.size();
      find_options();
      const std::size_t count = options_.size() - before;
      if (count == 1) {
        go(options_.back());
        options_.pop_back();
        continue;
      }
      if (count > 1 && !is_dead()) {
        choices_.push_back({moves_.size(), before, before + 1});
        go(options_[before]);
        continue;
      }
      options_.resize(before);
      if (!go_back()) return limit_.empty() ? Verdict::kViolated : Verdict::kUnknown;
    }
  }

  // To the last choice that has something left to try.
  bool go_back() {
    while (!choices_.empty()) {
      Choice& choice = choices_.back();
      while (moves_.size() > choice.moves) undo();
      if (choice.next_option < options_.size()) {
        go(options_[choice.next_option++]);
        return true;
      }
      if (dead_.size() >= budget_.max_configurations || dead_.bytes() > budget_.max_memory) {
        const bool many = dead_.size() >= budget_.max_configurations;
        (void)give_up(many ? "max_configurations" : "max_memory",
                      many ? budget_.max_configurations : budget_.max_memory);
        return false;
      }
      dead_.insert(key());
      options_.resize(choice.first_option);
      choices_.pop_back();
    }
    return false;
  }

  Verdict give_up(const char* limit, std::uint64_t most) {
    limit_ = fmt::format("over {} ({})", most, limit);
    return Verdict::kUnknown;
  }

  [[nodiscard]] const Item& push(std::uint32_t i) const {
    return i < pushes_.size() ? pushes_[i] : open_[i - pushes_.size()];
  }

  // Can no call that found nothing come before this dequeue, but not after its beginning?
  [[nodiscard]] bool is_in_nobodys_way(const Item& pop, std::uint64_t first_push_end) const {
    return pop.begin < first_push_end || nothings_done_ == nothings_.size() ||
           nothings_[nothings_done_].begin > pop.end;
  }

  // One that leads on if any does; or all that must be tried.
  void find_options() {
    const std::size_t before = options_.size();
    const std::uint64_t first_push_end = pushes_.first_end();
    const std::uint64_t pops_until = std::min(pops_.first_end(), ends_from_[nothings_done_]);
    const std::uint64_t pushes_until = std::min(first_push_end, pops_until);
    ++stamp_;
    for (std::uint32_t i = pushes_.first(); i != kNobody && pushes_[i].begin < pushes_until;
         i = pushes_.next(i)) {
      ++steps_;
      Nearest& nearest = nearest_[pushes_[i].value];
      const bool is_nearer = nearest.stamp != stamp_ || pushes_[i].end < pushes_[nearest.push].end;
      if (is_nearer) nearest = {stamp_, i};
    }
    for (std::uint32_t i = pops_.first(); i != kNobody && pops_[i].begin < pops_until;
         i = pops_.next(i)) {
      ++steps_;
      const Item& pop = pops_[i];
      const std::uint32_t push = nearest_push(pop.value, pushes_until);
      if (push == kNobody) continue;
      const bool free = is_in_nobodys_way(pop, first_push_end);
      const std::uint32_t first = pushes_.first_to_end(pop.value);
      const bool is_first = first == kNobody || first == push;
      if (free && is_first && pops_.first_to_end(pop.value) == i) {
        options_.resize(before);
        options_.push_back({push, i});
        return;
      }
      if (!is_dominated(i, before, first_push_end)) options_.push_back({push, i});
    }
    const auto begin = options_.begin() + static_cast<std::ptrdiff_t>(before);
    std::sort(begin, options_.end(), [&](const Option& a, const Option& b) {
      return pops_[a.pop].end < pops_[b.pop].end;
    });
    if (silent_done_ == silent_.size() || silent_[silent_done_].begin > pops_until) return;
    const std::uint32_t in_the_way = pushes_.first_to_end();
    if (in_the_way == kNobody || pushes_[in_the_way].begin > pushes_until) return;
    options_.push_back({in_the_way, kNobody});
  }

  [[nodiscard]] std::uint32_t nearest_push(std::uint32_t value, std::uint64_t until) const {
    const Nearest& nearest = nearest_[value];
    if (nearest.stamp == stamp_) return nearest.push;
    const std::vector<std::uint32_t>& open = open_of_[value];
    const std::uint32_t used = open_used_[value];
    if (used == open.size() || open_[open[used]].begin > until) return kNobody;
    return pushes_.size() + open[used];
  }

  // Is there an option for this value whose dequeue is the better one? Removes those that are not.
  bool is_dominated(std::uint32_t pop, std::size_t from, std::uint64_t first_push_end) {
    const Item& mine = pops_[pop];
    const auto is_better = [&](const Item& a, const Item& b) {
      return a.end < b.end && (a.begin < b.begin || is_in_nobodys_way(a, first_push_end));
    };
    for (std::size_t i = from; i < options_.size(); ++i) {
      const Item& other = pops_[options_[i].pop];
      if (other.value != mine.value) continue;
      if (is_better(other, mine)) return true;
      if (!is_better(mine, other)) continue;
      options_[i] = options_.back();
      options_.pop_back();
      --i;
    }
    return false;
  }

  void go(Option option) {
    moves_.push_back(
        {option, nothings_done_, pushes_below_, pops_below_, open_set_, last_pop_begun_});
    if (option.push < pushes_.size()) {
      pushes_.take(option.push);
      pushes_below_ = std::max(pushes_below_, option.push + 1);
    } else {
      const std::uint32_t value = push(option.push).value;
      ++open_used_[value];
      open_set_ = open_sets_.try_emplace({open_set_, value}, 0).first->second;
      if (open_set_ == 0) open_set_ = number_open_set(value);
    }
    if (option.pop == kNobody) {
      last_pop_begun_ = std::max(last_pop_begun_, silent_[silent_done_++].begin);
    } else {
      pops_.take(option.pop);
      pops_below_ = std::max(pops_below_, option.pop + 1);
      last_pop_begun_ = std::max(last_pop_begun_, pops_[option.pop].begin);
    }
    furthest_ = std::max(furthest_, moves_.size());
    place_nothings();
  }

  void undo() {
    const Move& move = moves_.back();
    if (move.option.pop == kNobody) {
      --silent_done_;
    } else {
      pops_.put_back(move.option.pop);
    }
    if (move.option.push < pushes_.size()) {
      pushes_.put_back(move.option.push);
    } else {
      --open_used_[push(move.option.push).value];
    }
    nothings_done_ = move.nothings;
    pushes_below_ = move.pushes_below;
    pops_below_ = move.pops_below;
    open_set_ = move.open_set;
    last_pop_begun_ = move.last_pop_begun;
    moves_.pop_back();
  }

  // Equal sets get equal numbers, whatever came first.
  std::uint32_t number_open_set(std::uint32_t value) {
    const std::uint32_t from = moves_.back().open_set;
    const auto fresh = static_cast<std::uint32_t>(open_contents_.size() + 1);
    const std::uint32_t number = open_contents_.try_emplace(open_used_, fresh).first->second;
    open_sets_[{from, value}] = number;
    return number;
  }

  void place_nothings() {
    const std::uint64_t first_push_end = pushes_.first_end();
    if (last_pop_begun_ > first_push_end) return;
    const std::uint64_t until = std::min(first_push_end, pops_.first_end());
    while (nothings_done_ < nothings_.size() && nothings_[nothings_done_].begin < until) {
      ++nothings_done_;
    }
  }

  // Who has gone; what dequeues began last follows from that, but for those without an answer,
  // which have gone in their order.
  std::span<const std::uint32_t> key() {
    key_.clear();
    key_.push_back(silent_done_);
    key_.push_back(nothings_done_);
    key_.push_back(open_set_);
    pushes_.tell_left(pushes_below_, key_);
    pops_.tell_left(pops_below_, key_);
    steps_ += key_.size();
    return key_;
  }
  bool is_dead() { return !dead_.is_empty() && dead_.contains(key()); }

  // At a time for each: the earliest at which what goes before it has happened.
  [[nodiscard]] std::vector<std::uint32_t> order() {
    struct Instant {
      std::uint64_t at = 0;
      std::uint32_t call = 0;
    };
    std::vector<Instant> instants;
    std::uint64_t pushed = 0;
    std::uint64_t popped = 0;
    std::size_t nothings = 0;
    const auto find_nothing = [&](std::size_t until) {
      for (; nothings < until; ++nothings) {
        pushed = std::max({pushed, popped, nothings_[nothings].begin});
        popped = pushed;
        instants.push_back({pushed, nothings_[nothings].call});
      }
    };
    std::size_t silent = 0;
    for (std::size_t i = 0; i < moves_.size(); ++i) {
      find_nothing(moves_[i].nothings);
      const Item& in = push(moves_[i].option.push);
      pushed = std::max(pushed, in.begin);
      instants.push_back({pushed, in.call});
      const std::uint32_t pop = moves_[i].option.pop;
      const Item& out = pop == kNobody ? silent_[silent++] : pops_[pop];
      popped = std::max({popped, pushed, out.begin});
      instants.push_back({popped, out.call});
    }
    find_nothing(nothings_.size());
    for (std::uint32_t i = pushes_.first_to_end(); i != kNobody; i = pushes_.next_to_end(i)) {
      pushed = std::max(pushed, pushes_[i].begin);
      instants.push_back({pushed, pushes_[i].call});
    }
    std::stable_sort(instants.begin(), instants.end(),
                     [](const Instant& a, const Instant& b) { return a.at < b.at; });
    std::vector<std::uint32_t> result;
    result.reserve(instants.size());
    for (const Instant& instant : instants) result.push_back(instant.call);
    return result;
  }

  struct Nearest {
    std::uint64_t stamp = 0;
    std::uint32_t push = 0;
  };

  Calls calls_;
  const Budget budget_;
  std::uint32_t value_count_ = 0;
  QueueSide pushes_;
  QueueSide pops_;
  std::vector<Item> open_;                           // enqueues of unknown outcome
  std::vector<std::vector<std::uint32_t>> open_of_;  // by value
  std::vector<std::uint32_t> open_used_;             // by value: so many of these, the first ones
  std::map<std::vector<std::uint32_t>, std::uint32_t> open_contents_;  // a number for each
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> open_sets_;
  std::vector<Item> silent_;              // dequeues without an answer
  std::vector<Item> nothings_;            // who found nothing
  std::vector<std::uint64_t> ends_from_;  // the first end of these and the ones after it
  std::uint32_t silent_done_ = 0;
  std::uint32_t nothings_done_ = 0;
  std::uint32_t pushes_below_ = 0;  // nobody from here on has gone
  std::uint32_t pops_below_ = 0;
  std::uint32_t open_set_ = 0;
  std::uint64_t last_pop_begun_ = 0;  // of those that have gone
  std::vector<Nearest> nearest_;      // by value: of those that may go next, which ends first
  std::uint64_t stamp_ = 0;
  std::vector<Option> options_;
  std::vector<Move> moves_;
  std::vector<Choice> choices_;
  std::vector<std::uint32_t> key_;
  DeadEnds dead_;
  std::size_t furthest_ = 0;
  std::uint64_t steps_ = 0;
  std::string limit_;
};

}  // namespace

std::optional<QueueResult> check_equal_queue(Calls calls, const Budget& budget) {
  return EqualQueue(calls, budget).run();
}

}  // namespace quorumlab::models
