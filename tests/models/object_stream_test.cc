// Objects judged as their history is read, against every order of the whole history.
#include "models/consistency/object_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "bench/object_text.h"
#include "models/consistency/exclusion.h"
#include "models/consistency/stack_order.h"
#include "models/exchange/judge_stream.h"
#include "tests/models/object_oracle.h"
#include "tests/models/rounds.h"

namespace quorumlab::models {
namespace {

using testing::Calls;
using testing::Rng;

// What an event says that ends the call.
std::vector<Cell> told_by(const ObjectCall& call) {
  std::vector<Cell> told{call.result};
  if (is_sequence(call.result)) told.insert(told.end(), call.many.begin(), call.many.end());
  return told;
}

// With calls that failed: they are in the stream, and did not happen.
Verdict stream(ObjectKind kind, const Calls& calls, const std::vector<bool>& fails) {
  struct Moment {
    std::uint64_t at = 0;
    std::size_t call = 0;
    bool ends = false;
  };
  std::vector<Moment> moments;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    moments.push_back({calls[i].invoked, i, false});
    if (calls[i].completed != kNever) moments.push_back({calls[i].completed, i, true});
  }
  std::sort(moments.begin(), moments.end(),
            [](const Moment& a, const Moment& b) { return a.at < b.at; });
  const auto judge = make_object_stream(kind);
  std::vector<ObjectStream::Ticket> tickets(calls.size());
  for (const Moment& moment : moments) {
    const ObjectCall& call = calls[moment.call].call;
    ObjectStream::Ticket& ticket = tickets[moment.call];
    if (!moment.ends) {
      ticket = judge->begin({.method = call.method,
                             .value = call.a,
                             .begun = moment.at + 1,
                             .process = call.process});
      if (calls[moment.call].completed == kNever) judge->lose(ticket);
      continue;
    }
    const bool fine = fails[moment.call] ? judge->fail(ticket, moment.at + 1)
                                         : judge->end(ticket, told_by(call), moment.at + 1);
    if (!judge->problem().empty()) return Verdict::kUnknown;
    if (!fine) return Verdict::kViolated;
  }
  if (!judge->finish()) return Verdict::kViolated;
  return judge->problem().empty() ? Verdict::kHolds : Verdict::kUnknown;
}

void agree(ObjectKind kind, int histories, const std::function<Calls(Rng&)>& make,
           Method may_fail) {
  Rng rng(static_cast<std::uint64_t>(kind) + 7);
  int known = 0;
  int violated = 0;
  for (int i = 0; i < histories; ++i) {
    const Calls calls = make(rng);
    std::vector<bool> fails(calls.size());
    Calls happened;
    for (std::size_t k = 0; k < calls.size(); ++k) {
      const bool may = calls[k].call.method == may_fail && calls[k].completed != kNever;
      fails[k] = may && rng.chance(10);
      if (!fails[k]) happened.push_back(calls[k]);
    }
    const Verdict found = stream(kind, calls, fails);
    if (found == Verdict::kUnknown) continue;
    ++known;
    bool expected = true;
    if (kind == ObjectKind::kLock) {
      expected = check_mutual_exclusion(happened).verdict != Verdict::kViolated;
    } else {
      expected = testing::has_order(specification_of({.kind = kind}), happened);
    }
    violated += expected ? 0 : 1;
    ASSERT_EQ(found, expected ? Verdict::kHolds : Verdict::kViolated) << "history " << i;
  }
  EXPECT_GT(known, histories / 3);
  EXPECT_GT(violated, known / 20);
  EXPECT_LT(violated, known - known / 20);
}

TEST(ObjectStream, CountersAgreeWithEveryOrder) {
  agree(
      ObjectKind::kCounter, 30'000,
      [](Rng& rng) {
        std::int64_t now = 0;
        return testing::random_calls(rng, {.count = 3 + rng.below(6)}, [&]() -> ObjectCall {
          if (rng.chance(55)) {
            ++now;
            return {.method = Method::kAdd, .a = integer_cell(1)};
          }
          const std::int64_t off = rng.chance(15) ? 1 : rng.chance(15) ? -1 : 0;
          return {.method = Method::kRead, .result = integer_cell(now + off)};
        });
      },
      Method::kAdd);
}

// What goes into a container and comes out of it, by the call: which end is right, how often
// another one is taken instead, and how often somebody looks who finds nothing.
struct Container {
  bool is_stack = false;
  std::uint32_t pushes = 50;  // percent, of this and what follows
  std::uint32_t pops_empty = 0;
  std::uint32_t wrong = 15;
};

class ContainerCalls {
 public:
  ContainerCalls(Rng& rng, const Container& shape) : rng_(rng), shape_(shape) {}

