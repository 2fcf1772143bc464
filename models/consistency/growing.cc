#include "models/consistency/growing.h"

#include <map>
#include <queue>
#include <utility>

#include "models/consistency/growing_calls.h"

namespace quorumlab::models {
namespace {

using Calls = std::span<const TimedCall<ObjectCall>>;

class GrowingCounter {
 public:
  GrowingCounter(Calls calls, std::int64_t initial) : calls_(calls), initial_(initial) {}

  std::optional<ContainerResult> run() {
    if (!is_simple()) return std::nullopt;
    is_done_.assign(calls_.size(), false);
    for (const CallEnd& end : ends_of(calls_)) {
      const TimedCall<ObjectCall>& timed = calls_[end.call];
      const bool reads = timed.call.method == Method::kRead;
      if (reads && !is_known(timed)) continue;
      if (!end.returns) {
        if (!reads) {
          pending_.push({timed.completed, end.call});
        } else if (auto broken = begin_read(end.call)) {
          return broken;
        }
      } else if (!reads) {
        if (!is_done_[end.call]) add_next();
      } else if (auto broken = end_read(end.call)) {
        return broken;
      }
    }
    return ContainerResult{.order = std::move(order_)};
  }

 private:
  bool is_simple() {
    bool simple = true;
    for (const TimedCall<ObjectCall>& timed : calls_) {
      const ObjectCall& call = timed.call;
      if (call.method == Method::kRead) {
        simple = simple && (!is_known(timed) || tag_of(call.result) == Tag::kInteger);
        continue;
      }
      const bool adds = call.method == Method::kAdd && call.result == kNoCell &&
                        tag_of(call.a) == Tag::kInteger && integer_of(call.a) != 0;
      if (!adds || (step_ != 0 && integer_of(call.a) != step_)) return false;
      step_ = integer_of(call.a);
    }
    if (step_ == 0) step_ = 1;
    return simple;
  }

  // How many additions a read saw; nullopt: no number of them makes what it saw.
  [[nodiscard]] std::optional<std::uint64_t> seen(std::uint32_t read) const {
    const std::int64_t more = integer_of(calls_[read].call.result) - initial_;
    if (more % step_ != 0 || more / step_ < 0) return std::nullopt;
    return static_cast<std::uint64_t>(more / step_);
  }

  std::optional<ContainerResult> begin_read(std::uint32_t read) {
    const auto total = seen(read);
    if (!total) return refused({read}, "no number of additions makes what was read");
    if (*total < added_) {
      std::vector<std::uint32_t> calls = ended_before(calls_[read].invoked);
      calls.push_back(read);
      return refused(std::move(calls), "more had been added, or read, before the read began");
    }
    waiting_[*total].push_back(read);
    if (*total == added_) let_read();
    return std::nullopt;
  }

  std::optional<ContainerResult> end_read(std::uint32_t read) {
    const std::uint64_t total = *seen(read);
    while (added_ < total) {
      if (add_next()) continue;
      std::vector<std::uint32_t> calls{read};
      for (std::uint32_t i = 0; i < calls_.size(); ++i) {
        const bool adds = calls_[i].call.method == Method::kAdd;
        if (adds && calls_[i].invoked < calls_[read].completed) calls.push_back(i);
      }
      return refused(std::move(calls), "less had been added when the read ended");
    }
    return std::nullopt;
  }

  // Whatever is known to have happened before a moment: additions that ended and the largest total
  // that was read, with the additions that it may have seen.
  [[nodiscard]] std::vector<std::uint32_t> ended_before(std::uint64_t moment) const {
    std::vector<std::uint32_t> calls;
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      const bool reads = calls_[i].call.method == Method::kRead;
      if (reads && !is_known(calls_[i])) continue;
      if (calls_[i].completed < moment) calls.push_back(i);
    }
    return calls;
  }

  // Lets the addition that must end first take effect. False: there is none.
  bool add_next() {
    if (pending_.empty()) return false;
    const std::uint32_t call = pending_.top().second;
    pending_.pop();
    is_done_[call] = true;
    order_.push_back(call);
    ++added_;
    let_read();
    return true;
  }

  void let_read() {
    const auto found = waiting_.find(added_);
    if (found == waiting_.end()) return;
    order_.insert(order_.end(), found->second.begin(), found->second.end());
    waiting_.erase(found);
  }

  using Ending = std::pair<std::uint64_t, std::uint32_t>;

  Calls calls_;
  const std::int64_t initial_;
  std::int64_t step_ = 0;
  std::vector<bool> is_done_;
  std::priority_queue<Ending, std::vector<Ending>, std::greater<>> pending_;
  std::map<std::uint64_t, std::vector<std::uint32_t>> waiting_;  // reads, by additions seen
  std::vector<std::uint32_t> order_;
  std::uint64_t added_ = 0;  // additions in it
};

}  // namespace

std::optional<ContainerResult> check_growing_counter(Calls calls, std::int64_t initial) {
  return GrowingCounter(calls, initial).run();
}

}  // namespace quorumlab::models
