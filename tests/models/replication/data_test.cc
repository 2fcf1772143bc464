// The laws of clocks, versions and replicated data types, over random histories.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/data/crdt.h"
#include "models/data/merkle.h"
#include "sim/rng.h"

namespace quorumlab::models {
namespace {

using sim::NodeId;
using sim::OpId;
using sim::Stream;
using sim::Time;

// What a random update does to each type.
struct Updates {
  Stream& stream;
  std::uint32_t ops = 0;

  NodeId own{0};  // the replica at which the update is made
  std::int64_t any() { return stream.between(0, 5); }

  void operator()(GrowCounter& c) { c.add(own, static_cast<std::uint64_t>(any())); }
  void operator()(Counter& c) { c.add(own, any() - 3); }
  void operator()(GrowSet<std::int64_t>& s) { s.add(any()); }
  void operator()(ObservedSet<std::int64_t>& s) {
    const std::int64_t value = any();
    if (stream.below(3) == 0) {
      s.remove(value);
    } else {
      s.add(own, value);
    }
  }
  void operator()(LastWriteRegister<std::int64_t>& r) {
    const std::int64_t time = any();
    r.write({time, 0, own, OpId(++ops)}, any());
  }
  void operator()(MultiRegister<std::int64_t>& r) { r.write(own, any()); }
  void operator()(Sequence<std::int64_t>& s) {
    const auto there = s.elements();
    const auto at = stream.below(there.size() + 1);
    const Stamp left = at == 0 ? Stamp{} : there[at - 1].first;
    if (at != 0 && stream.below(4) == 0) {
      s.remove(left);
    } else {
      s.insert_after(left, {left.time + 1, 0, own, OpId(++ops)}, any());
    }
  }
};

template <class T>
class Semilattice : public testing::Test {
 protected:
  static constexpr int kReplicas = 4;

  // Replicas after a random history of updates and merges.
  std::vector<T> history(std::uint64_t seed) {
    Stream stream(sim::Seed{seed}, "test.crdt");
    Updates update{stream};
    std::vector<T> replicas(kReplicas);
    for (int i = 0; i < 40; ++i) {
      const auto which = stream.below(kReplicas);
      const auto other = stream.below(kReplicas);
      update.own = NodeId(static_cast<std::uint32_t>(which));
      if (stream.below(3) == 0) {
        replicas[which].merge(replicas[other]);
      } else {
        update(replicas[which]);
      }
    }
    return replicas;
  }
  static T merged(T a, const T& b) {
    a.merge(b);
    return a;
  }
};

using Types = testing::Types<GrowCounter, Counter, GrowSet<std::int64_t>, ObservedSet<std::int64_t>,
                             LastWriteRegister<std::int64_t>, MultiRegister<std::int64_t>,
                             Sequence<std::int64_t>>;
TYPED_TEST_SUITE(Semilattice, Types);

TYPED_TEST(Semilattice, MergeIsCommutativeAssociativeAndIdempotent) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto r = this->history(seed);
    EXPECT_EQ(this->merged(r[0], r[1]), this->merged(r[1], r[0]));
    EXPECT_EQ(this->merged(this->merged(r[0], r[1]), r[2]),
              this->merged(r[0], this->merged(r[1], r[2])));
    EXPECT_EQ(this->merged(r[3], r[3]), r[3]);
    const auto both = this->merged(r[0], r[1]);
    EXPECT_EQ(this->merged(both, r[0]), both);
  }
}

TYPED_TEST(Semilattice, ReplicasConvergeInAnyOrderOfDelivery) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto r = this->history(seed);
    Stream stream(sim::Seed{seed}, "test.delivery");
    std::vector<TypeParam> ends;
    for (int i = 0; i < 3; ++i) {
      std::vector<std::size_t> order = {0, 1, 2, 3, 1, 0};  // some of them twice
      stream.shuffle(order);
      TypeParam end;
      for (const std::size_t from : order) end.merge(r[from]);
      ends.push_back(end);
    }
    EXPECT_EQ(ends[0], ends[1]);
    EXPECT_EQ(ends[0], ends[2]);
  }
}

TEST(ObservedSet, AnAdditionThatTheRemovalDidNotSeeSurvives) {
  ObservedSet<int> a;
  ObservedSet<int> b;
  a.add(NodeId(1), 7);
  b.merge(a);
  b.remove(7);
  a.add(NodeId(1), 7);
  a.merge(b);
  EXPECT_TRUE(a.contains(7));
  a.remove(7);
  b.merge(a);
  EXPECT_FALSE(b.contains(7));
}

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
