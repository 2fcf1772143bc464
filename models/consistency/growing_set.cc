#include <algorithm>
#include <optional>
#include <utility>

#include "models/consistency/growing.h"
#include "models/consistency/growing_calls.h"
#include "models/exchange/flat_map.h"

namespace quorumlab::models {
namespace {

using Calls = std::span<const TimedCall<ObjectCall>>;

constexpr std::uint32_t kNobody = UINT32_MAX;

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
      if (!fits) return refused({last, read}, "neither of two contents has all of the other");
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
    for (const CallEnd& end : ends_of(calls_)) {
      if (!takes_part(end.call)) continue;
      if (!end.returns) by_invocation_.push_back(end.call);
      Place& mine = places_[end.call];
      if (end.returns) {
        if (mine.at > done.at || done.by == kNobody) done = mine;
      } else if (calls_[end.call].call.method == Method::kRead) {
        mine = {2 * content_[end.call] + 1, end.call};
        if (mine.at < done.at) {
          return refused({end.call, done.by}, "it lacks what was there before it began");
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
    return refused(std::move(calls), "nobody can have added in time what was read");
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
    if (lacks) return refused(std::move(calls), "a value that had been there was not found");
    if (here.first_begun.call != kNobody) calls.push_back(here.first_begun.call);
    return refused(std::move(calls), "a value was found that nobody can have added by then");
  }

  Calls calls_;
  std::vector<Value> values_;
  FlatMap<std::uint32_t> numbers_;  // + 1
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

}  // namespace quorumlab::models
