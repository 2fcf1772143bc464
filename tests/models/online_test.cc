#include "models/consistency/online.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/models/history_support.h"
#include "tests/models/rounds.h"

namespace quorumlab::models {
namespace {

using testing::Rng;

// Makes a history again, step by step, under a judge.
struct Replay {
  History history;
  std::optional<OnlineViolation> violation;

  Replay(const History& whole, const std::vector<std::string>& models) {
    OnlineJudge judge(history, models);
    history.set_listener([&](OpId id, bool is_completion) {
      is_completion ? judge.completed(id) : judge.invoked(id);
    });
    struct Moment {
      std::uint64_t position;
      const Operation* op;
      bool is_end;
    };
    std::vector<Moment> moments;
    for (const Operation& op : whole.operations()) {
      moments.push_back({op.invoked, &op, false});
      if (op.completed != kNever) moments.push_back({op.completed, &op, true});
    }
    std::sort(moments.begin(), moments.end(),
              [](const Moment& a, const Moment& b) { return a.position < b.position; });
    for (const Moment& moment : moments) {
      step(*moment.op, moment.is_end);
      if (judge.violation()) break;
    }
    history.set_listener(nullptr);
    judge.finish();
    violation = judge.violation();
  }

 private:
  void step(const Operation& op, bool is_end) {
    if (is_end) {
      history.complete(op.id,
                       {.outcome = op.outcome, .value = op.value, .saw_other = op.saw_other});
    } else {
      history.invoke({.process = op.process,
                      .f = op.f,
                      .key = op.key,
                      .value = op.f == Function::kRead ? Value{} : op.value,
                      .expected = op.expected});
    }
  }
};

// The first completion with which the history so far has no order, found the slow way.
std::optional<std::uint64_t> first_violation(const History& history, const std::string& model) {
  for (std::uint64_t end = 0; end < 2 * history.size(); ++end) {
    if (check_register(beginning_of(history, end), model).verdict == Verdict::kViolated) return end;
  }
  return std::nullopt;
}

void agree(const History& history, const std::string& model, int& violated) {
  const Replay replay(history, {model});
  const auto expected = first_violation(history, model);
  ASSERT_EQ(replay.violation.has_value(), expected.has_value());
  if (!expected) return;
  ++violated;
  EXPECT_EQ(replay.violation->position, *expected);
  EXPECT_EQ(replay.violation->model, model);
  EXPECT_EQ(replay.history.operation(replay.violation->at).completed, *expected);
}

TEST(Online, LinearizabilityIsViolatedAtTheVeryCompletion) {
  Rng rng(1);
  int violated = 0;
  for (int i = 0; i < rounds(4'000) && !::testing::Test::HasFailure(); ++i) {
    const History history =
        testing::clean_history(rng, {.operations = 12, .processes = 4, .unknown = 10});
    const History odd = testing::edited(history, [&](Operation& op) {
      if (op.f == Function::kRead && rng.chance(25)) op.value = 1 + rng.below(12);
      const bool fails = rng.chance(4) && op.outcome == Outcome::kOk;
      if (op.f == Function::kWrite && fails) op.outcome = Outcome::kFail;
    });
    agree(odd, "linearizable", violated);
  }
  EXPECT_GT(violated, 500);
}

TEST(Online, ValuesWrittenTwiceAreJudgedToo) {
  Rng rng(2);
  int violated = 0;
  for (int i = 0; i < rounds(300) && !::testing::Test::HasFailure(); ++i) {
    const History history = testing::clean_history(
        rng, {.operations = 12, .processes = 4, .values = 3, .cas = 20, .unknown = 5});
    const History odd = testing::edited(history, [&](Operation& op) {
      if (op.f == Function::kRead && rng.chance(20)) op.value = 1 + rng.below(3);
    });
    agree(odd, "linearizable", violated);
  }
  EXPECT_GT(violated, 20);
}

TEST(Online, WeakerModelsAreJudgedByWhatHasHappenedSoFar) {
  Rng rng(3);
  for (const char* const model : {"monotonic_reads", "read_your_writes", "regular", "pram"}) {
    int violated = 0;
    for (int i = 0; i < rounds(200) && !::testing::Test::HasFailure(); ++i) {
      const History history =
          testing::clean_history(rng, {.operations = 14, .processes = 3, .keys = 2});
      const History odd = testing::edited(history, [&](Operation& op) {
        if (op.f == Function::kRead && rng.chance(20)) op.value = std::nullopt;
      });
      agree(odd, model, violated);
    }
    EXPECT_GT(violated, 20) << model;
  }
}

TEST(Online, OfSeveralModelsTheOneThatIsBrokenFirstIsNamed) {
  History history;
  const auto done = [&](ProcessId process, Function f, Value value) {
    const OpId op = history.invoke({.process = process, .f = f, .value = value});
    history.complete(op, {.outcome = Outcome::kOk, .value = value});
  };
  done(1, Function::kWrite, 5);
  done(2, Function::kRead, std::nullopt);  // stale, but nobody's session is broken
  done(1, Function::kRead, std::nullopt);  // its own write is gone
  EXPECT_EQ(Replay(history, {"read_your_writes", "linearizable"}).violation->model, "linearizable");
  const Replay session(history, {"read_your_writes"});
  EXPECT_EQ(session.violation->at, OpId(3));
}

TEST(Online, ALongCleanHistoryTakesWorkInProportion) {
  Rng rng(4);
  const History history = testing::clean_history(rng, {.operations = 20'000, .processes = 8});
  EXPECT_FALSE(Replay(history, {"linearizable", "monotonic_reads"}).violation);
}

}  // namespace
}  // namespace quorumlab::models
