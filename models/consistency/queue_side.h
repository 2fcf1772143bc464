// One side of a queue, for equal_queue.h: the enqueues, or the dequeues, that are still to come, in
// lists by their beginnings and by their ends. They are taken out, and put back in the reverse
// order.
//
//   QueueSide side;
//   side.add({.begin = 3, .end = 9, .value = 0, .call = 7});
//   side.sort(1);
//   side.take(side.first_to_end());
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/consistency/objects.h"

namespace quorumlab::models {

struct QueueItem {
  std::uint64_t begin = 0;
  std::uint64_t end = kNever;
  std::uint32_t value = 0;
  std::uint32_t call = 0;
};

// Circular lists of numbers below `count`; list l is entered at `count` + l.
class QueueLinks {
 public:
  QueueLinks() = default;
  QueueLinks(std::size_t count, std::size_t lists) : next_(count + lists), before_(count + lists) {
    for (std::uint32_t i = 0; i < next_.size(); ++i) next_[i] = before_[i] = i;
  }
  void append(std::uint32_t entry, std::uint32_t i) {
    next_[i] = entry;
    before_[i] = before_[entry];
    put_back(i);
  }
  void take(std::uint32_t i) {
    next_[before_[i]] = next_[i];
    before_[next_[i]] = before_[i];
  }
  // In the reverse order of taking.
  void put_back(std::uint32_t i) {
    next_[before_[i]] = i;
    before_[next_[i]] = i;
  }
  [[nodiscard]] std::uint32_t after(std::uint32_t i) const { return next_[i]; }

 private:
  std::vector<std::uint32_t> next_;
  std::vector<std::uint32_t> before_;
};

// The enqueues, or the dequeues, that are still to come.
class QueueSide {
 public:
  static constexpr std::uint32_t kNobody = UINT32_MAX;

  void add(const QueueItem& item) { items_.push_back(item); }

  void sort(std::size_t values) {
    std::sort(items_.begin(), items_.end(),
              [](const QueueItem& a, const QueueItem& b) { return a.begin < b.begin; });
    const auto count = static_cast<std::uint32_t>(items_.size());
    by_begin_ = QueueLinks(count, 1);
    by_end_ = QueueLinks(count, 1);
    by_value_ = QueueLinks(count, values);
    std::vector<std::uint32_t> ends(count);
    for (std::uint32_t i = 0; i < count; ++i) ends[i] = i;
    std::sort(ends.begin(), ends.end(),
              [&](std::uint32_t a, std::uint32_t b) { return items_[a].end < items_[b].end; });
    for (std::uint32_t i = 0; i < count; ++i) by_begin_.append(count, i);
    for (const std::uint32_t i : ends) {
      by_end_.append(count, i);
      by_value_.append(count + items_[i].value, i);
    }
  }

  [[nodiscard]] const QueueItem& operator[](std::uint32_t i) const { return items_[i]; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(items_.size()); }
  [[nodiscard]] bool is_empty() const { return first() == kNobody; }
  // By beginning.
  [[nodiscard]] std::uint32_t first() const { return member(by_begin_.after(size())); }
  [[nodiscard]] std::uint32_t next(std::uint32_t i) const { return member(by_begin_.after(i)); }
  // By end.
  [[nodiscard]] std::uint32_t first_to_end() const { return member(by_end_.after(size())); }
  [[nodiscard]] std::uint32_t next_to_end(std::uint32_t i) const {
    return member(by_end_.after(i));
  }
  [[nodiscard]] std::uint32_t first_to_end(std::uint32_t value) const {
    return member(by_value_.after(size() + value));
  }
  [[nodiscard]] std::uint64_t first_end() const {
    const std::uint32_t i = first_to_end();
    return i == kNobody ? kNever : items_[i].end;
  }

  void take(std::uint32_t i) {
    for (QueueLinks* links : {&by_begin_, &by_end_, &by_value_}) links->take(i);
  }
  void put_back(std::uint32_t i) {
    for (QueueLinks* links : {&by_begin_, &by_end_, &by_value_}) links->put_back(i);
  }

  // Who has gone, of those below `count`: all but these.
  void tell_left(std::uint32_t count, std::vector<std::uint32_t>& key) const {
    key.push_back(count);
    for (std::uint32_t i = first(); i < count; i = next(i)) key.push_back(i);
  }

 private:
  [[nodiscard]] std::uint32_t member(std::uint32_t i) const { return i < size() ? i : kNobody; }

  std::vector<QueueItem> items_;  // by beginning
  QueueLinks by_begin_;
  QueueLinks by_end_;
  QueueLinks by_value_;  // by end
};

}  // namespace quorumlab::models
