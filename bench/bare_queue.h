// The bound that the event queue is held against: a monotone radix heap with a sorted front, of the
// smallest events that can be told apart, without limits, cancellation or checks.
//
//   BareQueue<int> queue;
//   queue.push(at, 7);
//   const auto [time, number, payload] = queue.pop();
//
// It repeats the idea of sim/event_queue.h on purpose, and nothing else of it.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace quorumlab::bench {

template <class Payload>
class BareQueue {
 public:
  struct Item {
    std::int64_t at;
    std::uint64_t number;
    Payload payload;
  };

  [[nodiscard]] bool empty() const { return size_ == 0; }

  void push(std::int64_t at, Payload payload) {
    const Item item{at, next_++, payload};
    if (size_++ == 0) {
      front_[0] = item;
      front_size_ = 1;
    } else if (front_size_ != 0 && at < front_[0].at) {
      insert(item);
    } else {
      store(item);
    }
  }

  // Requires: it is not empty.
  Item pop() {
    if (front_size_ == 0) refill();
    --size_;
    return front_[--front_size_];
  }

 private:
  static constexpr std::size_t kFront = 16;

  static bool later(const Item& a, const Item& b) {
    return a.at != b.at ? a.at > b.at : a.number > b.number;
  }

  void insert(const Item& item) {
    if (front_size_ == kFront) {
      store(front_[0]);
      std::copy(front_.begin() + 1, front_.end(), front_.begin());
      --front_size_;
    }
    std::size_t i = front_size_++;
    for (; i > 0 && front_[i - 1].at <= item.at; --i) front_[i] = front_[i - 1];
    front_[i] = item;
  }

  void store(const Item& item) {
    const auto time = static_cast<std::uint64_t>(item.at);
    const std::uint64_t differing = (time ^ static_cast<std::uint64_t>(base_)) | 1;
    const auto level = static_cast<std::size_t>(std::bit_width(differing) - 1) / 4;
    const std::size_t digit = (time >> (4 * level)) % 16;
    buckets_[level * 16 + digit].push_back(item);
    levels_ |= 1U << level;
    digits_[level] |= 1U << digit;
  }

  void take(std::vector<Item>& items, std::size_t first) {
    front_size_ = std::min(kFront, items.size() - first);
    for (std::size_t i = 0; i < front_size_; ++i) {
      std::size_t j = i;
      for (; j > 0 && later(items[first + i], front_[j - 1]); --j) front_[j] = front_[j - 1];
      front_[j] = items[first + i];
    }
  }

  void refill() {
    for (;;) {
      if (taken_ < ties_.size()) {
        take(ties_, taken_);
        taken_ += front_size_;
        return;
      }
      const auto level = static_cast<std::size_t>(std::countr_zero(levels_));
      const auto digit = static_cast<std::size_t>(std::countr_zero(digits_[level]));
      std::vector<Item>& bucket = buckets_[level * 16 + digit];
      digits_[level] &= ~(1U << digit);
      if (digits_[level] == 0) levels_ &= ~(1U << level);
      if (bucket.size() <= kFront) {
        take(bucket, 0);
        bucket.clear();
        return;
      }
      spread_.clear();
      spread_.swap(bucket);
      base_ = std::max_element(spread_.begin(), spread_.end(), later)->at;
      if (level == 0) {
        std::sort(spread_.begin(), spread_.end(),
                  [](const Item& a, const Item& b) { return a.number < b.number; });
        ties_.swap(spread_);
        taken_ = 0;
      } else {
        for (const Item& item : spread_) store(item);
      }
    }
  }

  std::array<Item, kFront> front_;
  std::size_t front_size_ = 0;
  std::size_t size_ = 0;
  std::uint64_t next_ = 0;
  std::int64_t base_ = 0;
  std::uint32_t levels_ = 0;
  std::array<std::uint32_t, 16> digits_{};
  std::array<std::vector<Item>, 256> buckets_;
  std::vector<Item> spread_;
  std::vector<Item> ties_;
  std::size_t taken_ = 0;
};

}  // namespace quorumlab::bench
