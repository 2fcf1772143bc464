#include "models/consistency/equal_stack.h"

#include <algorithm>
#include <vector>

#include "models/consistency/stack_frontier.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kMostTops = 12;  // that are looked at by themselves
constexpr std::uint64_t kLittle = 20'000'000;

class StackJudge {
 public:
  StackJudge(std::vector<StackCall> calls, const Budget& budget)
      : calls_(std::move(calls)), budget_(budget) {}

  StackResult run() {
    if (attempt({.width = 64}, kLittle)) return result_;
    if (attempt({.width = 1'024, .inserts = true}, kLittle)) return result_;
    if (blocked_ && look_at_few()) return result_;
    if (attempt({.width = 256}, 20 * kLittle)) return result_;
    if (blocked_ && look_at_few()) return result_;
    if (attempt({.width = 2'048}, budget_.max_steps)) return result_;
    if (blocked_ && look_at_few()) return result_;
    (void)attempt({}, budget_.max_steps);
    return result_;
  }

 private:
  struct Blocked {
    std::uint32_t last = 0;
    std::vector<std::uint32_t> tops;
  };

  // True: this is the answer.
  bool attempt(StackFrontierOptions options, std::uint64_t most) {
    options.budget = budget_;
    options.budget.max_steps =
        std::min(most, budget_.max_steps - std::min(budget_.max_steps, result_.steps));
    StackFrontierResult found = run_stack_frontier(calls_, options);
    note(found);
    const bool is_known = found.verdict == Verdict::kHolds ||
                          (found.verdict == Verdict::kViolated && found.reason.empty());
    if (!is_known && found.last) blocked_ = {*found.last, std::move(found.tops)};
    return is_known;
  }

  void note(const StackFrontierResult& found) {
    result_.steps += found.steps;
    result_.reason = found.reason;
    result_.verdict = found.reason.empty() ? found.verdict : Verdict::kUnknown;
  }

  // What lay on top where a call had no place, together with its own value, in all combinations of
  // a few: if these alone are wrong, so is the whole.
  bool look_at_few() {
    const StackCall& last = calls_[blocked_->last];
    std::vector<std::uint32_t> mine;
    if (last.kind == StackCallKind::kPop || last.kind == StackCallKind::kPush) {
      mine.push_back(last.value);
    }
    const std::vector<std::uint32_t> tops = blocked_->tops;
    if (tops.size() > kMostTops) return false;
    for (const std::uint32_t top : tops) {
      std::vector<std::uint32_t> values = mine;
      values.push_back(top);
      if (is_wrong_with(values)) return true;
    }
    std::vector<std::uint32_t> values = mine;
    for (const std::uint32_t top : tops) {
      values.push_back(top);
      if (values.size() > 2 && values.size() < 6 && is_wrong_with(values)) return true;
    }
    return false;
  }

  bool is_wrong_with(const std::vector<std::uint32_t>& values) {
    std::vector<StackCall> few;
    for (const StackCall& call : calls_) {
      // Who got no answer may have taken something else, and need not take anything.
      const bool is_of_none =
          call.kind == StackCallKind::kNothing || call.kind == StackCallKind::kSilent;
      const bool stays =
          is_of_none || std::find(values.begin(), values.end(), call.value) != values.end();
      if (stays) few.push_back(call);
    }
    StackFrontierOptions options{.budget = budget_};
    options.budget.max_steps =
        std::min(kLittle, budget_.max_steps - std::min(budget_.max_steps, result_.steps));
    const StackFrontierResult found = run_stack_frontier(few, options);
    result_.steps += found.steps;
    if (found.verdict != Verdict::kViolated || !found.reason.empty()) return false;
    result_.verdict = Verdict::kViolated;
    result_.reason.clear();
    return true;
  }

  const std::vector<StackCall> calls_;
  const Budget budget_;
  std::optional<Blocked> blocked_;
  StackResult result_;
};

}  // namespace

std::optional<StackResult> check_equal_stack(std::span<const TimedCall<ObjectCall>> calls,
                                             const Budget& budget) {
  auto known = stack_calls(calls);
  if (!known) return std::nullopt;
  return StackJudge(std::move(*known), budget).run();
}

}  // namespace quorumlab::models
