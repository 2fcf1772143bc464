// Faults of the network, seen in the trace.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/faults/kit.h"
#include "tests/sim/small_world.h"

namespace quorumlab::faults {
namespace {

using namespace sim::literals;
using sim::DropReason;
using sim::EventKind;
using sim::NodeId;

const std::string kWhile = "at = \"1s\"\nfor = \"2s\"\n";

// How many messages between the nodes with these numbers arrived during the fault.
std::map<std::pair<std::uint32_t, std::uint32_t>, int> arrivals(const Broken& run, double from,
                                                                double to) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> all;
  for (const sim::TraceEvent& event : run.record.events()) {
    if (event.kind != EventKind::kReceive) continue;
    if (event.at.seconds() < from || event.at.seconds() >= to) continue;
    ++all[{event.peer.value, event.lane.value}];
  }
  return all;
}

TEST(Partition, DropsWhatCrossesInBothDirections) {
  const Broken run("kind = \"partition\"\n" + kWhile + "split = [[\"n1\"], [\"n2\", \"n3\"]]");
  auto during = arrivals(run, 1, 3);
  EXPECT_EQ((during[{0, 1}]), 0);
  EXPECT_EQ((during[{1, 0}]), 0);
  EXPECT_EQ(run.effect().effects, run.dropped(DropReason::kPartition));
  EXPECT_GT((arrivals(run, 3.1, 5)[{0, 1}]), 0);
}

TEST(Partition, OneWayDropsInOneDirectionOnly) {
  const Broken run("kind = \"partition\"\none_way = true\n" + kWhile +
                   "split = [[\"n1\"], [\"n2\"]]");
  const auto sent_to = [&](std::uint32_t from, std::uint32_t to) {
    int count = 0;
    for (const sim::TraceEvent& event : run.record.events()) {
      const bool lost = event.kind == EventKind::kDrop && event.reason == DropReason::kPartition;
      count += int{lost && event.lane == NodeId(from) && event.peer == NodeId(to)};
    }
    return count;
  };
  EXPECT_GT(sent_to(0, 1), 0);
  EXPECT_EQ(sent_to(1, 0), 0);
}

TEST(Partition, NobodyCrossesIsInert) {
  const Broken run("kind = \"partition\"\n" + kWhile + "split = [[\"c1\"], [\"c2\"]]");
  EXPECT_EQ(run.effect().effects, 0U);
  EXPECT_EQ(run.result.property("inert_faults"), 1);
}

TEST(Isolate, CutsOffTheLeaderAndLeavesItsClients) {
  const Broken run("kind = \"isolate\"\n" + kWhile + "on = \"leader\"");
  auto during = arrivals(run, 1, 3);
  EXPECT_EQ((during[{0, 1}] + during[{1, 0}] + during[{0, 2}] + during[{2, 0}]), 0);
  EXPECT_GT((during[{3, 0}]), 0);
}

TEST(Isolate, OutwardsItStillHears) {
  const Broken run("kind = \"isolate\"\ndirection = \"in\"\n" + kWhile + "on = \"n2\"");
  auto during = arrivals(run, 1, 3);
  EXPECT_EQ((during[{0, 1}]), 0);
}

TEST(CutLinks, LeavesAThirdNodeInTouchWithBoth) {
  const Broken run("kind = \"cut_links\"\n" + kWhile + "links = [[\"n1\", \"n2\"]]");
  auto during = arrivals(run, 1, 3);
  EXPECT_EQ((during[{0, 1}] + during[{1, 0}]), 0);
  EXPECT_GT((during[{0, 2}]), 0);
}

// Which pairs of five nodes reach each other under each shape.
std::vector<std::vector<bool>> reach(const std::string& shape) {
  sim::SmallWorld small;
  for (int i = 0; i < 5; ++i) small.add("n" + std::to_string(i), sim::idle_program);
  const FaultKind& kind = fault_kind("partition_shape");
  config::Diagnostics problems;
  auto options = kind.schema.make();
  const config::Value keys = config::Value::table({{"shape", config::Value::text(shape), {}}});
  EXPECT_TRUE(kind.schema.read_any(keys, options.get(), config::Reporter(problems, kind.schema)));
  const auto fault =
      kind.make(config::Chosen("partition_shape", options, kind.schema.type()), Making{});
  fault->begin(small.world);
  std::vector<std::vector<bool>> reached(5, std::vector<bool>(5));
  for (std::uint32_t a = 0; a < 5; ++a) {
    for (std::uint32_t b = 0; b < 5; ++b) {
      reached[a][b] = a != b && !small.world.network().severed(NodeId(a), NodeId(b));
    }
  }
  fault->end(small.world);
  EXPECT_FALSE(small.world.network().severed(NodeId(0), NodeId(1)));
  return reached;
}

std::multiset<std::size_t> degrees(const std::string& shape) {
  std::multiset<std::size_t> all;
  for (const auto& row : reach(shape)) {
    all.insert(static_cast<std::size_t>(std::count(row.begin(), row.end(), true)));
  }
  return all;
}

TEST(PartitionShape, HasTheReachThatItsNameSays) {
  EXPECT_EQ(degrees("halves"), (std::multiset<std::size_t>{1, 1, 2, 2, 2}));
  EXPECT_EQ(degrees("bridge"), (std::multiset<std::size_t>{2, 2, 2, 2, 4}));
  EXPECT_EQ(degrees("ring"), (std::multiset<std::size_t>{2, 2, 2, 2, 2}));
  EXPECT_EQ(degrees("majorities_ring"), (std::multiset<std::size_t>{2, 2, 2, 2, 2}));
  EXPECT_EQ(degrees("island"), (std::multiset<std::size_t>{0, 3, 3, 3, 3}));
}

TEST(PartitionShape, OfAMajoritiesRingEverybodySeesAnotherMajority) {
  std::set<std::vector<bool>> seen;
  const auto reached = reach("majorities_ring");
  for (std::size_t a = 0; a < 5; ++a) {
    std::vector<bool> with_itself = reached[a];
    with_itself[a] = true;
    seen.insert(with_itself);
  }
  EXPECT_EQ(seen.size(), 5U);
}

TEST(MessageLoss, LosesAboutItsShareOfWhatItIsAimedAt) {
  const Broken run("kind = \"message_loss\"\nchance = 0.2\nfrom = \"n1\"\n" + kWhile);
  const double share =
      static_cast<double>(run.effect().effects) / static_cast<double>(run.effect().opportunities);
  EXPECT_NEAR(share, 0.2, 0.05);
  EXPECT_EQ(run.effect().effects, run.dropped(DropReason::kLoss));
}

TEST(MessageDuplicate, LetsTheSameMessageArriveTwice) {
  const Broken run("kind = \"message_duplicate\"\nby = \"10ms\"\n" + kWhile);
  EXPECT_EQ(run.effect().effects, run.count(EventKind::kDuplicate));
}

TEST(MessageDelay, MakesClientsWaitLonger) {
  const Broken slow("kind = \"message_delay\"\nby = \"50ms\"\n" + kWhile);
  const Broken quick("kind = \"message_delay\"\nby = \"0ms\"\n" + kWhile);
  EXPECT_GT(slow.result.writes.p99, quick.result.writes.p99 + 100_ms);
  EXPECT_EQ(quick.effect().effects, 0U);
}

// Pairs of messages on one link that arrive in another order than they were sent.
int overtakings(const Broken& run) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, sim::Time> latest;
  int count = 0;
  for (const sim::TraceEvent& event : run.record.events()) {
    if (event.kind != EventKind::kReceive) continue;
    const sim::Time sent = run.record.event(event.cause).at;
    sim::Time& last = latest[{event.peer.value, event.lane.value}];
    if (sent < last) ++count;
    last = std::max(last, sent);
  }
  return count;
}

