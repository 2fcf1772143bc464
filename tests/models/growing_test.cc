// Sets and counters that only grow, against every order.
#include "models/consistency/growing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/models/object_oracle.h"
#include "tests/models/rounds.h"

namespace quorumlab::models {
namespace {

using testing::Calls;
using testing::Rng;

Cell number(std::int64_t value) {
  return integer_cell(value);
}

struct Tally {
  int judged = 0;
  int violated = 0;
};

void agree(ObjectKind kind, const Calls& calls, Tally& tally) {
  const auto specification = specification_of({.kind = kind});
  const auto result =
      kind == ObjectKind::kSet ? check_growing_set(calls) : check_growing_counter(calls, 0);
  if (!result) return;
  ++tally.judged;
  const bool expected = testing::has_order(specification, calls);
  ASSERT_EQ(result->verdict, expected ? Verdict::kHolds : Verdict::kViolated) << result->why;
  if (expected) {
    ASSERT_TRUE(testing::is_linearization(specification, calls, result->order));
    return;
  }
  ++tally.violated;
  Calls witness;
  for (const std::uint32_t call : result->calls) witness.push_back(calls.at(call));
  ASSERT_FALSE(testing::has_order(specification, witness)) << result->why;
}

void expect_both(const Tally& tally, int histories) {
  EXPECT_GT(tally.judged, histories / 2);
  EXPECT_GT(tally.violated, tally.judged / 20);
  EXPECT_LT(tally.violated, tally.judged - tally.judged / 20);
}

// Adds values of a few, and reads what is there, or something near it.
class SetMaker {
 public:
  SetMaker(Rng& rng, bool looks_up) : rng_(rng), looks_up_(looks_up) {}

  ObjectCall operator()() {
    const std::uint32_t value = rng_.below(4);
    if (rng_.chance(55)) {
      there_[value] = true;
      return {.method = Method::kAdd, .a = number(value)};
    }
    if (looks_up_) {
      const bool found = rng_.chance(15) ? !there_[value] : there_[value];
      return {.method = Method::kContains,
              .a = number(value),
              .result = make_cell(Tag::kBoolean, found ? 1 : 0)};
    }
    ObjectCall call{.method = Method::kRead, .result = kNilCell};
    for (std::uint32_t v = 0; v < 4; ++v) {
      if (there_[v] && !rng_.chance(12)) call.many.push_back(number(v));
    }
    return call;
  }

 private:
  Rng& rng_;
  const bool looks_up_;
  bool there_[4] = {};
};

TEST(Growing, SetsAgreeWithEveryOrder) {
  for (const bool looks_up : {false, true}) {
    Rng rng(looks_up ? 2 : 1);
    Tally tally;
    constexpr int kHistories = 20'000;
    for (int i = 0; i < rounds(kHistories) && !::testing::Test::HasFatalFailure(); ++i) {
      SetMaker make(rng, looks_up);
      agree(ObjectKind::kSet, testing::random_calls(rng, {.count = 3 + rng.below(6)}, make), tally);
    }
    expect_both(tally, rounds(kHistories));
  }
}

TEST(Growing, SetsAgreeWithEveryOrderOnAllSmallHistories) {
  const auto add = [](std::int64_t v) {
    return ObjectCall{.method = Method::kAdd, .a = number(v)};
  };
  const auto read = [](const std::vector<std::int64_t>& values) {
    ObjectCall call{.method = Method::kRead, .result = kNilCell};
    for (const std::int64_t v : values) call.many.push_back(number(v));
    return call;
  };
  Tally tally;
  for (const auto& what : {std::vector{add(1), add(2), read({1}), read({2})},
                           std::vector{add(1), add(2), read({1}), read({1, 2})},
                           std::vector{add(1), add(1), read({}), read({1})},
                           std::vector{add(1), add(2), read({2}), read({})}}) {
    testing::interleave(what, [&](const Calls& calls) { agree(ObjectKind::kSet, calls, tally); });
  }
  EXPECT_GT(tally.violated, 1'000);
}

TEST(Growing, CountersAgreeWithEveryOrder) {
  Rng rng(3);
  Tally tally;
  constexpr int kHistories = 30'000;
  for (int i = 0; i < rounds(kHistories) && !::testing::Test::HasFatalFailure(); ++i) {
    const std::int64_t step = rng.chance(50) ? 1 : rng.chance(50) ? -1 : 3;
    std::int64_t now = 0;
    const auto make = [&]() -> ObjectCall {
      if (rng.chance(55)) {
        now += step;
        return {.method = Method::kAdd, .a = number(step)};
      }
      const std::int64_t off = rng.chance(15) ? step : rng.chance(15) ? -step : 0;
      return {.method = Method::kRead, .result = number(now + off)};
    };
    agree(ObjectKind::kCounter, testing::random_calls(rng, {.count = 3 + rng.below(6)}, make),
          tally);
  }
  expect_both(tally, rounds(kHistories));
}

TEST(Growing, WhatIsNotThatSimpleIsLeftToTheSearch) {
  const auto one = [](const ObjectCall& call) { return Calls{{call, 0, 1}}; };
  EXPECT_FALSE(check_growing_set(one({.method = Method::kRemove, .a = number(1)})));
  const Cell yes = make_cell(Tag::kBoolean, 1);
  EXPECT_FALSE(check_growing_set(one({.method = Method::kAdd, .a = number(1), .result = yes})));
  const Calls mixed = {{{.method = Method::kContains, .a = number(1), .result = yes}, 0, 1},
                       {{.method = Method::kRead, .result = kNilCell}, 2, 3}};
  EXPECT_FALSE(check_growing_set(mixed));
  const Calls unequal = {{{.method = Method::kAdd, .a = number(1)}, 0, 1},
                         {{.method = Method::kAdd, .a = number(2)}, 2, 3}};
  EXPECT_FALSE(check_growing_counter(unequal, 0));
  EXPECT_FALSE(
      check_growing_counter(one({.method = Method::kAdd, .a = number(1), .result = number(1)}), 0));
}

}  // namespace
}  // namespace quorumlab::models
