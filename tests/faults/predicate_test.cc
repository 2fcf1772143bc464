// The language of conditions: what it means, and what is told about mistakes.
#include <gtest/gtest.h>

#include "faults/predicate.h"
#include "sim/roles.h"
#include "tests/sim/small_world.h"

namespace quorumlab::faults {
namespace {

using namespace sim::literals;

Places places() {
  Places places;
  places.nodes = {"n1", "n2", "n3", "c1"};
  places.replicas = {"n1", "n2", "n3"};
  places.zones = {"east", "west"};
  places.fields = {{"role", {"follower", "candidate", "leader"}}, {"term", {}}, {"commit", {}}};
  places.faults = {"split"};
  return places;
}

// Three replicas: n1 leads at commit 10; n2 follows at 4; n3 is down.
class Conditions : public testing::Test {
 protected:
  Conditions() {
    const auto replica = [](std::int64_t role, std::int64_t commit) {
      return [role, commit](sim::Node& node) {
        node.set_state("role", role);
        node.set_state("commit", commit);
        node.sleep(10_s);
      };
    };
    small_.add({.name = "n1", .zone = "east", .program = replica(2, 10)});
    small_.add({.name = "n2", .zone = "west", .program = replica(0, 4)});
    small_.add({.name = "n3", .zone = "west", .program = replica(0, 3)});
    small_.run_to(1_ms);
    small_.world.crash(sim::NodeId(2));
  }

  bool holds(const std::string& text) {
    auto parsed = Predicate::parse(text);
    auto* const predicate = std::get_if<Predicate>(&parsed);
    if (predicate == nullptr) {
      ADD_FAILURE() << text << ": " << std::get<config::SyntaxError>(parsed).message;
      return false;
    }
    if (const auto wrong = predicate->bind(places())) {
      ADD_FAILURE() << text << ": " << wrong->message;
      return false;
    }
    return predicate->holds(small_.world, [](const std::string& name) { return name == "split"; });
  }

  sim::SmallWorld small_;
};

TEST_F(Conditions, CompareFieldsWithNumbersAndWords) {
  EXPECT_TRUE(holds("role(n1) == leader"));
  EXPECT_FALSE(holds("role(n2) == leader"));
  EXPECT_TRUE(holds("leader != role(n2)"));
  EXPECT_TRUE(holds("commit(n1) >= 10 and commit(n1) <= 10"));
  EXPECT_FALSE(holds("commit(n1) > 10 or commit(n1) < 10"));
  EXPECT_TRUE(holds("role(n1) != role(n2)"));
}

TEST_F(Conditions, BindAndTighterThanOrAndNotTightest) {
  EXPECT_TRUE(holds("up(n1) or up(n2) and up(n3)"));
  EXPECT_FALSE(holds("(up(n1) or up(n2)) and up(n3)"));
  EXPECT_TRUE(holds("not up(n3) and up(n1)"));
  EXPECT_FALSE(holds("not (up(n1) or up(n3))"));
}

TEST_F(Conditions, AddAndSubtractFromTheLeft) {
  EXPECT_TRUE(holds("commit(n1) - commit(n2) - 1 == 5"));
  EXPECT_TRUE(holds("commit(leader) - min(replicas, commit) + 1 == 7"));
}

TEST_F(Conditions, AggregateOverWhoeverPublishes) {
  EXPECT_TRUE(holds("count(replicas, up) == 2"));
  EXPECT_TRUE(holds("count(replicas, role == leader) == 1"));
  EXPECT_TRUE(holds("max(replicas, commit) == 10 and min(replicas, commit) == 4"));
  EXPECT_TRUE(holds("sum(replicas, commit) == 14"));
  EXPECT_TRUE(holds("any(west, up) and not all(west, up)"));
  EXPECT_TRUE(holds("all(east, role == leader and commit >= 10)"));
}

TEST_F(Conditions, AreFalseOfANodeThatIsDown) {
  EXPECT_FALSE(holds("commit(n3) >= 0"));
  EXPECT_FALSE(holds("commit(n3) < 100"));
}

TEST_F(Conditions, KnowWhichFaultsAreActive) {
  EXPECT_TRUE(holds("active(split)"));
  EXPECT_FALSE(holds("not active(split)"));
}

std::string told(const std::string& text) {
  auto parsed = Predicate::parse(text);
  const auto say = [&](const config::SyntaxError& error) {
    return text + "\n" + std::string(error.position, ' ') + std::string(error.length, '^') + " " +
           error.message + "; " + error.hint;
  };
  if (const auto* const error = std::get_if<config::SyntaxError>(&parsed)) return say(*error);
  const auto wrong = std::get<Predicate>(parsed).bind(places());
  return wrong ? say(*wrong) : "nothing";
}

TEST(Mistakes, PointAtTheVeryPlace) {
  EXPECT_EQ(told("rol(n1) == leader"),
            "rol(n1) == leader\n^^^ replicas publish nothing called `rol`; did you mean `role`?");
  EXPECT_EQ(told("role(n1) == leadr"),
            "role(n1) == leadr\n            ^^^^^ `role` is never leadr; did you mean `leader`?");
  EXPECT_EQ(
      told("commit(n1) and up(n1)"),
      "commit(n1) and up(n1)\n^^^^^^^^^^ this is a number, not a condition; compare it, as in "
      "commit(n1) >= 10");
  EXPECT_EQ(told("up(n1) = up(n2)"), "up(n1) = up(n2)\n       ^ `=` compares nothing; write `==`");
  EXPECT_EQ(told("(up(n1)"), "(up(n1)\n^ this parenthesis is not closed; add `)`");
}

TEST(Mistakes, NeverCrashTheParser) {
  for (const char* text : {"",
                           " ",
                           "(",
                           ")",
                           "not",
                           "and",
                           "1",
                           "1 ==",
                           "role(",
                           "role()",
                           "role(n1",
                           "min(replicas,",
                           "'",
                           "role('n1') == leader",
                           "role(n1) == 3",
                           "up(n1) up(n2)",
                           "99999999999999999999 > 1",
                           "up(n1) < up(n2)",
                           "count(replicas, commit)",
                           "min(nobody, commit) > 1",
                           "-1 > 2",
                           "\xff"}) {
    (void)told(text);
  }
  EXPECT_NE(told(std::string(5000, '(')), "nothing");
  std::string nots;
  for (int i = 0; i < 5000; ++i) nots += "not ";
  EXPECT_NE(told(nots + "up(n1)"), "nothing");
}

}  // namespace
}  // namespace quorumlab::faults
