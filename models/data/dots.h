// Sets of dots with gaps, and values that are named by dots: what delta-state types are made of
// (Almeida, Shoker, Baquero, "Delta state replicated data types", JPDC 2018, section 7).
//
//   DotMap<int> a, b;
//   DotMap<int> delta = a.written(n1, 7, {});   // small: one dot and its value
//   a.merge(delta); b.merge(delta);             // in any order, any number of times
//
// A version vector says "all up to the fifth"; a delta says "the fifth", whether or not the others
// are here yet. So a context is a vector and, beyond it, single dots, which the vector swallows as
// soon as the gap before them is closed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <type_traits>
#include <utility>

#include "models/data/bytes.h"
#include "models/data/versions.h"

namespace quorumlab::models {

// A number, or something that encodes itself.
template <class V>
void put_item(Encoder& out, const V& item) {
  if constexpr (std::is_integral_v<V>) {
    out.put(item);
  } else {
    item.encode(out);
  }
}
template <class V>
[[nodiscard]] V get_item(Decoder& in) {
  if constexpr (std::is_integral_v<V>) {
    return in.get<V>();
  } else {
    return V::decode(in);
  }
}

inline void put_dot(Encoder& out, const Dot& dot) {
  out.put(dot.node.value);
  out.put(dot.number);
}
[[nodiscard]] inline Dot get_dot(Decoder& in) {
  Dot dot;
  dot.node = sim::NodeId(in.get<std::uint32_t>());
  dot.number = in.get<std::uint64_t>();
  return dot;
}

class DotContext {
 public:
  [[nodiscard]] bool covers(const Dot& dot) const {
    return gapless_.covers(dot) || beyond_.contains(dot);
  }
  // The next one of a node whose own dots are all here.
  [[nodiscard]] Dot next(sim::NodeId node) const { return {node, gapless_.at(node) + 1}; }
  void add(const Dot& dot) {
    if (!covers(dot)) beyond_.insert(dot);
    close_gaps();
  }
  void merge(const DotContext& other) {
    gapless_.merge(other.gapless_);
    beyond_.insert(other.beyond_.begin(), other.beyond_.end());
    close_gaps();
  }
  bool operator==(const DotContext&) const = default;

  void encode(Encoder& out) const {
    gapless_.encode(out);
    out.put(static_cast<std::uint32_t>(beyond_.size()));
    for (const Dot& dot : beyond_) put_dot(out, dot);
  }
  [[nodiscard]] static DotContext decode(Decoder& in) {
    DotContext context;
    context.gapless_ = VersionVector::decode(in);
    for (auto left = in.get<std::uint32_t>(); left > 0 && in.good(); --left) {
      context.beyond_.insert(get_dot(in));
    }
    return context;
  }

 private:
  void close_gaps() {
    std::erase_if(beyond_, [this](const Dot& dot) {  // ascending
      if (dot.number == gapless_.at(dot.node) + 1) gapless_.add(dot);
      return gapless_.covers(dot);
    });
  }

  VersionVector gapless_;
  std::set<Dot> beyond_;
};

template <class V>
class DotMap {
 public:
  // What a write at `node` changes: the value is here under a new dot, and `replaced` are not.
  [[nodiscard]] DotMap written(sim::NodeId node, V value, const std::set<Dot>& replaced) const {
    DotMap delta = removed(replaced);
    const Dot dot = context_.next(node);
    delta.context_.add(dot);
    delta.values_.emplace(dot, std::move(value));
    return delta;
  }
  [[nodiscard]] static DotMap removed(const std::set<Dot>& dots) {
    DotMap delta;
    for (const Dot& dot : dots) delta.context_.add(dot);
    return delta;
  }

  // The least upper bound: what one side knows and does not have was removed.
  void merge(const DotMap& other) {
    std::erase_if(values_, [&](const auto& entry) {
      return other.context_.covers(entry.first) && !other.values_.contains(entry.first);
    });
    for (const auto& [dot, value] : other.values_) {
      if (!context_.covers(dot)) values_.emplace(dot, value);
    }
    context_.merge(other.context_);
  }
  // The same change as an operation, which trusts that it comes once and after those that it
  // replaces: a removal is not remembered.
  void perform(const DotMap& operation) {
    std::erase_if(values_,
                  [&](const auto& entry) { return operation.context_.covers(entry.first); });
    for (const auto& [dot, value] : operation.values_) {
      values_.emplace(dot, value);
      context_.add(dot);
    }
  }
  // Without any memory of it.
  template <class Holds>
  void forget_if(Holds holds) {
    std::erase_if(values_, [&](const auto& entry) { return holds(entry.second); });
  }

  [[nodiscard]] const std::map<Dot, V>& all() const { return values_; }
  template <class Holds>
  [[nodiscard]] std::set<Dot> dots_if(Holds holds) const {
    std::set<Dot> dots;
    for (const auto& [dot, value] : values_) {
      if (holds(value)) dots.insert(dot);
    }
    return dots;
  }
  [[nodiscard]] std::set<V> distinct() const {
    std::set<V> all;
    for (const auto& [dot, value] : values_) all.insert(value);
    return all;
  }
  bool operator==(const DotMap&) const = default;

  void encode(Encoder& out) const {
    context_.encode(out);
    out.put(static_cast<std::uint32_t>(values_.size()));
    for (const auto& [dot, value] : values_) {
      put_dot(out, dot);
      put_item(out, value);
    }
  }
  [[nodiscard]] static DotMap decode(Decoder& in) {
    DotMap map;
    map.context_ = DotContext::decode(in);
    for (auto left = in.get<std::uint32_t>(); left > 0 && in.good(); --left) {
      const Dot dot = get_dot(in);
      map.values_.emplace(dot, get_item<V>(in));
    }
    return map;
  }

 private:
  std::map<Dot, V> values_;
  DotContext context_;
};

}  // namespace quorumlab::models
