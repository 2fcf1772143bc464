// What linearizability costs to decide, and what is said where it costs too much.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "models/consistency/linearizable.h"
#include "models/consistency/register_search.h"
#include "tests/models/history_support.h"

namespace quorumlab::models {
namespace {

using testing::clean_history;
using testing::Rng;

TEST(Linearizable, AHundredThousandOperationsOfUniqueValuesTakeLinearWork) {
  Rng rng(7);
  const History history =
      clean_history(rng, {.operations = 100'000, .processes = 20, .keys = 10, .unknown = 1});
  const LinearizableResult result = check_linearizable(history, {.max_steps = 1});
  EXPECT_EQ(result.verdict, Verdict::kHolds);
  EXPECT_LT(result.steps, 400'000U);
}

TEST(Linearizable, WorkOfTheSearchDoesNotGrowWithTheLength) {
  Rng rng(8);
  const auto steps_per_operation = [&](std::size_t operations) {
    const History history = clean_history(
        rng, {.operations = operations, .processes = 5, .values = 5, .cas = 25, .unknown = 0});
    const LinearizableResult result = check_linearizable(history);
    EXPECT_EQ(result.verdict, Verdict::kHolds);
    return result.steps / operations;
  };
  EXPECT_LT(steps_per_operation(20'000), 2 * steps_per_operation(2'000) + 1);
}

History overlapping_writes(std::int64_t count, bool violate) {
  History history;
  std::vector<OpId> ids;
  for (std::int64_t i = 0; i < count; ++i) {
    ids.push_back(history.invoke({.process = static_cast<ProcessId>(i),
                                  .f = Function::kWrite,
                                  .key = Key(0),
                                  .value = i / 2}));
  }
  for (const OpId id : ids) history.complete(id, {.outcome = Outcome::kOk});
  const OpId read = history.invoke({.process = 0, .f = Function::kRead, .key = Key(0)});
  history.complete(read, {.outcome = Outcome::kOk, .value = violate ? Value{} : Value{0}});
  return history;
}

// Forty overlapping walks among six values: every set of steps that forms a walk must be tried.
History overlapping_changes() {
  Rng rng(9);
  History history;
  std::vector<OpId> ids;
  for (std::uint32_t i = 0; i < 40; ++i) {
    const std::uint32_t from = rng.below(6);
    const std::uint32_t step = 1 + rng.below(5);
    ids.push_back(history.invoke({.process = i,
                                  .f = Function::kCas,
                                  .key = Key(0),
                                  .value = (from + step) % 6,
                                  .expected = from}));
  }
  for (const OpId id : ids) history.complete(id, {.outcome = Outcome::kOk});
  return history;
}

TEST(Linearizable, AnExplosionEndsInUnknownWithTheReason) {
  const History history = overlapping_changes();
  const LinearizableOptions from_zero{.initial = 0};
  const LinearizableResult few =
      check_linearizable(history, {.max_configurations = 1'000}, from_zero);
  EXPECT_EQ(few.verdict, Verdict::kUnknown);
  EXPECT_NE(few.reason.find("max_configurations"), std::string::npos) << few.reason;
  const LinearizableResult slow = check_linearizable(history, {.max_steps = 10'000}, from_zero);
  EXPECT_EQ(slow.verdict, Verdict::kUnknown);
  EXPECT_NE(slow.reason.find("max_steps"), std::string::npos) << slow.reason;
  EXPECT_FALSE(slow.witness.has_value());
}

TEST(Linearizable, OverlappingWritesDoNotExplode) {
  const LinearizableResult result = check_linearizable(overlapping_writes(60, true));
  EXPECT_EQ(result.verdict, Verdict::kViolated);
  EXPECT_LT(result.steps, 100'000U);
}

TEST(Linearizable, ManyMoreThan64UnknownOperationsCanBePending) {
  for (const std::int64_t unknowns : {70, 300, 2'000}) {
    History history;
    for (std::int64_t i = 0; i < unknowns; ++i) {
      const OpId id = history.invoke({.process = static_cast<ProcessId>(i),
                                      .f = Function::kCas,
                                      .key = Key(0),
                                      .value = i + 1,
                                      .expected = i});
      history.complete(id, {.outcome = Outcome::kUnknown});
    }
    const auto act = [&](Function f, std::int64_t value) {
      const OpId id = history.invoke({.process = 9'999, .f = f, .key = Key(0), .value = value});
      history.complete(id, {.outcome = Outcome::kOk, .value = value});
    };
    act(Function::kWrite, 0);
    act(Function::kRead, unknowns);
    EXPECT_EQ(check_linearizable(history).verdict, Verdict::kHolds) << unknowns;
    act(Function::kRead, unknowns - 1);
    EXPECT_EQ(check_linearizable(history).verdict, Verdict::kViolated) << unknowns;
  }
}

TEST(Linearizable, MoreOverlapThanSupportedIsUnknown) {
  const LinearizableResult result = check_linearizable(overlapping_writes(kMaxOverlap + 2, true));
  EXPECT_EQ(result.verdict, Verdict::kUnknown);
  EXPECT_NE(result.reason.find("overlap"), std::string::npos) << result.reason;
}

}  // namespace
}  // namespace quorumlab::models
