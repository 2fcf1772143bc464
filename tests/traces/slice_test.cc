#include "traces/slice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/traces/sample_run.h"
#include "traces/story.h"

namespace quorumlab::traces {
namespace {

const TraceEvent& sent(const SampleRun& run, const SliceMessage& m) {
  return run.record.event(m.message.send);
}

TEST(Story, FindsWhoServedAndWhatBecameOfTheMissedWrite) {
  const SampleRun run = stale_read_after_failover();
  const Story story = story_of(run.record, run.history, run.witness);
  EXPECT_EQ(run.record.lane_name(story.server), "n2");
  EXPECT_EQ(run.record.name(run.record.event(story.serve).name), "serve");
  EXPECT_EQ(run.record.event(story.held).tags.op, story.returned);
  ASSERT_EQ(story.copies.size(), 1U);
  EXPECT_EQ(run.record.lane_name(story.copies[0].lane), "n1");
  EXPECT_EQ(story.copies[0].index, 5U);
  EXPECT_EQ(story.copies[0].end, CopyEnd::kKept);
  ASSERT_EQ(story.attempts.size(), 5U);
  for (const Message& m : story.attempts) EXPECT_TRUE(is_lost(run.record, m));
  ASSERT_EQ(story.leaders.size(), 1U);
  EXPECT_EQ(run.record.lane_name(run.record.event(story.leaders[0]).lane), "n2");
}

TEST(Slice, HoldsTheRequestTreesAndTheLostCopies) {
  const SampleRun run = stale_read_after_failover();
  const Slice slice = slice_of_witness(run.record, run.history, run.witness, {});
  const auto count = [&](std::uint32_t op, std::string_view name, bool is_reply) {
    return std::ranges::count_if(slice.messages, [&](const SliceMessage& m) {
      const TraceEvent& e = sent(run, m);
      return e.tags.op == sim::OpId(op) && run.record.name(e.name) == name &&
             e.is_reply == is_reply;
    });
  };
  for (const std::uint32_t write : {1U, 2U}) {
    EXPECT_EQ(count(write, "Put", false), 1);
    EXPECT_EQ(count(write, "Put", true), 1);
    EXPECT_EQ(count(write, "Append", false), 2);
  }
  EXPECT_EQ(count(3, "Get", false), 1);
  EXPECT_EQ(count(3, "Get", true), 1);
  EXPECT_EQ(slice.ops.size(), 3U);
}

TEST(Slice, CollapsesRetriesIntoOne) {
  const SampleRun run = stale_read_after_failover();
  const Slice slice = slice_of_witness(run.record, run.history, run.witness, {});
  const auto retried =
      std::ranges::find_if(slice.messages, [](const SliceMessage& m) { return !m.alike.empty(); });
  ASSERT_NE(retried, slice.messages.end());
  EXPECT_EQ(retried->alike.size(), 4U);
  EXPECT_EQ(run.record.lane_name(sent(run, *retried).peer), "n2");
}

TEST(Slice, DropsHeartbeatsAndIdleLanes) {
  const SampleRun run = stale_read_after_failover();
  const Slice slice = slice_of_witness(run.record, run.history, run.witness, {});
  for (const SliceMessage& m : slice.messages) {
    const bool is_heartbeat =
        run.record.name(sent(run, m).name) == "Append" && sent(run, m).tags.count == 0;
    EXPECT_FALSE(is_heartbeat) << m.message.send.value;
  }
  ASSERT_EQ(slice.left_out.size(), 1U);
  EXPECT_EQ(run.record.lane_name(slice.left_out[0]), "n4");
  EXPECT_EQ(slice.total, run.record.events().size());
  EXPECT_EQ(slice.drawn, slice.events.size());
  EXPECT_LT(slice.drawn, slice.total);
  EXPECT_TRUE(std::ranges::is_sorted(slice.events));
}

TEST(Slice, ShowsHowTheNewLeaderCameToLead) {
  const SampleRun run = stale_read_after_failover();
  const Slice slice = slice_of_witness(run.record, run.history, run.witness, {});
  const auto is_vote = [&](const SliceMessage& m) {
    return run.record.name(sent(run, m).name) == "Vote" && sent(run, m).is_reply;
  };
  EXPECT_EQ(std::ranges::count_if(slice.messages, is_vote), 1);
  const auto roles = std::ranges::count_if(
      slice.marks, [&](EventId id) { return run.record.event(id).kind == EventKind::kState; });
  EXPECT_EQ(roles, 2);  // candidate, leader
  EXPECT_EQ(slice.faults, std::vector<std::size_t>{0});
}

// Masters that number their orders alike; the names of two are as alike as can be.
SampleRun two_orders(const std::string& observation) {
  SampleRun run;
  Teller tell(run.record, run.history);
  for (const char* const name : {"n1", "n2", "n3", "n10"}) {
    run.record.lanes.push_back({.name = name});
  }
  const auto decide = [&](double at, std::uint32_t lane, std::uint32_t order) {
    tell.at(at);
    return tell.note(lane, "decided", {.term = order});
  };
  decide(1, 0, 1);
  decide(10, 0, 2);
  decide(11, 1, 2);
  decide(12, 0, 3);
  decide(20, 3, 2);
  run.witness.key = sim::kNoKey;
  run.witness.observation = observation;
  return run;
}

TEST(Slice, ShowsWhomABrokenInvariantNamesAndWhatTheyNoted) {
  const SampleRun run = two_orders("at 20ms: n10 decides on another order 2 than n1");
  const Slice slice = slice_of_witness(run.record, run.history, run.witness, {});
  EXPECT_EQ(slice.lanes, (std::vector{NodeId(0), NodeId(3)}));
  EXPECT_EQ(slice.marks, (std::vector{EventId(2), EventId(5)}));
}

TEST(Slice, ANoteThatNobodyElseMadeContradictsNone) {
  const SampleRun run = two_orders("at 20ms: n10 decides alone");
  const Slice slice = slice_of_witness(run.record, run.history, run.witness, {});
  EXPECT_EQ(slice.lanes, std::vector{NodeId(3)});
  EXPECT_TRUE(slice.marks.empty());
}

TEST(Slice, PutsClientsFirst) {
  const SampleRun run = stale_read_after_failover();
  const Slice slice = slice_of_witness(run.record, run.history, run.witness, {});
  std::string names;
  for (const NodeId lane : slice.lanes) names += run.record.lane_name(lane) + " ";
  EXPECT_EQ(names, "c1 c2 n1 n2 n3 ");
}

TEST(Slice, KeepsTheMostRelevantArrowsBelowTheLimit) {
  const SampleRun run = stale_read_after_failover();
  const Slice slice = slice_of_witness(run.record, run.history, run.witness, {.arrows_max = 7});
  ASSERT_EQ(slice.messages.size(), 7U);
  const auto with_client = std::ranges::count_if(slice.messages, [&](const SliceMessage& m) {
    return run.record.is_client(sent(run, m).lane) || run.record.is_client(sent(run, m).peer);
  });
  EXPECT_EQ(with_client, 6);
  const auto is_attempt = [&](const SliceMessage& m) {
    return sent(run, m).tags.op == sim::OpId(2) && run.record.lane_name(sent(run, m).peer) == "n2";
  };
  EXPECT_EQ(std::ranges::count_if(slice.messages, is_attempt), 1);
}

TEST(Slice, NeverHasMoreThanFortyArrows) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const SampleRun run = storm(seed);
    const Slice slice = slice_of_witness(run.record, run.history, run.witness, {});
    EXPECT_LE(slice.messages.size(), 40U) << seed;
    EXPECT_LE(slice.marks.size(), 14U) << seed;
  }
}

