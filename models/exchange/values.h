// Walks over the items of a list value.
//
//   for (std::span<const Cell> item : Items(value)) ...   // nothing, if it is no list
#pragma once

#include <span>
#include <vector>

#include "models/exchange/pool.h"

namespace quorumlab::models {

class Items {
 public:
  class Iterator {
   public:
    explicit Iterator(std::span<const Cell> rest) : rest_(rest) {}
    std::span<const Cell> operator*() const { return rest_.first(width_of(rest_.front())); }
    Iterator& operator++() {
      rest_ = rest_.subspan(width_of(rest_.front()));
      return *this;
    }
    bool operator!=(const Iterator& other) const { return rest_.size() != other.rest_.size(); }

   private:
    std::span<const Cell> rest_;
  };

  explicit Items(std::span<const Cell> value)
      : inside_(is_sequence(value.front()) ? value.subspan(1, payload_of(value.front()))
                                           : std::span<const Cell>{}) {}
  [[nodiscard]] Iterator begin() const { return Iterator(inside_); }
  [[nodiscard]] Iterator end() const { return Iterator(inside_.subspan(inside_.size())); }

 private:
  std::span<const Cell> inside_;
};

[[nodiscard]] inline std::vector<std::span<const Cell>> items_of(std::span<const Cell> value) {
  std::vector<std::span<const Cell>> items;
  for (const std::span<const Cell> item : Items(value)) items.push_back(item);
  return items;
}

}  // namespace quorumlab::models
