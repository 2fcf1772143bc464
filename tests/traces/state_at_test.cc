#include "traces/state_at.h"

#include <gtest/gtest.h>

#include "tests/traces/sample_run.h"

namespace quorumlab::traces {
namespace {

struct Story {
  Record record;
  models::History history;
};

Story one_node() {
  Story story;
  story.record.lanes = {
      {.name = "n1", .clock_offset = sim::Duration(5'000'000), .clock_rate_ppb = 1'000'000},
      {.name = "n2"}};
  story.record.keys = {"x"};
  story.record.set_state_names("role", {"follower", "candidate", "leader"});
  return story;
}

TEST(StateAt, FollowsPublishedFieldsAndOutages) {
  Story story = one_node();
  Teller tell(story.record, story.history);
  tell.at(1);
  tell.state(0, "role", 0);
  const EventId crash = tell.mark(EventKind::kCrash, 0);
  tell.at(2);
  const EventId leads = tell.state(0, "role", 2);
  EXPECT_EQ(state_at(story.record, NodeId(0), crash).status, "down");
  const NodeState later = state_at(story.record, NodeId(0), leads);
  ASSERT_EQ(later.fields.size(), 1U);
  EXPECT_EQ(later.fields[0].value, "leader");
  EXPECT_EQ(later.fields[0].since, leads);
  EXPECT_EQ(state_at(story.record, NodeId(0), EventId(1)).fields[0].value, "follower");
}

TEST(StateAt, KnowsWhatTheWallClockShows) {
  Story story = one_node();
  Teller tell(story.record, story.history);
  tell.at(1000);
  tell.mark(EventKind::kClockStep, 0, "", -2'000'000);
  tell.at(2000);
  const EventId last = tell.mark(EventKind::kSync, 0);
  // 5 ms ahead, 1 ms a second faster, and 2 ms set back.
  EXPECT_EQ(state_at(story.record, NodeId(0), last).clock, sim::Duration(2'005'000'000));
  EXPECT_EQ(state_at(story.record, NodeId(1), last).clock, sim::Duration(2'000'000'000));
}

TEST(StateAt, KnowsWhatItHoldsAndWhatIsComing) {
  Story story = one_node();
  Teller tell(story.record, story.history);
  tell.at(1);
  const EventId send = tell.send({1, 0}, "Append", {});
  tell.note(0, "append", {.op = sim::OpId(1), .value = 3, .has_key = true});
  const EventId second = tell.note(0, "append", {.op = sim::OpId(2), .value = 5, .has_key = true});
  const EventId gone = tell.note(0, "discard_entry", {.op = sim::OpId(2), .has_key = true});
  tell.at(3);
  const EventId came = tell.receive(send);
  EXPECT_EQ(state_at(story.record, NodeId(0), second).holds.at(sim::Key(0)).value, 5);
  EXPECT_EQ(state_at(story.record, NodeId(0), gone).holds.at(sim::Key(0)).value, 3);
  EXPECT_EQ(state_at(story.record, NodeId(0), gone).coming, std::vector{send});
  EXPECT_TRUE(state_at(story.record, NodeId(0), came).coming.empty());
}

TEST(StateAt, FindsTheEventOfATime) {
  Story story = one_node();
  Teller tell(story.record, story.history);
  tell.at(1);
  tell.mark(EventKind::kSync, 0);
  tell.at(2);
  tell.mark(EventKind::kSync, 0);
  EXPECT_EQ(event_at(story.record, sim::Time(500'000)), sim::kNoEvent);
  EXPECT_EQ(event_at(story.record, sim::Time(1'500'000)), EventId(1));
  EXPECT_EQ(event_at(story.record, sim::Time(2'000'000)), EventId(2));
}

TEST(Record, SoundsTheAlarmWhenTheEventIsAdded) {
  Record record;
  std::size_t seen = 0;
  record.set_alarm(EventId(2), [&] { seen = record.events().size(); });
  for (int i = 0; i < 3; ++i) record.add({});
  EXPECT_EQ(seen, 2U);
}

}  // namespace
}  // namespace quorumlab::traces
