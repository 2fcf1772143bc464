// Histories of other objects than registers: judged for a run, as journals, by what is left, and
// lists without a search.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "models/consistency/durability.h"
#include "models/consistency/growing.h"
#include "models/consistency/list_order.h"
#include "models/consistency/queue_order.h"
#include "models/consistency/specification_search.h"
#include "models/exchange/from_history.h"
#include "models/exchange/judge.h"
#include "models/exchange/judge_history.h"
#include "tests/models/history_support.h"
#include "tests/models/rounds.h"

namespace quorumlab::models {
namespace {

using testing::Rng;

constexpr Key kKey{0};

// One operation after the other, by one process.
class Story {
 public:
  OpId ok(Function f, Value value, std::vector<std::int64_t> elements = {}) {
    const OpId op = begin(f, value, 0);
    end(op, value, std::move(elements));
    return op;
  }
  OpId begin(Function f, Value value, ProcessId process) {
    return history_.invoke({.process = process,
                            .f = f,
                            .key = kKey,
                            .value = returns_value(f) ? Value{} : value,
                            .at = tick()});
  }
  void end(OpId op, Value value, std::vector<std::int64_t> elements = {}) {
    history_.complete(
        op,
        {.outcome = Outcome::kOk, .value = value, .elements = std::move(elements), .at = tick()});
  }
  void lose(OpId op) { history_.complete(op, {.outcome = Outcome::kUnknown, .at = tick()}); }

  [[nodiscard]] const History& history() const { return history_; }
  [[nodiscard]] CheckResult check(const std::string& model) const {
    return check_objects(history_, model, {});
  }

 private:
  sim::Time tick() { return sim::Time(++now_ * 1'000'000); }