TEST(Slice, AWindowShowsTheStartAndCollapsesHeartbeats) {
  const SampleRun run = stale_read_after_failover();
  const Slice slice = slice_of_window(run.record, run.history, sim::kNoEvent, {});
  EXPECT_FALSE(slice.has_witness);
  EXPECT_EQ(slice.ops.size(), 3U);
  std::size_t heartbeats = 0;
  for (const SliceMessage& m : slice.messages)
    heartbeats += sent(run, m).tags.op == sim::kNoOp && !m.alike.empty() ? 1U : 0U;
  EXPECT_GE(heartbeats, 3U);
}

TEST(Slice, AWindowCanLieAroundAnEvent) {
  const SampleRun run = stale_read_after_failover();
  const EventId last(run.record.events().size());
  const Slice slice = slice_of_window(run.record, run.history, last, {.arrows_max = 6});
  EXPECT_LE(slice.messages.size(), 6U);
  EXPECT_GT(slice.begin, sim::Time(1'010'000'000));
  EXPECT_EQ(slice.ops.back().op, sim::OpId(3));
}

TEST(Slice, AWindowCanLeaveOutWhatClientsAsked) {
  const SampleRun run = stale_read_after_failover();
  const EventId last(run.record.events().size());
  const Slice slice = slice_of_window(run.record, run.history, last, {.replicas_only = true});
  EXPECT_FALSE(slice.messages.empty());
  for (const SliceMessage& m : slice.messages) {
    EXPECT_FALSE(run.record.is_client(sent(run, m).lane));
    EXPECT_FALSE(run.record.is_client(sent(run, m).peer));
  }
}

TEST(Slice, AnEmptyRecordHasAnEmptyWindow) {
  const Slice slice = slice_of_window(Record(), models::History(), sim::kNoEvent, {});
  EXPECT_TRUE(slice.messages.empty());
  EXPECT_EQ(slice.total, 0U);
}

}  // namespace
}  // namespace quorumlab::traces
