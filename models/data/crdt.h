// Replicated data types that converge in whatever order replicas hear of changes (Shapiro,
// Preguica, Baquero, Zawirski, "A comprehensive study of Convergent and Commutative Replicated Data
// Types", INRIA RR-7506, 2011; observed-remove without tombstones: Bieniusa et al., RR-8083, 2012).
//
//   ObservedSet<int> a, b;
//   a.merge(a.added(n1, 7));                    // a change is a small state of the same type
//   b.merge(a); b.merge(b.removed(7)); a.merge(a.added(n1, 7));
//   a.merge(b); a.contains(7);                  // true: that addition was not seen by the removal
//
// Each has merge(): the least upper bound of two states, so commutative, associative, idempotent;
// and merging a change makes the state greater. The changes are those of delta-state types
// (Almeida, Shoker, Baquero, "Delta state replicated data types", JPDC 2018). perform() takes the
// same change as an operation, as commutative types do (RR-7506, section 2.3): its state is smaller
// or its update cheaper, and it relies on each operation's coming once, and after those that it
// depends on. A node's own changes are made at one place, in order. The sequence is in sequence.h.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "models/data/dots.h"
#include "models/data/stamp.h"

namespace quorumlab::models {

// One count for each node: RR-7506, specification 6.
class GrowCounter {
 public:
  [[nodiscard]] GrowCounter added(sim::NodeId node, std::uint64_t amount) const {
    const auto mine = counts_.find(node);
    return increment(node, amount + (mine == counts_.end() ? 0 : mine->second));
  }
  // The operation: so much more of this node.
  [[nodiscard]] static GrowCounter increment(sim::NodeId node, std::uint64_t amount) {
    GrowCounter one;
    one.counts_[node] = amount;
    return one;
  }
  void merge(const GrowCounter& other) {
    for (const auto& [node, count] : other.counts_) {
      auto& mine = counts_[node];
      mine = std::max(mine, count);
    }
  }
  void perform(const GrowCounter& operation) {
    for (const auto& [node, amount] : operation.counts_) counts_[node] += amount;
  }
  [[nodiscard]] std::uint64_t total() const {
    return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const auto& entry) { return sum + entry.second; });
  }
  bool operator==(const GrowCounter&) const = default;

  void encode(Encoder& out) const {
    out.put(static_cast<std::uint32_t>(counts_.size()));
    for (const auto& [node, count] : counts_) put_dot(out, {node, count});
  }
  [[nodiscard]] static GrowCounter decode(Decoder& in) {
    GrowCounter counter;
    for (auto left = in.get<std::uint32_t>(); left > 0 && in.good(); --left) {
      const Dot entry = get_dot(in);
      counter.counts_[entry.node] = entry.number;
    }
    return counter;
  }

 private:
  std::map<sim::NodeId, std::uint64_t> counts_;
};

// Two of them, one for what was taken away: RR-7506, specification 7.
class Counter {
 public:
  [[nodiscard]] Counter added(sim::NodeId node, std::int64_t amount) const {
    Counter delta;
    (amount < 0 ? delta.down_ : delta.up_) =
        (amount < 0 ? down_ : up_).added(node, magnitude(amount));
    return delta;
  }
  [[nodiscard]] static Counter increment(sim::NodeId node, std::int64_t amount) {
    Counter one;
    (amount < 0 ? one.down_ : one.up_) = GrowCounter::increment(node, magnitude(amount));
    return one;
  }
  void merge(const Counter& other) {
    up_.merge(other.up_);
    down_.merge(other.down_);
  }
  void perform(const Counter& operation) {
    up_.perform(operation.up_);
    down_.perform(operation.down_);
  }
  [[nodiscard]] std::int64_t total() const {
    return static_cast<std::int64_t>(up_.total() - down_.total());
  }
  bool operator==(const Counter&) const = default;

  void encode(Encoder& out) const {
    up_.encode(out);
    down_.encode(out);
  }
  [[nodiscard]] static Counter decode(Decoder& in) {
    Counter counter;
    counter.up_ = GrowCounter::decode(in);
    counter.down_ = GrowCounter::decode(in);
    return counter;
  }

 private:
  [[nodiscard]] static std::uint64_t magnitude(std::int64_t amount) {
    const auto bits = static_cast<std::uint64_t>(amount);
    return amount < 0 ? 0 - bits : bits;
  }

  GrowCounter up_;
  GrowCounter down_;
};

