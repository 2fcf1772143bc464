#include "models/consistency/growing.h"

#include <algorithm>
#include <map>
#include <queue>

#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

using Calls = std::span<const TimedCall<ObjectCall>>;

constexpr std::uint32_t kNobody = UINT32_MAX;

struct End {
  std::uint64_t at = 0;
  std::uint32_t call = 0;
  bool returns = false;
};

// Positions mostly leave few gaps, so that each end can be put in its place at once.
std::vector<End> timeline(Calls calls) {
  std::vector<End> ends;
  std::uint64_t last = 0;
  for (const TimedCall<ObjectCall>& timed : calls) {
    last = std::max(last, timed.completed == kNever ? timed.invoked : timed.completed);
  }
  if (last < 4 * calls.size() && calls.size() < UINT32_MAX / 2) {
    std::vector<std::uint32_t> at(last + 1, kNobody);  // twice the call, and one more
    for (std::uint32_t i = 0; i < calls.size(); ++i) {
      at[calls[i].invoked] = 2 * i;
      if (calls[i].completed != kNever) at[calls[i].completed] = 2 * i + 1;
    }
    ends.reserve(2 * calls.size());
    for (std::uint64_t position = 0; position <= last && !calls.empty(); ++position) {
      if (at[position] != kNobody)
        ends.push_back({position, at[position] / 2, at[position] % 2 != 0});
    }
    return ends;
  }
  ends.reserve(2 * calls.size());
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    ends.push_back({calls[i].invoked, i, false});
    if (calls[i].completed != kNever) ends.push_back({calls[i].completed, i, true});
  }
  std::sort(ends.begin(), ends.end(), [](const End& a, const End& b) { return a.at < b.at; });
  return ends;
}

bool is_known(const TimedCall<ObjectCall>& timed) {
  return timed.completed != kNever && timed.call.result != kNoCell;
}

ContainerResult violated(std::vector<std::uint32_t> calls, std::string why) {
  std::sort(calls.begin(), calls.end());
  calls.erase(std::unique(calls.begin(), calls.end()), calls.end());
  return {.verdict = Verdict::kViolated, .calls = std::move(calls), .why = std::move(why)};
}

// Contents are numbered by size: who reads the k-th is at 2k + 1, and what is new in it is added at
// 2k.
class GrowingSet {
 public:
  // Requires: what reads saw is sorted.
  explicit GrowingSet(Calls calls) : calls_(calls) {}

  ContainerResult run() {
    if (auto broken = number_contents()) return std::move(*broken);
    number_additions();
    if (auto broken = place_all()) return std::move(*broken);
    return {.order = order()};
  }

 private:
  struct Value {
    std::uint32_t first = kNobody;  // of the contents that have it; kNobody: none
    std::uint32_t added = kNobody;  // the first place of an addition
  };
  struct Place {
    std::uint32_t at = 0;
    std::uint32_t by = kNobody;  // who cannot be earlier, and ended before
  };

  // Most elements are small numbers.
  std::uint32_t& number_of(Cell cell) {
    if (tag_of(cell) == Tag::kInteger) {
      const auto value = static_cast<std::uint64_t>(integer_of(cell));
      if (value < small_.size()) return small_[value];
    }
    return numbers_[cell];
  }
  std::uint32_t number(Cell cell) {
    std::uint32_t& number = number_of(cell);
    if (number == 0) {
      values_.emplace_back();
      number = static_cast<std::uint32_t>(values_.size());
    }
    return number - 1;
  }

