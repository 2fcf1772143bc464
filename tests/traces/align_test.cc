#include "traces/align.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/traces/sample_run.h"

namespace quorumlab::traces {
namespace {

const LaneAlignment& lane(const Alignment& alignment, const std::string& name) {
  return *std::ranges::find(alignment.lanes, name, &LaneAlignment::lane);
}

TEST(Align, FindsNothingBetweenARunAndItself) {
  for (std::uint64_t seed = 1; seed < 8; ++seed) {
    const SampleRun run = storm(seed);
    const Alignment aligned = align(run.record, run.record);
    EXPECT_FALSE(aligned.first.has_value());
    std::size_t shared = 0;
    for (const LaneAlignment& l : aligned.lanes) {
      EXPECT_TRUE(l.only_a.empty() && l.only_b.empty()) << l.lane;
      shared += l.shared;
    }
    EXPECT_EQ(shared, run.record.events().size());
  }
}

TEST(Align, FindsTheOneEventThatOnlyOneRunHas) {
  const SampleRun a = stale_read_after_failover();
  SampleRun b = stale_read_after_failover();
  Teller tell(b.record, b.history);
  tell.at(5000);
  tell.state(3, "term", 77);
  const Alignment aligned = align(a.record, b.record);
  ASSERT_TRUE(aligned.first.has_value());
  EXPECT_EQ(aligned.first->a, sim::kNoEvent);
  EXPECT_EQ(aligned.first->b, EventId(b.record.events().size()));
  const std::string name = b.record.lane_name(NodeId(3));
  EXPECT_EQ(lane(aligned, name).only_b, std::vector{EventId(b.record.events().size())});
  EXPECT_TRUE(lane(aligned, name).only_a.empty());
}

TEST(Align, SharesWhatOnlyHappensLater) {
  const SampleRun a = stale_read_after_failover();
  Record later;
  later.lanes = a.record.lanes;
  for (const std::string& name : a.record.names()) static_cast<void>(later.intern(name));
  for (TraceEvent e : a.record.events()) {
    e.at = e.at + sim::Duration(1000);
    later.add(e);
  }
  const Alignment aligned = align(a.record, later);
  ASSERT_TRUE(aligned.first.has_value());
  EXPECT_EQ(aligned.first->a, EventId(1));
  for (const LaneAlignment& l : aligned.lanes) EXPECT_TRUE(l.only_a.empty()) << l.lane;
}

TEST(Align, CountsWhatChangedItsOrderOnce) {
  Record a;
  Record b;
  for (Record* record : {&a, &b}) record->lanes = {{.name = "n1"}};
  const auto add = [](Record& record, std::string_view name) {
    TraceEvent e;
    e.lane = NodeId(0);
    e.name = record.intern(name);
    record.add(e);
  };
  for (const char* name : {"x", "y", "z"}) add(a, name);
  for (const char* name : {"z", "x", "y"}) add(b, name);
  const LaneAlignment only = align(a, b).lanes.at(0);
  EXPECT_EQ(only.shared, 2U);
  EXPECT_EQ(only.only_a, std::vector{EventId(3)});
  EXPECT_EQ(only.only_b, std::vector{EventId(1)});
}

}  // namespace
}  // namespace quorumlab::traces
