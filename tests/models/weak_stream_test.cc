// Session guarantees, regular, safe and bounded registers judged as they are read: at the very
// completion, in little memory, and as the judge of whole histories does.
#include <gtest/gtest.h>

#include <functional>
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

using testing::Agreement;
using testing::Rng;

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
  bool forbids_old_values = false;  // of anybody, and however old
};

std::vector<Weak> weak_models() {
  return {
      {.model = "read_your_writes"},
      {.model = "monotonic_reads", .forbids_old_values = true},
      {.model = "monotonic_writes", .forbids_old_values = true},
      {.model = "writes_follow_reads", .forbids_old_values = true},
      {.model = "regular", .forbids_old_values = true},
      {.model = "safe"},
      {.model = "bounded_staleness"},
      {"bounded_staleness", {.staleness_versions = 1}, true},
      {"bounded_staleness", {.staleness_time = sim::Duration(6)}, true},
      {"bounded_staleness", {.staleness_versions = 2, .staleness_time = sim::Duration(9)}, true},
      {.model = "consistent_prefix"}};
}

Agreement compare(const Weak& weak, Rng rng, int histories,
                  const std::function<std::size_t(Rng&)>& remembers) {
  Agreement seen;
  for (int i = 0; i < histories && !::testing::Test::HasFailure(); ++i) {
    const History history = sessions_of(rng);
    seen.add(history, weak.model, {.registers = weak.options, .remembers = remembers(rng)});
  }
  return seen;
}

TEST(WeakStream, SaysItAtTheVeryCompletion) {
  const auto all = [](Rng&) { return WatchSetting{}.remembers; };
  for (const Weak& weak : weak_models()) {
    const Agreement seen = compare(weak, Rng(8), rounds(3'000), all);
    EXPECT_EQ(seen.nothing, 0) << weak.model;
    EXPECT_GT(seen.violated, 200) << weak.model;
    EXPECT_GT(seen.holds, 200) << weak.model;
  }
}

TEST(WeakStream, SaysNothingRatherThanLieWhereItHasForgotten) {
  const auto few = [](Rng& rng) { return std::size_t{2} + rng.below(3); };
  for (const Weak& weak : weak_models()) {
    const Agreement seen = compare(weak, Rng(9), rounds(1'500), few);
    EXPECT_GT(seen.violated, 100) << weak.model;
    EXPECT_GT(seen.holds, 50) << weak.model << ", " << seen.nothing << " of unknown verdict";
  }
}

// By the door of `check --stream`.
StreamFinding judge_as_read(std::istream& in, const Weak& weak, std::size_t piece) {
  return judge_stream(in, {.model = weak.model,
                           .piece = piece,
                           .staleness_versions = weak.options.staleness_versions,
                           .staleness_time = weak.options.staleness_time});
}

TEST(WeakStream, OfAFileSaysWhatTheWholeFileSays) {
  for (const Weak& weak : weak_models()) {
    Rng rng(10);
    int violated = 0;
    for (int i = 0; i < rounds(300); ++i) {
      const History history = sessions_of(rng);
      Journal journal =
          journal_of(history, [](Key key) { return "k" + std::to_string(key.value); });
      std::istringstream in(to_jepsen_edn(journal));
      const StreamFinding found = judge_as_read(in, weak, 64);
      const Finding whole =
          judge_journal(journal, {.model = weak.model,
                                  .staleness_versions = weak.options.staleness_versions,
                                  .staleness_time = weak.options.staleness_time});
      violated += found.finding.verdict == Verdict::kViolated ? 1 : 0;
      ASSERT_EQ(found.finding.verdict, whole.verdict)
          << weak.model << ", history " << i << ": " << found.finding.reason;
      EXPECT_EQ(found.finding.claim.empty(), whole.verdict == Verdict::kHolds);
    }
    EXPECT_GT(violated, 20) << weak.model;
  }
}

TEST(WeakStream, LongHistoriesAreJudgedInLittleMemoryAndAnOldValueIsFound) {
  for (const Weak& weak : weak_models()) {
    for (const bool planted : {false, true}) {
      bench::ObjectText text(
          {.kind = ObjectKind::kRegister, .calls = 60'000, .planted = planted, .timed = true});
      std::istream in(&text);
      const StreamFinding found = judge_as_read(in, weak, 4'096);
      const bool wrong = planted && weak.forbids_old_values;
      EXPECT_EQ(found.finding.verdict, wrong ? Verdict::kViolated : Verdict::kHolds)
          << weak.model << ": " << found.finding.reason;
      EXPECT_LT(found.most_kept, 70'000U) << weak.model;
    }
  }
}

TEST(WeakStream, WhatSessionsHaveSeenOfEachKeyIsKeptAndCounted) {
  std::string text;
  const auto run = [&](int process, const std::string& f, const std::string& in, int out) {
    const std::string head = "{:process " + std::to_string(process) + ", :f :" + f;
    text += head + ", :type :invoke, :value " + in + "}\n";
    text += head + ", :type :ok, :value " + std::to_string(out) + "}\n";
  };
  for (int key = 0; key < 50; ++key) {
    const std::size_t begin = text.size();
    run(0, "write", std::to_string(key), key);
    run(1, "read", "nil", key);
    for (std::size_t at = begin; (at = text.find("}\n", at)) != std::string::npos; at += 10) {
      text.insert(at, ", :key " + std::to_string(key));
    }
  }
  for (const auto& [most, expected] :
       {std::pair(110U, Verdict::kHolds), std::pair(90U, Verdict::kUnknown)}) {
    std::istringstream in(text);
    const StreamFinding found = judge_stream(in, {.model = "monotonic_reads", .max_kept = most});
    EXPECT_EQ(found.finding.verdict, expected) << found.finding.reason;
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
  // A weaker model is not asked instead: every order of these is sequential.
  Journal again = *read_journal(text +
                                "{:type :invoke, :process 0, :f :write, :value 2}\n"
                                "{:type :ok, :process 0, :f :write, :value 2}\n")
                       .journal;
  EXPECT_EQ(judge_journal(again, {.model = model, .staleness_time = time}).verdict,
            Verdict::kUnknown);
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
