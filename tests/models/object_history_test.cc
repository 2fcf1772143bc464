// Histories of other objects than registers: judged for a run, as journals, and by what is left.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "models/consistency/durability.h"
#include "models/exchange/from_history.h"
#include "models/exchange/judge.h"
#include "models/exchange/judge_history.h"

namespace quorumlab::models {
namespace {

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

}  // namespace
}  // namespace quorumlab::models
