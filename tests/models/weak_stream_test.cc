// Session guarantees, regular, safe and bounded registers judged as they are read: at the very
// completion, in little memory, and as the judge of whole histories does.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "bench/object_text.h"
#include "models/exchange/from_history.h"
#include "models/exchange/judge.h"
#include "models/exchange/judge_stream.h"
#include "tests/models/history_support.h"
#include "tests/models/rounds.h"
#include "tests/models/watch_support.h"

namespace quorumlab::models {
namespace {

using testing::first_violation;
using testing::Rng;
using testing::watched;

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

TEST(WeakStream, SaysItAtTheVeryCompletion) {
  for (const Weak& weak : weak_models()) {
    Rng rng(8);
    int violated = 0;
    int holds = 0;
    for (int i = 0; i < rounds(3'000) && !::testing::Test::HasFailure(); ++i) {
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
TEST(WeakStream, DoesNotLieWhenItForgets) {
  for (const Weak& weak : weak_models()) {
    Rng rng(9);
    int violated = 0;
    int holds = 0;
    int nothing = 0;
    for (int i = 0; i < rounds(1'500) && !::testing::Test::HasFailure(); ++i) {
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

// By the door of `check --stream`.
TEST(WeakStream, OfAFileSaysWhatTheWholeFileSays) {
  for (const Weak& weak : weak_models()) {
    Rng rng(10);
    int violated = 0;
    for (int i = 0; i < rounds(300); ++i) {
      const History history = sessions_of(rng);
      Journal journal =
          journal_of(history, [](Key key) { return "k" + std::to_string(key.value); });
      std::istringstream in(to_jepsen_edn(journal));
      const StreamFinding found =
          judge_stream(in, {.model = weak.model,
                            .piece = 64,
                            .staleness_versions = weak.options.staleness_versions,
                            .staleness_time = weak.options.staleness_time});
      const Finding whole =
          judge_journal(journal, {.model = weak.model,
                                  .staleness_versions = weak.options.staleness_versions,
                                  .staleness_time = weak.options.staleness_time});
      // What was read too early to have been written is wrong for whoever judges as he reads.
      violated += found.finding.verdict == Verdict::kViolated ? 1 : 0;
      ASSERT_EQ(found.finding.verdict, whole.verdict)
          << weak.model << ", history " << i << ": " << found.finding.reason;
      EXPECT_EQ(found.finding.claim.empty(), whole.verdict == Verdict::kHolds);
    }
    EXPECT_GT(violated, 20) << weak.model;
  }
}

TEST(WeakStream, LongHistoriesAreJudgedInLittleMemoryAndOneMistakeIsFound) {
  for (const Weak& weak : weak_models()) {
    for (const bool planted : {false, true}) {
      bench::ObjectText text({.kind = ObjectKind::kRegister, .calls = 60'000, .planted = planted},
                             true);
      std::istream in(&text);
      const StreamFinding found =
          judge_stream(in, {.model = weak.model,
                            .piece = 4'096,
                            .staleness_versions = weak.options.staleness_versions,
                            .staleness_time = weak.options.staleness_time});
      EXPECT_NE(found.finding.verdict, Verdict::kUnknown)
          << weak.model << ": " << found.finding.reason;
      if (!planted) {
        EXPECT_EQ(found.finding.verdict, Verdict::kHolds) << weak.model;
      }
      EXPECT_LT(found.most_kept, 70'000U) << weak.model;
    }
  }
}

TEST(WeakStream, TellsWhereItStopped) {
  const std::string text =
      "{:process 0, :type :invoke, :f :write, :value 1, :time 1000000}\n"
      "{:process 0, :type :ok, :f :write, :value 1, :time 2000000}\n"
      "{:process 0, :type :invoke, :f :read, :value nil, :time 3000000}\n"
      "{:process 0, :type :ok, :f :read, :value nil, :unwritten true, :time 4000000}\n";
  std::istringstream in(text);
  const Finding found = judge_stream(in, {.model = "read_your_writes", .piece = 16}).finding;
  EXPECT_EQ(found.verdict, Verdict::kViolated);
  EXPECT_EQ(found.claim, "Not read_your_writes since line 4, at 4ms");
  ASSERT_EQ(found.lines.size(), 3U);
  EXPECT_EQ(found.lines[0], "process 0 ended `read` nil (event 3)");
  EXPECT_EQ(found.lines[1], "the same session had written before: 1 (written from event 0 on)");
}

TEST(WeakStream, NothingIsOldWhereNobodySaysWhenButThatIsNotKnown) {
  const std::string text =
      "{:process 0, :type :invoke, :f :write, :value 1}\n"
      "{:process 0, :type :ok, :f :write, :value 1}\n"
      "{:process 0, :type :invoke, :f :write, :value 2}\n"
      "{:process 0, :type :ok, :f :write, :value 2}\n"
      "{:process 1, :type :invoke, :f :read, :value nil}\n"
      "{:process 1, :type :ok, :f :read, :value 1}\n";
  const std::string model = "bounded_staleness";
  const auto time = sim::Duration(1);
  for (const auto& [versions, expected] :
       {std::pair(std::optional<std::uint64_t>(), Verdict::kUnknown),
        std::pair(std::optional<std::uint64_t>(0), Verdict::kViolated)}) {
    Journal journal = *read_journal(text).journal;
    const Finding whole = judge_journal(
        journal, {.model = model, .staleness_versions = versions, .staleness_time = time});
    EXPECT_EQ(whole.verdict, expected) << whole.claim;
    std::istringstream in(text);
    const Finding found =
        judge_stream(in, {.model = model, .staleness_versions = versions, .staleness_time = time})
            .finding;
    EXPECT_EQ(found.verdict, Verdict::kUnknown) << found.claim;
  }
}

TEST(WeakStream, WhatAStrongerModelProvesHolds) {
  bench::ObjectText text({.kind = ObjectKind::kRegister, .calls = 500});
  std::istream in(&text);
  EXPECT_EQ(judge_stream(in, {.model = "causal"}).finding.verdict, Verdict::kHolds);
  std::istringstream stale(
      "{:process 0, :type :invoke, :f :read, :value nil}\n"
      "{:process 0, :type :ok, :f :read, :value 7}\n");
  const Finding found = judge_stream(stale, {.model = "causal"}).finding;
  EXPECT_EQ(found.verdict, Verdict::kUnknown);
  EXPECT_NE(found.reason.find("it is not linearizable since line 2"), std::string::npos)
      << found.reason;
}

}  // namespace
}  // namespace quorumlab::models
