// Homes of keys while replicas join and leave, and views of the ring that converge.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "models/replication/leaderless/ring.h"
#include "sim/rng.h"

namespace quorumlab::models::leaderless {
namespace {

using sim::Stream;

// n places of `tokens` tokens each; the first `in` are members.
Ring ring_of(std::size_t n, std::size_t tokens, std::size_t in, std::size_t copies = 3) {
  std::vector<std::uint64_t> names;
  for (std::size_t i = 0; i < n; ++i) names.push_back(0x51ed27 * (i + 1));
  Ring ring(names, tokens, copies);
  for (std::uint32_t i = 0; i < in; ++i) ring.set(NodeId(i), Standing::kIn);
  return ring;
}

using Homes = std::vector<NodeId>;

bool has(const Homes& homes, NodeId node) {
  return std::find(homes.begin(), homes.end(), node) != homes.end();
}

TEST(Ring, AJoinMovesAnEqualShareAndNothingElse) {
  constexpr std::uint32_t kKeys = 20'000;
  Ring ring = ring_of(11, 200, 10, 1);
  std::vector<Homes> before;
  for (std::uint32_t key = 0; key < kKeys; ++key) before.push_back(ring.readers(sim::Key(key)));
  ring.set(NodeId(10), Standing::kIn);
  double moved = 0;
  for (std::uint32_t key = 0; key < kKeys; ++key) {
    const Homes now = ring.readers(sim::Key(key));
    if (now == before[key]) continue;
    EXPECT_TRUE(has(now, NodeId(10)));
    ++moved;
  }
  EXPECT_NEAR(moved / kKeys, 1.0 / 11, 0.02);  // 200 tokens: 7 % of a share, and a bit
}

TEST(Ring, WritesReachOldAndNewHomesUntilTheChangeIsOver) {
  for (const auto& [first, second, last] :
       {std::tuple{Standing::kJoining, Standing::kTakingOver, Standing::kIn},
        std::tuple{Standing::kLeaving, Standing::kHandingOver, Standing::kLeft}}) {
    const NodeId mover(4);
    Ring ring = ring_of(5, 8, first == Standing::kJoining ? 4 : 5);
    Ring end = ring;
    end.set(mover, last);
    for (std::uint32_t key = 0; key < 300; ++key) {
      const sim::Key k(key);
      ring = ring_of(5, 8, first == Standing::kJoining ? 4 : 5);
      const Homes old_homes = ring.readers(k);
      const Homes new_homes = end.readers(k);
      EXPECT_EQ(ring.writers(k), old_homes);
      Homes both;
      for (const Standing phase : {first, second}) {
        ring.set(mover, phase);
        EXPECT_EQ(ring.before(k), old_homes);
        EXPECT_EQ(ring.after(k), new_homes);
        EXPECT_EQ(ring.readers(k), phase == first ? old_homes : new_homes);
        for (const Homes* part : {&old_homes, &new_homes}) {
          for (const NodeId home : *part) EXPECT_TRUE(has(ring.writers(k), home));
        }
        EXPECT_EQ(ring.writers(k).size(), old_homes == new_homes ? 3U : 4U);
      }
      ring.set(mover, last);
      EXPECT_EQ(ring.writers(k), new_homes);
    }
  }
}

TEST(Ring, ViewsConvergeInAnyOrder) {
  Stream stream(sim::Seed{2}, "test.ring");
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> said;
    Ring source = ring_of(4, 2, 2);
    for (int i = 0; i < 6; ++i) {
      const NodeId who(static_cast<std::uint32_t>(stream.below(4)));
      source.set(who, static_cast<Standing>(stream.below(7)));
      said.push_back(source.text());
    }
    stream.shuffle(said);
    Ring view = ring_of(4, 2, 2);
    for (const std::string& text : said) (void)view.merge(text);
    EXPECT_EQ(view.text(), source.text());
    EXPECT_EQ(view.digest(), source.digest());
    for (const std::string& text : said) EXPECT_FALSE(view.merge(text));
    EXPECT_FALSE(view.merge("torn"));
  }
}

}  // namespace
}  // namespace quorumlab::models::leaderless
