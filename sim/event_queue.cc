#include "sim/event_queue.h"

#include <algorithm>

namespace quorumlab::sim {

bool EventQueue::refill(std::int64_t until) {
  for (;;) {
    if (!instant_.empty()) {
      take_instant();
      return true;
    }
    QL_CHECK(levels_ != 0, "{} events are nowhere", size_);
    const auto level = static_cast<std::size_t>(std::countr_zero(levels_));
    const auto digit = static_cast<std::size_t>(std::countr_zero(digits_[level]));
    std::vector<Event>& bucket = buckets_[level * kDigits + digit];
    if (bucket.size() <= kFront) {
      take_bucket(bucket);
      mark_empty(level, digit);
      return true;
    }
    const std::int64_t earliest = std::min_element(bucket.begin(), bucket.end(), before)->at;
    if (earliest > until) return false;
    base_ = earliest;
    mark_empty(level, digit);
    spread(bucket);
  }
}

void EventQueue::take_instant() {
  const std::size_t count = std::min(kFront, instant_.size() - taken_);
  for (std::size_t i = 0; i < count; ++i) front_[count - 1 - i] = instant_[taken_ + i];
  front_size_ = count;
  taken_ += count;
  if (taken_ == instant_.size()) {
    instant_.clear();
    taken_ = 0;
  }
}

void EventQueue::take_bucket(std::vector<Event>& bucket) {
  front_size_ = bucket.size();
  for (std::size_t i = 0; i < front_size_; ++i) {
    std::size_t j = i;
    for (; j > 0 && before(front_[j - 1], bucket[i]); --j) front_[j] = front_[j - 1];
    front_[j] = bucket[i];
  }
  bucket.clear();
}

void EventQueue::spread(std::vector<Event>& bucket) {
  spreading_.swap(bucket);
  for (const Event& event : spreading_) push_into_bucket(event);
  spreading_.clear();
  // Events that were pushed out of the front may stand behind younger ones of the same time.
  const auto by_sequence = [](const Event& x, const Event& y) { return x.seq < y.seq; };
  if (!std::is_sorted(instant_.begin(), instant_.end(), by_sequence)) {
    std::sort(instant_.begin(), instant_.end(), by_sequence);
  }
}

}  // namespace quorumlab::sim
