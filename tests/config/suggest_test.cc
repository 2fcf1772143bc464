#include "sim/config/suggest.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace quorumlab::config {
namespace {

const std::vector<std::string> kKeys = {"acknowledge", "timeout", "heartbeat", "mistakes",
                                        "failover",    "at",      "for",       "on"};

TEST(Suggestion, IsWhatATypoMeant) {
  struct Case {
    const char* written;
    const char* meant;
  };
  for (const Case& c : {Case{"acknowlege", "acknowledge"}, Case{"tiemout", "timeout"},
                        Case{"heart_beat", "heartbeat"}, Case{"Timeout", "timeout"},
                        Case{"fail-over", "failover"}, Case{"mistake", "mistakes"},
                        Case{"ta", "at"}, Case{"fro", "for"}, Case{"ack", "acknowledge"}}) {
    EXPECT_EQ(nearest(c.written, kKeys), std::vector<std::string>{c.meant}) << c.written;
  }
}

TEST(Suggestion, IsNoneWhereNothingIsNear) {
  for (const char* const word : {"", "x", "zz", "latency", "colour", "acceptance"}) {
    EXPECT_TRUE(nearest(word, kKeys).empty()) << word;
  }
}

TEST(Suggestion, NamesBothOfTwoThatAreEquallyNear) {
  EXPECT_EQ(suggestion("leder", {"leader", "lender", "any"}), "did you mean `leader` or `lender`?");
}

TEST(Suggestion, IsNoneAmongManyThatAreEquallyNear) {
  EXPECT_EQ(suggestion("n", {"n1", "n2", "n3"}), "known: n1, n2, n3");
}

TEST(Suggestion, ElseListsWhatIsKnown) {
  EXPECT_EQ(suggestion("paxos", {"raft", "chain"}), "known: raft, chain");
  EXPECT_EQ(suggestion("paxos", {}), "");
  std::vector<std::string> many;
  for (int i = 0; i < 30; ++i) many.push_back("word" + std::to_string(i));
  EXPECT_TRUE(suggestion("paxos", many).ends_with("word23 and 6 more"));
}

TEST(EditDistance, CountsInsertionsRemovalsReplacementsAndSwaps) {
  struct Case {
    const char* a;
    const char* b;
    std::size_t distance;
  };
  for (const Case& c :
       {Case{"", "", 0}, Case{"abc", "abc", 0}, Case{"abc", "ab", 1}, Case{"ab", "abc", 1},
        Case{"abc", "axc", 1}, Case{"abc", "acb", 1}, Case{"", "abc", 3},
        Case{"kitten", "sitting", 3}, Case{"abcd", "badc", 2}}) {
    EXPECT_EQ(edit_distance(c.a, c.b, 9), c.distance) << c.a << " " << c.b;
    EXPECT_EQ(edit_distance(c.b, c.a, 9), c.distance) << c.b << " " << c.a;
  }
}

TEST(EditDistance, StopsAtTheLimit) {
  EXPECT_EQ(edit_distance("kitten", "sitting", 2), 3u);
  EXPECT_EQ(edit_distance(std::string(5'000'000, 'a'), "b", 3), 4u);
}

}  // namespace
}  // namespace quorumlab::config
