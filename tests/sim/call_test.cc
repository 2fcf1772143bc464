// Calls: answers, time-outs, answers that come too late or twice, and quorums.
#include "sim/call.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/sim/small_world.h"

namespace quorumlab::sim {
namespace {

const NodeId kServer(0);

// Answers x + 1 after x milliseconds.
void slow_echo(Node& node) {
  node.serve([&](const Ping& ping) {
    node.sleep(ping.x * 1_ms);
    return ping.x + 1;
  });
}

TEST(Call, ReturnsTheAnswer) {
  std::optional<int> answer;
  Time at;
  SmallWorld small;
  small.add("server", echo);
  small.add("a", [&](Node& node) {
    answer = node.call(kServer, Ping{41}, 10_ms);
    at = node.now();
  });
  small.run_to(1_s);
  EXPECT_EQ(answer, 42);
  EXPECT_EQ(at, after_start(2_ms));
  EXPECT_EQ(small.world.messages().alive(), 0U);
}

TEST(Call, TimesOutWhenNobodyAnswers) {
  std::optional<int> answer = 0;
  Time at;
  SmallWorld small;
  small.world.add_node({.name = "server", .program = echo});  // is never started
  small.add("a", [&](Node& node) {
    answer = node.call(kServer, Ping{}, 10_ms);
    at = node.now();
  });
  small.run_to(1_s);
  EXPECT_EQ(answer, std::nullopt);
  EXPECT_EQ(at, after_start(10_ms));
}

TEST(Call, ThatTimedOutIgnoresItsAnswer) {
  std::vector<std::optional<int>> answers;
  SmallWorld small;
  small.add("server", slow_echo);
  small.add("a", [&](Node& node) {
    answers.push_back(node.call(kServer, Ping{50}, 10_ms));  // its answer comes at 52 ms
    answers.push_back(node.call(kServer, Ping{60}, 10_ms));
    node.sleep(20_ms);
    answers.push_back(node.call(kServer, Ping{40}, 100_ms));  // waits while both come
  });
  small.run_to(1_s);
  EXPECT_EQ(answers, (std::vector<std::optional<int>>{std::nullopt, std::nullopt, 41}));
  EXPECT_EQ(small.world.messages().alive(), 0U);
}

TEST(Call, WithoutTimeStillSends) {
  std::vector<int> heard;
  std::optional<int> answer = 0;
  SmallWorld small;
  small.add("server", [&](Node& node) {
    node.serve([&](const Ping& ping) {
      heard.push_back(ping.x);
      return 0;
    });
  });
  small.add("a", [&](Node& node) {
    answer = node.call(kServer, Ping{1}, 0_ms);
    EXPECT_EQ(node.now(), Time{});
    EXPECT_FALSE(node.call(kServer, Ping{2}, -5_ms));
    node.sleep(10_ms);
  });
  small.run_to(1_s);
  EXPECT_EQ(answer, std::nullopt);
  EXPECT_EQ(heard, (std::vector<int>{1, 2}));
}

TEST(Call, WaitsForEverIfAsked) {
  std::optional<int> answer;
  SmallWorld small;
  small.add("server", slow_echo);
  small.add("a",
            [&](Node& node) { answer = node.call(kServer, Ping{3'000'000}, Duration::max()); });
  EXPECT_EQ(small.world.run_until(Time::max()), Stop::kIdle);
  EXPECT_EQ(answer, 3'000'001);
}

TEST(Call, TakesTheFirstOfTwoAnswers) {
  std::vector<std::optional<int>> answers;
  int handled = 0;
  SmallWorld small;
  small.world.network().set_default(
      {.latency = Distribution::constant(1_ms), .duplicate = Probability(1)});
  small.add("server", [&](Node& node) { node.serve([&](const Ping&) { return ++handled; }); });
  small.add("a", [&](Node& node) {
    for (int i = 0; i < 3; ++i) answers.push_back(node.call(kServer, Ping{}, 10_ms));
  });
  small.run_to(1_s);
  EXPECT_EQ(handled, 6);
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0], 1);
  EXPECT_EQ(small.world.messages().alive(), 0U);
}

