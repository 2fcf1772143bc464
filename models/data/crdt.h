// Replicated data types that converge whatever order their states are merged in (Shapiro, Preguica,
// Baquero, Zawirski, "A comprehensive study of Convergent and Commutative Replicated Data Types",
// INRIA RR-7506, 2011; observed-remove without tombstones: Bieniusa et al., RR-8083, 2012).
//
//   ObservedSet<int> a, b;
//   a.add(n1, 7); b.merge(a); b.remove(7); a.add(n1, 7);
//   a.merge(b); a.contains(7);                  // true: that addition was not seen by the removal
//
// Each has merge(): the least upper bound of two states, so commutative, associative, idempotent.
// Each update makes the state greater. A node's own updates are made at one place, in order.
#pragma once

#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "models/data/stamp.h"
#include "models/data/versions.h"

namespace quorumlab::models {

class GrowCounter {
 public:
  void add(sim::NodeId node, std::uint64_t amount) { counts_[node] += amount; }
  void merge(const GrowCounter& other) {
    for (const auto& [node, count] : other.counts_) {
      auto& mine = counts_[node];
      mine = std::max(mine, count);
    }
  }
  [[nodiscard]] std::uint64_t total() const {
    return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const auto& entry) { return sum + entry.second; });
  }
  bool operator==(const GrowCounter&) const = default;

 private:
  std::map<sim::NodeId, std::uint64_t> counts_;
};

class Counter {
 public:
  void add(sim::NodeId node, std::int64_t amount) {
    const auto size = static_cast<std::uint64_t>(amount < 0 ? -amount : amount);
    (amount < 0 ? down_ : up_).add(node, size);
  }
  void merge(const Counter& other) {
    up_.merge(other.up_);
    down_.merge(other.down_);
  }
  [[nodiscard]] std::int64_t total() const {
    return static_cast<std::int64_t>(up_.total()) - static_cast<std::int64_t>(down_.total());
  }
  bool operator==(const Counter&) const = default;

 private:
  GrowCounter up_;
  GrowCounter down_;
};

template <class V>
class GrowSet {
 public:
  void add(V value) { values_.insert(std::move(value)); }
  void merge(const GrowSet& other) { values_.insert(other.values_.begin(), other.values_.end()); }
  [[nodiscard]] const std::set<V>& values() const { return values_; }
  bool operator==(const GrowSet&) const = default;

 private:
  std::set<V> values_;
};

// Removing takes away the additions that were seen; one that was not seen survives.
template <class V>
class ObservedSet {
 public:
  void add(sim::NodeId node, V value) { (void)entries_.write(node, {}, std::move(value)); }
  void remove(const V& value) { entries_.remove_only(seen(value)); }
  void merge(const ObservedSet& other) { entries_.merge(other.entries_); }
  [[nodiscard]] bool contains(const V& value) const { return !seen(value).empty(); }
  [[nodiscard]] std::set<V> values() const {
    std::set<V> all;
    for (const auto& [dot, value] : entries_.all()) all.insert(value);
    return all;
  }
  bool operator==(const ObservedSet&) const = default;

 private:
  [[nodiscard]] std::set<Dot> seen(const V& value) const {
    std::set<Dot> dots;
    for (const auto& [dot, v] : entries_.all()) {
      if (v == value) dots.insert(dot);
    }
    return dots;
  }

  Versioned<V> entries_;
};

// The greatest stamp wins; the others are lost, whether anybody saw them or not.
template <class V>
class LastWriteRegister {
 public:
  void write(const Stamp& stamp, V value) {
    if (!current_ || stamp > current_->first) current_ = {stamp, std::move(value)};
  }
  void merge(const LastWriteRegister& other) {
    if (other.current_) write(other.current_->first, other.current_->second);
  }
  [[nodiscard]] std::optional<V> value() const {
    return current_ ? std::optional<V>(current_->second) : std::nullopt;
  }
  bool operator==(const LastWriteRegister&) const = default;

 private:
  std::optional<std::pair<Stamp, V>> current_;
};

// A write replaces what its writer had seen; concurrent writes stay side by side.
template <class V>
class MultiRegister {
 public:
  void write(sim::NodeId node, V value) {
    (void)versions_.write(node, versions_.context(), std::move(value));
  }
  void merge(const MultiRegister& other) { versions_.merge(other.versions_); }
  [[nodiscard]] std::set<V> values() const {
    std::set<V> all;
    for (const auto& [dot, value] : versions_.all()) all.insert(value);
    return all;
  }
  bool operator==(const MultiRegister&) const = default;

 private:
  Versioned<V> versions_;
};

// A replicated growable array (Roh et al., "Replicated abstract data types", JPDC 2011): a sequence
// in which each element hangs on the one that it was inserted after, later stamps first.
template <class V>
class Sequence {
 public:
  using Id = Stamp;  // of an element; Id{} is the beginning

  void insert_after(const Id& left, const Id& id, V value) {
    elements_.try_emplace(id, Element{left, std::move(value), false});
  }
  void remove(const Id& id) {
    if (const auto found = elements_.find(id); found != elements_.end()) found->second.gone = true;
  }
  void merge(const Sequence& other) {
    for (const auto& [id, element] : other.elements_) {
      const auto [mine, added] = elements_.try_emplace(id, element);
      if (!added) mine->second.gone = mine->second.gone || element.gone;
    }
  }
  [[nodiscard]] std::vector<std::pair<Id, V>> elements() const {
    std::map<Id, std::vector<Id>> children;  // ascending, so that the last comes first
    for (const auto& [id, element] : elements_) children[element.left].push_back(id);
    std::vector<std::pair<Id, V>> all;
    std::vector<Id> open = {Id{}};
    while (!open.empty()) {
      const Id id = open.back();
      open.pop_back();
      if (const auto e = elements_.find(id); e != elements_.end() && !e->second.gone) {
        all.emplace_back(id, e->second.value);
      }
      if (const auto c = children.find(id); c != children.end()) {
        open.insert(open.end(), c->second.begin(), c->second.end());
      }
    }
    return all;
  }
  bool operator==(const Sequence&) const = default;

 private:
  struct Element {
    Id left;
    V value;
    bool gone = false;
    bool operator==(const Element&) const = default;
  };
  std::map<Id, Element> elements_;
};

}  // namespace quorumlab::models