TEST(MessageReorder, LetsOthersOvertakeOnALinkThatKeepsOrderAndADelayDoesNot) {
  const std::string some = "chance = 0.2\nby = \"uniform(0ms, 50ms)\"\n" + kWhile;
  // Raft has several appends on their way at once.
  const std::vector<std::string> fifo = {"network.fifo=true", "replication={ model = \"raft\" }"};
  EXPECT_GT(overtakings(Broken("kind = \"message_reorder\"\n" + some, fifo)), 5);
  EXPECT_EQ(overtakings(Broken("kind = \"message_delay\"\n" + some, fifo)), 0);
}

TEST(MessageCorrupt, WithAChecksumOnlyLosesMessages) {
  const Broken run("kind = \"message_corrupt\"\nchance = 0.3\n" + kWhile);
  EXPECT_EQ(run.effect().effects, run.dropped(DropReason::kCorrupt));
  EXPECT_EQ(run.result.property("linearizable"), 1);
}

TEST(MessageCorrupt, WithoutAChecksumLetsClientsReadWhatNobodyWrote) {
  const Broken run("kind = \"message_corrupt\"\nchance = 0.3\nchecksum = false\n" + kWhile +
                   "messages = [\"Get\"]\npart = \"replies\"");
  EXPECT_GT(run.effect().effects, 0U);
  EXPECT_EQ(run.result.property("linearizable"), 0);
}