TEST(Call, OfALastLifeIsNotAnsweredToTheNext) {
  std::vector<std::optional<int>> answers;
  SmallWorld small;
  small.add("server", slow_echo);
  const NodeId a = small.add("a", [&](Node& node) {
    answers.push_back(node.call(kServer, Ping{node.incarnation() == 1 ? 50 : 100}, 1_s));
  });
  small.at(20_ms, [&] {
    small.world.crash(a);
    small.world.start(a);
  });
  small.run_to(2_s);
  EXPECT_EQ(answers, std::vector<std::optional<int>>{101});
}

TEST(Call, TimesOutWhenTheServerCrashesMeanwhile) {
  std::optional<int> answer = 0;
  SmallWorld small;
  small.add("server", slow_echo);
  small.add("a", [&](Node& node) { answer = node.call(kServer, Ping{50}, 200_ms); });
  small.at(20_ms, [&] {
    small.world.crash(kServer);
    small.world.start(kServer);
  });
  small.run_to(1_s);
  EXPECT_EQ(answer, std::nullopt);
}

TEST(Call, TellsTheHandlerWhoAsks) {
  std::vector<std::uint32_t> from;
  SmallWorld small;
  small.add("server", [&](Node& node) {
    node.serve([&](const Ping&, NodeId sender) {
      from.push_back(sender.value);
      return 0;
    });
  });
  for (const char* name : {"a", "b"}) {
    small.add(name, [](Node& node) { EXPECT_TRUE(node.call(kServer, Ping{}, 10_ms)); });
  }
  small.run_to(1_s);
  EXPECT_EQ(from, (std::vector<std::uint32_t>{1, 2}));
}

TEST(Call, ChoosesTheHandlerByTheKindOfRequest) {
  std::vector<std::optional<int>> answers;
  SmallWorld small;
  small.add("server", [](Node& node) {
    node.serve([](const Ping& ping) { return ping.x; },
               run_inline([](const Parcel& parcel) { return -parcel.x; }));
  });
  small.add("a", [&](Node& node) {
    answers.push_back(node.call(kServer, Parcel{7, 10}, 10_ms));
    answers.push_back(node.call(kServer, Ping{8}, 10_ms));
  });
  small.run_to(1_s);
  EXPECT_EQ(answers, (std::vector<std::optional<int>>{-7, 8}));
}

TEST(Call, OverlapsWithOthersOfItsNode) {
  std::vector<int> answers;
  SmallWorld small;
  small.add("server", slow_echo);
  small.add("a", [&](Node& node) {
    for (const int x : {30, 10, 20}) {
      node.spawn("call", [&, x] { answers.push_back(*node.call(kServer, Ping{x}, 1_s)); });
    }
    node.sleep(1_s);
  });
  small.run_to(2_s);
  EXPECT_EQ(answers, (std::vector<int>{11, 21, 31}));
}

// Four servers that take 0, 10, 20 and 30 ms and answer with their number; the fifth node asks.
class Quorum {
 public:
  explicit Quorum(Program program) {
    for (int i = 0; i < 4; ++i) {
      small.add(std::string(1, static_cast<char>('a' + i)), [i](Node& node) {
        node.serve([&node, i](const Ping&) {
          node.sleep(i * 10_ms);
          return i;
        });
      });
    }
    small.add("e", std::move(program));
  }
  SmallWorld small;
};

std::vector<int> values(const Replies<int>& replies) {
  std::vector<int> all;
  for (const auto& [from, value] : replies.received()) {
    EXPECT_EQ(from.value, static_cast<std::uint32_t>(value));
    all.push_back(value);
  }
  return all;
}

