// Situations from which a search has failed, so that it does not come there again. Each is a list
// of numbers, kept whole: no two are ever taken for one.
//
//   DeadEnds dead;
//   dead.insert(key);
//   if (dead.contains(key)) go_back();
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/exchange/flat_map.h"

namespace quorumlab::models {

class DeadEnds {
 public:
  using Key = std::span<const std::uint32_t>;

  [[nodiscard]] bool is_empty() const { return places_.empty(); }
  [[nodiscard]] std::size_t size() const { return places_.size(); }
  [[nodiscard]] std::size_t bytes() const {
    return (numbers_.size() + table_.size()) * sizeof(std::uint32_t) +
           places_.size() * sizeof(std::size_t);
  }

  [[nodiscard]] bool contains(Key key) const {
    return !table_.empty() && table_[slot_of(key)] != 0;
  }

  void insert(Key key) {
    if (2 * (places_.size() + 1) > table_.size()) grow();
    std::uint32_t& entry = table_[slot_of(key)];
    if (entry != 0) return;
    places_.push_back(numbers_.size());
    numbers_.push_back(static_cast<std::uint32_t>(key.size()));
    numbers_.insert(numbers_.end(), key.begin(), key.end());
    entry = static_cast<std::uint32_t>(places_.size());
  }

 private:
  [[nodiscard]] Key key_at(std::size_t place) const {
    return Key(numbers_).subspan(place + 1, numbers_[place]);
  }

  [[nodiscard]] std::size_t slot_of(Key key) const {
    std::uint64_t hash = key.size();
    for (const std::uint32_t number : key) hash = mix_bits(hash ^ number) + 0x9e3779b97f4a7c15;
    const std::size_t mask = table_.size() - 1;
    std::size_t i = hash & mask;
    for (; table_[i] != 0; i = (i + 1) & mask) {
      const Key other = key_at(places_[table_[i] - 1]);
      if (std::equal(key.begin(), key.end(), other.begin(), other.end())) break;
    }
    return i;
  }

  void grow() {
    table_.assign(std::max<std::size_t>(64, 2 * table_.size()), 0);
    for (std::uint32_t i = 0; i < places_.size(); ++i) table_[slot_of(key_at(places_[i]))] = i + 1;
  }

  std::vector<std::uint32_t> numbers_;  // of each key how many, then these
  std::vector<std::size_t> places_;     // of keys in numbers_
  std::vector<std::uint32_t> table_;    // number of the key + 1; 0: free
};

}  // namespace quorumlab::models
