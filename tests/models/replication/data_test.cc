// The laws of clocks, versions and hash trees, over random histories.
#include <gtest/gtest.h>

#include "models/data/merkle.h"
#include "models/data/stamp.h"
#include "models/data/versions.h"
#include "sim/rng.h"

namespace quorumlab::models {
namespace {

using sim::NodeId;
using sim::OpId;
using sim::Stream;
using sim::Time;

TEST(Versioned, ConcurrentWritesAreSiblingsAndAWriteThatSawBothReplacesThem) {
  Versioned<int> a;
  Versioned<int> b;
  (void)a.write(NodeId(1), {}, 5);
  (void)b.write(NodeId(2), {}, 7);
  a.merge(b);
  EXPECT_EQ(a.all().size(), 2U);
  (void)a.write(NodeId(1), a.context(), 9);
  b.merge(a);
  ASSERT_EQ(b.all().size(), 1U);
  EXPECT_EQ(b.all().begin()->second, 9);
}

TEST(Versioned, ABlindWriteAtTheSameReplicaIsASibling) {
  Versioned<int> a;
  (void)a.write(NodeId(1), {}, 5);
  (void)a.write(NodeId(1), {}, 6);
  EXPECT_EQ(a.all().size(), 2U);
}

TEST(VersionVector, TellsCausesFromConcurrency) {
  VersionVector a;
  VersionVector b;
  (void)a.next(NodeId(1));
  EXPECT_TRUE(a.covers(b));
  EXPECT_FALSE(b.covers(a));
  (void)b.next(NodeId(2));
  EXPECT_TRUE(a.concurrent_with(b));
  a.merge(b);
  EXPECT_TRUE(a.covers(b));
}

TEST(Clocks, WhatWasWitnessedIsEarlierThanWhatComesNext) {
  Stream stream(sim::Seed{3}, "test.clocks");
  LamportClock lamport[3];
  HybridClock hybrid[3];
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    const auto from = static_cast<std::uint32_t>(stream.below(3));
    const auto to = static_cast<std::uint32_t>(stream.below(3));
    const Time wall(stream.between(0, 1'000));  // jumps as it likes
    const Time later(stream.between(0, 1'000));
    const Stamp l = lamport[from].next(NodeId(from), OpId(2 * i + 1));
    const Stamp h = hybrid[from].next(wall, NodeId(from), OpId(2 * i + 1));
    EXPECT_GE(h.time, wall.count());
    lamport[to].witness(l);
    hybrid[to].witness(h);
    EXPECT_LT(l, lamport[to].next(NodeId(to), OpId(2 * i + 2)));
    EXPECT_LT(h, hybrid[to].next(later, NodeId(to), OpId(2 * i + 2)));
  }
}

TEST(Clocks, IntervalsThatOverlapAreInNoOrder) {
  const auto a = ClockInterval::around(Time(100), sim::Duration(10));
  EXPECT_TRUE(a.surely_before(ClockInterval::around(Time(121), sim::Duration(10))));
  EXPECT_FALSE(a.surely_before(ClockInterval::around(Time(120), sim::Duration(10))));
}

TEST(MerkleTree, DiffersExactlyOnThePathToWhatDiffers) {
  MerkleTree a(3);
  MerkleTree b(3);
  for (std::uint32_t key = 0; key < 40; ++key) {
    a.add(sim::Key(key), key * 17);
    b.add(sim::Key(39 - key), (39 - key) * 17);  // the order of adding does not matter
  }
  EXPECT_EQ(a.node(0, 0), b.node(0, 0));
  b.add(sim::Key(44), 1);
  std::uint32_t differing = 0;
  for (std::uint32_t leaf = 0; leaf < 8; ++leaf) {
    if (a.node(3, leaf) != b.node(3, leaf)) ++differing;
  }
  EXPECT_EQ(differing, 1U);
  EXPECT_NE(a.node(3, a.leaf_of(sim::Key(44))), b.node(3, b.leaf_of(sim::Key(44))));
  EXPECT_NE(a.node(0, 0), b.node(0, 0));
}

}  // namespace
}  // namespace quorumlab::models
