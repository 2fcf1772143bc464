#include "models/consistency/linear_prefix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/models/history_support.h"
#include "tests/models/rounds.h"

namespace quorumlab::models {
namespace {

using testing::for_each_history;
using testing::has_order;
using testing::Kind;
using testing::random_history;
using testing::Rng;

Kind read(Value value) {
  return {.f = Function::kRead, .value = value};
}
Kind write(Value value) {
  return {.f = Function::kWrite, .value = value};
}
Kind unknown(Kind kind) {
  kind.outcome = Outcome::kUnknown;
  return kind;
}

// Replays the order by itself: every read fits, and nothing comes before what ended before it.
void expect_legal(const History& history, const LinearPrefix& prefix) {
  Value state;
  std::uint64_t latest = 0;
  for (const OpId id : prefix.order) {
    const Operation& op = history.operation(id);
    if (op.f == Function::kRead)
      EXPECT_EQ(op.value, state);
    else
      state = op.value;
    EXPECT_LT(latest, op.completed);
    latest = std::max(latest, op.invoked);
  }
  EXPECT_EQ(state, prefix.state);
}

void expect_right(const History& history) {
  const auto prefix = longest_prefix(history, Key(0));
  ASSERT_TRUE(prefix.has_value());
  expect_legal(history, *prefix);
  EXPECT_EQ(prefix->failing == sim::kNoOp, has_order(history, std::nullopt));
}

TEST(LinearPrefix, AgreesWithTryingAllOrders) {
  const std::vector<Kind> kinds = {read({}), read(1),  read(2),
                                   write(1), write(2), unknown(write(1))};
  for_each_history(3, kinds, expect_right);
}

TEST(LinearPrefix, AgreesWithTryingAllOrdersOfLongerHistories) {
  const std::vector<Kind> kinds = {read(1),  read(2),           read({}),         write(1),
                                   write(2), unknown(write(3)), unknown(read(1)), read(3)};
  Rng rng(7);
  for (int i = 0; i < rounds(4000); ++i) expect_right(random_history(rng, 6, kinds));
}

TEST(LinearPrefix, EndsAtTheReadThatGoesBack) {
  History history;
  const auto at_once = [&](Function f, Value value) {
    const OpId op = history.invoke({.f = f, .value = f == Function::kWrite ? value : Value{}});
    history.complete(op, {.outcome = Outcome::kOk, .value = value});
    return op;
  };
  const OpId first = at_once(Function::kWrite, 1);
  const OpId second = at_once(Function::kWrite, 2);
  const OpId stale = at_once(Function::kRead, 1);
  at_once(Function::kRead, 2);
  const auto prefix = longest_prefix(history, Key());
  ASSERT_TRUE(prefix.has_value());
  EXPECT_EQ(prefix->order, (std::vector<OpId>{first, second}));
  EXPECT_EQ(prefix->failing, stale);
  EXPECT_EQ(prefix->state, Value{2});
}

TEST(LinearPrefix, TellsWhatWasStillOpen) {
  History history;
  const OpId open = history.invoke({.f = Function::kWrite, .value = 5});
  const OpId wrong = history.invoke({.process = 1, .f = Function::kRead});
  history.complete(wrong, {.outcome = Outcome::kOk, .value = 9});
  const auto prefix = longest_prefix(history, Key());
  ASSERT_TRUE(prefix.has_value());
  EXPECT_EQ(prefix->failing, wrong);
  EXPECT_EQ(prefix->waiting, std::vector<OpId>{open});
}

TEST(LinearPrefix, DoesNotSpeakOfCompareAndSet) {
  History history;
  const OpId cas = history.invoke({.f = Function::kCas, .value = 1});
  history.complete(cas, {.outcome = Outcome::kOk});
  EXPECT_FALSE(longest_prefix(history, Key()).has_value());
}

}  // namespace
}  // namespace quorumlab::models
