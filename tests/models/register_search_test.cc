// The two searches for an order of a register's operations against each other and all orders.
#include "models/consistency/register_search.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "bench/object_generator.h"
#include "models/consistency/linearizable.h"
#include "models/consistency/register_bits.h"
#include "models/consistency/register_plan.h"
#include "tests/models/history_support.h"
#include "tests/models/rounds.h"

namespace quorumlab::models {
namespace {

using testing::clean_history;
using testing::CleanOptions;
using testing::Kind;
using testing::random_history;
using testing::Rng;

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> kKinds = {
      {.f = Function::kRead, .value = 1},
      {.f = Function::kRead, .value = 2},
      {.f = Function::kRead},
      {.f = Function::kWrite, .value = 1},
      {.f = Function::kWrite, .value = 2},
      {.f = Function::kWrite, .outcome = Outcome::kUnknown, .value = 2},
      {.f = Function::kCas, .value = 2, .expected = 1},
      {.f = Function::kCas, .value = 1, .expected = 2},
      {.f = Function::kCas, .outcome = Outcome::kUnknown, .value = 1, .expected = 2},
      {.f = Function::kCas,
       .outcome = Outcome::kFail,
       .value = 2,
       .expected = 1,
       .saw_other = true}};
  return kKinds;
}

// All that is said about a history, by each search and with and without looking ahead.
void expect_one_answer(const History& history, Value initial) {
  for (const RegisterHistory& part : split_by_key(history, initial)) {
    const Walk plain(part, false);
    const Walk ahead(part, true);
    const SearchResult expected = search_frontier(part, ahead, {});
    ASSERT_NE(expected.verdict, Verdict::kUnknown);
    const SearchResult other = search_frontier(part, plain, {});
    ASSERT_EQ(other.verdict, expected.verdict);
    ASSERT_EQ(other.contradiction, expected.contradiction);
    for (const Walk* const walk : {&plain, &ahead}) {
      if (!can_search_in_bits(part, *walk)) continue;
      const SearchResult bits = search_in_bits(part, *walk, {});
      ASSERT_EQ(bits.verdict, expected.verdict);
      ASSERT_EQ(bits.contradiction, expected.contradiction);
    }
    // As if there were more values, for which masks are kept in another way.
    RegisterHistory roomy = part;
    roomy.value_count = std::max(part.value_count, 20U);
    if (const Walk walk(roomy, true); can_search_in_bits(roomy, walk)) {
      const SearchResult bits = search_in_bits(roomy, walk, {});
      ASSERT_EQ(bits.verdict, expected.verdict);
      ASSERT_EQ(bits.contradiction, expected.contradiction);
    }
    const SearchResult picked = search_orders(part, {});
    ASSERT_EQ(picked.verdict, expected.verdict);
    ASSERT_EQ(picked.contradiction, expected.contradiction);
  }
}

TEST(RegisterSearch, AllWaysSayTheSameAsAllOrders) {
  Rng rng(21);
  int violated = 0;
  constexpr int kHistories = 20'000;
  for (int i = 0; i < rounds(kHistories); ++i) {
    const History history = random_history(rng, 2 + rng.below(6), kinds());
    expect_one_answer(history, std::nullopt);
    const bool holds = testing::has_order(history, std::nullopt);
    ASSERT_EQ(check_linearizable(history).verdict == Verdict::kHolds, holds) << "history " << i;
    violated += holds ? 0 : 1;
  }
  EXPECT_GT(violated, kHistories / 10);
  EXPECT_LT(violated, rounds(kHistories * 9 / 10));
}

TEST(RegisterSearch, AllWaysSayTheSameOfLongHistories) {
  Rng rng(22);
  for (int i = 0; i < 60; ++i) {
    const CleanOptions options{.operations = 400,
                               .processes = 2 + rng.below(8),
                               .values = 1 + rng.below(5),
                               .reads = 40,
                               .cas = 30,
                               .unknown = i % 3 == 0 ? 1U : 0U};
    const History history = clean_history(rng, options);
    expect_one_answer(history, std::nullopt);
    // One read that says something else, somewhere.
    const std::uint64_t wrong = rng.below(400);
    const History odd = testing::edited(history, [&](Operation& op) {
      if (op.id.value > wrong && op.id.value < wrong + 4 && op.f == Function::kRead) op.value = 77;
    });
    expect_one_answer(odd, std::nullopt);
  }
}

TEST(RegisterSearch, APlantedImpossibleReadIsFound) {
  for (const std::uint32_t processes : {3U, 5U, 7U, 12U}) {
    bench::ObjectShape shape{.kind = ObjectKind::kRegister,
                             .calls = 3'000,
                             .processes = processes,
                             .values = 5,
                             .cas = true};
    const History good = bench::register_history(bench::object_calls(shape));
    EXPECT_EQ(check_linearizable(good).verdict, Verdict::kHolds);
    shape.planted = true;
    const LinearizableResult bad =
        check_linearizable(bench::register_history(bench::object_calls(shape)));
    ASSERT_EQ(bad.verdict, Verdict::kViolated);
    EXPECT_EQ(bad.witness->anomaly, Anomaly::kPhantomValue);
  }
}

TEST(RegisterSearch, AStaleReadAmongUniqueWritesIsFoundAndNamed) {
  bench::ObjectShape shape{.kind = ObjectKind::kRegister, .calls = 20'000, .planted = true};
  const LinearizableResult result =
      check_linearizable(bench::register_history(bench::object_calls(shape)));
  ASSERT_EQ(result.verdict, Verdict::kViolated);
  EXPECT_EQ(result.witness->anomaly, Anomaly::kStaleRead);
}

TEST(RegisterSearch, ABudgetEndsEachSearch) {
  Rng rng(23);
  const History history = clean_history(rng, {.operations = 300, .values = 3, .cas = 30});
  for (const RegisterHistory& part : split_by_key(history, std::nullopt)) {
    const Walk walk(part, true);
    ASSERT_TRUE(can_search_in_bits(part, walk));
    for (const SearchResult& result : {search_in_bits(part, walk, {.max_steps = 50}),
                                       search_frontier(part, walk, {.max_steps = 50})}) {
      EXPECT_EQ(result.verdict, Verdict::kUnknown);
      EXPECT_EQ(result.limit, SearchResult::Limit::kSteps);
      EXPECT_LT(result.steps, 500U);
    }
  }
}

}  // namespace
}  // namespace quorumlab::models
