#include "traces/record.h"

#include <gtest/gtest.h>

#include "tests/traces/sample_run.h"
#include "traces/messages.h"

namespace quorumlab::traces {
namespace {

TEST(Record, GivesEventsTheirNumbersInOrder) {
  Record record;
  EXPECT_EQ(record.add({}), EventId(1));
  TraceEvent second;
  second.tags.value = 7;
  EXPECT_EQ(record.add(second), EventId(2));
  EXPECT_EQ(record.event(EventId(2)).tags.value, 7);
}

TEST(Record, InternsEachNameOnceAndTheEmptyNameAsZero) {
  Record record;
  EXPECT_EQ(record.intern(""), 0);
  const sim::NameId put = record.intern("Put");
  EXPECT_NE(put, 0);
  EXPECT_NE(record.intern("Get"), put);
  EXPECT_EQ(record.intern("Put"), put);
  EXPECT_EQ(record.name(put), "Put");
  EXPECT_EQ(record.find_name("Append"), std::nullopt);
}

TEST(Record, HasAnAnswerForNumbersWithoutAName) {
  Record record;
  record.lanes = {{.name = "n1"}};
  EXPECT_EQ(record.lane_name(NodeId(0)), "n1");
  EXPECT_EQ(record.lane_name(NodeId(4)), "lane4");
  EXPECT_EQ(record.key_name(sim::Key(7)), "k7");
  EXPECT_EQ(record.name(999), "?");
  EXPECT_FALSE(record.is_client(NodeId(4)));
}

TEST(Record, NamesTheValuesOfStates) {
  Record record;
  record.set_state_names("role", {"follower", "leader"});
  EXPECT_EQ(record.state_text("role", 1), "leader");
  EXPECT_EQ(record.state_text("role", 2), "2");
  EXPECT_EQ(record.state_text("role", -1), "-1");
  EXPECT_EQ(record.state_text("term", 1), "1");
}

struct Pair {
  Record record;
  models::History history;
  Teller tell{record, history};
};

TEST(Messages, JoinSendsWithTheirFates) {
  Pair run;
  const EventId arrives = run.tell.send({0, 1}, "Put", {});
  const EventId dies = run.tell.send({0, 1}, "Put", {});
  const EventId flies = run.tell.send({0, 1}, "Put", {});
  const EventId drop = run.tell.drop(dies, sim::DropReason::kLoss);
  const EventId receive = run.tell.receive(arrives);
  const auto messages = messages_of(run.record);
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0], (Message{arrives, receive, false}));
  EXPECT_EQ(messages[1], (Message{dies, drop, false}));
  EXPECT_EQ(messages[2], (Message{flies, sim::kNoEvent, false}));
  EXPECT_FALSE(is_lost(run.record, messages[0]));
  EXPECT_TRUE(is_lost(run.record, messages[1]));
  EXPECT_FALSE(is_lost(run.record, messages[2]));
}

TEST(Messages, ShowADuplicateAsAMessageOfItsOwn) {
  Pair run;
  const EventId sent = run.tell.send({0, 1}, "Put", {});
  const EventId copy = run.tell.duplicate(sent);
  const EventId first = run.tell.receive(sent);
  TraceEvent again = run.record.event(first);
  again.cause = copy;
  const EventId second = run.record.add(again);
  const auto messages = messages_of(run.record);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0], (Message{sent, first, false}));
  EXPECT_EQ(messages[1], (Message{sent, second, true}));
}

TEST(Messages, IgnoreFatesWithoutASend) {
  Record record;
  TraceEvent stray;
  stray.kind = EventKind::kReceive;
  record.add(stray);
  stray.cause = EventId(99);
  record.add(stray);
  EXPECT_TRUE(messages_of(record).empty());
}

TEST(Messages, APartitionSeparatesSidesOnly) {
  Fault cut;
  cut.groups = {{NodeId(0)}, {NodeId(1), NodeId(2)}};
  EXPECT_TRUE(separates(cut, NodeId(0), NodeId(2)));
  EXPECT_TRUE(separates(cut, NodeId(2), NodeId(0)));
  EXPECT_FALSE(separates(cut, NodeId(1), NodeId(2)));
  EXPECT_FALSE(separates(cut, NodeId(0), NodeId(3)));
  cut.one_way = true;
  EXPECT_TRUE(separates(cut, NodeId(0), NodeId(2)));
  EXPECT_FALSE(separates(cut, NodeId(2), NodeId(0)));
}

}  // namespace
}  // namespace quorumlab::traces
