// What a list that several write at once keeps of their intentions.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "tests/models/replication/crdt_support.h"

namespace quorumlab::tests {
namespace {

using Id = List::Id;

std::vector<Id> ids(const List& list) {
  std::vector<Id> all;
  for (const auto& [id, value] : list.elements()) all.push_back(id);
  return all;
}

std::map<Id, std::size_t> places(const List& list) {
  std::map<Id, std::size_t> all;
  for (const Id& id : ids(list)) all.emplace(id, all.size());
  return all;
}

// The definition: a tree in which each element hangs on its left neighbour, later names first.
std::vector<Id> tree_order(const std::map<Id, Id>& left_of) {
  std::map<Id, std::vector<Id>> children;  // ascending, so that the last comes first
  for (const auto& [id, left] : left_of) children[left].push_back(id);
  std::vector<Id> order;
  std::vector<Id> open = {Id{}};
  while (!open.empty()) {
    const Id id = open.back();
    open.pop_back();
    if (id != Id{}) order.push_back(id);
    const auto& next = children[id];
    open.insert(open.end(), next.begin(), next.end());
  }
  return order;
}

// Insertions at random places by four replicas, each with the list that its writer saw.
struct Editing {
  std::vector<List> deltas;
  std::vector<std::vector<Id>> views;
  std::map<Id, Id> left_of;
};

Editing edit(std::uint64_t seed) {
  Stream stream(sim::Seed{seed}, "test.editing");
  Editing editing;
  std::vector<List> replicas(4);
  while (editing.deltas.size() < 40) {
    const auto which = static_cast<std::uint32_t>(stream.below(4));
    List& mine = replicas[which];
    if (stream.below(4) == 0) {
      mine.merge(replicas[stream.below(4)]);
      continue;
    }
    const auto here = ids(mine);
    const auto at = stream.below(here.size() + 1);
    const Id left = at == 0 ? Id{} : here[at - 1];
    const List delta = mine.inserted(NodeId(which), left, static_cast<std::int64_t>(seed));
    mine.merge(delta);
    const auto now = ids(mine);
    EXPECT_EQ(now.size(), here.size() + 1);
    editing.left_of.emplace(now[at], left);  // it stands where its writer put it
    editing.deltas.push_back(delta);
    editing.views.push_back(now);
  }
  return editing;
}

TEST(Sequence, IsTheTreeOfLeftNeighbours) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Editing editing = edit(seed);
    List all;
    for (const List& delta : editing.deltas) all.merge(delta);
    EXPECT_EQ(ids(all), tree_order(editing.left_of)) << "seed " << seed;
  }
}

TEST(Sequence, KeepsTheOrderThatAnybodyEverSaw) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Editing editing = edit(seed);
    List all;
    for (auto delta = editing.deltas.rbegin(); delta != editing.deltas.rend(); ++delta) {
      all.merge(*delta);  // what hangs on something waits for it
    }
    const auto place = places(all);
    ASSERT_EQ(place.size(), editing.deltas.size());
    for (const auto& view : editing.views) {
      const auto sorted = [&](const Id& a, const Id& b) { return place.at(a) < place.at(b); };
      EXPECT_TRUE(std::is_sorted(view.begin(), view.end(), sorted)) << "seed " << seed;
    }
  }
}

// A user who types a word, each letter after the one before or before it.
struct User {
  List list;
  NodeId node{0};

  void type_forwards(const std::string& word) {
    for (const char letter : word) {
      const auto here = ids(list);
      list.merge(list.inserted(node, here.empty() ? Id{} : here.back(), letter));
    }
  }
  void type_backwards(const std::string& word) {
    for (auto letter = word.rbegin(); letter != word.rend(); ++letter) {
      list.merge(list.inserted(node, {}, *letter));
    }
  }
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const auto& [id, value] : list.elements()) all.push_back(static_cast<char>(value));
    return all;
  }
};

TEST(Sequence, WordsTypedForwardsStayWhole) {
  User anna{.node = NodeId(1)};
  User bert{.node = NodeId(2)};
  anna.type_forwards("anna");
  bert.type_forwards("bert");
  anna.list.merge(bert.list);
  EXPECT_EQ(anna.text(), "bertanna");
}

TEST(Sequence, WordsTypedBackwardsInterleave) {
  User anna{.node = NodeId(1)};
  User bert{.node = NodeId(2)};
  anna.type_backwards("anna");
  bert.type_backwards("bert");
  anna.list.merge(bert.list);
  bert.list.merge(anna.list);
  EXPECT_EQ(anna.text(), "baenrnta");
  EXPECT_EQ(bert.text(), anna.text());
}

TEST(Sequence, WhatIsRemovedStillHoldsThePlaceOfItsNeighbours) {
  User anna{.node = NodeId(1)};
  anna.type_forwards("ab");
  User bert{anna.list, NodeId(2)};
  const auto b = ids(bert.list)[1];
  bert.list.merge(bert.list.removed(b));
  anna.list.merge(anna.list.inserted(anna.node, b, 'c'));
  bert.list.merge(anna.list);
  EXPECT_EQ(bert.text(), "ac");
  EXPECT_EQ(bert.list.tombstones(), 1U);
}

TEST(Sequence, WithoutTombstonesAnInsertionBesideOneIsLost) {
  User anna{.node = NodeId(1)};
  anna.type_forwards("ab");
  User bert{anna.list, NodeId(2)};
  const auto b = ids(bert.list)[1];
  bert.list.merge(bert.list.removed(b));
  bert.list.forget_removed();
  const List delta = anna.list.inserted(anna.node, b, 'c');
  anna.list.merge(delta);
  bert.list.merge(delta);
  EXPECT_EQ(bert.text(), "a");
}

}  // namespace
}  // namespace quorumlab::tests
