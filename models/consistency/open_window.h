// What is under way, and when the first of it began: what had ended before that lies before
// whatever is still to come.
//
//   OpenWindow open;
//   open.begin(3);
//   open.begin(5);
//   open.end(3);     // of the one that began at 3
//   open.oldest();   // 5
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace quorumlab::models {

class OpenWindow {
 public:
  using Position = std::uint64_t;

  // Requires: positions ascend.
  void begin(Position at) { open_.push_back({at}); }
  // Requires: something that began then has not ended.
  void end(Position begun) {
    std::lower_bound(open_.begin(), open_.end(), begun, [](const Open& open, Position at) {
      return open.begun < at;
    })->is_over = true;
    while (!open_.empty() && open_.front().is_over) open_.pop_front();
  }
  // UINT64_MAX: nothing is under way.
  [[nodiscard]] Position oldest() const { return open_.empty() ? UINT64_MAX : open_.front().begun; }
  [[nodiscard]] std::size_t size() const { return open_.size(); }

 private:
  struct Open {
    Position begun = 0;
    bool is_over = false;
  };

  std::deque<Open> open_;  // what is over goes when all before it is
};

}  // namespace quorumlab::models