TEST(Rule, HitsTheThirdAppendFromOneNodeToAnother) {
  const Broken run(
      "kind = \"message\"\nat = \"1s\"\nmessages = [\"Append\"]\npart = \"requests\"\n"
      "from = \"n1\"\nto = \"n2\"\nnth = 3\ndo = \"drop\"");
  ASSERT_EQ(run.dropped(DropReason::kLoss), 1U);
  int sent = 0;
  for (const sim::TraceEvent& event : run.record.events()) {
    const bool append = run.record.name(event.name) == "Append" && !event.is_reply &&
                        event.lane == NodeId(0) && event.peer == NodeId(1);
    if (append && event.at.seconds() >= 1 && event.kind == EventKind::kSend) ++sent;
    if (event.kind == EventKind::kDrop) break;
  }
  EXPECT_EQ(sent, 3);
}

std::size_t overflows(const std::string& keys) {
  std::size_t dropped = 0;
  for (int seed = 1; seed <= 10; ++seed) {
    const Broken run("kind = \"slow_link\"\nbandwidth = \"100B/s\"\n" + kWhile + keys,
                     {"scenario.seed=" + std::to_string(seed)});
    dropped += run.dropped(DropReason::kOverflow);
  }
  return dropped;
}

TEST(SlowLink, DropsWhatFindsItsQueueFull) {
  const std::size_t when_full = overflows("queue = \"180B\"");
  EXPECT_GT(overflows("queue = \"150B\""), when_full);
  EXPECT_EQ(overflows("queue = \"2000B\""), 0U);
  EXPECT_GT(overflows("queue = \"180B\"\ndrop = \"early\""), when_full);
}

TEST(ConnectionReset, LosesWhatIsOnItsWayAndNothingLater) {
  const Broken run("kind = \"connection_reset\"\nevery = \"500ms\"\ntimes = 3");
  EXPECT_EQ(run.effect().activations, 3U);
  EXPECT_EQ(run.effect().effects, run.dropped(DropReason::kReset));
  EXPECT_GT(run.effect().effects, 0U);
}

// Loss on one link must not change what another link's messages meet.
TEST(NetworkFaults, DrawFromStreamsOfTheirOwn) {
  const std::string loss = "kind = \"message_loss\"\nchance = 0.3\nto = \"n3\"\nstream = 5\n";
  const std::string other =
      "\n[[fault]]\nkind = \"message_loss\"\nchance = 0.3\nto = \"n2\"\nstream = 9\nat = \"1s\"\n";
  // Which message of the link is the first to be lost.
  const auto first_loss = [](const Broken& run) {
    int sent = 0;
    for (const sim::TraceEvent& event : run.record.events()) {
      const bool on_link = event.lane == NodeId(0) && event.peer == NodeId(2);
      if (!on_link || event.at.seconds() < 1) continue;
      sent += int{event.kind == EventKind::kSend};
      if (event.kind == EventKind::kDrop) break;
    }
    return sent;
  };
  const Broken alone(loss + "at = \"1s\"\n");
  const Broken beside(loss + "at = \"1s\"\n" + other);
  EXPECT_EQ(first_loss(alone), first_loss(beside));
  EXPECT_GT(beside.effect(1).effects, 0U);
}

}  // namespace
}  // namespace quorumlab::faults
