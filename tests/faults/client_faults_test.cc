// What goes wrong between a program and the servers.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/faults/kit.h"

namespace quorumlab::faults {
namespace {

using models::Function;
using models::Operation;
using models::Outcome;

const std::string kTimes = "at = \"1s\"\nfor = \"3s\"\n";

std::size_t count(const Broken& run, const std::function<bool(const Operation&)>& wanted) {
  const auto all = run.result.history.operations();
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), wanted));
}

double longest(const Broken& run, double from, double to) {
  double most = 0;
  for (const Operation& op : run.result.history.operations()) {
    if (op.invoked_at.seconds() < from || op.invoked_at.seconds() >= to) continue;
    most = std::max(most, (op.completed_at - op.invoked_at).seconds());
  }
  return most;
}

TEST(ClientTimeout, TellsUnknownForWritesAndFailedForReads) {
  const Broken run("kind = \"client_timeout\"\nafter = \"8ms\"\n" + kTimes);
  // A little more for whoever was turned down just before and pauses.
  EXPECT_LE(longest(run, 1, 3.9), 0.0131);
  EXPECT_GT(longest(run, 4.1, 5), 0.0131);
  const auto told = [&](Function f, Outcome outcome) {
    return count(run, [&](const Operation& op) { return op.f == f && op.outcome == outcome; });
  };
  EXPECT_GT(told(Function::kWrite, Outcome::kUnknown), 20U);
  EXPECT_GT(told(Function::kRead, Outcome::kFail), 20U);
  EXPECT_EQ(told(Function::kRead, Outcome::kUnknown), 0U);
  EXPECT_EQ(run.result.property("linearizable"), 1);
}

// Two clients that share a key: a copy comes back over what the other one wrote in between.
std::size_t runs_with_old_writes(const std::string& keys) {
  std::size_t bad = 0;
  for (int seed = 1; seed <= 5; ++seed) {
    const Broken run("kind = \"client_retry\"\nafter = \"25ms\"\nkeys = " + keys + "\n" + kTimes,
                     {"replication={ model = \"raft\", sessions = true }", "workload.keys=1",
                      "workload.timeout=\"2s\"", "network.latency=\"uniform(1ms, 10ms)\"",
                      "scenario.seed=" + std::to_string(seed)});
    EXPECT_GT(run.effect().effects, 20U);
    bad += run.result.property("linearizable") == 0 ? 1U : 0U;
  }
  return bad;
}

TEST(ClientRetry, BringsOldWritesBackUnlessCopiesHaveAKey) {
  EXPECT_GT(runs_with_old_writes("false"), 0U);
  EXPECT_EQ(runs_with_old_writes("true"), 0U);
}

TEST(ClientCancel, LeavesWritesUnknownAndHarmsNobodyElse) {
  const Broken run("kind = \"client_cancel\"\nchance = 0.2\nafter = \"6ms\"\n" + kTimes);
  EXPECT_GT(run.effect().effects, 20U);
  EXPECT_LT(run.effect().effects, run.effect().opportunities / 2);
  EXPECT_EQ(run.result.property("linearizable"), 1);
}

TEST(ClientCancel, OnAConnectionThatIsUsedAgainGivesAnswersToTheWrongQuestion) {
  const Broken run("kind = \"client_cancel\"\nchance = 0.1\nafter = \"6ms\"\nreuse = true\n" +
                   kTimes);
  EXPECT_EQ(run.result.property("linearizable"), 0);
  // A value that was never written to the key that was read.
  const auto& history = run.result.history;
  const std::size_t foreign = count(run, [&](const Operation& op) {
    if (op.f != Function::kRead || op.outcome != Outcome::kOk || !op.value) return false;
    return history.operation(sim::OpId(static_cast<std::uint32_t>(*op.value))).key != op.key;
  });
  EXPECT_GT(foreign, 10U);
  EXPECT_EQ(run.result.property("recovered"), 1);
}