template <class V>
class GrowSet {
 public:
  [[nodiscard]] static GrowSet only(V value) {
    GrowSet one;
    one.values_.insert(std::move(value));
    return one;
  }
  void merge(const GrowSet& other) { values_.insert(other.values_.begin(), other.values_.end()); }
  void perform(const GrowSet& operation) { merge(operation); }
  [[nodiscard]] const std::set<V>& values() const { return values_; }
  bool operator==(const GrowSet&) const = default;

  void encode(Encoder& out) const {
    out.put(static_cast<std::uint32_t>(values_.size()));
    for (const V& value : values_) put_item(out, value);
  }
  [[nodiscard]] static GrowSet decode(Decoder& in) {
    GrowSet set;
    for (auto left = in.get<std::uint32_t>(); left > 0 && in.good(); --left) {
      set.values_.insert(get_item<V>(in));
    }
    return set;
  }

 private:
  std::set<V> values_;
};

// Removing takes away the additions that were seen; one that was not seen survives.
template <class V>
class ObservedSet {
 public:
  // An addition takes the place of those of the same value that it saw, so the state has one dot
  // for each value and concurrent addition.
  [[nodiscard]] ObservedSet added(sim::NodeId node, const V& value) const {
    return ObservedSet(entries_.written(node, value, seen(value)));
  }
  [[nodiscard]] ObservedSet removed(const V& value) const {
    return ObservedSet(entries_.removed(seen(value)));
  }
  void merge(const ObservedSet& other) { entries_.merge(other.entries_); }
  void perform(const ObservedSet& operation) { entries_.perform(operation.entries_); }
  // A mistake: also what the removal has not seen.
  void forget(const V& value) {
    entries_.forget_if([&](const V& v) { return v == value; });
  }
  [[nodiscard]] bool contains(const V& value) const { return !seen(value).empty(); }
  [[nodiscard]] std::set<V> values() const { return entries_.distinct(); }
  bool operator==(const ObservedSet&) const = default;

  void encode(Encoder& out) const { entries_.encode(out); }
  [[nodiscard]] static ObservedSet decode(Decoder& in) {
    return ObservedSet(DotMap<V>::decode(in));
  }

  ObservedSet() = default;

 private:
  explicit ObservedSet(DotMap<V> entries) : entries_(std::move(entries)) {}
  [[nodiscard]] std::set<Dot> seen(const V& value) const {
    return entries_.dots_if([&](const V& v) { return v == value; });
  }

  DotMap<V> entries_;
};

// The greatest stamp wins; the others are lost, whether anybody saw them or not.
template <class V>
class LastWriteRegister {
 public:
  [[nodiscard]] static LastWriteRegister written(const Stamp& stamp, V value) {
    LastWriteRegister one;
    one.current_ = {stamp, std::move(value)};
    return one;
  }
  void merge(const LastWriteRegister& other) {
    if (!other.current_) return;
    if (!current_ || other.current_->first > current_->first) current_ = other.current_;
  }
  void perform(const LastWriteRegister& operation) { merge(operation); }
  [[nodiscard]] std::optional<V> value() const {
    return current_ ? std::optional<V>(current_->second) : std::nullopt;
  }
  bool operator==(const LastWriteRegister&) const = default;

  void encode(Encoder& out) const {
    out.put(static_cast<std::uint8_t>(current_.has_value()));
    if (!current_) return;
    current_->first.encode(out);
    put_item(out, current_->second);
  }
  [[nodiscard]] static LastWriteRegister decode(Decoder& in) {
    if (in.get<std::uint8_t>() == 0) return {};
    const Stamp stamp = Stamp::decode(in);
    return written(stamp, get_item<V>(in));
  }

 private:
  std::optional<std::pair<Stamp, V>> current_;
};

// A write replaces what its replica had seen; concurrent writes stay side by side.
template <class V>
class MultiRegister {
 public:
  [[nodiscard]] MultiRegister written(sim::NodeId node, V value) const {
    const auto all = versions_.dots_if([](const V&) { return true; });
    return MultiRegister(versions_.written(node, std::move(value), all));
  }
  void merge(const MultiRegister& other) { versions_.merge(other.versions_); }
  void perform(const MultiRegister& operation) { versions_.perform(operation.versions_); }
  [[nodiscard]] std::set<V> values() const { return versions_.distinct(); }
  bool operator==(const MultiRegister&) const = default;

  void encode(Encoder& out) const { versions_.encode(out); }
  [[nodiscard]] static MultiRegister decode(Decoder& in) {
    return MultiRegister(DotMap<V>::decode(in));
  }

  MultiRegister() = default;

 private:
  explicit MultiRegister(DotMap<V> versions) : versions_(std::move(versions)) {}

  DotMap<V> versions_;
};

}  // namespace quorumlab::models