  History history_;
  std::int64_t now_ = 0;
};

TEST(ObjectHistory, NamesWhatATotalLacks) {
  Story story;
  story.ok(Function::kAdd, 1);
  story.ok(Function::kAdd, 1);
  EXPECT_EQ(story.check("linearizable").verdict, Verdict::kHolds);
  story.ok(Function::kRead, 1);
  const CheckResult result = story.check("linearizable");
  ASSERT_TRUE(result.witness.has_value());
  EXPECT_EQ(result.witness->anomaly, Anomaly::kStaleRead);
  EXPECT_EQ(result.witness->ops.front().op, OpId(3));
  EXPECT_EQ(result.witness->observation, "process 0 read k0 = 1 between 5ms and 6ms (op 3)");
  EXPECT_EQ(result.witness->obligation,
            "2 were added and acknowledged before it began, so 1 is missing");
}

TEST(ObjectHistory, NamesWhatWasCountedTwice) {
  Story story;
  story.ok(Function::kAdd, 1);
  story.ok(Function::kRead, 2);
  const CheckResult result = story.check("linearizable");
  ASSERT_TRUE(result.witness.has_value());
  EXPECT_EQ(result.witness->anomaly, Anomaly::kPhantomValue);
}

TEST(ObjectHistory, AllowsAnAddWithoutAnAnswerBothWays) {
  Story story;
  story.lose(story.begin(Function::kAdd, 1, 1));
  story.ok(Function::kRead, 0);
  story.ok(Function::kRead, 1);
  EXPECT_EQ(story.check("linearizable").verdict, Verdict::kHolds);
  EXPECT_EQ(story.check("sequential").verdict, Verdict::kHolds);
}

TEST(ObjectHistory, NamesTheElementThatASetLacks) {
  Story story;
  story.ok(Function::kInsert, 5);
  story.ok(Function::kInsert, 7);
  story.ok(Function::kRead, 1, {7});
  const CheckResult result = story.check("linearizable");
  ASSERT_TRUE(result.witness.has_value());
  ASSERT_EQ(result.witness->ops.size(), 2U);
  EXPECT_EQ(result.witness->ops[1].op, OpId(1));
  EXPECT_EQ(result.witness->ops[1].role, Role::kMissed);
}

TEST(ObjectHistory, KnowsThatARemovedElementMayBeGone) {
  Story story;
  story.ok(Function::kInsert, 5);
  story.ok(Function::kRemove, 5);
  story.ok(Function::kRead, 0);
  EXPECT_EQ(story.check("linearizable").verdict, Verdict::kHolds);
}

TEST(ObjectHistory, FindsAnElementThatComesOutTwice) {
  Story story;
  story.ok(Function::kEnqueue, 5);
  const OpId first = story.ok(Function::kDequeue, 5);
  EXPECT_EQ(story.check("linearizable").verdict, Verdict::kHolds);
  const OpId second = story.ok(Function::kDequeue, 5);
  const CheckResult result = story.check("linearizable");
  ASSERT_TRUE(result.witness.has_value());
  std::vector<OpId> named;
  for (const WitnessOp& op : result.witness->ops) named.push_back(op.op);
  EXPECT_TRUE(std::find(named.begin(), named.end(), first) != named.end());
  EXPECT_TRUE(std::find(named.begin(), named.end(), second) != named.end());
}

TEST(ObjectHistory, FindsTwoHoldersOfOneLock) {
  Story story;
  story.ok(Function::kAcquire, 1);
  story.ok(Function::kRelease, 1);
  story.ok(Function::kAcquire, 2);
  EXPECT_EQ(story.check("mutual_exclusion").verdict, Verdict::kHolds);
  const OpId other = story.begin(Function::kAcquire, std::nullopt, 1);
  story.end(other, 3);
  const CheckResult result = story.check("mutual_exclusion");
  EXPECT_EQ(result.verdict, Verdict::kViolated);
  ASSERT_TRUE(result.witness.has_value());
  EXPECT_EQ(result.witness->observation,
            "process 1 acquired k0 with token 3 between 7ms and 8ms (op 4)");
}

// What is written for others is read back as the same object with the same verdict.
TEST(ObjectHistory, IsTheSameObjectInAJournal) {
  const auto of = [](Function f, Value seen, const std::vector<std::int64_t>& elements) {
    Story story;
    story.ok(f, 5);
    story.ok(f == Function::kEnqueue ? Function::kDequeue : Function::kRead, seen, elements);
    return story;
  };
  struct Case {
    Function f;
    ObjectKind kind;
    Value good, bad;
    std::vector<std::int64_t> with, without;
  };
  for (const Case& c : {Case{Function::kAdd, ObjectKind::kCounter, 5, 4, {}, {}},
                        Case{Function::kInsert, ObjectKind::kSet, 1, 0, {5}, {}},
                        Case{Function::kAppend, ObjectKind::kLog, 1, 0, {5}, {}},
                        Case{Function::kEnqueue, ObjectKind::kQueue, 5, 6, {}, {}}}) {
    for (const bool good : {true, false}) {
      const Story story = of(c.f, good ? c.good : c.bad, good ? c.with : c.without);
      EXPECT_EQ(object_of(story.history()), c.kind);
      const Journal journal = journal_of(story.history(), [](Key) { return "k0"; });
      JournalResult read = read_journal(to_jepsen_edn(journal));
      ASSERT_TRUE(read.journal.has_value());
      const Finding finding = judge_journal(*read.journal, {.model = "linearizable"});
      EXPECT_EQ(finding.verdict, good ? Verdict::kHolds : Verdict::kViolated) << finding.subject;
      EXPECT_EQ(finding.subject, name_of(c.kind));
      EXPECT_EQ(story.check("linearizable").verdict, finding.verdict);
    }
  }
}

TEST(ObjectHistory, CountsWhatACounterLacksInTheEnd) {
  Story story;
  for (int i = 0; i < 5; ++i) story.ok(Function::kAdd, 1);
  const std::vector<Audit> audits = {{.replica = NodeId(0), .key = kKey, .values = {1, 2, 3}},
                                     {.replica = NodeId(1), .key = kKey, .values = {1, 2}}};
  const DurabilityResult result = check_durable(story.history(), audits);
  EXPECT_EQ(result.verdict, Verdict::kViolated);
  EXPECT_EQ(result.missing, 2U);
  EXPECT_EQ(result.gone(), 2U);
  EXPECT_EQ(result.acknowledged, 5U);
  const std::vector<Audit> whole = {{.replica = NodeId(0), .key = kKey, .values = {4, 5}}};
  EXPECT_EQ(check_durable(story.history(), whole).verdict, Verdict::kHolds);
}

TEST(ObjectHistory, DoesNotLookForWhatWasTakenOut) {
  Story story;
  const OpId lost = story.ok(Function::kEnqueue, 5);
  story.ok(Function::kDequeue, 9);
  story.ok(Function::kRemove, 8);
  const std::vector<Audit> audits = {{.replica = NodeId(0), .key = kKey, .values = {1}}};
  EXPECT_EQ(check_durable(story.history(), audits).lost, std::vector<OpId>{lost});
}

// Appends and reads of three processes over what a list may really do, or nearly.
std::vector<TimedCall<ObjectCall>> random_list(Rng& rng) {
  std::vector<TimedCall<ObjectCall>> calls;
  std::vector<Cell> list;
  std::vector<std::size_t> open[3];
  std::uint64_t now = 1;
  std::int64_t next = 1;
  const auto finish = [&](std::size_t i) {
    ObjectCall& call = calls[i].call;
    if (call.method == Method::kPush && rng.chance(80)) list.push_back(call.a);
    if (call.method == Method::kRead) {
      call.many = list;
      if (rng.chance(15) && !list.empty()) call.many.pop_back();
    }
    calls[i].completed = now++;
  };
  while (calls.size() < 9) {
    auto& mine = open[rng.below(3)];
    if (!mine.empty()) {
      if (!rng.chance(10)) finish(mine.back());
      mine.clear();
      continue;
    }
    ObjectCall call;
    if (rng.chance(50)) {
      call.method = Method::kPush;
      call.a = integer_cell(next++);
    } else {
      call.result = make_cell(Tag::kOther, 0);
    }
    calls.push_back({.call = call, .invoked = now++});
    mine = {calls.size() - 1};
  }
  for (auto& call : calls) {
    if (call.completed == kNever && call.call.method == Method::kRead) call.call.result = kNoCell;
  }
  return calls;
}

TEST(PlainList, IsJudgedAsTheSearchJudgesIt) {
  Rng rng(7);
  const auto specification = specification_of({.kind = ObjectKind::kLog});
  int violated = 0;
  for (int i = 0; i < rounds(4'000); ++i) {
    const auto calls = random_list(rng);
    const auto plain = check_plain_list(calls);
    ASSERT_TRUE(plain.has_value());
    const auto search =
        check_specification<ObjectState, ObjectCall>(specification, calls, Budget{});
    ASSERT_EQ(plain->verdict, search.verdict) << i << " " << plain->why;
    if (plain->verdict != Verdict::kViolated) continue;
    ++violated;
    EXPECT_FALSE(plain->calls.empty());
  }
  EXPECT_GT(violated, 400);
  EXPECT_LT(violated, rounds(3'600));
}

// Enqueues and dequeues of three processes, some without an answer, over what a queue may do, or
// nearly.
std::vector<TimedCall<ObjectCall>> random_queue(Rng& rng) {
  std::vector<TimedCall<ObjectCall>> calls;
  std::vector<Cell> queue;
  std::vector<std::size_t> open[3];
  std::uint64_t now = 1;
  std::int64_t next = 1;
  const auto act = [&](ObjectCall& call) {
    if (call.method == Method::kPush) return queue.push_back(call.a);
    call.result = kNilCell;
    if (queue.empty()) return;
    const bool last = rng.chance(15);
    call.result = last ? queue.back() : queue.front();
    queue.erase(last ? queue.end() - 1 : queue.begin());
  };
  while (calls.size() < 10) {
    auto& mine = open[rng.below(3)];
    if (!mine.empty()) {
      TimedCall<ObjectCall>& timed = calls[mine.back()];
      mine.clear();
      const bool lost = rng.chance(25);
      if (!lost || rng.chance(50)) act(timed.call);
      if (lost) timed.call.result = kNoCell;
      if (!lost) timed.completed = now++;
      continue;
    }
    ObjectCall call;
    call.method = rng.chance(50) ? Method::kPush : Method::kPop;
    if (call.method == Method::kPush) call.a = integer_cell(next++);
    calls.push_back({.call = call, .invoked = now++});
    mine = {calls.size() - 1};
  }
  return calls;
}

TEST(OpenQueue, IsJudgedAsTheSearchJudgesIt) {
  Rng rng(11);
  const auto specification = specification_of({.kind = ObjectKind::kQueue});
  int held = 0;
  int violated = 0;
  for (int i = 0; i < rounds(4'000); ++i) {
    const auto calls = random_queue(rng);
    const auto open = check_open_queue(calls);
    if (!open) continue;
    const auto search =
        check_specification<ObjectState, ObjectCall>(specification, calls, Budget{});
    ASSERT_EQ(open->verdict, search.verdict) << i << " " << open->why;
    ++(open->verdict == Verdict::kHolds ? held : violated);
  }
  EXPECT_GT(held, 1'000);
  EXPECT_GT(violated, 10);
}

// The same histories, of a set: where the order shows nothing.
TEST(GrowingSet, IsJudgedAsTheSearchJudgesIt) {
  Rng rng(13);
  const auto specification = specification_of({.kind = ObjectKind::kSet});
  int violated = 0;
  for (int i = 0; i < rounds(4'000); ++i) {
    auto calls = random_list(rng);
    for (auto& timed : calls) {
      if (timed.call.method == Method::kPush) timed.call.method = Method::kAdd;
      std::sort(timed.call.many.begin(), timed.call.many.end());
      if (rng.chance(10) && !timed.call.many.empty()) {
        timed.call.many.erase(timed.call.many.begin());
      }
    }
    const auto plain = check_growing_set(calls);
    ASSERT_TRUE(plain.has_value());
    const auto search =
        check_specification<ObjectState, ObjectCall>(specification, calls, Budget{});
    ASSERT_EQ(plain->verdict, search.verdict) << i << " " << plain->why;
    violated += plain->verdict == Verdict::kViolated ? 1 : 0;
  }
  EXPECT_GT(violated, 400);
  EXPECT_LT(violated, rounds(3'600));
}

// Adds of one and reads that overlap, some adds without an answer; reads are right or nearly.
std::vector<TimedCall<ObjectCall>> random_counter(Rng& rng) {
  std::vector<TimedCall<ObjectCall>> calls;
  std::vector<std::size_t> open[4];
  std::uint64_t now = 1;
  std::int64_t total = 0;
  while (calls.size() < 12) {
    auto& mine = open[rng.below(4)];
    if (mine.empty()) {
      ObjectCall call;
      call.method = rng.chance(60) ? Method::kAdd : Method::kRead;
      if (call.method == Method::kAdd) call.a = integer_cell(2);
      calls.push_back({.call = call, .invoked = now++});
      mine = {calls.size() - 1};
      continue;
    }
    TimedCall<ObjectCall>& timed = calls[mine.back()];
    mine.clear();
    const bool lost = rng.chance(15);
    if (timed.call.method == Method::kAdd) {
      if (!lost || rng.chance(50)) total += 2;
    } else if (!lost) {
      const std::int64_t off =
          rng.chance(25) ? 2 * (static_cast<std::int64_t>(rng.below(3)) - 1) : 0;
      timed.call.result = integer_cell(total + off);
    }
    if (!lost) timed.completed = now++;
  }
  return calls;
}

TEST(PlainCounter, IsJudgedAsTheSearchJudgesIt) {
  Rng rng(17);
  const auto specification = specification_of({.kind = ObjectKind::kCounter});
  int violated = 0;
  for (int i = 0; i < rounds(6'000); ++i) {
    const auto calls = random_counter(rng);
    const auto plain = check_growing_counter(calls, 0);
    ASSERT_TRUE(plain.has_value());
    const auto search =
        check_specification<ObjectState, ObjectCall>(specification, calls, Budget{});
    ASSERT_EQ(plain->verdict, search.verdict) << i << " " << plain->why;
    violated += plain->verdict == Verdict::kViolated ? 1 : 0;
  }
  EXPECT_GT(violated, 600);
  EXPECT_LT(violated, rounds(5'400));
}

TEST(PlainCounter, LeavesDifferentAddsToTheSearch) {
  const auto add = [](std::int64_t value, std::uint64_t at) {
    return TimedCall<ObjectCall>{.call = {.method = Method::kAdd, .a = integer_cell(value)},
                                 .invoked = at,
                                 .completed = at + 1};
  };
  EXPECT_TRUE(check_growing_counter(std::vector{add(1, 1), add(1, 3)}, 0).has_value());
  EXPECT_FALSE(check_growing_counter(std::vector{add(1, 1), add(2, 3)}, 0).has_value());
  EXPECT_TRUE(check_growing_counter(std::vector{add(-1, 1)}, 0).has_value());
}

TEST(PlainList, LeavesOffsetsAndRepeatedElementsToTheSearch) {
  const auto push = [](std::int64_t value, Cell result) {
    return TimedCall<ObjectCall>{
        .call = {.method = Method::kPush, .a = integer_cell(value), .result = result},
        .invoked = 1,
        .completed = 2};
  };
  std::vector<TimedCall<ObjectCall>> calls = {push(1, kNoCell)};
  EXPECT_TRUE(check_plain_list(calls).has_value());
  calls = {push(1, integer_cell(0))};
  EXPECT_FALSE(check_plain_list(calls).has_value());
  calls = {push(1, kNoCell), push(1, kNoCell)};
  EXPECT_FALSE(check_plain_list(calls).has_value());
}

}  // namespace
}  // namespace quorumlab::models
