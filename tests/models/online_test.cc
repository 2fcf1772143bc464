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

#include "models/consistency/history_watch.h"
#include "models/exchange/judge_history.h"
#include "models/history_again.h"
#include "tests/models/history_support.h"

namespace quorumlab::models {
namespace {

using testing::Kind;
using testing::Rng;

Verdict whole(const History& history, const std::string& model, ObjectKind kind,
              const RegisterCheckOptions& registers = {}) {
  if (kind == ObjectKind::kRegister) return check_register(history, model, registers).verdict;
  return check_objects(history, model, {}, kind).verdict;
}

OnlineQuestion question_of(std::vector<std::string> models, ObjectKind kind) {
  return {.models = std::move(models),
          .whole = [kind](const History& history,
                          const std::string& model) { return whole(history, model, kind); },
          .watch = [kind](const std::string& model) { return make_watch(model, {.kind = kind}); },
          .stronger = [](const std::string&) { return strongest_model(); }};
}

// Makes a history again, step by step, for as long as `step` says so. What never ends is given up
// at once, or left as it is.
void play(const History& all, History& history, const std::function<bool(OpId, bool)>& step) {
  struct Moment {
    const Operation* op = nullptr;
    bool is_end = false;
  };
  std::vector<Moment> moments(2 * all.size());
  for (const Operation& op : all.operations()) {
    moments[op.invoked] = {&op, false};
    if (op.completed != kNever) moments[op.completed] = {&op, true};
  }
  for (const auto& [op, is_end] : moments) {
    if (op == nullptr) continue;
    if (is_end) {
      history.complete(op->id, completion_of(*op));
    } else {
      history.invoke(invocation_of(*op));
    }
    if (!step(op->id, is_end)) return;
    if (is_end || op->completed != kNever || op->id.value % 2 == 0) continue;
    history.complete(op->id, {.outcome = Outcome::kUnknown, .at = op->invoked_at});
    if (!step(op->id, true)) return;
  }
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

// What a watch says by itself, and after which completion.
std::pair<Watch::Says, OpId> watched(const History& all, const std::string& model,
                                     const WatchSetting& setting) {
  History history;
  std::pair<Watch::Says, OpId> result{Watch::Says::kFine, OpId()};
  const auto watch = make_watch(model, setting);
  play(all, history, [&](OpId id, bool is_completion) {
    const Operation& op = history.operation(id);
    result = {is_completion ? watch->completed(op) : watch->invoked(op), id};
    return result.first == Watch::Says::kFine;
  });
  if (result.first == Watch::Says::kFine) result = {watch->finish(), OpId()};
  return result;
}

// The operation with whose completion the history so far is first violated, found the slow way.
std::optional<OpId> first_violation(const History& history, const std::string& model,
                                    const WatchSetting& setting) {
  for (std::uint64_t end = 0; end < 2 * history.size(); ++end) {
    const History cut = beginning_of(history, end);
    if (whole(cut, model, setting.kind, setting.registers) != Verdict::kViolated) continue;
    for (const Operation& op : history.operations()) {
      if (op.completed == end) return op.id;
    }
  }
  return std::nullopt;
}

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
  for (int i = 0; i < 4'000 && !::testing::Test::HasFailure(); ++i) {
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
  for (int i = 0; i < 300 && !::testing::Test::HasFailure(); ++i) {
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
    for (int i = 0; i < 150 && !::testing::Test::HasFailure(); ++i) {
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

// Sessions of few processes on two keys, every value unique, some of the writes failed or unknown.
History sessions_of(Rng& rng) {
  const History clean = testing::clean_history(rng, {.operations = 4 + rng.below(14),
                                                     .processes = 2 + rng.below(3),
                                                     .keys = 2,
                                                     .unknown = rng.below(12)});
  return testing::edited(clean, [&](Operation& op) {
    const bool fails = op.f == Function::kWrite && op.outcome == Outcome::kOk && rng.chance(12);
    if (fails) op.outcome = Outcome::kFail;
    op.invoked_at = sim::Time(static_cast<std::int64_t>(op.invoked));
    op.completed_at = sim::Time(static_cast<std::int64_t>(op.completed));
    if (op.f != Function::kRead) return;
    const std::uint32_t dice = rng.below(100);
    if (dice < 8) op.value = std::nullopt;
    if (dice >= 8 && dice < 30 && op.value)
      op.value = 1 + rng.below(static_cast<std::uint32_t>(*op.value));
  });
}

// A model of registers, as it is asked for.
struct Weak {
  std::string model;
  RegisterCheckOptions options = {};
};

std::vector<Weak> weak_models() {
  return {{"read_your_writes"},
          {"monotonic_reads"},
          {"monotonic_writes"},
          {"writes_follow_reads"},
          {"regular"},
          {"safe"},
          {"bounded_staleness"},
          {"bounded_staleness", {.staleness_versions = 1}},
          {"bounded_staleness", {.staleness_time = sim::Duration(6)}},
          {"bounded_staleness", {.staleness_versions = 2, .staleness_time = sim::Duration(9)}},
          {"consistent_prefix"}};
}

TEST(Online, StreamsOfWeakModelsSayItAtTheVeryCompletion) {
  for (const Weak& weak : weak_models()) {
    Rng rng(8);
    int violated = 0;
    int holds = 0;
    for (int i = 0; i < 3'000 && !::testing::Test::HasFailure(); ++i) {
      const History history = sessions_of(rng);
      const WatchSetting setting{.registers = weak.options};
      const auto [says, at] = watched(history, weak.model, setting);
      ASSERT_NE(says, Watch::Says::kNothing) << weak.model;
      const auto expected = first_violation(history, weak.model, setting);
      ASSERT_EQ(says == Watch::Says::kWrong, expected.has_value())
          << weak.model << ", history " << i;
      (expected ? violated : holds) += 1;
      if (expected) {
        ASSERT_EQ(at, *expected) << weak.model << ", history " << i;
      }
    }
    EXPECT_GT(violated, 200) << weak.model;
    EXPECT_GT(holds, 200) << weak.model;
  }
}

// Who remembers little says nothing more often, and nothing else.
TEST(Online, StreamsThatForgetDoNotLie) {
  for (const Weak& weak : weak_models()) {
    Rng rng(9);
    int violated = 0;
    int holds = 0;
    int nothing = 0;
    for (int i = 0; i < 1'500 && !::testing::Test::HasFailure(); ++i) {
      const History history = sessions_of(rng);
      const WatchSetting setting{.registers = weak.options, .remembers = 2 + rng.below(3)};
      const auto [says, at] = watched(history, weak.model, setting);
      nothing += says == Watch::Says::kNothing ? 1 : 0;
      if (says == Watch::Says::kNothing) continue;
      const auto expected = first_violation(history, weak.model, setting);
      ASSERT_EQ(says == Watch::Says::kWrong, expected.has_value())
          << weak.model << ", history " << i;
      (expected ? violated : holds) += 1;
      if (expected) {
        ASSERT_EQ(at, *expected) << weak.model << ", history " << i;
      }
    }
    EXPECT_GT(violated, 100) << weak.model;
    EXPECT_GT(holds, 50) << weak.model << ", " << nothing << " of unknown verdict";
  }
}

// Small histories of an object, of which most are odd.
struct Objects {
  ObjectKind kind = ObjectKind::kCounter;
  std::string model = "linearizable";
  std::vector<Kind> kinds;
  std::function<void(Rng&, Operation&)> edit = [](Rng&, Operation&) {};
  std::uint32_t most = 8;
};

std::vector<Objects> objects() {
  const auto values = [](Function f, std::int64_t count) {
    std::vector<Kind> kinds;
    for (std::int64_t value = 1; value <= count; ++value) kinds.push_back({.f = f, .value = value});
    return kinds;
  };
  const auto both = [](std::vector<Kind> a, const std::vector<Kind>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  };
  // What is put in is numbered, so that it is unique; what comes out is some of that.
  const auto number = [](Rng& rng, Operation& op) {
    const auto among = [&] { return std::int64_t{1} + rng.below(op.id.value); };
    if (op.f != Function::kRead && op.f != Function::kDequeue) op.value = op.id.value;
    if (op.f == Function::kDequeue) op.value = among();
    if (op.f != Function::kRead) return;
    for (std::int64_t e = 1; e <= op.id.value + 1; ++e) {
      if (rng.chance(45)) op.elements.push_back(e);
    }
  };
  const Kind lost{.f = Function::kEnqueue, .outcome = Outcome::kUnknown};
  const Kind taken{.f = Function::kDequeue, .outcome = Outcome::kUnknown};
  const Kind failed{.f = Function::kEnqueue, .outcome = Outcome::kFail};
  const Kind left{.f = Function::kDequeue, .outcome = Outcome::kFail};
  return {{.kind = ObjectKind::kCounter,
           .kinds = both({{.f = Function::kAdd, .value = 1},
                          {.f = Function::kAdd, .value = 1},
                          {.f = Function::kAdd, .outcome = Outcome::kUnknown, .value = 1},
                          {.f = Function::kAdd, .outcome = Outcome::kFail, .value = 1},
                          {.f = Function::kRead, .value = 0}},
                         values(Function::kRead, 3))},
          {.kind = ObjectKind::kQueue,
           .kinds = {{.f = Function::kEnqueue},
                     {.f = Function::kEnqueue},
                     {.f = Function::kDequeue},
                     {.f = Function::kDequeue},
                     lost,
                     taken,
                     failed,
                     left},
           .edit = number},
          {.kind = ObjectKind::kLog,
           .kinds = {{.f = Function::kAppend},
                     {.f = Function::kAppend},
                     {.f = Function::kRead},
                     {.f = Function::kRead},
                     {.f = Function::kAppend, .outcome = Outcome::kUnknown},
                     {.f = Function::kAppend, .outcome = Outcome::kFail}},
           .edit = number},
          {.kind = ObjectKind::kSet,
           .kinds = {{.f = Function::kInsert},
                     {.f = Function::kInsert},
                     {.f = Function::kRead},
                     {.f = Function::kRead},
                     {.f = Function::kInsert, .outcome = Outcome::kUnknown},
                     {.f = Function::kInsert, .outcome = Outcome::kFail}},
           .edit = number},
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
    int violated = 0;
    int holds = 0;
    for (int i = 0; i < 4'000 && !::testing::Test::HasFailure(); ++i) {
      const History history = history_of(rng, o);
      const auto [says, at] = watched(history, o.model, {.kind = o.kind});
      EXPECT_NE(says, Watch::Says::kNothing) << name_of(o.kind);
      const auto expected = first_violation(history, o.model, {.kind = o.kind});
      ASSERT_EQ(says == Watch::Says::kWrong, expected.has_value())
          << name_of(o.kind) << ", history " << i;
      (expected ? violated : holds) += 1;
      if (expected) {
        ASSERT_EQ(at, *expected) << name_of(o.kind) << ", history " << i;
      }
    }
    EXPECT_GT(violated, 300) << name_of(o.kind);
    EXPECT_GT(holds, 300) << name_of(o.kind);
  }
}

TEST(Online, ObjectsAreJudgedByEveryModelOfTheirs) {
  for (const Objects& o : objects()) {
    for (const std::string& model : models_of_history(o.kind)) {
      Rng rng(6);
      int violated = 0;
      for (int i = 0; i < 150 && !::testing::Test::HasFailure(); ++i) {
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
