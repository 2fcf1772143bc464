// The laws of replicated data types, over random histories and, for few changes, every order.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/models/replication/crdt_support.h"

namespace quorumlab::tests {
namespace {

constexpr std::uint64_t kSeeds = 100;

template <class T>
class Semilattice : public testing::Test {};
using Types = testing::Types<GrowCounter, Counter, Grows, Set, Last, Multi, List>;
TYPED_TEST_SUITE(Semilattice, Types);

std::vector<std::size_t> upto(std::size_t count) {
  std::vector<std::size_t> all(count);
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

TYPED_TEST(Semilattice, MergeIsCommutativeAssociativeAndIdempotent) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto r = random_history<TypeParam>(seed).replicas;
    EXPECT_EQ(merged(r[0], r[1]), merged(r[1], r[0]));
    EXPECT_EQ(merged(merged(r[0], r[1]), r[2]), merged(r[0], merged(r[1], r[2])));
    EXPECT_EQ(merged(r[3], r[3]), r[3]);
    EXPECT_EQ(merged(r[2], TypeParam()), r[2]);
    const auto both = merged(r[0], r[1]);
    EXPECT_EQ(merged(both, r[0]), both);
  }
}

TYPED_TEST(Semilattice, ChangesMakeTheStateGreaterAndAreThemselvesStates) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto history = random_history<TypeParam>(seed);
    for (const auto& replica : history.replicas) {
      const auto& change = history.changes[seed % history.changes.size()];
      const auto after = merged(replica, change.delta);
      EXPECT_EQ(merged(after, replica), after);
      EXPECT_EQ(merged(change.delta, replica), after);
    }
  }
}

TYPED_TEST(Semilattice, ReplicasConvergeInAnyOrderOfDelivery) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto history = random_history<TypeParam>(seed);
    TypeParam expected;
    for (const auto& replica : history.replicas) expected.merge(replica);
    Stream stream(sim::Seed{seed}, "test.delivery");
    for (int i = 0; i < 5; ++i) {
      auto order = upto(history.changes.size());
      for (int twice = 0; twice < 8; ++twice) order.push_back(stream.below(order.size()));
      for (auto& which : order) which %= history.changes.size();
      stream.shuffle(order);
      EXPECT_EQ(merged_all(history.changes, order), expected);
    }
  }
}

TYPED_TEST(Semilattice, FiveChangesConvergeInEveryOrder) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto changes = random_history<TypeParam>(seed, 5).changes;
    auto order = upto(changes.size());
    const auto expected = merged_all(changes, order);
    do {
      EXPECT_EQ(merged_all(changes, order), expected);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TYPED_TEST(Semilattice, StatesSurviveBeingWrittenAndRead) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto history = random_history<TypeParam>(seed);
    const auto again = [](const TypeParam& state) {
      Encoder out;
      state.encode(out);
      Decoder in(out.bytes());
      auto read = TypeParam::decode(in);
      EXPECT_TRUE(in.good());
      EXPECT_EQ(in.left(), 0U);
      return read;
    };
    TypeParam all;
    for (const auto& change : history.changes) {
      EXPECT_EQ(again(change.delta), change.delta);
      all.merge(again(change.delta));
      EXPECT_EQ(again(all), all);
    }
  }
}

TYPED_TEST(Semilattice, WhatIsCutShortIsNoticed) {
  const auto state = random_history<TypeParam>(7).replicas[1];
  Encoder out;
  state.encode(out);
  for (std::size_t size = 0; size < out.bytes().size(); ++size) {
    Decoder in(std::string_view(out.bytes()).substr(0, size));
    (void)TypeParam::decode(in);
    EXPECT_FALSE(in.good()) << size;
  }
}

std::uint64_t seen_by_readers(const GrowCounter& c) {
  return c.total();
}
std::int64_t seen_by_readers(const Counter& c) {
  return c.total();
}
std::optional<std::int64_t> seen_by_readers(const Last& r) {
  return r.value();
}
std::vector<std::int64_t> seen_by_readers(const List& s) {
  std::vector<std::int64_t> values;
  for (const auto& [id, value] : s.elements()) values.push_back(value);
  return values;
}
template <class T>
std::set<std::int64_t> seen_by_readers(const T& s) {
  return s.values();
}

// A random order in which no change comes before one that its replica knew.
template <class T>
std::vector<std::size_t> causal_order(const std::vector<ChangeOf<T>>& changes, Stream& stream) {
  std::vector<std::size_t> order;
  std::vector<bool> done(changes.size());
  while (order.size() < changes.size()) {
    const auto next = stream.below(changes.size());
    const auto& seen = changes[next].seen;
    const bool ready = std::all_of(seen.begin(), seen.end(), [&](auto i) { return done[i]; });
    if (done[next] || !ready) continue;
    done[next] = true;
    order.push_back(next);
  }
  return order;
}

TYPED_TEST(Semilattice, OperationsComeToTheSameOnceEachAndInCausalOrder) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto changes = random_history<TypeParam>(seed).changes;
    Stream stream(sim::Seed{seed}, "test.delivery");
    TypeParam state;
    for (const std::size_t i : causal_order(changes, stream)) state.perform(changes[i].operation);
    EXPECT_EQ(seen_by_readers(state), seen_by_readers(merged_all(changes, upto(changes.size()))));
  }
}

