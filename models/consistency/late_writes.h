// The latest writes of registers, by number and by value: what streams of weak models keep of a
// history (object_stream.h).
//
//   LateWrites<Mine> writes(65'536);
//   const auto number = writes.add(key, value);   // nullopt: it may have been there before
//   writes.find(key, value);                      // number
//   writes.at(*number);                           // Mine, to be filled in
//
// Whether a value that is not there any more is written again can only be told while integers grow:
// so all that do not, of keys of which something is forgotten, count as repeated.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "models/exchange/pool.h"

namespace quorumlab::models {

template <class Mine>
class LateWrites {
 public:
  using Number = std::uint64_t;  // in the order in which writes began

  explicit LateWrites(std::size_t most) : most_(std::max<std::size_t>(most, 1)) {}

  std::optional<Number> add(Cell key, Cell value) {
    const Number number = end();
    PerKey& of_key = keys_[key];
    const bool is_integer = tag_of(value) == Tag::kInteger;
    const bool may_repeat = of_key.forgets && (!is_integer || integer_of(value) <= of_key.greatest);
    if (may_repeat || !by_value_.try_emplace({key, value}, number).second) return std::nullopt;
    if (is_integer) of_key.greatest = std::max(of_key.greatest, integer_of(value));
    writes_.push_back({key, value, {}});
    return number;
  }

  // The oldest, if there are too many. True: something was forgotten.
  bool forget() {
    if (writes_.size() <= most_) return false;
    remove(first_);
    keys_[writes_.front().key].forgets = true;
    writes_.pop_front();
    ++first_;
    return true;
  }

  // It did not happen. Requires: contains(number).
  void remove(Number number) {
    const Entry& entry = writes_[number - first_];
    const auto place = by_value_.find({entry.key, entry.value});
    if (place != by_value_.end() && place->second == number) by_value_.erase(place);
  }

  [[nodiscard]] std::optional<Number> find(Cell key, Cell value) const {
    const auto place = by_value_.find({key, value});
    return place == by_value_.end() ? std::nullopt : std::optional(place->second);
  }
  [[nodiscard]] bool contains(Number number) const { return number >= first_; }
  // Requires: contains(number).
  [[nodiscard]] Mine& at(Number number) { return writes_[number - first_].mine; }
  [[nodiscard]] const Mine& at(Number number) const { return writes_[number - first_].mine; }
  [[nodiscard]] Cell value(Number number) const { return writes_[number - first_].value; }
  // Was something of this key forgotten?
  [[nodiscard]] bool forgets(Cell key) const {
    const auto place = keys_.find(key);
    return place != keys_.end() && place->second.forgets;
  }
  [[nodiscard]] Number begin() const { return first_; }
  [[nodiscard]] Number end() const { return first_ + writes_.size(); }
  [[nodiscard]] std::size_t size() const { return writes_.size(); }
  [[nodiscard]] std::size_t most() const { return most_; }

 private:
  struct Entry {
    Cell key = kNilCell;
    Cell value = kNilCell;
    Mine mine;
  };
  struct PerKey {
    std::int64_t greatest = INT64_MIN;  // of all integers
    bool forgets = false;
  };

  const std::size_t most_;
  std::deque<Entry> writes_;
  Number first_ = 0;
  std::map<std::pair<Cell, Cell>, Number> by_value_;  // with the key
  std::map<Cell, PerKey> keys_;
};

}  // namespace quorumlab::models
