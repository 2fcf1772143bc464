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

class PlainList {
 public:
  explicit PlainList(Calls calls) : calls_(calls) {}

  // False: it is not that simple.
  bool sort_in() {
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      const ObjectCall& call = calls_[i].call;
      if (call.method == Method::kRead) {
        if (call.result != kNoCell && calls_[i].completed != kNever) reads_.push_back(i);
        continue;
      }
      const bool tells_offset = call.result != kNoCell && call.result != kNilCell;
      if (call.method != Method::kPush || tells_offset) return false;
      if (!appends_.emplace(call.a, i).second) return false;
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
    for (const std::uint32_t read : reads_) {
      if (!std::equal(many(read).begin(), many(read).end(), many(longest).begin())) {
        return refuted({read, longest}, "neither read is a beginning of the other");
      }
    }
    std::set<Cell> seen;
    for (const Cell element : many(longest)) {
      if (!appends_.contains(element)) {
        return refuted({longest}, "it found what nobody had appended");
      }
      if (!seen.insert(element).second) {
        return refuted({longest, appends_.at(element)},
                       "an element is in it twice that was appended once");
      }
    }
    return std::nullopt;
  }

  void order() {
    std::map<Cell, std::uint32_t> unseen = appends_;
    auto read = reads_.begin();
    const auto take_reads = [&](std::size_t length) {
      for (; read != reads_.end() && size(*read) == length; ++read) order_.push_back(*read);
    };
    take_reads(0);
    for (std::size_t k = 0; !reads_.empty() && k < size(reads_.back()); ++k) {
      const Cell element = many(reads_.back())[k];
      order_.push_back(appends_.at(element));
      unseen.erase(element);
      take_reads(k + 1);
    }
    std::vector<std::uint32_t> rest;
    for (const auto& [element, append] : unseen) {
      if (calls_[append].completed != kNever) rest.push_back(append);
    }
    std::sort(rest.begin(), rest.end(),
              [&](auto a, auto b) { return calls_[a].invoked < calls_[b].invoked; });
    order_.insert(order_.end(), rest.begin(), rest.end());
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
                            : "it found what was only appended later";
    }
    return is_read(front) ? "what was appended and acknowledged before it began is not in it"
                          : "it comes after what was only appended later";
  }

  const Calls calls_;
  std::map<Cell, std::uint32_t> appends_;  // by element
  std::vector<std::uint32_t> reads_;       // by length, then by invocation
  std::vector<std::uint32_t> order_;
};

}  // namespace

std::optional<ContainerResult> check_plain_list(Calls calls) {
  PlainList list(calls);
  if (!list.sort_in()) return std::nullopt;
  return list.run();
}

}  // namespace quorumlab::models
