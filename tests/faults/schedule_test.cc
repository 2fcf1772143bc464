// When faults begin and end.
#include <gtest/gtest.h>

#include "tests/faults/kit.h"

namespace quorumlab::faults {
namespace {

using Times = std::vector<double>;

const std::string kPause = "kind = \"pause\"\non = \"n2\"\n";

TEST(Schedule, BeginsAtATimeAndLastsForAWhile) {
  const Broken run(kPause + "at = \"1s\"\nfor = \"500ms\"");
  ASSERT_EQ(run.result.faults[0].lasted.size(), 1U);
  EXPECT_EQ(run.begun(), Times{1});
  EXPECT_EQ(run.result.faults[0].lasted[0].second.seconds(), 1.5);
}

TEST(Schedule, HealsEverythingWhenTheRunIsOver) {
  const Broken run(kPause + "at = \"1s\"");
  EXPECT_EQ(run.result.faults[0].lasted[0].second.seconds(), 5);
  EXPECT_EQ(run.result.property("recovered"), 1);
}

TEST(Schedule, RepeatsEverySoOften) {
  EXPECT_EQ(Broken(kPause + "every = \"1s\"\nfor = \"100ms\"").begun(), (Times{1, 2, 3, 4}));
  EXPECT_EQ(Broken(kPause + "at = \"500ms\"\nevery = \"2s\"\nfor = \"100ms\"").begun(),
            (Times{0.5, 2.5, 4.5}));
  EXPECT_EQ(Broken(kPause + "every = \"1s\"\ntimes = 2\nfor = \"100ms\"").begun(), (Times{1, 2}));
}

TEST(Schedule, SkipsABeatWhileTheFaultStillLasts) {
  EXPECT_EQ(Broken(kPause + "every = \"1s\"\nfor = \"1500ms\"").begun(), (Times{1, 3}));
}

TEST(Schedule, DrawsTheGapsOfEveryFromTheSeed) {
  const std::string random = kPause + "every = \"exponential(mean 500ms)\"\nfor = \"10ms\"";
  const Times begun = Broken(random).begun();
  EXPECT_EQ(begun, Broken(random).begun());
  EXPECT_NE(begun, Broken(random, {"scenario.seed=8"}).begun());
}

TEST(Trigger, CountsEventsOnTheNodesNamed) {
  const auto crashes = [](const std::string& when) {
    return Broken("kind = \"crash\"\non = \"n3\"\nfor = \"500ms\"\nwhen = " + when).begun();
  };
  const Times third = crashes("{ event = \"append\", on = \"n1\", nth = 3 }");
  const Times later = crashes("{ event = \"append\", on = \"n1\", nth = 3, after = \"1s\" }");
  ASSERT_EQ(third.size(), 1U);
  ASSERT_EQ(later.size(), 1U);
  EXPECT_DOUBLE_EQ(later[0], third[0] + 1);
  EXPECT_TRUE(crashes("{ event = \"append\", on = \"c1\" }").empty());
}

TEST(Trigger, SeesTheNthMessage) {
  const Broken run(
      kPause +
      "for = \"100ms\"\n"
      "when = { message = \"Append\", part = \"requests\", from = \"n1\", to = \"n2\", "
      "nth = 4 }");
  ASSERT_EQ(run.begun().size(), 1U);
  int sent = 0;
  for (const sim::TraceEvent& event : run.record.events()) {
    if (event.kind == sim::EventKind::kFaultBegin) break;
    sent += int{event.kind == sim::EventKind::kSend && !event.is_reply &&
                run.record.name(event.name) == "Append" && event.peer == sim::NodeId(1)};
  }
  EXPECT_EQ(sent, 4);
}

TEST(Trigger, WaitsUntilAConditionBecomesTrue) {
  const Broken run(kPause + "for = \"100ms\"\nwhen = { state = \"commit(n1) >= 30\" }");
  ASSERT_EQ(run.begun().size(), 1U);
  for (const sim::TraceEvent& event : run.record.events()) {
    const bool commit = event.kind == sim::EventKind::kState && event.lane == sim::NodeId(0) &&
                        run.record.name(event.name) == "commit";
    if (!commit) continue;
    if (event.tags.value >= 30) {
      EXPECT_DOUBLE_EQ(event.at.seconds(), run.begun()[0]);
      break;
    }
  }
}

TEST(Trigger, CountsHowOftenAConditionBecameTrue) {
  const std::string storm =
      "\n[[fault]]\nkind = \"crash\"\non = \"n3\"\nevery = \"1s\"\nfor = \"300ms\"";
  const Broken run(kPause + "for = \"50ms\"\nwhen = { state = \"not up(n3)\", nth = 2 }\n" + storm);
  EXPECT_EQ(run.begun(), Times{2});
}

TEST(Until, EndsAFaultWhenTheConditionHolds) {
  const Broken run("kind = \"isolate\"\non = \"n3\"\nat = \"1s\"\nuntil = \"commit(n1) > 100\"");
  ASSERT_EQ(run.result.faults[0].lasted.size(), 1U);
  const double end = run.result.faults[0].lasted[0].second.seconds();
  EXPECT_GT(end, 1);
  EXPECT_LT(end, 5);
}

TEST(During, BeginsAndEndsWithTheOther) {
  const Broken run(
      "kind = \"pause\"\nname = \"nap\"\non = \"n2\"\nat = \"1s\"\nfor = \"1s\"\n\n"
      "[[fault]]\nkind = \"isolate\"\non = \"n3\"\nwhen = { during = \"nap\", after = \"250ms\" }");
  ASSERT_EQ(run.result.faults[1].lasted.size(), 1U);
  EXPECT_EQ(run.begun(1), Times{1.25});
  EXPECT_EQ(run.result.faults[1].lasted[0].second.seconds(), 2);
}

TEST(During, ConditionsSeeActiveFaults) {
  const Broken run(
      "kind = \"pause\"\nname = \"nap\"\non = \"n2\"\nat = \"1s\"\nfor = \"1s\"\n\n"
      "[[fault]]\nkind = \"isolate\"\non = \"n3\"\nfor = \"100ms\"\n"
      "when = { state = \"active(nap)\" }");
  EXPECT_EQ(run.begun(1), Times{1});
}

TEST(During, ConditionsGoOnAfterTheNameOfAFault) {
  const Broken run(
      "kind = \"pause\"\nname = \"nap\"\non = \"n2\"\nat = \"1s\"\nfor = \"1s\"\n\n"
      "[[fault]]\nkind = \"isolate\"\non = \"n3\"\nfor = \"100ms\"\n"
      "when = { state = \"active(nap) and role(n1) == leader\" }");
  EXPECT_EQ(run.begun(1), Times{1});
}

TEST(Inert, IsAFaultThatNeverBegan) {
  const Broken run(kPause + "when = { event = \"elected\", nth = 99 }");
  EXPECT_EQ(run.effect().activations, 0U);
  EXPECT_EQ(run.result.property("inert_faults"), 1);
}

}  // namespace
}  // namespace quorumlab::faults
