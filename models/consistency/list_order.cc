#include "models/consistency/list_order.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace quorumlab::models {
namespace {

using Calls = std::span<const TimedCall<ObjectCall>>;

ContainerResult refuted(std::vector<std::uint32_t> calls, std::string why) {
  return {Verdict::kViolated, std::move(calls), std::move(why)};
}

class Growing {
 public:
  Growing(Calls calls, bool is_list) : calls_(calls), is_list_(is_list) {}

  // False: it is not that simple.
  bool sort_in() {
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      const ObjectCall& call = calls_[i].call;
      if (call.method == Method::kRead) {
        if (call.result != kNoCell && calls_[i].completed != kNever) reads_.push_back(i);
        continue;
      }
      const bool tells_offset = call.result != kNoCell && call.result != kNilCell;
      const Method puts = is_list_ ? Method::kPush : Method::kAdd;
      if (call.method != puts || tells_offset) return false;
      if (!puts_.emplace(call.a, i).second) return false;
    }
    return true;
  }

  ContainerResult run() {
    std::sort(reads_.begin(), reads_.end(), [&](std::uint32_t a, std::uint32_t b) {
      const auto rank = [&](std::uint32_t i) { return std::pair{size(i), calls_[i].invoked}; };
      return rank(a) < rank(b);
    });
    if (const auto wrong = look_inside()) return *wrong;
    order();
    std::uint32_t latest = kNoCall;  // to begin, of those in front
    for (const std::uint32_t i : order_) {
      if (latest != kNoCall && calls_[i].completed < calls_[latest].invoked) {
        return refuted(read_first(i, latest), why(i, latest));
      }
      if (latest == kNoCall || calls_[i].invoked > calls_[latest].invoked) latest = i;
    }
    return {};
  }

 private:
  [[nodiscard]] const std::vector<Cell>& many(std::uint32_t read) const {
    return calls_[read].call.many;
  }
  [[nodiscard]] std::size_t size(std::uint32_t read) const { return many(read).size(); }
  [[nodiscard]] bool is_read(std::uint32_t i) const {
    return calls_[i].call.method == Method::kRead;
  }

  [[nodiscard]] std::optional<ContainerResult> look_inside() const {
    if (reads_.empty()) return std::nullopt;
    const std::uint32_t longest = reads_.back();
    for (std::size_t i = 1; i < reads_.size(); ++i) {
      if (is_beginning(many(reads_[i - 1]), many(reads_[i]))) continue;
      return refuted({reads_[i - 1], reads_[i]}, "neither read is a beginning of the other");
    }
    std::set<Cell> seen;
    for (const Cell element : many(longest)) {
      if (!puts_.contains(element)) {
        return refuted({longest}, "it found what nobody had put there");
      }
      if (!seen.insert(element).second) {
        return refuted({longest, puts_.at(element)},
                       "an element is in it twice that was put there once");
      }
    }
    return std::nullopt;
  }

  // Reads of a set are sorted.
  [[nodiscard]] bool is_beginning(const std::vector<Cell>& less,
                                  const std::vector<Cell>& more) const {
    if (is_list_) return std::equal(less.begin(), less.end(), more.begin());
    return std::includes(more.begin(), more.end(), less.begin(), less.end());
  }

  void order() {
    std::map<Cell, std::uint32_t> unseen = puts_;
    for (const std::uint32_t read : reads_) {
      std::vector<std::uint32_t> fresh;
      // A list's first elements are those of the read before.
      const std::size_t known = is_list_ ? puts_.size() - unseen.size() : 0;
      for (std::size_t k = known; k < size(read); ++k) {
        const auto put = unseen.find(many(read)[k]);
        if (put == unseen.end()) continue;
        fresh.push_back(put->second);
        unseen.erase(put);
      }
      if (!is_list_) sort_by_begin(&fresh);
      order_.insert(order_.end(), fresh.begin(), fresh.end());
      order_.push_back(read);
    }
    std::vector<std::uint32_t> rest;
    for (const auto& [element, put] : unseen) {
      if (calls_[put].completed != kNever) rest.push_back(put);
    }
    sort_by_begin(&rest);
    order_.insert(order_.end(), rest.begin(), rest.end());
  }

  void sort_by_begin(std::vector<std::uint32_t>* puts) const {
    std::sort(puts->begin(), puts->end(),
              [&](auto a, auto b) { return calls_[a].invoked < calls_[b].invoked; });
  }

  [[nodiscard]] std::vector<std::uint32_t> read_first(std::uint32_t late,
                                                      std::uint32_t front) const {
    if (is_read(front) && !is_read(late)) return {front, late};
    return {late, front};
  }

  // `late` had ended before `front` began, which comes before it.
  [[nodiscard]] std::string why(std::uint32_t late, std::uint32_t front) const {
    if (is_read(late)) {
      return is_read(front) ? "it found more than a later read"
                            : "it found what was only put there later";
    }
    return is_read(front) ? "what was put there and acknowledged before it began is not in it"
                          : "it comes after what was only put there later";
  }

  const Calls calls_;
  const bool is_list_;
  std::map<Cell, std::uint32_t> puts_;  // by element
  std::vector<std::uint32_t> reads_;    // by length, then by invocation
  std::vector<std::uint32_t> order_;
};

}  // namespace

std::optional<ContainerResult> check_plain_list(Calls calls) {
  Growing list(calls, true);
  if (!list.sort_in()) return std::nullopt;
  return list.run();
}

std::optional<ContainerResult> check_growing_set(Calls calls) {
  Growing set(calls, false);
  if (!set.sort_in()) return std::nullopt;
  return set.run();
}

}  // namespace quorumlab::models
