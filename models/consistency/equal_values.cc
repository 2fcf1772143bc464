#include "models/consistency/equal_values.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "models/consistency/equal_queue.h"
#include "models/consistency/equal_stack.h"

namespace quorumlab::models {
namespace {

using Calls = std::span<const TimedCall<ObjectCall>>;
using Numbers = std::vector<std::uint32_t>;

constexpr std::uint64_t kMostSteps = 20'000'000;  // to see that some calls are wrong by themselves
constexpr std::uint64_t kEffort = 2'000'000;      // calls looked at, and eight times the history

struct Judgement {
  Verdict verdict = Verdict::kUnknown;
  Numbers order;
};

Judgement judge(ObjectKind kind, Calls calls, const Budget& budget) {
  if (kind == ObjectKind::kQueue) {
    auto result = check_equal_queue(calls, budget);
    return result ? Judgement{result->verdict, std::move(result->order)} : Judgement{};
  }
  const auto result = check_equal_stack(calls, budget);
  return {.verdict = result ? result->verdict : Verdict::kUnknown, .order = {}};
}

// Requires: the calls have no order.
class WrongCalls {
 public:
  WrongCalls(ObjectKind kind, Calls calls, const Budget& budget)
      : kind_(kind), calls_(calls), budget_(budget), stays_(calls.size(), true) {
    budget_.max_steps = std::min(budget_.max_steps, kMostSteps);
  }

  Numbers find() {
    drop_values();
    drop_what_came_later();
    return rest();
  }

 private:
  [[nodiscard]] Numbers rest() const {
    Numbers result;
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      if (stays_[i]) result.push_back(i);
    }
    return result;
  }

  bool is_wrong(const Numbers& numbers) {
    effort_ += numbers.size();
    if (effort_ > kEffort + 8 * calls_.size()) return false;
    std::vector<TimedCall<ObjectCall>> few;
    few.reserve(numbers.size());
    for (const std::uint32_t i : numbers) few.push_back(calls_[i]);
    return judge(kind_, few, budget_).verdict == Verdict::kViolated;
  }

  // Half of them, a quarter, ... one at a time.
  void drop_values() {
    std::map<Cell, Numbers> by_value;
    for (std::uint32_t i = 0; i < calls_.size(); ++i) {
      const ObjectCall& call = calls_[i].call;
      // Who got no answer may have taken anything.
      if (call.method == Method::kPop && call.result == kNoCell) return;
      by_value[call.method == Method::kPop ? call.result : call.a].push_back(i);
    }
    std::vector<Numbers> groups;
    for (auto& [value, group] : by_value) groups.push_back(std::move(group));
    for (std::size_t size = (groups.size() + 1) / 2; size > 0; size /= 2) {
      for (std::size_t begin = 0; begin < groups.size();) {
        const auto first = groups.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto last =
            first + static_cast<std::ptrdiff_t>(std::min(size, groups.size() - begin));
        set(first, last, false);
        if (is_wrong(rest())) {
          groups.erase(first, last);
        } else {
          set(first, last, true);
          begin += size;
        }
      }
    }
  }

  template <class Iterator>
  void set(Iterator first, Iterator last, bool stays) {
    for (; first != last; ++first) {
      for (const std::uint32_t call : *first) stays_[call] = stays;
    }
  }

  // Up to an instant at which nobody is under way, but for those of whom nobody will hear.
  void drop_what_came_later() {
    struct Moment {
      std::uint64_t at = 0;
      bool returns = false;
    };
    std::vector<Moment> moments;
    for (const std::uint32_t i : rest()) {
      if (calls_[i].completed == kNever) continue;
      moments.push_back({calls_[i].invoked, false});
      moments.push_back({calls_[i].completed, true});
    }
    std::sort(moments.begin(), moments.end(),
              [](const Moment& a, const Moment& b) { return a.at < b.at; });
    std::vector<std::uint64_t> quiet;
    std::size_t under_way = 0;
    for (const Moment& moment : moments) {
      under_way += moment.returns ? SIZE_MAX : 1;
      if (under_way == 0) quiet.push_back(moment.at);
    }
    if (quiet.empty()) return;
    const auto until = [&](std::uint64_t end) {
      Numbers result = rest();
      std::erase_if(result, [&](std::uint32_t i) { return calls_[i].invoked > end; });
      return result;
    };
    const auto first_wrong = std::partition_point(
        quiet.begin(), quiet.end() - 1, [&](std::uint64_t end) { return !is_wrong(until(end)); });
    const Numbers kept = until(*first_wrong);
    stays_.assign(calls_.size(), false);
    for (const std::uint32_t i : kept) stays_[i] = true;
  }

  const ObjectKind kind_;
  const Calls calls_;
  Budget budget_;
  std::vector<bool> stays_;
  std::uint64_t effort_ = 0;
};

}  // namespace

std::optional<ContainerResult> check_equal_values(ObjectKind kind, Calls calls,
                                                  const Budget& budget) {
  Judgement judgement = judge(kind, calls, budget);
  if (judgement.verdict == Verdict::kUnknown) return std::nullopt;
  if (judgement.verdict == Verdict::kHolds) {
    return ContainerResult{.order = std::move(judgement.order)};
  }
  return ContainerResult{.verdict = Verdict::kViolated,
                         .calls = WrongCalls(kind, calls, budget).find(),
                         .why = "what was put in and what came out have no order"};
}

}  // namespace quorumlab::models
