// Objects that replicas change together: which requests each type carries out, what its mistakes
// do, and which of the merging functions are joins.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/data/shared_object.h"
#include "sim/rng.h"

namespace quorumlab::models {
namespace {

using F = Function;
using Elements = std::vector<std::int64_t>;
using sim::OpId;

// One replica's copy.
struct Copy {
  std::unique_ptr<SharedObject> object;
  NodeId node{0};
  std::uint64_t changes = 0;
  VersionVector known{};

  explicit Copy(const SharedKind& kind, std::uint32_t number = 0)
      : object(make_shared_object(kind)), node(number) {}

  struct Update {
    std::string bytes;
    SharedObject::Origin origin;
  };
  Update change(const Command& command) {
    const Stamp stamp{static_cast<std::int64_t>(++changes), 0, node, OpId(1)};
    const auto bytes = object->prepare(command, {node, stamp});
    EXPECT_TRUE(bytes.has_value());
    Update update{bytes.value_or(""), {{node, changes}, known}};
    take(update);
    return update;
  }
  void take(const Update& update) {
    Decoder in(update.bytes);
    object->take(in, update.origin);
    known.add(update.origin.dot);
  }
};

std::set<F> served(const SharedKind& kind) {
  std::set<F> all;
  for (const F f : {F::kWrite, F::kCas, F::kAdd, F::kInsert, F::kRemove, F::kAppend, F::kEnqueue,
                    F::kDequeue, F::kAcquire, F::kRelease}) {
    if (serves(kind, f)) all.insert(f);
  }
  EXPECT_TRUE(serves(kind, F::kRead));
  return all;
}

TEST(SharedObject, EachTypeServesItsOwnFunctions) {
  EXPECT_EQ(served({CrdtKind::kGrowCounter}), std::set{F::kAdd});
  EXPECT_EQ(served({CrdtKind::kCounter}), std::set{F::kAdd});
  EXPECT_EQ(served({CrdtKind::kGrowSet}), std::set{F::kInsert});
  EXPECT_EQ(served({CrdtKind::kObservedSet}), (std::set{F::kInsert, F::kRemove}));
  EXPECT_EQ(served({CrdtKind::kLastWriteRegister}), std::set{F::kWrite});
  EXPECT_EQ(served({CrdtKind::kMultiRegister}), std::set{F::kWrite});
  EXPECT_EQ(served({CrdtKind::kSequence}), (std::set{F::kAppend, F::kRemove}));
  EXPECT_EQ(served({MergeKind::kGreatest}), std::set{F::kWrite});
  EXPECT_EQ(served({MergeKind::kLeast}), std::set{F::kWrite});
  EXPECT_EQ(served({MergeKind::kSumOfDeltas}), std::set{F::kAdd});
  EXPECT_EQ(served({MergeKind::kUnion}), (std::set{F::kInsert, F::kRemove}));
  EXPECT_EQ(served({MergeKind::kAverage}), std::set{F::kWrite});
  EXPECT_EQ(served({MergeKind::kConcatenate}), std::set{F::kAppend});
}

TEST(SharedObject, AGrowingCounterTakesNothingAway) {
  const Copy a({CrdtKind::kGrowCounter});
  EXPECT_FALSE(a.object->prepare({.f = F::kAdd, .value = -1}, {}).has_value());
  const Copy b({CrdtKind::kCounter});
  EXPECT_TRUE(b.object->prepare({.f = F::kAdd, .value = -1}, {}).has_value());
}

TEST(SharedObject, AnErasedRegisterIsAsIfNeverWritten) {
  for (const CrdtKind type : {CrdtKind::kLastWriteRegister, CrdtKind::kMultiRegister}) {
    Copy a({type});
    a.change({.value = 7});
    EXPECT_EQ(a.object->value(), 7);
    a.change({.value = 8, .erase = true});
    EXPECT_EQ(a.object->value(), std::nullopt);
    EXPECT_EQ(a.object->elements(), Elements{});
  }
}

TEST(SharedObject, ConcurrentWritesOfAMultiValueRegisterAreItsElements) {
  Copy a({CrdtKind::kMultiRegister}, 1);
  Copy b({CrdtKind::kMultiRegister}, 2);
  const auto seven = a.change({.value = 7});
  b.change({.value = 8});
  b.take(seven);
  EXPECT_EQ(b.object->elements(), (Elements{7, 8}));
  EXPECT_EQ(b.object->value(), 8);  // by the node, as the stamps are otherwise alike
}

TEST(SharedObject, AnElementGoesToTheEndOrAfterTheOneThatIsNamed) {
  Copy a({CrdtKind::kSequence});
  a.change({.f = F::kAppend, .value = 1});
  a.change({.f = F::kAppend, .value = 3});
  a.change({.f = F::kAppend, .value = 2, .expected = 1});
  EXPECT_EQ(a.object->elements(), (Elements{1, 2, 3}));
  a.change({.f = F::kRemove, .value = 1});
  EXPECT_EQ(a.object->elements(), (Elements{2, 3}));
  EXPECT_EQ(a.object->value(), 2);
  EXPECT_FALSE(a.object->prepare({.f = F::kAppend, .value = 4, .expected = 1}, {}).has_value());
}

TEST(SharedObject, ACounterWithOneCellLosesConcurrentIncrements) {
  for (const bool one_cell : {false, true}) {
    const SharedKind kind{.type = CrdtKind::kGrowCounter, .one_cell = one_cell};
    Copy a(kind, 1);
    Copy b(kind, 2);
    const auto three = a.change({.f = F::kAdd, .value = 3});
    b.change({.f = F::kAdd, .value = 4});
    b.take(three);
    EXPECT_EQ(b.object->value(), one_cell ? 4 : 7);
  }
}

TEST(SharedObject, ARemovalOfWhatItHasNotSeenLeavesReplicasApart) {
  for (const bool remove_unseen : {false, true}) {
    const SharedKind kind{.type = CrdtKind::kObservedSet, .remove_unseen = remove_unseen};
    Copy a(kind, 1);
    Copy b(kind, 2);
    const auto add = a.change({.f = F::kInsert, .value = 7});
    const auto remove = b.change({.f = F::kRemove, .value = 7});
    a.take(remove);
    b.take(add);
    EXPECT_EQ(a.object->elements() == b.object->elements(), !remove_unseen);
  }
}

TEST(SharedObject, TheUnionOfCartsBringsBackWhatWasRemoved) {
  Copy a({MergeKind::kUnion}, 1);
  Copy b({MergeKind::kUnion}, 2);
  b.take(a.change({.f = F::kInsert, .value = 1}));
  const auto removal = a.change({.f = F::kRemove, .value = 1});
  const auto addition = b.change({.f = F::kInsert, .value = 2});
  a.take(addition);
  b.take(removal);
  EXPECT_EQ(a.object->elements(), (Elements{1, 2}));
  EXPECT_EQ(b.object->elements(), (Elements{1, 2}));
}

// Changes of three replicas that do not hear of each other, heard in every order.
std::set<std::pair<Value, Elements>> ends(const SharedKind& kind,
                                          const std::vector<Command>& commands, bool last_twice) {
  std::vector<Copy::Update> updates;
  for (std::uint32_t i = 0; i < commands.size(); ++i) {
    updates.push_back(Copy(kind, i).change(commands[i]));
  }
  std::vector<std::size_t> order = {0, 1, 2};
  std::set<std::pair<Value, Elements>> all;
  do {
    Copy reader(kind, 9);
    for (const std::size_t i : order) reader.take(updates[i]);
    if (last_twice) reader.take(updates[order.back()]);
    all.emplace(reader.object->value(), reader.object->elements());
  } while (std::next_permutation(order.begin(), order.end()));
  return all;
}

TEST(Merging, JoinsComeToTheSameWhateverIsHeardFirst) {
  const std::vector<Command> writes = {{.value = 4}, {.value = 90}, {.value = -8}};
  const std::vector<Command> inserts = {
      {.f = F::kInsert, .value = 1}, {.f = F::kInsert, .value = 2}, {.f = F::kRemove, .value = 1}};
  for (const bool last_twice : {false, true}) {
    EXPECT_EQ(ends({MergeKind::kGreatest}, writes, last_twice).size(), 1U);
    EXPECT_EQ(ends({MergeKind::kLeast}, writes, last_twice).size(), 1U);
    EXPECT_EQ(ends({MergeKind::kUnion}, inserts, last_twice).size(), 1U);
  }
}

TEST(Merging, SumsCommuteButCountWhatComesTwice) {
  const std::vector<Command> adds = {
      {.f = F::kAdd, .value = 1}, {.f = F::kAdd, .value = 10}, {.f = F::kAdd, .value = 100}};
  EXPECT_EQ(ends({MergeKind::kSumOfDeltas}, adds, false).size(), 1U);
  EXPECT_EQ(ends({MergeKind::kSumOfDeltas}, adds, true).size(), 3U);
}

TEST(Merging, AveragesAndConcatenationsDependOnTheOrder) {
  const std::vector<Command> writes = {{.value = 0}, {.value = 100}, {.value = 1'000}};
  EXPECT_EQ(ends({MergeKind::kAverage}, writes, false).size(), 3U);
  const std::vector<Command> appends = {
      {.f = F::kAppend, .value = 1}, {.f = F::kAppend, .value = 2}, {.f = F::kAppend, .value = 3}};
  EXPECT_EQ(ends({MergeKind::kConcatenate}, appends, false).size(), 6U);
  EXPECT_EQ(ends({CrdtKind::kSequence}, appends, false).size(), 1U);
}

TEST(Merging, AnAverageIsTakenOnlyOfConcurrentWrites) {
  Copy a({MergeKind::kAverage}, 1);
  a.change({.value = 10});
  a.change({.value = 21});
  EXPECT_EQ(a.object->value(), 21);
}

}  // namespace
}  // namespace quorumlab::models
