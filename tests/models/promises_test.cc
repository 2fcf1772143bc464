// What objects promise beside linearizability: exclusion, uniqueness, durability, agreement,
// prefixes, totals, mixtures of session guarantees.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "models/consistency/convergence.h"
#include "models/consistency/exclusion.h"
#include "models/consistency/register_models.h"
#include "models/consistency/remains.h"
#include "models/exchange/scanner.h"
#include "tests/models/object_oracle.h"
#include "tests/models/rounds.h"
#include "tests/models/scripts.h"
#include "tests/models/session_oracle.h"

namespace quorumlab::models {
namespace {

using testing::Calls;
using testing::judge;
using testing::Rng;
using testing::script;
using testing::session_calls;

bool is_done(const TimedCall<ObjectCall>& timed) {
  return timed.completed != kNever;
}

// Pairwise, by definition.
bool excludes(const Calls& calls) {
  const auto released = [&](std::size_t i) {
    std::uint64_t until = kNever;
    for (const auto& other : calls) {
      const bool mine = other.call.process == calls[i].call.process;
      if (mine && other.call.method == Method::kRelease && other.invoked > calls[i].completed) {
        until = std::min(until, other.invoked);
      }
    }
    return until;
  };
  for (std::size_t a = 0; a < calls.size(); ++a) {
    for (std::size_t b = 0; b < calls.size(); ++b) {
      if (a == b || !is_done(calls[a]) || !is_done(calls[b])) continue;
      if (calls[a].call.method != Method::kAcquire || calls[b].call.method != Method::kAcquire) {
        continue;
      }
      if (calls[a].completed < calls[b].completed && calls[b].completed < released(a)) return false;
      const bool later = calls[a].completed < calls[b].invoked;
      if (later && integer_of(calls[b].call.result) <= integer_of(calls[a].call.result)) {
        return false;
      }
    }
  }
  return true;
}

TEST(MutualExclusion, AgreesWithTheDefinition) {
  Rng rng(1);
  int violated = 0;
  for (int i = 0; i < rounds(20'000); ++i) {
    std::set<std::int64_t> holders;
    std::int64_t token = 0;
    const Calls calls = session_calls(rng, 6, [&](std::int64_t who) -> ObjectCall {
      if (holders.erase(who) != 0) return {.method = Method::kRelease};
      if (!holders.empty() && rng.chance(90)) return {.method = Method::kRelease};
      holders.insert(who);
      token += rng.chance(97) ? 1 : -1;
      return {.method = Method::kAcquire, .result = integer_cell(token)};
    });
    const bool expected = excludes(calls);
    const PromiseResult result = check_mutual_exclusion(calls);
    ASSERT_EQ(result.verdict == Verdict::kHolds, expected) << result.why << ", history " << i;
    ASSERT_EQ(result.calls.size(), expected ? 0U : 2U);
    violated += expected ? 0 : 1;
  }
  EXPECT_GT(violated, 2'000);
  EXPECT_LT(violated, rounds(18'000));
}

TEST(Unique, WhatIsGivenTwiceIsFound) {
  Rng rng(2);
  int violated = 0;
  for (int i = 0; i < rounds(2'000); ++i) {
    const Calls calls = session_calls(rng, 6, [&](std::int64_t) -> ObjectCall {
      return {.method = Method::kGenerate, .result = integer_cell(rng.below(25))};
    });
    std::multiset<Cell> given;
    for (const auto& timed : calls) {
      if (is_done(timed)) given.insert(timed.call.result);
    }
    const bool expected = std::set<Cell>(given.begin(), given.end()).size() == given.size();
    ASSERT_EQ(check_unique(calls).verdict == Verdict::kHolds, expected);
    violated += expected ? 0 : 1;
  }
  EXPECT_GT(violated, 200);
}

// A set's adds and whole reads: lost is what the last read lacks, and everybody after it.
Verdict kept(const Calls& calls) {
  std::uint64_t last = 0;
  for (const auto& timed : calls) {
    if (timed.call.method == Method::kRead && is_done(timed)) last = std::max(last, timed.invoked);
  }
  bool unseen = false;
  for (const auto& add : calls) {
    if (add.call.method != Method::kAdd || !is_done(add)) continue;
    if (last < add.completed) {
      unseen = true;
      continue;
    }
    const bool there = std::any_of(calls.begin(), calls.end(), [&](const auto& read) {
      const auto& many = read.call.many;
      return read.call.method == Method::kRead && is_done(read) && read.completed >= last &&
             std::find(many.begin(), many.end(), add.call.a) != many.end();
    });
    if (!there) return Verdict::kViolated;
  }
  return unseen ? Verdict::kUnknown : Verdict::kHolds;
}

TEST(Durable, SetsAgreeWithTheDefinition) {
  Rng rng(3);
  std::map<Verdict, int> seen;
  for (int i = 0; i < rounds(20'000); ++i) {
    std::vector<Cell> added;
    const Calls calls = session_calls(rng, 7, [&](std::int64_t) -> ObjectCall {
      if (rng.chance(50)) {
        added.push_back(integer_cell(static_cast<std::int64_t>(added.size())));
        return {.method = Method::kAdd, .a = added.back()};
      }
      ObjectCall call{.method = Method::kRead, .result = kNilCell};
      for (const Cell value : added) {
        if (rng.chance(90)) call.many.push_back(value);
      }
      return call;
    });
    const PromiseResult result = check_kept(ObjectKind::kSet, calls, kNilCell);
    ASSERT_EQ(result.verdict, kept(calls)) << result.why << result.reason << ", history " << i;
    ++seen[result.verdict];
  }
  for (const auto& [verdict, count] : seen) EXPECT_GT(count, 1'000) << word_of(verdict);
  EXPECT_EQ(seen.size(), 3U);
}

struct Case {
  std::string_view model;
  std::string_view lines;
  Verdict verdict;
};

constexpr Verdict kHolds = Verdict::kHolds;
constexpr Verdict kViolated = Verdict::kViolated;
constexpr Verdict kUnknown = Verdict::kUnknown;

constexpr Case kCases[] = {
    {"durable", "0 enqueue 1; 1 dequeue nil -> nil", kViolated},
    {"durable", "0 enqueue 1; 1 dequeue nil ?; 2 dequeue nil -> nil", kUnknown},
    {"durable", "0 enqueue 1; 1 dequeue nil -> nil; 1 dequeue nil -> 1", kHolds},
    {"durable", "0 enqueue 1", kUnknown},
    {"durable", "0 push 1; 1 pop nil -> 1", kHolds},
    {"durable", "0 send 7 -> [0 7]; 1 poll 0 -> [0 7]", kHolds},
    {"durable", "0 send 7 -> [0 7]; 1 poll 0 -> [0 nil]", kViolated},
    {"durable", "0 write 1; 0 write 2; 1 read nil -> 1", kViolated},
    {"durable", "0 write 1; 0 write 2; 1 read nil -> 1; 1 read nil -> 2", kHolds},
    {"durable", "0 write 1; 0 write 2 ?; 1 read nil -> 1", kHolds},
    {"durable", "0 write 1; 1 read nil -> 1; 0 write 2", kUnknown},
    {"durable", "0 add 1; 0 remove 1; 1 contains 1 -> [1 false]; 1 read nil -> []", kHolds},
    {"eventual", "0 write 1; 1 read nil -> nil; 1 read nil -> 1; 2 read nil -> 1", kHolds},
    {"eventual", "0 write 1; 0 write 2; 1 read nil -> 1; 2 read nil -> 2", kViolated},
    {"eventual", "0 write 1; 3 write 2 ?; 1 read nil -> 1; 2 read nil -> 2", kUnknown},
    {"eventual", "0 inc 1; 1 read nil -> 1", kUnknown},
    {"eventual", "0 add 1; 1 read nil -> [1]; 2 read nil -> []", kViolated},
    {"consistent-prefix", "0 add 1; 1 add 2; 2 read nil -> [2]; 2 read nil -> []", kHolds},
    {"consistent-prefix", "0 add 1; 1 add 2; 2 read nil -> [2]; 3 read nil -> [1]", kViolated},
    {"consistent-prefix", "0 add 1; 0 add 2; 2 read nil -> [2]", kViolated},
    {"consistent-prefix", "0 add 1; 2 read nil -> [3]", kViolated},
    {"consistent-prefix", "0 write 1; 1 read nil -> nil", kHolds},
    {"consistent-prefix", "1 read nil -> 1; 0 write 1", kViolated},
    {"unique", "0 generate nil -> 3; 1 generate nil -> 3", kViolated},
    {"unique", "0 send 7 -> [0 7]; 1 send 8 -> [0 8]", kViolated},
    {"mutual-exclusion", "0 acquire nil; 1 acquire nil", kViolated},
    {"mutual-exclusion", "0 acquire nil; 0 release nil ?; 1 acquire nil", kHolds},
    {"bank-total", "0 read nil -> {a 1, b 2}; 1 transfer {:from a}; 0 read nil -> {a 0, b 3}",
     kHolds},
    {"bank-total", "0 read nil -> {a 1, b 2}; 1 transfer {:from a}; 0 read nil -> {a 0, b 2}",
     kViolated},
    {"bank-total", "0 read nil -> {a 1, b 2}; 1 transfer {:from a}; 0 read nil -> {a 3}",
     kViolated},
    {"bank-non-negative", "1 transfer {:from a}; 0 read nil -> {a -1, b 4}", kViolated},
    {"bank-total", "1 transfer {:from a}", kUnknown},
    {"sequential", "0 enqueue 1; 1 dequeue nil -> nil; 1 dequeue nil -> 1", kHolds},
    {"sequential", "0 enqueue 1; 0 dequeue nil -> nil", kViolated},
    {"sequential", "0 write 1; 1 read nil -> nil", kHolds},
    {"read_your_writes+monotonic_reads", "0 write 1; 0 write 2; 0 read nil -> 1", kViolated},
    {"monotonic-reads+read-your-writes", "0 write 1; 1 read nil -> nil", kHolds},
};

TEST(Promises, EachIsKeptAndBrokenByItsOwnExample) {
  for (const Case& c : kCases) {
    const Finding finding = judge(script(c.lines), {.model = std::string(c.model)});
    EXPECT_EQ(finding.verdict, c.verdict) << c.model << ": " << c.lines << "\n"
                                          << finding.reason << finding.claim;
    EXPECT_EQ(finding.ops.empty(), c.verdict != kViolated) << c.model << ": " << c.lines;
    EXPECT_EQ(finding.reason.empty() && c.verdict == kUnknown, false) << c.lines;
  }
}

TEST(Bank, AKnownTotalCounts) {
  const std::string text = script("1 transfer {:from a}; 0 read nil -> {a 1, b 4}");
  EXPECT_EQ(judge(text, {.total = 5}).verdict, kHolds);
  EXPECT_EQ(judge(text, {.total = 6}).verdict, kViolated);
}

TEST(Bank, BadBalancesAreBadInput) {
  EXPECT_THROW((void)judge(script("1 transfer 1; 0 read nil -> 3"), {}), InputError);
  EXPECT_THROW((void)judge(script("1 transfer 1; 0 read nil -> {a \"x\"}"), {}), InputError);
}

// What the whole of the session guarantees is known to be.
TEST(Mixtures, OfAllGuaranteesAreCausalMemoryOrPram) {
  Rng rng(6);
  int violated = 0;
  for (int i = 0; i < rounds(3'000); ++i) {
    const auto small = testing::random_small(rng, 4 + rng.below(5));
    const Verdict three =
        check_register(small.history, "read_your_writes+monotonic_reads+monotonic_writes").verdict;
    ASSERT_EQ(three == Verdict::kHolds, testing::fits_pram(small)) << "history " << i;
    const Verdict four = check_register(small.history,
                                        "read_your_writes+monotonic_reads+monotonic_writes+"
                                        "writes_follow_reads")
                             .verdict;
    ASSERT_EQ(four == Verdict::kHolds, testing::fits_causal_memory(small)) << "history " << i;
    violated += three == Verdict::kViolated ? 1 : 0;
    const Verdict two = check_register(small.history, "read_your_writes+monotonic_reads").verdict;
    ASSERT_FALSE(two == Verdict::kViolated && three == Verdict::kHolds);
  }
  EXPECT_GT(violated, 300);
}

TEST(StrongConvergence, ReplicasThatAppliedTheSameMustHoldTheSame) {
  const std::vector<Audit> orders = {{NodeId(0), Key(0), {1, 2}}, {NodeId(1), Key(0), {2, 1}}};
  EXPECT_EQ(check_same_writes(orders).verdict, kViolated);
  EXPECT_EQ(check_same_writes(orders).witness->replicas, (std::vector{NodeId(0), NodeId(1)}));
  const std::vector<Audit> behind = {{NodeId(0), Key(0), {1, 2}}, {NodeId(1), Key(0), {1}}};
  EXPECT_EQ(check_same_writes(behind).verdict, kHolds);
}

}  // namespace
}  // namespace quorumlab::models