  // Each content has all of the one before it; nullopt: so it is.
  std::optional<ContainerResult> number_contents() {
    content_.assign(calls_.size(), kNobody);
    std::vector<std::uint32_t> reads;
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      if (calls_[i].call.method == Method::kRead && is_known(calls_[i])) reads.push_back(i);
    }
    const auto many = [&](std::uint32_t read) -> const auto& {
      return calls_[read].call.many;
    };
    std::stable_sort(reads.begin(), reads.end(), [&](std::uint32_t a, std::uint32_t b) {
      return many(a).size() < many(b).size();
    });
    static const std::vector<Cell> kNothing;
    std::uint32_t last = kNobody;
    for (const std::uint32_t read : reads) {
      const std::vector<Cell>& old = last == kNobody ? kNothing : many(last);
      bool fits = true;
      if (last == kNobody || many(read).size() > old.size()) {
        // Both are sorted.
        auto next = old.begin();
        for (const Cell cell : many(read)) {
          if (next != old.end() && *next == cell) {
            ++next;
          } else {
            values_[number(cell)].first = contents_;
          }
        }
        fits = next == old.end();
        ++contents_;
      } else {
        fits = many(read) == old;
      }
      if (!fits) return violated({last, read}, "neither of two contents has all of the other");
      content_[read] = contents_ - 1;
      last = read;
    }
    return std::nullopt;
  }

  void number_additions() {
    added_.assign(calls_.size(), kNobody);
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      if (calls_[i].call.method == Method::kAdd) added_[i] = number(calls_[i].call.a);
    }
  }

  [[nodiscard]] bool takes_part(std::uint32_t i) const {
    if (calls_[i].call.method == Method::kRead) return is_known(calls_[i]);
    return calls_[i].completed != kNever || values_[added_[i]].first != kNobody;
  }

  // By place, and in one place by invocation.
  [[nodiscard]] std::vector<std::uint32_t> order() const {
    std::vector<std::uint32_t> begin(2 * std::size_t{contents_} + 3);
    for (const std::uint32_t i : by_invocation_) ++begin[places_[i].at + 1];
    for (std::size_t at = 1; at < begin.size(); ++at) begin[at] += begin[at - 1];
    std::vector<std::uint32_t> result(by_invocation_.size());
    for (const std::uint32_t i : by_invocation_) result[begin[places_[i].at]++] = i;
    return result;
  }

  std::optional<ContainerResult> place_all() {
    places_.resize(calls_.size());
    Place done;  // the furthest of all that ended
    for (const End& end : timeline(calls_)) {
      if (!takes_part(end.call)) continue;
      if (!end.returns) by_invocation_.push_back(end.call);
      Place& mine = places_[end.call];
      if (end.returns) {
        if (mine.at > done.at || done.by == kNobody) done = mine;
      } else if (calls_[end.call].call.method == Method::kRead) {
        mine = {2 * content_[end.call] + 1, end.call};
        if (mine.at < done.at) {
          return violated({end.call, done.by}, "it lacks what was there before it began");
        }
      } else {
        Value& here = values_[added_[end.call]];
        const std::uint32_t since = here.first == kNobody ? 2 * contents_ : 2 * here.first;
        mine = since >= done.at ? Place{since, end.call} : done;
        here.added = std::min(here.added, mine.at);
      }
    }
    return find_missing();
  }

  // A value that was read needs somebody to add it by then.
  std::optional<ContainerResult> find_missing() {
    std::vector<bool> lacks(contents_);
    bool any = false;
    for (const Value& value : values_) {
      if (value.first == kNobody || value.added == 2 * value.first) continue;
      lacks[value.first] = true;
      any = true;
    }
    for (std::uint32_t i = 0; any && i < calls_.size(); ++i) {
      if (content_[i] == kNobody || !lacks[content_[i]]) continue;
      for (const Cell cell : calls_[i].call.many) {
        const Value& here = values_[number(cell)];
        if (here.first == content_[i] && here.added != 2 * here.first) return missing(i, cell);
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] ContainerResult missing(std::uint32_t read, Cell cell) const {
    std::vector<std::uint32_t> calls{read};
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      if (calls_[i].call.method != Method::kAdd || calls_[i].call.a != cell) continue;
      calls.push_back(i);
      calls.push_back(places_[i].by);
    }
    return violated(std::move(calls), "nobody can have added in time what was read");
  }

  Calls calls_;
  std::vector<Value> values_;
  std::vector<std::uint32_t> small_ = std::vector<std::uint32_t>(2 * calls_.size());
  FlatMap<std::uint32_t> numbers_;      // of values that are not among the small ones, + 1
  std::vector<std::uint32_t> added_;    // by addition: the number of the value
  std::vector<std::uint32_t> content_;  // by read: the number of what it saw
  std::uint32_t contents_ = 0;
  std::vector<Place> places_;
  std::vector<std::uint32_t> by_invocation_;  // what takes part
};

// Without reads of the whole, each value by itself: there is an instant before which nobody finds
// it and after which everybody does.
class LookedUpSet {
 public:
  explicit LookedUpSet(Calls calls) : calls_(calls) {}

