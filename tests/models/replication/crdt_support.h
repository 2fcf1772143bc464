// Random histories of replicated data types: several replicas that change their own state and hear
// of each other's changes.
//
//   const auto history = random_history<ObservedSet<std::int64_t>>(seed);
//   history.replicas[0].merge(history.changes[7].delta);
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "models/data/crdt.h"
#include "models/data/sequence.h"
#include "sim/rng.h"

namespace quorumlab::tests {

using models::Counter;
using models::Decoder;
using models::Encoder;
using models::Stamp;
using sim::NodeId;
using sim::OpId;
using sim::Stream;
using Set = models::ObservedSet<std::int64_t>;
using Grows = models::GrowSet<std::int64_t>;
using Last = models::LastWriteRegister<std::int64_t>;
using Multi = models::MultiRegister<std::int64_t>;
using List = models::Sequence<std::int64_t>;
using models::GrowCounter;

template <class T>
struct ChangeOf {
  T delta;
  T operation;
  std::set<std::size_t> seen;  // changes that its replica knew
  bool removes = false;
  std::int64_t value = 0;
};

template <class T>
struct HistoryOf {
  std::vector<T> replicas;
  std::vector<ChangeOf<T>> changes;
};

// What a random change does to each type.
class Changer {
 public:
  Changer(Stream& stream, NodeId own) : stream_(stream), own_(own) {}

  ChangeOf<GrowCounter> operator()(const GrowCounter& c) {
    const auto amount = static_cast<std::uint64_t>(any());
    return {c.added(own_, amount), GrowCounter::increment(own_, amount)};
  }
  ChangeOf<Counter> operator()(const Counter& c) {
    const std::int64_t amount = any() - 3;
    return {c.added(own_, amount), Counter::increment(own_, amount)};
  }
  ChangeOf<Grows> operator()(const Grows& /*s*/) { return both(Grows::only(any()), false); }
  ChangeOf<Set> operator()(const Set& s) {
    value_ = any();
    const bool removes = stream_.below(3) == 0;
    return both(removes ? s.removed(value_) : s.added(own_, value_), removes);
  }
  ChangeOf<Last> operator()(const Last& /*r*/) {
    value_ = any();
    return both(Last::written({any(), 0, own_, OpId(name())}, value_), false);
  }
  ChangeOf<Multi> operator()(const Multi& r) {
    value_ = name();
    return both(r.written(own_, value_), false);
  }
  ChangeOf<List> operator()(const List& s) {
    const auto here = s.elements();
    const auto at = stream_.below(here.size() + 1);
    const Stamp left = at == 0 ? Stamp{} : here[at - 1].first;
    value_ = name();
    const bool removes = at != 0 && stream_.below(4) == 0;
    return both(removes ? s.removed(left) : s.inserted(own_, left, value_), removes);
  }

 private:
  std::int64_t any() { return stream_.between(0, 5); }
  std::uint32_t name() { return static_cast<std::uint32_t>(stream_.below(1'000'000'000)); }
  template <class T>
  [[nodiscard]] ChangeOf<T> both(const T& delta, bool removes) const {
    return {delta, delta, {}, removes, value_};
  }

  Stream& stream_;
  NodeId own_;
  std::int64_t value_ = 0;
};

template <class T>
HistoryOf<T> random_history(std::uint64_t seed, std::size_t changes = 25) {
  constexpr std::size_t kReplicas = 4;
  Stream stream(sim::Seed{seed}, "test.crdt");
  HistoryOf<T> history;
  history.replicas.resize(kReplicas);
  std::vector<std::set<std::size_t>> seen(kReplicas);
  while (history.changes.size() < changes) {
    const auto which = stream.below(kReplicas);
    const auto other = stream.below(kReplicas);
    T& mine = history.replicas[which];
    if (stream.below(3) == 0) {
      mine.merge(history.replicas[other]);
      seen[which].insert(seen[other].begin(), seen[other].end());
      continue;
    }
    ChangeOf<T> change = Changer(stream, NodeId(static_cast<std::uint32_t>(which)))(mine);
    change.seen = seen[which];
    mine.merge(change.delta);
    seen[which].insert(history.changes.size());
    history.changes.push_back(std::move(change));
  }
  return history;
}

template <class T>
T merged(T a, const T& b) {
  a.merge(b);
  return a;
}

template <class T>
T merged_all(const std::vector<ChangeOf<T>>& changes, const std::vector<std::size_t>& order) {
  T all;
  for (const std::size_t i : order) all.merge(changes[i].delta);
  return all;
}

}  // namespace quorumlab::tests