// In how many of the seeds does another treatment of the same operations come to something else?
template <class T, class Deliver>
int differing(Deliver deliver) {
  int count = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto changes = random_history<T>(seed).changes;
    Stream stream(sim::Seed{seed}, "test.delivery");
    T state;
    deliver(changes, stream, [&](std::size_t i) { state.perform(changes[i].operation); });
    const T expected = merged_all(changes, upto(changes.size()));
    count += seen_by_readers(state) != seen_by_readers(expected) ? 1 : 0;
  }
  return count;
}

TEST(Operations, ThatComeTwiceCountTwice) {
  const auto last_again = [](const auto& changes, Stream&, const auto& perform) {
    for (std::size_t i = 0; i < changes.size(); ++i) perform(i);
    perform(changes.size() - 1);
  };
  EXPECT_GT(differing<GrowCounter>(last_again), 50);
  EXPECT_EQ(differing<Grows>(last_again), 0);
}

TEST(Operations, OutOfOrderLetRemovedElementsComeBack) {
  const auto anyhow = [](const auto& changes, Stream& stream, const auto& perform) {
    auto order = upto(changes.size());
    stream.shuffle(order);
    for (const std::size_t i : order) perform(i);
  };
  EXPECT_GT(differing<Set>(anyhow), 20);
  EXPECT_GT(differing<Multi>(anyhow), 50);
  EXPECT_GT(differing<List>(anyhow), 50);
  EXPECT_EQ(differing<Counter>(anyhow), 0);
}

TEST(ObservedSet, AnAdditionThatTheRemovalDidNotSeeSurvives) {
  Set a;
  Set b;
  a.merge(a.added(NodeId(1), 7));
  b.merge(a);
  b.merge(b.removed(7));
  a.merge(a.added(NodeId(1), 7));
  a.merge(b);
  EXPECT_TRUE(a.contains(7));
  a.merge(a.removed(7));
  b.merge(a);
  EXPECT_FALSE(b.contains(7));
}

TEST(ObservedSet, ContainsWhatSomeAdditionPutInThatNoRemovalHadSeen) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto changes = random_history<Set>(seed, 40).changes;
    std::set<std::int64_t> expected;
    for (std::size_t add = 0; add < changes.size(); ++add) {
      const bool removed =
          std::any_of(changes.begin(), changes.end(), [&](const ChangeOf<Set>& change) {
            return change.removes && change.value == changes[add].value &&
                   change.seen.contains(add);
          });
      if (!changes[add].removes && !removed) expected.insert(changes[add].value);
    }
    EXPECT_EQ(merged_all(changes, upto(changes.size())).values(), expected) << "seed " << seed;
  }
}

TEST(MultiRegister, KeepsWhatNoWriteHadSeen) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto changes = random_history<Multi>(seed, 40).changes;
    std::set<std::int64_t> expected;
    for (std::size_t write = 0; write < changes.size(); ++write) {
      const bool replaced = std::any_of(changes.begin(), changes.end(), [&](const auto& change) {
        return change.seen.contains(write);
      });
      if (!replaced) expected.insert(changes[write].value);
    }
    EXPECT_EQ(merged_all(changes, upto(changes.size())).values(), expected) << "seed " << seed;
  }
}

TEST(GrowCounter, LosesNoIncrementAndTakesAsMuchRoomAsThereAreNodes) {
  GrowCounter all;
  std::size_t bytes = 0;
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    all.merge(all.added(NodeId(i % 5), 2));
    Encoder out;
    all.encode(out);
    bytes = std::max(bytes, out.bytes().size());
  }
  EXPECT_EQ(all.total(), 2'000U);
  EXPECT_EQ(bytes, 4U + 5 * 12);
}

TEST(Counter, TakesTheGreatestAmountsEitherWay) {
  Counter c;
  c.merge(c.added(NodeId(1), INT64_MIN));
  EXPECT_EQ(c.total(), INT64_MIN);
  c.merge(c.added(NodeId(2), INT64_MAX));
  EXPECT_EQ(c.total(), -1);
}

TEST(DotContext, IsASetOfDots) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Stream stream(sim::Seed{seed}, "test.dots");
    models::DotContext context[2];
    std::set<models::Dot> expected[2];
    for (int i = 0; i < 60; ++i) {
      const auto which = stream.below(2);
      const NodeId node(static_cast<std::uint32_t>(stream.below(3)));
      const models::Dot dot{node, 1 + stream.below(8)};
      context[which].add(dot);
      expected[which].insert(dot);
      if (i == 40) {
        context[0].merge(context[1]);
        expected[0].insert(expected[1].begin(), expected[1].end());
      }
      for (std::uint32_t n = 0; n < 3; ++n) {
        for (std::uint64_t number = 1; number <= 8; ++number) {
          const models::Dot asked{NodeId(n), number};
          EXPECT_EQ(context[which].covers(asked), expected[which].contains(asked));
        }
      }
    }
  }
}

}  // namespace
}  // namespace quorumlab::tests