  ContainerResult run() {
    for (std::uint32_t i = 0; i < calls_.size(); ++i) note(i);
    std::vector<std::pair<std::uint64_t, std::uint32_t>> moments;
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      const Value& here = values_[numbers_[calls_[i].call.a] - 1];
      if (here.is_broken()) return refuse(here);
      if (auto moment = moment_of(i, here)) moments.emplace_back(*moment, i);
    }
    std::sort(moments.begin(), moments.end());
    ContainerResult result;
    for (const auto& [moment, call] : moments) result.order.push_back(call);
    return result;
  }

 private:
  struct Moment {
    std::uint64_t at = kNever;
    std::uint32_t call = kNobody;
  };
  struct Value {
    Moment first_begun;            // of additions
    Moment must_be_there;          // the first end of an addition, or of who found it
    Moment not_there{0, kNobody};  // the last beginning of who did not
    // After this it is there, if it has to be.
    [[nodiscard]] std::uint64_t since() const { return std::max(first_begun.at, not_there.at); }
    [[nodiscard]] bool is_needed() const { return must_be_there.call != kNobody; }
    [[nodiscard]] bool is_broken() const { return is_needed() && since() >= must_be_there.at; }
  };

  void note(std::uint32_t i) {
    const TimedCall<ObjectCall>& timed = calls_[i];
    std::uint32_t& number = numbers_[timed.call.a];
    if (number == 0) {
      values_.emplace_back();
      number = static_cast<std::uint32_t>(values_.size());
    }
    Value& here = values_[number - 1];
    const bool adds = timed.call.method == Method::kAdd;
    if (adds && timed.invoked < here.first_begun.at) here.first_begun = {timed.invoked, i};
    if (timed.completed == kNever || (!adds && timed.call.result == kNoCell)) return;
    if (!adds && payload_of(timed.call.result) == 0) {
      if (here.not_there.call == kNobody || timed.invoked > here.not_there.at) {
        here.not_there = {timed.invoked, i};
      }
    } else if (timed.completed < here.must_be_there.at) {
      here.must_be_there = {timed.completed, i};
    }
  }

  // Twice the position, so that the first addition has room right after somebody else's moment.
  [[nodiscard]] std::optional<std::uint64_t> moment_of(std::uint32_t i, const Value& here) const {
    const TimedCall<ObjectCall>& timed = calls_[i];
    if (i == here.first_begun.call && here.is_needed()) return 2 * here.since() + 1;
    if (timed.completed == kNever) return std::nullopt;
    const bool adds = timed.call.method == Method::kAdd;
    if (!adds && timed.call.result == kNoCell) return std::nullopt;
    const bool found = adds || payload_of(timed.call.result) != 0;
    return 2 * (found ? timed.completed : timed.invoked);
  }

  [[nodiscard]] ContainerResult refuse(const Value& here) const {
    std::vector<std::uint32_t> calls{here.must_be_there.call};
    const bool lacks = here.not_there.call != kNobody && here.not_there.at > here.must_be_there.at;
    if (lacks) calls.push_back(here.not_there.call);
    if (lacks) return violated(std::move(calls), "a value that had been there was not found");
    if (here.first_begun.call != kNobody) calls.push_back(here.first_begun.call);
    return violated(std::move(calls), "a value was found that nobody can have added by then");
  }

  Calls calls_;
  std::vector<Value> values_;
  FlatMap<std::uint32_t> numbers_;  // + 1
};

class GrowingCounter {
 public:
  GrowingCounter(Calls calls, std::int64_t initial) : calls_(calls), initial_(initial) {}

  std::optional<ContainerResult> run() {
    if (!is_simple()) return std::nullopt;
    is_done_.assign(calls_.size(), false);
    for (const End& end : timeline(calls_)) {
      const TimedCall<ObjectCall>& timed = calls_[end.call];
      const bool reads = timed.call.method == Method::kRead;
      if (reads && !is_known(timed)) continue;
      if (!end.returns) {
        if (!reads) {
          pending_.push({timed.completed, end.call});
        } else if (auto broken = begin_read(end.call)) {
          return broken;
        }
      } else if (!reads) {
        if (!is_done_[end.call]) add_next();
      } else if (auto broken = end_read(end.call)) {
        return broken;
      }
    }
    return ContainerResult{.order = std::move(order_)};
  }

