// A set of values in little memory: integers that follow one another are kept as a range.
//
//   CellRanges ids;
//   ids.insert(integer_cell(7));     // true
//   ids.insert(integer_cell(8));     // true: one range
//   ids.contains(integer_cell(9));   // false
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>

#include "models/exchange/pool.h"

namespace quorumlab::models {

class CellRanges {
 public:
  // False: it was there.
  bool insert(Cell cell) {
    if (contains(cell)) return false;
    ++size_;
    if (tag_of(cell) != Tag::kInteger) return others_.insert(cell).second;
    const std::int64_t value = integer_of(cell);
    std::int64_t last = value;
    const auto after = ranges_.upper_bound(value);
    if (after != ranges_.end() && after->first == value + 1) {
      last = after->second;
      ranges_.erase(after);
    }
    const auto next = ranges_.upper_bound(value);
    if (next != ranges_.begin() && std::prev(next)->second == value - 1) {
      std::prev(next)->second = last;
    } else {
      ranges_.emplace(value, last);
    }
    return true;
  }

  void erase(Cell cell) {
    if (!contains(cell)) return;
    --size_;
    if (tag_of(cell) != Tag::kInteger) {
      others_.erase(cell);
      return;
    }
    const std::int64_t value = integer_of(cell);
    const auto range = std::prev(ranges_.upper_bound(value));
    const auto [first, last] = *range;
    ranges_.erase(range);
    if (first < value) ranges_.emplace(first, value - 1);
    if (value < last) ranges_.emplace(value + 1, last);
  }

  [[nodiscard]] bool contains(Cell cell) const {
    if (tag_of(cell) != Tag::kInteger) return others_.contains(cell);
    const auto after = ranges_.upper_bound(integer_of(cell));
    return after != ranges_.begin() && integer_of(cell) <= std::prev(after)->second;
  }
  // Values that are in it.
  [[nodiscard]] std::size_t size() const { return size_; }
  // Ranges and values that it keeps.
  [[nodiscard]] std::size_t kept() const { return ranges_.size() + others_.size(); }

 private:
  std::map<std::int64_t, std::int64_t> ranges_;  // the first and the last
  std::set<Cell> others_;
  std::size_t size_ = 0;
};

}  // namespace quorumlab::models
