// Histories judged while they are made: the first completion that violates, no earlier, no later.
#include "models/consistency/online.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/exchange/judge_history.h"
#include "tests/models/history_support.h"
#include "tests/models/rounds.h"
#include "tests/models/watch_support.h"

namespace quorumlab::models {
namespace {

using testing::Agreement;
using testing::first_violation;
using testing::Kind;
using testing::play;
using testing::Rng;
using testing::whole;

OnlineQuestion question_of(std::vector<std::string> models, ObjectKind kind) {
  return {
      .models = std::move(models),
      .whole = [kind](const History& history,
                      const std::string& model) { return whole(history, model, {.kind = kind}); },
      .watch = [kind](const std::string& model) { return make_watch(model, {.kind = kind}); },
      .stronger = [](const std::string&) { return strongest_model(); }};
}

struct Replay {
  History history;
  std::optional<OnlineViolation> violation;
  std::uint64_t looks = 0;

  Replay(const History& all, const std::vector<std::string>& models,
         ObjectKind kind = ObjectKind::kRegister) {
    OnlineJudge judge(history, question_of(models, kind));
    play(all, history, [&](OpId id, bool is_completion) {
      is_completion ? judge.completed(id) : judge.invoked(id);
      return !judge.violation();
    });
    judge.finish();
    violation = judge.violation();
    looks = judge.looks();
  }
};

void agree(const History& history, const std::string& model, int& violated,
           ObjectKind kind = ObjectKind::kRegister) {
  const Replay replay(history, {model}, kind);
  const auto expected = first_violation(history, model, {.kind = kind});
  ASSERT_EQ(replay.violation.has_value(), expected.has_value());
  if (!expected) return;
  ++violated;
  EXPECT_EQ(replay.violation->at, *expected);
  EXPECT_EQ(replay.violation->model, model);
  EXPECT_EQ(replay.history.operation(*expected).completed, replay.violation->position);
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
  for (const RegisterModel& model : register_models()) {
    int violated = 0;
    for (int i = 0; i < rounds(150) && !::testing::Test::HasFailure(); ++i) {
      const History history =
          testing::clean_history(rng, {.operations = 14, .processes = 3, .keys = 2});
      const History odd = testing::edited(history, [&](Operation& op) {
        if (op.f == Function::kRead && rng.chance(20)) op.value = std::nullopt;
        if (op.f == Function::kRead && rng.chance(4)) op.value = 1'000;
      });
      agree(odd, std::string(model.name), violated);
    }
    EXPECT_GT(violated, 10) << model.name;
  }
}

// Small histories of an object, of which most are odd.
struct Objects {
  ObjectKind kind = ObjectKind::kCounter;
  std::string model = "linearizable";
  std::vector<Kind> kinds;
  std::function<void(Rng&, Operation&)> edit = [](Rng&, Operation&) {};
  bool searches = false;
  std::uint32_t most = 8;
};

std::vector<Kind> readings(std::int64_t count) {
  std::vector<Kind> kinds;
  for (std::int64_t value = 1; value <= count; ++value) {
    kinds.push_back({.f = Function::kRead, .value = value});
  }
  return kinds;
}

std::vector<Kind> with(std::vector<Kind> a, const std::vector<Kind>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// What is put in is numbered, so that it is unique; what comes out is some of that.
void number(Rng& rng, Operation& op) {
  if (op.f != Function::kRead && op.f != Function::kDequeue) op.value = op.id.value;
  if (op.f == Function::kDequeue) op.value = std::int64_t{1} + rng.below(op.id.value);
  if (op.f != Function::kRead) return;
  for (std::int64_t e = 1; e <= op.id.value + 1; ++e) {
    if (rng.chance(45)) op.elements.push_back(e);
  }
}

void number_or_nothing(Rng& rng, Operation& op) {
  number(rng, op);
  if (op.f == Function::kDequeue && rng.chance(30)) op.value = std::nullopt;
}

// Each of it may be put in well, or in vain, or nobody knows.
std::vector<Kind> changes(Function f) {
  return {{.f = f},
          {.f = f},
          {.f = f, .outcome = Outcome::kUnknown},
          {.f = f, .outcome = Outcome::kFail}};
}

std::vector<Objects> objects() {
  const std::vector<Kind> queue = with(changes(Function::kEnqueue), changes(Function::kDequeue));
  const std::vector<Kind> reads = {{.f = Function::kRead}, {.f = Function::kRead}};
  const auto cas = [](std::int64_t from, std::int64_t to, Outcome outcome, bool saw_other) {
    return Kind{.f = Function::kCas,
                .outcome = outcome,
                .value = to,
                .expected = from,
                .saw_other = saw_other};
  };
  return {
      {.kind = ObjectKind::kCounter,
       .kinds = with({{.f = Function::kAdd, .value = 1},
                      {.f = Function::kAdd, .value = 1},
                      {.f = Function::kAdd, .outcome = Outcome::kUnknown, .value = 1},
                      {.f = Function::kAdd, .outcome = Outcome::kFail, .value = 1},
                      {.f = Function::kRead, .value = 0}},
                     readings(3))},
      {.kind = ObjectKind::kQueue, .kinds = queue, .edit = number},
      {.kind = ObjectKind::kQueue, .kinds = queue, .edit = number_or_nothing, .searches = true},
      {.kind = ObjectKind::kRegister,
       .kinds = with({cas(2, 1, Outcome::kOk, false),
                      cas(1, 2, Outcome::kOk, false),
                      cas(1, 3, Outcome::kUnknown, false),
                      cas(2, 3, Outcome::kFail, true),
                      cas(2, 3, Outcome::kFail, false),
                      {.f = Function::kWrite, .outcome = Outcome::kUnknown, .value = 2},
                      {.f = Function::kWrite, .value = 1},
                      {.f = Function::kRead}},
                     readings(3)),
       .searches = true},
      {.kind = ObjectKind::kLog, .kinds = with(changes(Function::kAppend), reads), .edit = number},
      {.kind = ObjectKind::kSet, .kinds = with(changes(Function::kInsert), reads), .edit = number},
      {.kind = ObjectKind::kLock,
       .model = "mutual_exclusion",
       .kinds = {{.f = Function::kAcquire, .value = 1},
                 {.f = Function::kAcquire, .value = 2},
                 {.f = Function::kRelease, .value = 1},
                 {.f = Function::kRelease, .outcome = Outcome::kFail, .value = 1},
                 {.f = Function::kRelease, .outcome = Outcome::kUnknown, .value = 1}}}};
}

History history_of(Rng& rng, const Objects& o) {
  const History made = testing::random_history(rng, 2 + rng.below(o.most), o.kinds);
  return testing::edited(made, [&](Operation& op) { o.edit(rng, op); });
}

TEST(Online, StreamsOfObjectsSayItAtTheVeryCompletion) {
  for (const Objects& o : objects()) {
    Rng rng(5);
    Agreement seen;
    const bool has_cas = o.kind == ObjectKind::kRegister;
    for (int i = 0; i < rounds(4'000) && !::testing::Test::HasFailure(); ++i) {
      seen.add(history_of(rng, o), o.model,
               {.kind = o.kind, .has_cas = has_cas, .searches = o.searches});
    }
    EXPECT_GT(seen.violated, 300) << name_of(o.kind);
    EXPECT_GT(seen.holds, 300) << name_of(o.kind);
    EXPECT_LT(seen.nothing, rounds(10)) << name_of(o.kind);
  }
}

// Each of three processes acquires and releases by turns, or tries to.
History locks_of(Rng& rng) {
  History history;
  std::vector<std::optional<OpId>> open(3);
  std::vector<bool> holds(3);
  std::int64_t token = 0;
  for (int step = 0; step < 16; ++step) {
    const std::uint32_t who = rng.below(3);
    if (!open[who]) {
      const bool acquires = !holds[who];
      const bool somebody = std::count(holds.begin(), holds.end(), true) > 0;
      if (acquires && somebody && !rng.chance(15)) continue;
      open[who] = history.invoke({.process = who,
                                  .f = acquires ? Function::kAcquire : Function::kRelease,
                                  .value = acquires ? Value{} : Value{token}});
      continue;
    }
    const OpId op = *open[who];
    open[who].reset();
    const std::uint32_t dice = rng.below(100);
    const Outcome outcome = dice < 8    ? Outcome::kUnknown
                            : dice < 20 ? Outcome::kFail
                                        : Outcome::kOk;
    const bool acquires = history.operation(op).f == Function::kAcquire;
    if (outcome == Outcome::kOk) holds[who] = acquires;
    token += rng.chance(90) ? 1 : 0;
    history.complete(op, {.outcome = outcome, .value = acquires ? Value{token} : Value{}});
  }
  return testing::edited(history, [](Operation&) {});
}

TEST(Online, LocksAreSearchedAsTheyAreUsed) {
  Rng rng(11);
  Agreement seen;
  for (int i = 0; i < rounds(4'000) && !::testing::Test::HasFailure(); ++i) {
    seen.add(locks_of(rng), "linearizable", {.kind = ObjectKind::kLock});
  }
  EXPECT_GT(seen.violated, 300);
  EXPECT_GT(seen.holds, 300);
  EXPECT_EQ(seen.nothing, 0);
}

TEST(Online, ObjectsAreJudgedByEveryModelOfTheirs) {
  for (const Objects& o : objects()) {
    if (o.kind == ObjectKind::kRegister) continue;  // above
    for (const std::string& model : models_of_history(o.kind)) {
      Rng rng(6);
      int violated = 0;
      for (int i = 0; i < rounds(150) && !::testing::Test::HasFailure(); ++i) {
        agree(history_of(rng, o), model, violated, o.kind);
      }
      EXPECT_GT(violated, 10) << name_of(o.kind) << " " << model;
    }
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
  History both;
  both.complete(both.invoke({.process = 1, .f = Function::kWrite, .value = 5}),
                {.outcome = Outcome::kOk});
  both.complete(both.invoke({.process = 1, .f = Function::kRead}), {.outcome = Outcome::kOk});
  EXPECT_EQ(Replay(both, {"read_your_writes", "linearizable"}).violation->model,
            "read_your_writes");
}

// What is fine by the stream of a stronger model need not be looked at.
TEST(Online, ACleanHistoryIsNotLookedAtAsAWhole) {
  Rng rng(4);
  const History history = testing::clean_history(rng, {.operations = 20'000, .processes = 8});
  const Replay replay(history, {"linearizable", "monotonic_reads", "causal", "sequential"});
  EXPECT_FALSE(replay.violation);
  EXPECT_EQ(replay.looks, 0U);
}

TEST(Online, WhereNoStreamJudgesTheLooksAreInProportion) {
  Rng rng(4);
  const History history =
      testing::clean_history(rng, {.operations = 20'000, .processes = 4, .values = 9, .cas = 30});
  const Replay replay(history, {"linearizable"});
  EXPECT_FALSE(replay.violation);
  EXPECT_LT(replay.looks, 60U);
}

}  // namespace
}  // namespace quorumlab::models
