#include "models/consistency/specification.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "models/consistency/objects.h"
#include "tests/models/history_support.h"

namespace quorumlab::models {
namespace {

using testing::Rng;
using Calls = std::vector<TimedCall<ObjectCall>>;
using ObjectSpecification = Specification<ObjectState, ObjectCall>;

// Tries every order of every choice of the unknown calls.
bool has_order(const ObjectSpecification& specification, const Calls& calls) {
  std::vector<bool> placed(calls.size());
  const std::function<bool(const ObjectState&)> go = [&](const ObjectState& state) {
    std::uint64_t deadline = kNever;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (!placed[i]) deadline = std::min(deadline, calls[i].completed);
    }
    if (deadline == kNever) return true;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (placed[i] || calls[i].invoked > deadline) continue;
      ObjectState next = state;
      placed[i] = true;
      if (specification.step(next, calls[i].call) && go(next)) return true;
      placed[i] = false;
    }
    return false;
  };
  return go(specification.initial());
}

Cell number(std::int64_t value) {
  return integer_cell(value);
}

// A call with a guessed result, which is right often enough.
ObjectCall random_call(Rng& rng, ObjectKind kind) {
  const Cell small = number(1 + rng.below(3));
  const Cell flag = make_cell(Tag::kBoolean, rng.below(2));
  switch (kind) {
    case ObjectKind::kRegister:
    case ObjectKind::kMap:
      if (rng.chance(40))
        return {.method = Method::kRead, .result = rng.chance(20) ? kNilCell : small};
      if (rng.chance(30))
        return {.method = Method::kCas, .a = number(1 + rng.below(3)), .b = small, .result = flag};
      if (rng.chance(10)) return {.method = Method::kDelete};
      return {.method = Method::kWrite, .a = small};
    case ObjectKind::kMultiRegister: {
      ObjectCall call{.method = Method::kTxn};
      for (std::uint32_t i = 0; i <= rng.below(2); ++i) {
        call.many.push_back(rng.chance(50) ? kReadCell : kWriteCell);
        call.many.push_back(number(rng.below(2)));
        call.many.push_back(number(1 + rng.below(2)));
      }
      return call;
    }
    case ObjectKind::kCounter:
      if (rng.chance(50)) return {.method = Method::kRead, .result = number(rng.below(4))};
      return {.method = Method::kAdd, .a = number(1)};
    case ObjectKind::kSet:
      if (rng.chance(25)) {
        ObjectCall call{.method = Method::kRead, .result = kNilCell};
        for (int v = 1; v < 3; ++v) {
          if (rng.chance(50)) call.many.push_back(number(v));
        }
        return call;
      }
      if (rng.chance(30)) return {.method = Method::kContains, .a = small, .result = flag};
      return {.method = rng.chance(60) ? Method::kAdd : Method::kRemove, .a = small};
    case ObjectKind::kQueue:
    case ObjectKind::kStack:
      if (rng.chance(50)) return {.method = Method::kPush, .a = small};
      return {.method = Method::kPop, .result = rng.chance(20) ? kNilCell : small};
    case ObjectKind::kLog:
      if (rng.chance(50))
        return {.method = Method::kPush, .a = small, .result = number(rng.below(3))};
      return {.method = Method::kPoll,
              .a = number(rng.below(3)),
              .result = rng.chance(30) ? kNilCell : small};
    case ObjectKind::kLock: {
      const std::int64_t who = rng.below(2);
      if (rng.chance(50)) return {.method = Method::kRelease, .result = kNilCell, .process = who};
      return {.method = Method::kAcquire, .result = number(1 + rng.below(4)), .process = who};
    }
    case ObjectKind::kIds:
      return {.method = Method::kGenerate, .result = number(rng.below(12))};
  }
  return {};
}

