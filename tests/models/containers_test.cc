// Queues and stacks of unique values: the fast checkers against the search, and that against every
// order.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "bench/object_generator.h"
#include "models/consistency/queue_order.h"
#include "models/consistency/stack_order.h"
#include "models/consistency/wide_trees.h"
#include "tests/models/object_oracle.h"
#include "tests/models/rounds.h"

namespace quorumlab::models {
namespace {

using testing::Calls;
using testing::Rng;

ContainerResult judge(ObjectKind kind, const Calls& calls) {
  const auto passages = passages_of(calls);
  EXPECT_TRUE(passages);
  return kind == ObjectKind::kQueue ? check_plain_queue(*passages, calls)
                                    : check_plain_stack(*passages, calls);
}

Verdict search(ObjectKind kind, const Calls& calls) {
  const auto specification = specification_of({.kind = kind});
  const Budget budget{.max_configurations = 20'000, .max_steps = 200'000};
  return check_specification<ObjectState, ObjectCall>(specification, calls, budget).verdict;
}

Verdict try_all(ObjectKind kind, const Calls& calls) {
  const bool holds = testing::has_order(specification_of({.kind = kind}), calls);
  return holds ? Verdict::kHolds : Verdict::kViolated;
}

ObjectCall push(std::int64_t value) {
  return {.method = Method::kPush, .a = integer_cell(value)};
}
ObjectCall pop(std::int64_t value) {
  return {.method = Method::kPop, .result = value == 0 ? kNilCell : integer_cell(value)};
}

class Containers : public ::testing::TestWithParam<ObjectKind> {};

TEST_P(Containers, AgreeWithEveryOrderOnAllSmallHistories) {
  int violated = 0;
  int all = 0;
  const std::vector<std::vector<ObjectCall>> kinds = {
      {push(1), push(2), pop(1), pop(2)}, {push(1), push(2), pop(1)},
      {push(1), pop(1), pop(0), pop(0)},  {push(1), pop(2), pop(1)},
      {push(1), pop(1), pop(1)},          {push(1), push(2), pop(0), pop(2)}};
  for (const auto& kind : kinds) {
    testing::interleave(kind, [&](const Calls& calls) {
      const Verdict expected = try_all(GetParam(), calls);
      ++all;
      violated += expected == Verdict::kHolds ? 0 : 1;
      ASSERT_EQ(judge(GetParam(), calls).verdict, expected);
    });
  }
  EXPECT_GT(violated, all / 10);
  EXPECT_LT(violated, all - all / 10);
}

// Values that come and go at random, some for good, some of unknown outcome, and pops that found
// nothing.
Calls random_calls(Rng& rng, std::uint32_t values, std::uint32_t width) {
  struct End {
    std::uint32_t at;
    std::size_t call;
    bool completes;
  };
  Calls calls;
  std::vector<End> ends;
  const std::uint32_t span = 8 * values;
  const auto add = [&](ObjectCall call, std::uint32_t begin, bool open) {
    ends.push_back({2 * begin, calls.size(), false});
    if (!open) ends.push_back({2 * (begin + 1 + rng.below(width)) + 1, calls.size(), true});
    calls.push_back({.call = std::move(call)});
  };
  for (std::uint32_t v = 1; v <= values; ++v) {
    const std::uint32_t begin = rng.below(span);
    add(push(v), begin, rng.chance(5));
    if (!rng.chance(15)) add(pop(v), begin + rng.below(span), false);
  }
  if (rng.chance(40)) add(pop(0), rng.below(span), false);
  std::stable_sort(ends.begin(), ends.end(),
                   [](const End& a, const End& b) { return a.at < b.at; });
  for (std::uint64_t i = 0; i < ends.size(); ++i) {
    TimedCall<ObjectCall>& timed = calls[ends[i].call];
    (ends[i].completes ? timed.completed : timed.invoked) = i;
  }
  return calls;
}

void agree(ObjectKind kind, std::uint32_t most, int histories,
           const std::function<Verdict(ObjectKind, const Calls&)>& oracle) {
  Rng rng(most + static_cast<std::uint64_t>(kind));
  int violated = 0;
  int unknown = 0;
  for (int i = 0; i < histories; ++i) {
    const std::uint32_t values = 1 + rng.below(most);
    const Calls calls = random_calls(rng, values, 1 + rng.below(4 * values));
    const Verdict expected = oracle(kind, calls);
    const ContainerResult result = judge(kind, calls);
    unknown += expected == Verdict::kUnknown ? 1 : 0;
    if (expected == Verdict::kUnknown) continue;
    ASSERT_EQ(result.verdict, expected) << "history " << i << ": " << result.why;
    if (expected == Verdict::kHolds) continue;
    ++violated;
    Calls witness;
    for (const std::uint32_t call : result.calls) witness.push_back(calls[call]);
    ASSERT_NE(oracle(kind, witness), Verdict::kHolds) << "history " << i << ": " << result.why;
  }
  EXPECT_LT(unknown, histories / 10);
  EXPECT_GT(violated, histories / 10);
  EXPECT_LT(violated, histories - histories / 10);
}

TEST_P(Containers, AgreeWithEveryOrderOnRandomHistories) {
  agree(GetParam(), 4, 20'000, try_all);
}
TEST_P(Containers, AgreeWithTheSearchOnLongerHistories) {
  agree(GetParam(), 9, 3'000, search);
}

TEST_P(Containers, LongRightHistoriesHoldAndOnePlantedMistakeIsFound) {
  for (const std::uint64_t calls : {2'000U, 30'000U}) {
    bench::ObjectShape shape{.kind = GetParam(), .calls = calls, .processes = 4};
    EXPECT_EQ(judge(GetParam(), bench::object_calls(shape)).verdict, Verdict::kHolds);
    shape.planted = true;
    const Calls planted = bench::object_calls(shape);
    const ContainerResult result = judge(GetParam(), planted);
    ASSERT_EQ(result.verdict, Verdict::kViolated) << calls;
    EXPECT_LE(result.calls.size(), 8U);
    Calls witness;
    for (const std::uint32_t call : result.calls) witness.push_back(planted[call]);
    EXPECT_EQ(search(GetParam(), witness), Verdict::kViolated) << result.why;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Containers, ::testing::Values(ObjectKind::kQueue, ObjectKind::kStack),
                         [](const auto& param) { return std::string(name_of(param.param)); });

// Each two of the three values could be nested, but not all three: looking at pairs is not enough.
TEST(Stack, ThreeValuesThatCannotBeNestedAlthoughEachTwoCan) {
  Rng rng(5);
  int found = 0;
  for (int i = 0; i < 20'000 && found == 0; ++i) {
    const Calls calls = random_calls(rng, 3, 8);
    const ContainerResult result = judge(ObjectKind::kStack, calls);
    if (calls.size() < 6 || result.calls.size() != 6) continue;
    ++found;
    for (std::size_t without = 0; without < 6; without += 2) {
      Calls two;
      for (std::size_t k = 0; k < 6; ++k) {
        if (k / 2 != without / 2) two.push_back(calls[result.calls[k]]);
      }
      EXPECT_EQ(try_all(ObjectKind::kStack, two), Verdict::kHolds);
    }
  }
  EXPECT_GT(found, 0);
}

TEST(WideTrees, AgreeWithPlainArrays) {
  Rng rng(6);
  for (int round = 0; round < rounds(200); ++round) {
    const std::uint32_t count = 1 + rng.below(700);
    std::vector<std::uint32_t> values(count);
    for (std::uint32_t& value : values) value = rng.below(1'000);
    WideMinimum least(values);
    std::vector<std::int32_t> covered(count, 0);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> covers;
    for (std::uint32_t i = 0; i < count / 2 + 1; ++i) {
      const std::uint32_t begin = rng.below(count);
      const std::uint32_t end = begin + 1 + rng.below(count - begin);
      covers.emplace_back(begin, end);
      for (std::uint32_t k = begin; k < end; ++k) ++covered[k];
    }
    WideCover cover(covered);
    for (const auto& [begin, end] : covers) {
      std::vector<std::size_t> expected;
      for (std::uint32_t k = begin; k < end; ++k) {
        if (--covered[k] == 0) expected.push_back(k);
      }
      std::vector<std::size_t> bare;
      cover.uncover(begin, end, [&](std::size_t leaf) { bare.push_back(leaf); });
      ASSERT_EQ(bare, expected);
      const std::uint32_t most = rng.below(300);
      const std::size_t found = least.find(begin, end, most);
      const auto small = [&](std::uint32_t v) { return v <= most; };
      const auto from = values.begin() + begin;
      ASSERT_EQ(found != kNoLeaf, std::any_of(from, values.begin() + end, small));
      if (found == kNoLeaf) continue;
      ASSERT_TRUE(found >= begin && found < end && values[found] <= most);
      values[found] = rng.chance(50) ? rng.below(1'000) : WideMinimum::kGone;
      least.set(found, values[found]);
    }
  }
}

}  // namespace
}  // namespace quorumlab::models