TEST(CallAll, WaitsForAsManyAnswersAsAsked) {
  Time at;
  std::vector<int> received;
  std::vector<int> later;
  Quorum quorum([&](Node& node) {
    auto replies = node.call_all(node.peers(), Ping{});
    EXPECT_TRUE(replies.wait_for(3, 1_s));
    at = node.now();
    received = values(replies);
    node.sleep(50_ms);
    later = values(replies);
  });
  quorum.small.run_to(1_s);
  EXPECT_EQ(at, after_start(22_ms));
  EXPECT_EQ(received, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(later, (std::vector<int>{0, 1, 2, 3}));
}

TEST(CallAll, GivesUpAfterTheTimeoutWithWhatItHas) {
  std::vector<int> received;
  Quorum quorum([&](Node& node) {
    auto replies = node.call_all(node.peers(), Ping{});
    EXPECT_FALSE(replies.wait_for(3, 15_ms));
    EXPECT_EQ(node.now(), after_start(15_ms));
    received = values(replies);
  });
  quorum.small.run_to(1_s);
  EXPECT_EQ(received, (std::vector<int>{0, 1}));
}

TEST(CallAll, CountsTheTimeoutFromTheCall) {
  Quorum quorum([&](Node& node) {
    auto replies = node.call_all(node.peers(), Ping{});
    EXPECT_TRUE(replies.wait_for(1, 15_ms));
    EXPECT_FALSE(replies.wait_for(4, 15_ms));
    EXPECT_EQ(node.now(), after_start(15_ms));
    EXPECT_FALSE(replies.wait_for(4, 15_ms));
    EXPECT_EQ(node.now(), after_start(15_ms));
    EXPECT_TRUE(replies.wait_for(4, 1_s));
    EXPECT_EQ(node.now(), after_start(32_ms));
  });
  quorum.small.run_to(1_s);
}

TEST(CallAll, EndsWhenNobodyIsLeftToAnswer) {
  Quorum quorum([&](Node& node) {
    auto replies = node.call_all(node.peers(), Ping{});
    EXPECT_FALSE(replies.wait_for(5, 1_s));
    EXPECT_EQ(node.now(), after_start(32_ms));
    EXPECT_TRUE(node.call_all(std::span<const NodeId>(), Ping{}).wait_for(0, 1_s));
    EXPECT_FALSE(node.call_all(std::span<const NodeId>(), Ping{}).wait_for(1, 1_s));
    EXPECT_EQ(node.now(), after_start(32_ms));
  });
  quorum.small.run_to(1_s);
}

TEST(CallAll, CanBeForgottenWhileItIsUnderWay) {
  std::vector<std::optional<int>> answers;
  Quorum quorum([&](Node& node) {
    for (int i = 0; i < 3; ++i) {
      (void)node.call_all(node.peers(), Ping{});
      answers.push_back(node.call(NodeId(2), Ping{}, 1_s));
    }
  });
  quorum.small.run_to(2_s);
  EXPECT_EQ(answers, (std::vector<std::optional<int>>(3, 2)));
  EXPECT_EQ(quorum.small.world.messages().alive(), 0U);
}

TEST(CallAll, GathersWhatComesBeforeAnybodyWaits) {
  std::vector<int> received;
  Quorum quorum([&](Node& node) {
    auto replies = node.call_all(node.peers(), Ping{});
    node.sleep(25_ms);
    EXPECT_TRUE(replies.wait_for(3, 1_s));
    EXPECT_EQ(node.now(), after_start(25_ms));
    received = values(replies);
  });
  quorum.small.run_to(1_s);
  EXPECT_EQ(received, (std::vector<int>{0, 1, 2}));
}

TEST(CallAll, CountsADoubledAnswerOnce) {
  SmallWorld small;
  small.world.network().set_default(
      {.latency = Distribution::constant(1_ms), .duplicate = Probability(1)});
  small.add("a", echo);
  small.add("b", idle_program);  // does not serve
  small.add("c", [&](Node& node) {
    auto replies = node.call_all(node.peers(), Ping{});
    EXPECT_FALSE(replies.wait_for(2, 50_ms));
    EXPECT_EQ(replies.received().size(), 1U);
  });
  small.run_to(1_s);
}

TEST(Call, OfWhatNobodyServesIsAnErrorOfTheModel) {
  SmallWorld small;
  small.add("server", echo);
  small.add("a", [](Node& node) { (void)node.call(kServer, Parcel{}, 1_s); });
  try {
    small.run_to(1_s);
    FAIL();
  } catch (const ModelError& error) {
    EXPECT_NE(std::string(error.what()).find("there is no handler for Parcel"), std::string::npos)
        << error.what();
  }
}

TEST(CallDeathTest, WaitsOnlyOnAFiberOfItsNode) {
  EXPECT_DEATH(
      {
        SmallWorld small;
        const NodeId server = small.add("server", echo);
        small.add(
            "a", [](Node& node) { (void)node.world().node(kServer).call(node.id(), Ping{}, 1_s); });
        small.run_to(1_s);
        EXPECT_TRUE(small.world.node(server).is_up());
      },
      "server waits for Ping outside of its fibers");
}

}  // namespace
}  // namespace quorumlab::sim