Calls random_calls(Rng& rng, ObjectKind kind, std::size_t count) {
  Calls calls;
  std::vector<std::size_t> open;
  std::uint64_t now = 0;
  while (calls.size() < count || !open.empty()) {
    if (calls.size() < count && (open.empty() || rng.chance(55))) {
      ObjectCall call = random_call(rng, kind);
      const bool unknown = rng.chance(15);
      if (unknown) call.result = kNoCell;
      if (unknown && call.method == Method::kRead) call.many.clear();
      calls.push_back({.call = call, .invoked = now++});
      if (!unknown) open.push_back(calls.size() - 1);
    } else {
      const std::size_t at = rng.below(static_cast<std::uint32_t>(open.size()));
      calls[open[at]].completed = now++;
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  return calls;
}

// Does executing the order give legal results, in real-time order, with every completed call?
bool is_linearization(const ObjectSpecification& specification, const Calls& calls,
                      const std::vector<std::uint32_t>& order) {
  ObjectState state = specification.initial();
  std::vector<bool> placed(calls.size());
  for (const std::uint32_t i : order) {
    if (placed[i]) return false;
    for (std::size_t other = 0; other < calls.size(); ++other) {
      if (!placed[other] && other != i && calls[other].completed < calls[i].invoked) return false;
    }
    placed[i] = true;
    if (!specification.step(state, calls[i].call)) return false;
  }
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (!placed[i] && calls[i].completed != kNever) return false;
  }
  return true;
}

class Objects : public ::testing::TestWithParam<ObjectKind> {};

TEST_P(Objects, AgreeWithBruteForceAndProveIt) {
  const auto specification = specification_of({.kind = GetParam()});
  Rng rng(static_cast<std::uint64_t>(GetParam()) + 1);
  int violated = 0;
  constexpr int kHistories = 12'000;
  for (int i = 0; i < kHistories; ++i) {
    const Calls calls = random_calls(rng, GetParam(), 2 + rng.below(6));
    const SpecificationResult result =
        check_specification<ObjectState, ObjectCall>(specification, calls);
    const bool expected = has_order(specification, calls);
    ASSERT_EQ(result.verdict, expected ? Verdict::kHolds : Verdict::kViolated) << "history " << i;
    violated += expected ? 0 : 1;
    if (expected) {
      ASSERT_TRUE(is_linearization(specification, calls, result.order)) << "history " << i;
      continue;
    }
    ASSERT_FALSE(result.states.empty());
  }
  EXPECT_GT(violated, kHistories / 20);
  EXPECT_LT(violated, kHistories - kHistories / 20);
}

INSTANTIATE_TEST_SUITE_P(All, Objects,
                         ::testing::Values(ObjectKind::kRegister, ObjectKind::kMultiRegister,
                                           ObjectKind::kMap, ObjectKind::kCounter, ObjectKind::kSet,
                                           ObjectKind::kQueue, ObjectKind::kStack, ObjectKind::kLog,
                                           ObjectKind::kLock, ObjectKind::kIds),
                         [](const auto& param) {
                           std::string name(name_of(param.param));
                           std::erase(name, '-');
                           return name;
                         });

// Sequences of appends to one text, and reads of it, mostly right.
TEST(Specification, LookingAheadChangesNoVerdict) {
  Pool pool;
  const auto text = [&](const std::string& s) { return make_cell(Tag::kText, pool.intern(s)); };
  Rng rng(11);
  const auto ahead = specification_of({.kind = ObjectKind::kMap, .pool = &pool});
  auto plain = ahead;
  plain.can_lead_to = {};
  plain.step_can_lead_to = {};
  int violated = 0;
  for (int i = 0; i < 20'000; ++i) {
    Calls calls;
    std::vector<std::size_t> open;
    std::string now;
    std::uint64_t time = 0;
    const std::size_t count = 3 + rng.below(5);
    while (calls.size() < count || !open.empty()) {
      if (calls.size() < count && (open.empty() || rng.chance(55))) {
        ObjectCall call{.method = Method::kRead};
        const std::string letter(1, static_cast<char>('a' + rng.below(4)));
        const std::uint32_t dice = rng.below(10);
        if (dice < 4) {
          call.method = Method::kAppend;
          call.a = text(letter);
          now += letter;
        } else if (dice == 4) {
          call.method = Method::kWrite;
          call.a = text(letter);
          now = letter;
        } else {
          std::string seen = now;
          if (rng.chance(20) && seen.size() > 1) std::swap(seen[0], seen[1]);
          if (rng.chance(20) && !seen.empty()) seen.pop_back();
          call.result = text(seen);
        }
        const bool unknown = call.method != Method::kRead && rng.chance(15);
        calls.push_back({.call = call, .invoked = time++});
        if (!unknown) open.push_back(calls.size() - 1);
      } else {
        const std::size_t at = rng.below(static_cast<std::uint32_t>(open.size()));
        calls[open[at]].completed = time++;
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
      }
    }
    const bool expected = has_order(plain, calls);
    const auto result = check_specification<ObjectState, ObjectCall>(ahead, calls);
    ASSERT_EQ(result.verdict == Verdict::kHolds, expected) << "history " << i;
    violated += expected ? 0 : 1;
  }
  EXPECT_GT(violated, 1'000);
}

struct Step {
  int add = 0;
  std::optional<int> read;
};

TEST(Specification, ThreeFunctionsMakeAChecker) {
  const Specification<int, Step> counter{.initial = [] { return 0; },
                                         .step =
                                             [](int& n, const Step& step) {
                                               n += step.add;
                                               return !step.read || *step.read == n;
                                             },
                                         .equal = [](int a, int b) { return a == b; }};
  std::vector<TimedCall<Step>> calls = {{{1, {}}, 0, 3}, {{1, {}}, 1, 4}, {{0, 1}, 2, 5}};
  EXPECT_EQ((check_specification<int, Step>(counter, calls).verdict), Verdict::kHolds);
  calls.push_back({{0, 1}, 6, 7});
  const auto result = check_specification<int, Step>(counter, calls);
  EXPECT_EQ(result.verdict, Verdict::kViolated);
  EXPECT_EQ(result.contradiction, 3U);
}

TEST(Specification, AnExhaustedBudgetIsNeverAVerdict) {
  Rng rng(3);
  const auto specification = specification_of({.kind = ObjectKind::kQueue});
  int unknown = 0;
  for (int i = 0; i < 2'000; ++i) {
    const Calls calls = random_calls(rng, ObjectKind::kQueue, 7);
    const auto result = check_specification<ObjectState, ObjectCall>(
        specification, calls, {.max_steps = 1 + rng.below(60)});
    unknown += result.verdict == Verdict::kUnknown ? 1 : 0;
    if (result.verdict == Verdict::kUnknown) continue;
    ASSERT_EQ(result.verdict == Verdict::kHolds, has_order(specification, calls));
  }
  EXPECT_GT(unknown, 100);
}

TEST(Specification, FencingTokensMustGrow) {
  const auto specification = specification_of({.kind = ObjectKind::kLock});
  const auto acquire = [](std::int64_t who, std::int64_t token) {
    return ObjectCall{.method = Method::kAcquire, .result = number(token), .process = who};
  };
  const ObjectCall release{.method = Method::kRelease, .result = kNilCell, .process = 1};
  Calls calls = {{acquire(1, 7), 0, 1}, {release, 2, 3}, {acquire(2, 8), 4, 5}};
  EXPECT_EQ((check_specification<ObjectState, ObjectCall>(specification, calls).verdict),
            Verdict::kHolds);
  calls[2].call = acquire(2, 7);
  EXPECT_EQ((check_specification<ObjectState, ObjectCall>(specification, calls).verdict),
            Verdict::kViolated);
}

}  // namespace
}  // namespace quorumlab::models
