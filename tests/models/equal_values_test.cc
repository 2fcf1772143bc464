// Queues, stacks and counters whose values are not unique: against every order, and long ones that
// no search got through.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "bench/object_generator.h"
#include "models/consistency/equal_queue.h"
#include "models/consistency/equal_stack.h"
#include "models/consistency/equal_values.h"
#include "models/consistency/mixed_counter.h"
#include "models/consistency/stack_frontier.h"
#include "tests/models/mutants.h"
#include "tests/models/object_oracle.h"
#include "tests/models/rounds.h"

namespace quorumlab::models {
namespace {

using testing::Calls;
using testing::Rng;

// Half of them guessed, half right but for at most one answer.
Calls few_values(Rng& rng, ObjectKind kind, std::size_t most) {
  const std::size_t count = 2 + rng.below(static_cast<std::uint32_t>(most) - 1);
  const std::uint32_t values = 1 + rng.below(3);
  const std::uint32_t unknown = rng.chance(50) ? 15 : 0;
  const auto value = [&] { return integer_cell(1 + rng.below(values)); };
  if (rng.chance(30)) {
    return testing::random_calls(rng, {.count = count, .unknown = unknown}, [&]() -> ObjectCall {
      if (rng.chance(50)) return {.method = Method::kPush, .a = value()};
      return {.method = Method::kPop, .result = rng.chance(20) ? kNilCell : value()};
    });
  }
  Calls calls = bench::object_calls({.kind = kind,
                                     .calls = count,
                                     .processes = 1 + rng.below(5),
                                     .values = static_cast<std::int64_t>(values),
                                     .seed = rng.below(1'000'000)});
  for (auto& timed : calls) {
    if (!rng.chance(unknown)) continue;
    timed.completed = kNever;
    if (timed.call.method == Method::kPop) timed.call.result = kNoCell;
  }
  auto& last = calls[rng.below(static_cast<std::uint32_t>(calls.size()))];
  if (rng.chance(70) && last.call.method == Method::kPop && last.completed != kNever) {
    last.call.result = rng.chance(20) ? kNilCell : value();
  }
  return calls;
}

TEST(EqualQueue, AgreesWithEveryOrderAndProvesIt) {
  Rng rng(1);
  const auto specification = specification_of({.kind = ObjectKind::kQueue});
  int violated = 0;
  const int histories = rounds(20'000);
  for (int i = 0; i < histories; ++i) {
    const Calls calls = few_values(rng, ObjectKind::kQueue, 9);
    const bool expected = testing::has_order(specification, calls);
    const auto result = check_equal_queue(calls, {});
    ASSERT_TRUE(result);
    ASSERT_EQ(result->verdict, expected ? Verdict::kHolds : Verdict::kViolated) << i;
    violated += expected ? 0 : 1;
    if (!expected) continue;
    ASSERT_TRUE(testing::is_linearization(specification, calls, result->order)) << i;
  }
  EXPECT_GT(violated, histories / 10);
  EXPECT_LT(violated, histories - histories / 10);
}

Verdict run_stack(const Calls& calls, const StackFrontierOptions& options) {
  const auto stack = stack_calls(calls);
  EXPECT_TRUE(stack);
  const StackFrontierResult result = run_stack_frontier(*stack, options);
  return result.reason.empty() ? result.verdict : Verdict::kUnknown;
}

TEST(EqualStack, AgreesWithEveryOrderInBothWaysAndTogether) {
  Rng rng(2);
  const auto specification = specification_of({.kind = ObjectKind::kStack});
  int violated = 0;
  const int histories = rounds(20'000);
  for (int i = 0; i < histories; ++i) {
    const Calls calls = few_values(rng, ObjectKind::kStack, 9);
    const Verdict expected =
        testing::has_order(specification, calls) ? Verdict::kHolds : Verdict::kViolated;
    ASSERT_EQ(run_stack(calls, {}), expected) << i;
    ASSERT_EQ(run_stack(calls, {.inserts = true}), expected) << i;
    ASSERT_EQ(check_equal_stack(calls, {})->verdict, expected) << i;
    // With few situations it may not know, but is never wrong.
    const Verdict narrow = run_stack(calls, {.width = 1 + rng.below(3), .inserts = rng.chance(50)});
    ASSERT_TRUE(narrow == expected || narrow == Verdict::kUnknown) << i;
    violated += expected == Verdict::kViolated ? 1 : 0;
  }
  EXPECT_GT(violated, histories / 10);
  EXPECT_LT(violated, histories - histories / 10);
}

Calls mixed_amounts(Rng& rng, std::size_t most) {
  const std::size_t count = 2 + rng.below(static_cast<std::uint32_t>(most) - 1);
  const std::int64_t least = rng.chance(50) ? -2 : 1;
  const auto amount = [&] { return integer_cell(least + rng.below(5)); };
  std::int64_t total = 0;
  return testing::random_calls(
      rng, {.count = count, .unknown = rng.chance(50) ? 15U : 0U}, [&]() -> ObjectCall {
        if (rng.chance(60)) {
          const Cell more = amount();
          if (rng.chance(80)) total += integer_of(more);
          return {.method = Method::kAdd, .a = more};
        }
        const std::int64_t off = rng.chance(20) ? rng.below(4) : 0;
        return {.method = Method::kRead, .result = integer_cell(total + off)};
      });
}

TEST(MixedCounter, AgreesWithEveryOrderAndProvesIt) {
  Rng rng(4);
  const auto specification = specification_of({.kind = ObjectKind::kCounter});
  int violated = 0;
  const int histories = rounds(20'000);
  for (int i = 0; i < histories; ++i) {
    const Calls calls = mixed_amounts(rng, 8);
    const bool expected = testing::has_order(specification, calls);
    const auto result = check_mixed_counter(calls, 0, {});
    ASSERT_TRUE(result);
    ASSERT_EQ(result->verdict, expected ? Verdict::kHolds : Verdict::kViolated) << i;
    if (expected) {
      ASSERT_TRUE(testing::is_linearization(specification, calls, result->order)) << i;
      continue;
    }
    ++violated;
    Calls witness;
    for (const std::uint32_t call : result->calls) witness.push_back(calls[call]);
    for (auto& timed : witness) {
      if (timed.completed > calls[result->until].completed) timed.completed = kNever;
    }
    ASSERT_FALSE(testing::has_order(specification, witness)) << i;
  }
  EXPECT_GT(violated, histories / 10);
  EXPECT_LT(violated, histories - histories / 10);
}

TEST(EqualValues, WitnessesAreWrongByThemselves) {
  for (const ObjectKind kind : {ObjectKind::kQueue, ObjectKind::kStack}) {
    Rng rng(5);
    const auto specification = specification_of({.kind = kind});
    for (int i = 0; i < rounds(3'000); ++i) {
      const Calls calls = few_values(rng, kind, 9);
      const auto result = check_equal_values(kind, calls, {});
      ASSERT_TRUE(result);
      if (result->verdict == Verdict::kHolds) continue;
      Calls witness;
      for (const std::uint32_t call : result->calls) witness.push_back(calls[call]);
      ASSERT_FALSE(testing::has_order(specification, witness)) << i;
    }
  }
}

// Too many calls for every order; but these are right as they were made.
TEST(EqualValues, HoldWhereManyCallsOverlap) {
  Rng rng(3);
  for (int i = 0; i < rounds(1'000); ++i) {
    bench::ObjectShape shape{.kind = ObjectKind::kQueue,
                             .calls = 10 + rng.below(40),
                             .processes = 3 + rng.below(8),
                             .values = 1 + static_cast<std::int64_t>(rng.below(6)),
                             .seed = rng.below(1'000'000)};
    const Calls queue = bench::object_calls(shape);
    const auto result = check_equal_queue(queue, {});
    ASSERT_EQ(result->verdict, Verdict::kHolds) << i;
    ASSERT_TRUE(testing::is_linearization(specification_of({.kind = ObjectKind::kQueue}), queue,
                                          result->order));
    shape.kind = ObjectKind::kStack;
    const Calls stack = bench::object_calls(shape);
    ASSERT_EQ(run_stack(stack, {}), Verdict::kHolds) << i;
    ASSERT_EQ(run_stack(stack, {.inserts = true}), Verdict::kHolds) << i;
  }
}

Verdict decide(ObjectKind kind, const Calls& calls) {
  const auto result = kind == ObjectKind::kCounter ? check_mixed_counter(calls, 0, {})
                                                   : check_equal_values(kind, calls, {});
  return result ? result->verdict : Verdict::kUnknown;
}

TEST(EqualValues, LongHistoriesAreDecidedAndOnePlantedMistakeIsFound) {
  for (bench::ObjectShape shape : {bench::ObjectShape{.kind = ObjectKind::kQueue, .processes = 20},
                                   bench::ObjectShape{.kind = ObjectKind::kStack, .processes = 5},
                                   bench::ObjectShape{.kind = ObjectKind::kCounter}}) {
    shape.calls = 10'000;
    shape.values = 10;
    EXPECT_EQ(decide(shape.kind, bench::object_calls(shape)), Verdict::kHolds);
    // Another value in its place may explain a wrong one, and too little may be in there.
    shape.planted = true;
    int violated = 0;
    for (shape.seed = 1; shape.seed <= 6; ++shape.seed) {
      violated += decide(shape.kind, bench::object_calls(shape)) == Verdict::kViolated ? 1 : 0;
    }
    EXPECT_GE(violated, 1) << name_of(shape.kind);
  }
}

TEST(Mutants, OfEqualValuesAreKilled) {
  const auto with = [](const auto& edit) {
    return [edit](ObjectKind kind, Calls calls) {
      edit(calls);
      return decide(kind, calls);
    };
  };
  const auto late = with([](Calls& calls) {
    std::uint64_t before = 0;  // positions have to differ
    for (auto& timed : calls) timed.invoked = before++;
    for (auto& timed : calls) timed.completed += timed.completed == kNever ? 0 : before;
  });
  const auto without_unknown = with([](Calls& calls) {
    std::erase_if(calls, [](const auto& timed) { return timed.completed == kNever; });
  });
  const auto without_nothings = with([](Calls& calls) {
    std::erase_if(calls, [](const auto& timed) { return timed.call.result == kNilCell; });
  });
  for (const ObjectKind kind : {ObjectKind::kQueue, ObjectKind::kStack, ObjectKind::kCounter}) {
    const bool is_counter = kind == ObjectKind::kCounter;
    const testing::Trial<Calls> trial = {
        [&](Rng& rng) { return is_counter ? mixed_amounts(rng, 7) : few_values(rng, kind, 7); },
        [&](const Calls& calls) {
          return testing::has_order(specification_of({.kind = kind}), calls);
        }};
    std::vector<testing::Mutant<Calls>> mutants = {
        {"ignores real time", [&](const Calls& c) { return late(kind, c); }},
        {"takes unknown for failed", [&](const Calls& c) { return without_unknown(kind, c); }}};
    if (!is_counter) {
      const ObjectKind other = kind == ObjectKind::kQueue ? ObjectKind::kStack : ObjectKind::kQueue;
      mutants.push_back(
          {"takes from the other end", [other](const Calls& c) { return decide(other, c); }});
      mutants.push_back(
          {"forgets who found nothing", [&](const Calls& c) { return without_nothings(kind, c); }});
    }
    testing::expect_killed<Calls>(
        trial, [&](const Calls& c) { return decide(kind, c); }, mutants, 3'000);
  }
}

}  // namespace
}  // namespace quorumlab::models