TEST(DriverLies, LosesAcknowledgedWritesWithoutAServerFault) {
  const std::vector<std::string> hasty = {"workload.write_to=\"any\"", "workload.timeout=\"4ms\""};
  const auto lies = [&](const std::string& about) {
    return Broken("kind = \"driver_lies\"\nabout = \"" + about + "\"\n" + kTimes, hasty);
  };
  for (const char* const about : {"any", "errors", "silence"}) {
    const Broken run = lies(about);
    EXPECT_GT(run.result.property("lost_writes"), 0) << about;
    EXPECT_GT(run.effect().effects, 0U) << about;
  }
  const Broken honest("kind = \"driver_lies\"\nat = \"4999ms\"", hasty);
  EXPECT_EQ(honest.result.property("lost_writes"), 0);
}

TEST(DriverLies, AboutReadsOnlyIfAsked) {
  const std::vector<std::string> hasty = {"workload.timeout=\"4ms\""};
  const auto empty_reads = [](const Broken& run) {
    return count(run, [](const Operation& op) {
      return op.f == Function::kRead && op.outcome == Outcome::kOk && !op.value &&
             op.invoked_at.seconds() > 1;
    });
  };
  const std::string fault = "kind = \"driver_lies\"\n" + kTimes;
  EXPECT_EQ(empty_reads(Broken(fault, hasty)), 0U);
  EXPECT_GT(empty_reads(Broken(fault + "reads = true\n", hasty)), 20U);
}

TEST(StaleRouting, MakesClientsAskWhoeverStoodInTheirOldMap) {
  const Broken run("kind = \"stale_routing\"\nto = \"n3\"\non = \"c1\"\n" + kTimes);
  for (const Operation& op : run.result.history.operations()) {
    const bool misled =
        op.client == sim::NodeId(3) && op.invoked_at.seconds() > 1 && op.invoked_at.seconds() < 3.7;
    if (misled) {
      EXPECT_NE(op.outcome, Outcome::kOk);
    }
    if (op.client == sim::NodeId(4)) {
      EXPECT_EQ(op.outcome, Outcome::kOk);
    }
  }
  EXPECT_GT(run.effect().effects, 5U);
  EXPECT_EQ(run.result.property("recovered"), 1);
}

TEST(StaleRouting, WithoutAnAddressKeepsToTheLastLeader) {
  const std::string crash =
      "\n[[fault]]\nkind = \"crash\"\nat = \"1500ms\"\nfor = \"3400ms\"\non = \"leader\"";
  const std::vector<std::string> raft = {"replication={ model = \"raft\" }",
                                         "workload.attempt=\"50ms\""};
  const auto served = [&](const std::string& fault) {
    return count(Broken(fault + crash, raft), [](const Operation& op) {
      return op.outcome == Outcome::kOk && op.invoked_at.seconds() > 2.5 &&
             op.invoked_at.seconds() < 4;
    });
  };
  EXPECT_EQ(served("kind = \"stale_routing\"\nat = \"1s\"\nfor = \"3800ms\"\n"), 0U);
  EXPECT_GT(served("kind = \"clock_offset\"\nat = \"1s\"\non = \"c1\"\nby = \"0s\"\n"), 100U);
}

TEST(SessionLoss, TakesWhatASessionGuarantees) {
  const std::vector<std::string> lagging = {"workload.session=true", "workload.read_from=\"any\"",
                                            "workload.timeout=\"1s\"",
                                            "replication={ model = \"leader_follower\", "
                                            "acknowledge = \"none\" }",
                                            "check.consistency=[\"read_your_writes\"]"};
  const std::string slow =
      "\n[[fault]]\nkind = \"message_delay\"\nat = \"0s\"\nmessages = [\"Append\"]\nby = \"40ms\"";
  const Broken lost("kind = \"session_loss\"\n" + kTimes + slow, lagging);
  EXPECT_EQ(lost.result.property("read_your_writes"), 0);
  EXPECT_GT(lost.effect().effects, 0U);
  const Broken kept("kind = \"session_loss\"\nat = \"4999ms\"\n" + slow, lagging);
  EXPECT_EQ(kept.result.property("read_your_writes"), 1);
}

TEST(SessionLoss, WithoutSessionsIsInert) {
  const Broken run("kind = \"session_loss\"\n" + kTimes);
  EXPECT_EQ(run.effect().effects, 0U);
}

}  // namespace
}  // namespace quorumlab::faults