  ObjectCall next() {
    if (inside_.empty() && rng_.chance(shape_.pops_empty)) return pop(kNilCell);
    if (inside_.empty() || rng_.chance(shape_.pushes)) {
      inside_.push_back(integer_cell(++last_));
      return {.method = Method::kPush, .a = inside_.back()};
    }
    const bool is_wrong = rng_.chance(shape_.wrong) && inside_.size() > 1;
    const std::size_t depth = is_wrong ? 1 : 0;
    const std::size_t at = shape_.is_stack ? inside_.size() - 1 - depth : depth;
    const Cell value = inside_[at];
    inside_.erase(inside_.begin() + static_cast<std::ptrdiff_t>(at));
    return pop(value);
  }

 private:
  static ObjectCall pop(Cell value) { return {.method = Method::kPop, .result = value}; }

  Rng& rng_;
  const Container shape_;
  std::int64_t last_ = 0;
  std::vector<Cell> inside_;
};

TEST(ObjectStream, QueuesAgreeWithEveryOrder) {
  agree(
      ObjectKind::kQueue, 30'000,
      [](Rng& rng) {
        ContainerCalls calls(rng, {});
        return testing::random_calls(rng, {.count = 3 + rng.below(6), .unknown = 6},
                                     [&] { return calls.next(); });
      },
      Method::kPush);
}

TEST(ObjectStream, StacksAgreeWithEveryOrder) {
  agree(
      ObjectKind::kStack, 60'000,
      [](Rng& rng) {
        ContainerCalls calls(rng, {.is_stack = true, .pushes = 45, .pops_empty = 10, .wrong = 12});
        return testing::random_calls(rng, {.count = 3 + rng.below(7), .unknown = 4},
                                     [&] { return calls.next(); });
      },
      Method::kPush);
}

// Long enough for parts that are judged and forgotten, within others that are not over.
TEST(ObjectStream, StacksAgreeWithTheJudgeOfWholeHistories) {
  Rng rng(77);
  int violated = 0;
  for (int i = 0; i < rounds(3'000); ++i) {
    const bench::ObjectShape shape{.kind = ObjectKind::kStack,
                                   .calls = 20 + rng.below(300),
                                   .processes = 2 + rng.below(6),
                                   .never_empty = rng.chance(50),
                                   .seed = static_cast<std::uint64_t>(i) + 1};
    Calls calls = bench::object_calls(shape);
    const auto swap = [&](Method method, auto member) {
      std::vector<std::size_t> which;
      for (std::size_t k = 0; k < calls.size(); ++k) {
        if (calls[k].call.method == method && calls[k].call.result != kNilCell) which.push_back(k);
      }
      if (which.size() < 2) return;
      const std::uint32_t at = rng.below(static_cast<std::uint32_t>(which.size() - 1));
      std::swap(calls[which[at]].call.*member, calls[which[at + 1]].call.*member);
    };
    if (rng.chance(60)) swap(Method::kPop, &ObjectCall::result);
    if (rng.chance(20)) swap(Method::kPush, &ObjectCall::a);
    const auto passages = passages_of(calls);
    ASSERT_TRUE(passages);
    const Verdict expected = check_plain_stack(*passages, calls).verdict;
    violated += expected == Verdict::kViolated ? 1 : 0;
    ASSERT_EQ(stream(ObjectKind::kStack, calls, std::vector<bool>(calls.size())), expected)
        << "history " << i;
  }
  EXPECT_GT(violated, 300);
  EXPECT_LT(violated, rounds(2'700));
}

TEST(ObjectStream, SetsReadAsAWholeAgreeWithEveryOrder) {
  agree(
      ObjectKind::kSet, 60'000,
      [](Rng& rng) {
        std::vector<Cell> members;
        return testing::random_calls(
            rng, {.count = 3 + rng.below(7), .unknown = 6}, [&]() -> ObjectCall {
              if (rng.chance(50)) {
                members.push_back(integer_cell(static_cast<std::int64_t>(members.size())));
                return {.method = Method::kAdd, .a = members.back()};
              }
              ObjectCall read{.method = Method::kRead, .many = members};
              if (!members.empty() && rng.chance(12)) {
                read.many.erase(read.many.begin() +
                                rng.below(static_cast<std::uint32_t>(members.size())));
              }
              read.result = make_cell(Tag::kList, read.many.size());
              return read;
            });
      },
      Method::kAdd);
}

TEST(ObjectStream, SetsLookedAtOneByOneAgreeWithEveryOrder) {
  agree(
      ObjectKind::kSet, 60'000,
      [](Rng& rng) {
        std::vector<bool> members(2);
        return testing::random_calls(
            rng, {.count = 3 + rng.below(6), .unknown = 8}, [&]() -> ObjectCall {
              const std::uint32_t value = rng.below(2);
              const std::uint32_t dice = rng.below(3);
              const bool found = members[value] != rng.chance(7);
              if (dice < 2) members[value] = dice == 0;
              const Method method = dice == 0   ? Method::kAdd
                                    : dice == 1 ? Method::kRemove
                                                : Method::kContains;
              const bool tells = method == Method::kContains || rng.chance(70);
              const bool answer = method == Method::kAdd ? !found : found;
              return {.method = method,
                      .a = integer_cell(value),
                      .result = tells ? make_cell(Tag::kBoolean, answer ? 1 : 0) : kNoCell};
            });
      },
      Method::kRemove);
}

TEST(ObjectStream, IdsAgreeWithEveryOrder) {
  agree(
      ObjectKind::kIds, 5'000,
      [](Rng& rng) {
        return testing::random_calls(rng, {.count = 3 + rng.below(4), .unknown = 5}, [&] {
          return ObjectCall{.method = Method::kGenerate, .result = integer_cell(rng.below(16))};
        });
      },
      Method::kGenerate);
}

// Each process acquires and releases by turns, each call after its last one.
TEST(ObjectStream, LocksAgreeWithTheJudgeOfWholeHistories) {
  agree(
      ObjectKind::kLock, 20'000,
      [](Rng& rng) {
        Calls calls;
        std::uint64_t now = 0;
        std::int64_t token = 0;
        std::vector<int> open(3, -1);
        std::vector<bool> holds(3);
        for (std::size_t steps = 0; steps < 16; ++steps) {
          const std::uint32_t who = rng.below(3);
          if (open[who] >= 0) {
            calls[static_cast<std::size_t>(open[who])].completed = now++;
            open[who] = -1;
            continue;
          }
          const bool acquires = !holds[who];
          const bool somebody = std::count(holds.begin(), holds.end(), true) > 0;
          if (acquires && somebody && !rng.chance(10)) continue;
          holds[who] = acquires;
          token += rng.chance(90) ? 1 : 0;
          open[who] = static_cast<int>(calls.size());
          calls.push_back({.call = {.method = acquires ? Method::kAcquire : Method::kRelease,
                                    .result = acquires ? integer_cell(token) : kNilCell,
                                    .process = who},
                           .invoked = now++});
        }
        return calls;
      },
      Method::kPush);
}

TEST(ObjectStream, LongHistoriesAreJudgedInLittleMemoryAndOneMistakeIsFound) {
  bench::ObjectShape shapes[] = {{.kind = ObjectKind::kRegister},
                                 {.kind = ObjectKind::kCounter},
                                 {.kind = ObjectKind::kQueue, .never_empty = true},
                                 {.kind = ObjectKind::kStack},
                                 {.kind = ObjectKind::kStack, .never_empty = true},
                                 {.kind = ObjectKind::kSet},
                                 {.kind = ObjectKind::kSet, .lookups = true},
                                 {.kind = ObjectKind::kIds}};
  for (bench::ObjectShape& shape : shapes) {
    const ObjectKind kind = shape.kind;
    shape.calls = 60'000;
    for (const bool planted : {false, true}) {
      shape.planted = planted;
      bench::ObjectText text(shape);
      std::istream in(&text);
      const StreamFinding found = judge_stream(in, {.object = kind, .piece = 4'096});
      EXPECT_EQ(found.finding.subject, name_of(kind));
      EXPECT_EQ(found.finding.verdict, planted ? Verdict::kViolated : Verdict::kHolds)
          << name_of(kind) << ": " << found.finding.reason;
      EXPECT_LT(found.most_kept, 2'000U) << name_of(kind);
    }
  }
}

TEST(ObjectStream, WhatCannotBeJudgedInPiecesIsRefused) {
  const auto judge = [](const std::string& text, ObjectKind kind) {
    std::istringstream in(text);
    const StreamFinding found = judge_stream(in, {.object = kind});
    EXPECT_EQ(found.finding.verdict, Verdict::kUnknown) << text;
    return found.finding.reason;
  };
  const std::string nil =
      "{:process 1, :type :invoke, :f :dequeue, :value nil}\n"
      "{:process 1, :type :ok, :f :dequeue, :value nil}\n";
  EXPECT_NE(judge(nil, ObjectKind::kQueue).find("line 2: a dequeue that found nothing"),
            std::string::npos);
  EXPECT_NE(judge(nil, ObjectKind::kMap).find("a kv cannot be judged in pieces"),
            std::string::npos);
  const std::string looks =
      "{:process 1, :type :invoke, :f :read, :value nil}\n"
      "{:process 2, :type :invoke, :f :contains, :value 7}\n";
  EXPECT_NE(judge(looks, ObjectKind::kSet).find("line 2: a single value beside reads"),
            std::string::npos);
  const std::string lost =
      "{:process 1, :type :invoke, :f :pop, :value nil}\n"
      "{:process 1, :type :info, :f :pop, :value nil}\n";
  EXPECT_NE(judge(lost, ObjectKind::kStack).find("line 2: a pop of unknown outcome"),
            std::string::npos);
  const std::string adds =
      "{:process 1, :type :invoke, :f :add, :value 1}\n{:process 1, :type :ok, :f :add, :value 1}\n"
      "{:process 1, :type :invoke, :f :add, :value 2}\n";
  EXPECT_NE(judge(adds, ObjectKind::kCounter).find("line 3: an addition unlike the others"),
            std::string::npos);
}

}  // namespace
}  // namespace quorumlab::models
