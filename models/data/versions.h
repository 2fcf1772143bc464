// Which versions of a value descend from which: version vectors, and sets of concurrent versions.
//
//   Versioned<int> a, b;                       // two replicas' copies
//   a.write(n1, a.context(), 5);               // replaces all that the writer had seen
//   b.write(n2, {}, 7);                        // seen nothing: concurrent
//   a.merge(b); a.all();                       // 5 and 7: siblings
//
// A Versioned is a set of dotted versions with the vector of everything seen: the dotted version
// vector sets of Preguica, Baquero, Almeida, Fonte and Goncalves ("Brief Announcement: Efficient
// Causality Tracking in Distributed Storage Systems With Dotted Version Vectors", PODC 2012). A dot
// names one write; a version that is covered by the other side's vector and missing there was
// replaced. Merging is commutative, associative and idempotent.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "models/data/bytes.h"
#include "sim/ids.h"

namespace quorumlab::models {

// The nth write that a node made.
struct Dot {
  sim::NodeId node{0};
  std::uint64_t number = 0;
  auto operator<=>(const Dot&) const = default;
};

// How many writes of each node are known.
class VersionVector {
 public:
  [[nodiscard]] std::uint64_t at(sim::NodeId node) const {
    const auto found = counts_.find(node);
    return found == counts_.end() ? 0 : found->second;
  }
  Dot next(sim::NodeId node) { return {node, ++counts_[node]}; }
  void add(const Dot& dot) {
    auto& count = counts_[dot.node];
    count = std::max(count, dot.number);
  }
  [[nodiscard]] bool covers(const Dot& dot) const { return at(dot.node) >= dot.number; }
  void merge(const VersionVector& other) {
    for (const auto& [node, count] : other.counts_) add({node, count});
  }
  // Everything that `other` knows is known here.
  [[nodiscard]] bool covers(const VersionVector& other) const {
    return std::all_of(other.counts_.begin(), other.counts_.end(),
                       [&](const auto& entry) { return at(entry.first) >= entry.second; });
  }
  [[nodiscard]] bool concurrent_with(const VersionVector& other) const {
    return !covers(other) && !other.covers(*this);
  }
  bool operator==(const VersionVector& other) const { return covers(other) && other.covers(*this); }

  void encode(Encoder& out) const {
    out.put(static_cast<std::uint32_t>(counts_.size()));
    for (const auto& [node, count] : counts_) {
      out.put(node.value);
      out.put(count);
    }
  }
  [[nodiscard]] static VersionVector decode(Decoder& in) {
    VersionVector vector;
    for (auto left = in.get<std::uint32_t>(); left > 0 && in.good(); --left) {
      const sim::NodeId node(in.get<std::uint32_t>());
      vector.counts_[node] = in.get<std::uint64_t>();
    }
    return vector;
  }

 private:
  std::map<sim::NodeId, std::uint64_t> counts_;
};

template <class V>
class Versioned {
 public:
  // A write at `node` by somebody who had seen `context`: replaces the versions in it.
  Dot write(sim::NodeId node, const VersionVector& context, V value) {
    drop_covered(context);
    const Dot dot = context_.next(node);
    context_.merge(context);
    versions_.emplace(dot, std::move(value));
    return dot;
  }
  // The same without a new value: what was seen is gone.
  void remove(const VersionVector& context) {
    drop_covered(context);
    context_.merge(context);
  }
  // Removes exactly these versions.
  void remove_only(const std::set<Dot>& dots) {
    std::erase_if(versions_, [&](const auto& entry) { return dots.contains(entry.first); });
  }
  void merge(const Versioned& other) {
    std::map<Dot, V> kept;
    for (const auto& [dot, value] : versions_) {
      if (other.versions_.contains(dot) || !other.context_.covers(dot)) kept.emplace(dot, value);
    }
    for (const auto& [dot, value] : other.versions_) {
      if (versions_.contains(dot) || !context_.covers(dot)) kept.emplace(dot, value);
    }
    versions_ = std::move(kept);
    context_.merge(other.context_);
  }

  [[nodiscard]] const std::map<Dot, V>& all() const { return versions_; }
  [[nodiscard]] const VersionVector& context() const { return context_; }
  bool operator==(const Versioned& other) const {
    return versions_ == other.versions_ && context_ == other.context_;
  }

  template <class Put>
  void encode(Encoder& out, Put put) const {
    context_.encode(out);
    out.put(static_cast<std::uint32_t>(versions_.size()));
    for (const auto& [dot, value] : versions_) {
      out.put(dot.node.value);
      out.put(dot.number);
      put(out, value);
    }
  }
  template <class Get>
  [[nodiscard]] static Versioned decode(Decoder& in, Get get) {
    Versioned result;
    result.context_ = VersionVector::decode(in);
    for (auto left = in.get<std::uint32_t>(); left > 0 && in.good(); --left) {
      Dot dot;
      dot.node = sim::NodeId(in.get<std::uint32_t>());
      dot.number = in.get<std::uint64_t>();
      result.versions_.emplace(dot, get(in));
    }
    return result;
  }

 private:
  void drop_covered(const VersionVector& context) {
    std::erase_if(versions_, [&](const auto& entry) { return context.covers(entry.first); });
  }

  std::map<Dot, V> versions_;
  VersionVector context_;
};

}  // namespace quorumlab::models