 private:
  bool is_simple() {
    bool simple = true;
    for (const TimedCall<ObjectCall>& timed : calls_) {
      const ObjectCall& call = timed.call;
      if (call.method == Method::kRead) {
        simple = simple && (!is_known(timed) || tag_of(call.result) == Tag::kInteger);
        continue;
      }
      const bool adds = call.method == Method::kAdd && call.result == kNoCell &&
                        tag_of(call.a) == Tag::kInteger && integer_of(call.a) != 0;
      if (!adds || (step_ != 0 && integer_of(call.a) != step_)) return false;
      step_ = integer_of(call.a);
    }
    if (step_ == 0) step_ = 1;
    return simple;
  }

  // How many additions a read saw; nullopt: no number of them makes what it saw.
  [[nodiscard]] std::optional<std::uint64_t> seen(std::uint32_t read) const {
    const std::int64_t more = integer_of(calls_[read].call.result) - initial_;
    if (more % step_ != 0 || more / step_ < 0) return std::nullopt;
    return static_cast<std::uint64_t>(more / step_);
  }

  std::optional<ContainerResult> begin_read(std::uint32_t read) {
    const auto total = seen(read);
    if (!total) return violated({read}, "no number of additions makes what was read");
    if (*total < added_) {
      std::vector<std::uint32_t> calls = ended_before(calls_[read].invoked);
      calls.push_back(read);
      return violated(std::move(calls), "more had been added, or read, before the read began");
    }
    waiting_[*total].push_back(read);
    if (*total == added_) let_read();
    return std::nullopt;
  }

  std::optional<ContainerResult> end_read(std::uint32_t read) {
    const std::uint64_t total = *seen(read);
    while (added_ < total) {
      if (add_next()) continue;
      std::vector<std::uint32_t> calls{read};
      for (std::uint32_t i = 0; i < calls_.size(); ++i) {
        const bool adds = calls_[i].call.method == Method::kAdd;
        if (adds && calls_[i].invoked < calls_[read].completed) calls.push_back(i);
      }
      return violated(std::move(calls), "less had been added when the read ended");
    }
    return std::nullopt;
  }

  // Whatever is known to have happened before a moment: additions that ended and the largest total
  // that was read, with the additions that it may have seen.
  [[nodiscard]] std::vector<std::uint32_t> ended_before(std::uint64_t moment) const {
    std::vector<std::uint32_t> calls;
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      const bool reads = calls_[i].call.method == Method::kRead;
      if (reads && !is_known(calls_[i])) continue;
      if (calls_[i].completed < moment) calls.push_back(i);
    }
    return calls;
  }

  // Lets the addition that must end first take effect. False: there is none.
  bool add_next() {
    if (pending_.empty()) return false;
    const std::uint32_t call = pending_.top().second;
    pending_.pop();
    is_done_[call] = true;
    order_.push_back(call);
    ++added_;
    let_read();
    return true;
  }

  void let_read() {
    const auto found = waiting_.find(added_);
    if (found == waiting_.end()) return;
    order_.insert(order_.end(), found->second.begin(), found->second.end());
    waiting_.erase(found);
  }

  using Ending = std::pair<std::uint64_t, std::uint32_t>;

  Calls calls_;
  const std::int64_t initial_;
  std::int64_t step_ = 0;
  std::vector<bool> is_done_;
  std::priority_queue<Ending, std::vector<Ending>, std::greater<>> pending_;
  std::map<std::uint64_t, std::vector<std::uint32_t>> waiting_;  // reads, by additions seen
  std::vector<std::uint32_t> order_;
  std::uint64_t added_ = 0;  // additions in it
};

}  // namespace

std::optional<ContainerResult> check_growing_set(Calls calls) {
  bool looks_up = false;
  bool reads_all = false;
  for (const TimedCall<ObjectCall>& timed : calls) {
    const ObjectCall& call = timed.call;
    if (call.method == Method::kRead) {
      const auto twice = std::adjacent_find(call.many.begin(), call.many.end());
      if (twice != call.many.end()) return std::nullopt;
      reads_all = true;
    } else if (call.method == Method::kContains) {
      looks_up = true;
    } else if (call.method != Method::kAdd || call.result != kNoCell) {
      return std::nullopt;
    }
  }
  if (!looks_up) return GrowingSet(calls).run();
  return reads_all ? std::nullopt : std::optional(LookedUpSet(calls).run());
}

std::optional<ContainerResult> check_growing_counter(Calls calls, std::int64_t initial) {
  return GrowingCounter(calls, initial).run();
}

}  // namespace quorumlab::models
