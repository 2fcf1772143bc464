#include "models/consistency/specification.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "models/consistency/objects.h"
#include "models/consistency/text_states.h"
#include "tests/models/object_oracle.h"
#include "tests/models/rounds.h"

namespace quorumlab::models {
namespace {

using testing::Calls;
using testing::has_order;
using testing::is_linearization;
using testing::Rng;

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
  return testing::random_calls(rng, {.count = count}, [&] { return random_call(rng, kind); });
}

class Objects : public ::testing::TestWithParam<ObjectKind> {};

TEST_P(Objects, AgreeWithBruteForceAndProveIt) {
  const auto specification = specification_of({.kind = GetParam()});
  Rng rng(static_cast<std::uint64_t>(GetParam()) + 1);
  int violated = 0;
  constexpr int kHistories = 12'000;
  for (int i = 0; i < rounds(kHistories); ++i) {
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
  EXPECT_LT(violated, rounds(kHistories - kHistories / 20));
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

// One that puts, deletes, appends to and reads a text, and is mostly right.
class TextMaker {
 public:
  TextMaker(Rng& rng, Pool& pool) : rng_(rng), pool_(pool) {}

  ObjectCall operator()() {
    const std::string letter(1, static_cast<char>('a' + rng_.below(4)));
    const std::uint32_t dice = rng_.below(20);
    if (dice < 8) {
      now_ += letter;
      return {.method = Method::kAppend, .a = text(letter)};
    }
    if (dice < 11) {
      now_ = letter;
      return {.method = Method::kWrite, .a = text(letter)};
    }
    if (dice == 11) {
      now_.clear();
      return {.method = Method::kDelete};
    }
    std::string seen = now_;
    if (rng_.chance(20) && seen.size() > 1) std::swap(seen[0], seen[1]);
    if (rng_.chance(20) && !seen.empty()) seen.pop_back();
    return {.method = Method::kRead,
            .result = rng_.chance(5) ? kNoCell
                      : seen.empty() ? kNilCell
                                     : text(seen)};
  }

 private:
  Cell text(const std::string& s) { return make_cell(Tag::kText, pool_.intern(s)); }

  Rng& rng_;
  Pool& pool_;
  std::string now_;
};

TEST(Specification, LookingAheadAndForgettingChangeNoVerdictOnTexts) {
  Pool pool;
  Rng rng(11);
  const ObjectOptions options{.kind = ObjectKind::kMap, .pool = &pool};
  const auto ahead = specification_of(options);
  int violated = 0;
  for (int i = 0; i < rounds(30'000); ++i) {
    TextMaker make(rng, pool);
    const testing::RandomCalls shape{
        .count = 3 + rng.below(6),
        .is_known = [](const ObjectCall& call) { return call.method == Method::kRead; }};
    const Calls calls = testing::random_calls(rng, shape, make);
    ASSERT_TRUE(reads_only_texts(calls, options.initial));
    const bool expected = has_order(ahead, calls);
    const auto result = check_specification<ObjectState, ObjectCall>(ahead, calls);
    ASSERT_EQ(result.verdict == Verdict::kHolds, expected) << "history " << i;
    const auto by_texts = check_texts(calls, options, {});
    ASSERT_EQ(by_texts.verdict == Verdict::kHolds, expected) << "history " << i;
    violated += expected ? 0 : 1;
    if (!expected) continue;
    ASSERT_TRUE(is_linearization(ahead, calls, result.order)) << "history " << i;
    ASSERT_TRUE(is_linearization(ahead, calls, by_texts.order)) << "history " << i;
  }
  EXPECT_GT(violated, 1'000);
}

TEST(Specification, OnlyPlainTextsAreJudgedAsTexts) {
  const auto alone = [](const ObjectCall& call) { return Calls{{call, 0, 1}}; };
  EXPECT_FALSE(reads_only_texts(alone({.method = Method::kCas}), kNilCell));
  EXPECT_FALSE(reads_only_texts(alone({.method = Method::kWrite, .a = number(1)}), kNilCell));
  EXPECT_FALSE(reads_only_texts(alone({.method = Method::kRead, .result = number(1)}), kNilCell));
  EXPECT_FALSE(reads_only_texts(alone({.method = Method::kRead}), number(1)));
  EXPECT_TRUE(reads_only_texts(alone({.method = Method::kRead}), kNilCell));
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

TEST_P(Objects, AnExhaustedBudgetIsNeverAVerdict) {
  Rng rng(3);
  const auto specification = specification_of({.kind = GetParam()});
  int unknown = 0;
  for (int i = 0; i < rounds(1'000); ++i) {
    const Calls calls = random_calls(rng, GetParam(), 7);
    const auto result = check_specification<ObjectState, ObjectCall>(
        specification, calls, {.max_steps = 1 + rng.below(30)});
    unknown += result.verdict == Verdict::kUnknown ? 1 : 0;
    if (result.verdict == Verdict::kUnknown) continue;
    ASSERT_EQ(result.verdict == Verdict::kHolds, has_order(specification, calls));
  }
  EXPECT_GT(unknown, 50);
}

TEST_P(Objects, MemoryRunsOutWithAReasonAndNeverWithAVerdict) {
  Rng rng(13);
  const auto specification = specification_of({.kind = GetParam()});
  int unknown = 0;
  for (int i = 0; i < rounds(1'000); ++i) {
    const Calls calls = random_calls(rng, GetParam(), 7);
    const auto result = check_specification<ObjectState, ObjectCall>(
        specification, calls, {.max_memory = 400 + rng.below(2'000)});
    if (result.verdict == Verdict::kUnknown) {
      ++unknown;
      ASSERT_NE(result.reason.find("max_memory"), std::string::npos);
      continue;
    }
    ASSERT_EQ(result.verdict == Verdict::kHolds, has_order(specification, calls));
  }
  EXPECT_GT(unknown, 20);
  EXPECT_LT(unknown, rounds(950));
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
