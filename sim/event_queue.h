// The one queue of a world: events in the order (time, sequence).
//
//   queue.push(at, target, arg);        // the sequence number decides ties: first scheduled, first
//   run for (Event e; queue.pop_until(end, e);) e.target->fire(e);
//
// Virtual time never goes back, so a monotone radix heap is legal: events lie in buckets by the
// highest hexadecimal digit in which their time differs from the base, and each moves at most 16
// times (Ahuja, Mehlhorn, Orlin, Tarjan, "Faster algorithms for the shortest path problem", 1990).
// A sorted front of the 16 nearest events keeps most pushes and pops out of the buckets.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/check.h"
#include "sim/time.h"

namespace quorumlab::sim {

class Fiber;
struct Event;

// The upper byte of what the fingerprint knows of a target; the rest is which one.
enum class TargetKind : std::uint8_t { kNode = 1, kFiber, kTimers, kAgenda };
constexpr std::uint64_t fingerprint_kind(TargetKind kind, std::uint64_t number = 0) {
  return static_cast<std::uint64_t>(kind) << 56 | number;
}

// Something that events happen to. Outlives its events.
class Target {
 public:
  explicit Target(std::uint64_t fingerprint_id) : fingerprint_id_(fingerprint_id) {}
  virtual ~Target() = default;
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  // Executes the event inline, without suspending. Returns the fiber that shall run next, or
  // nullptr.
  virtual Fiber* fire(const Event& event) = 0;

  // What the fingerprint knows of this target: never an address, the same in every run.
  [[nodiscard]] std::uint64_t fingerprint_id() const { return fingerprint_id_; }

 protected:
  void set_fingerprint_id(std::uint64_t id) { fingerprint_id_ = id; }

 private:
  std::uint64_t fingerprint_id_;
};

struct Event {
  std::int64_t at = 0;    // nanoseconds of true virtual time
  std::uint64_t seq = 0;  // unique, in order of scheduling
  Target* target = nullptr;
  std::uint64_t arg = 0;  // the target's own business: a slot and generation, a message
};
static_assert(sizeof(Event) == 32);

class EventQueue {
 public:
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

  // Requires: `at` is not before the time of the last event popped.
  void push(Time at, Target* target, std::uint64_t arg) {
    const Event event{at.count(), next_seq_++, target, arg};
    ++size_;
    if (front_size_ == 0 && size_ == 1) {
      front_[0] = event;
      front_size_ = 1;
    } else if (front_size_ != 0 && event.at < front_[0].at) {
      insert_into_front(event);
    } else {
      push_into_bucket(event);
    }
  }

  // Takes the next event if it is not later than `until`; false: there is none, nothing changed.
  bool pop_until(Time until, Event& event) {
    if (front_size_ == 0 && (size_ == 0 || !refill(until.count()))) return false;
    if (front_[front_size_ - 1].at > until.count()) return false;
    --size_;
    event = front_[--front_size_];
    return true;
  }

  // How many events were ever pushed: the next sequence number.
  [[nodiscard]] std::uint64_t pushed() const { return next_seq_; }

  // Does `pred(event)` hold for one of them? Stops at the first. O(size).
  template <class Pred>
  [[nodiscard]] bool any_of(Pred pred) const {
    const auto waiting = instant_.begin() + static_cast<std::ptrdiff_t>(taken_);
    return std::any_of(front_.begin(), front_.begin() + static_cast<std::ptrdiff_t>(front_size_),
                       pred) ||
           std::any_of(waiting, instant_.end(), pred) ||
           std::any_of(buckets_.begin(), buckets_.end(), [&](const std::vector<Event>& bucket) {
             return std::any_of(bucket.begin(), bucket.end(), pred);
           });
  }

  // Removes the events for which `dead(event)` holds, keeping the order of the others: called when
  // cancelled timers outnumber what still matters. O(size).
  template <class Dead>
  void remove_if(Dead dead) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < front_size_; ++i) {
      if (!dead(front_[i])) front_[kept++] = front_[i];
    }
    front_size_ = kept;
    size_ = kept;
    instant_.erase(instant_.begin(), instant_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
    std::erase_if(instant_, dead);
    size_ += instant_.size();
    for (std::size_t level = 0; level < kLevels; ++level) {
      for (std::size_t digit = 0; digit < kDigits; ++digit) {
        std::vector<Event>& bucket = buckets_[level * kDigits + digit];
        std::erase_if(bucket, dead);
        size_ += bucket.size();
        if (bucket.empty()) mark_empty(level, digit);
      }
    }
  }

 private:
  static constexpr std::size_t kFront = 16;
  static constexpr std::size_t kDigits = 16;
  static constexpr std::size_t kLevels = 16;  // 16 digits of 4 bits make a 64-bit time

  static bool before(const Event& a, const Event& b) {
    return a.at != b.at ? a.at < b.at : a.seq < b.seq;
  }

  void push_into_bucket(const Event& event) {
    const auto time = static_cast<std::uint64_t>(event.at);
    const std::uint64_t differing = time ^ static_cast<std::uint64_t>(base_);
    if (differing == 0) {
      instant_.push_back(event);
      return;
    }
    const auto level = static_cast<std::size_t>(std::bit_width(differing) - 1) / 4;
    const std::size_t digit = (time >> (4 * level)) % kDigits;
    buckets_[level * kDigits + digit].push_back(event);
    levels_ |= 1U << level;
    digits_[level] = static_cast<std::uint16_t>(digits_[level] | 1U << digit);
  }

  void mark_empty(std::size_t level, std::size_t digit) {
    digits_[level] = static_cast<std::uint16_t>(digits_[level] & ~(1U << digit));
    if (digits_[level] == 0) levels_ &= ~(1U << level);
  }

  // Descending: front_[front_size_ - 1] is next. A new event follows all others of its time.
  void insert_into_front(const Event& event) {
    if (front_size_ == kFront) {
      // The farthest is later than `event`, so later than now and base_: never into instant_.
      push_into_bucket(front_[0]);
      for (std::size_t i = 1; i < front_size_; ++i) front_[i - 1] = front_[i];
      --front_size_;
    }
    std::size_t i = front_size_;
    while (i > 0 && front_[i - 1].at <= event.at) {
      front_[i] = front_[i - 1];
      --i;
    }
    front_[i] = event;
    ++front_size_;
  }

  // Moves the nearest events to the empty front; false: all are later than `until`. The base moves
  // only when the caller pops at once, so it is never later than now.
  bool refill(std::int64_t until);
  void take_instant();
  void take_bucket(std::vector<Event>& bucket);
  void spread(std::vector<Event>& bucket);

  std::array<Event, kFront> front_;
  std::size_t front_size_ = 0;
  std::size_t size_ = 0;
  std::uint64_t next_seq_ = 0;
  std::int64_t base_ = 0;                        // no event outside the front is earlier
  std::vector<Event> instant_;                   // the events at base_, by sequence
  std::size_t taken_ = 0;                        // how much of instant_ has moved to the front
  std::uint32_t levels_ = 0;                     // bit l: some bucket of level l holds events
  std::array<std::uint16_t, kLevels> digits_{};  // bit d: bucket d of that level does
  std::array<std::vector<Event>, kLevels * kDigits> buckets_;
  std::vector<Event> spreading_;  // scratch of spread()
};

}  // namespace quorumlab::sim
