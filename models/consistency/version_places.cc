#include "models/consistency/version_places.h"

#include <algorithm>

namespace quorumlab::models {

Places::Places(const DependencyGraph& graph, const std::vector<std::uint32_t>& order)
    : txns_(graph.txn_count()), place_(graph.node_count(), kNowhere) {
  for (std::uint32_t i = 0; i < order.size(); ++i) place_[order[i]] = i;
  place_hubs(graph);
  std::sort(hubs_.begin(), hubs_.end(), [this](std::uint32_t a, std::uint32_t b) {
    return std::pair(place_[a], a) < std::pair(place_[b], b);
  });
  rank_.assign(graph.node_count() - txns_, kNowhere);
  for (std::uint32_t i = 0; i < hubs_.size(); ++i) rank_[hubs_[i] - txns_] = i;
}

// Hubs come after transactions and other hubs, but never in a circle of hubs alone.
void Places::place_hubs(const DependencyGraph& graph) {
  const auto for_each_hub_from = [&](std::uint32_t node, auto f) {
    graph.for_each_edge(node, [&](std::uint32_t to, EdgeKind) {
      if (to >= txns_) f(to);
    });
  };
  const auto follow = [&](std::uint32_t node, std::uint32_t to) {
    if (place_[node] == kNowhere) return;
    place_[to] = place_[to] == kNowhere ? place_[node] : std::max(place_[to], place_[node]);
  };
  std::vector<std::uint32_t> waits(graph.node_count() - txns_);  // for other hubs
  for (std::uint32_t hub = txns_; hub < graph.node_count(); ++hub) {
    for_each_hub_from(hub, [&](std::uint32_t to) { ++waits[to - txns_]; });
  }
  for (std::uint32_t t = 0; t < txns_; ++t) {
    for_each_hub_from(t, [&](std::uint32_t to) { follow(t, to); });
  }
  for (std::uint32_t hub = txns_; hub < graph.node_count(); ++hub) {
    if (waits[hub - txns_] == 0) hubs_.push_back(hub);
  }
  for (std::size_t i = 0; i < hubs_.size(); ++i) {
    for_each_hub_from(hubs_[i], [&](std::uint32_t to) {
      follow(hubs_[i], to);
      if (--waits[to - txns_] == 0) hubs_.push_back(to);
    });
  }
  std::erase_if(hubs_, [this](std::uint32_t hub) { return place_[hub] == kNowhere; });
}

std::pair<std::uint32_t, std::uint32_t> Places::hubs_in(const Window& window) const {
  const auto before = [this](std::uint32_t hub, std::uint32_t place) {
    return place_[hub] < place;
  };
  const auto begin = std::lower_bound(hubs_.begin(), hubs_.end(), window.first, before);
  const auto end = std::lower_bound(begin, hubs_.end(), window.last + 1, before);
  return {static_cast<std::uint32_t>(begin - hubs_.begin()),
          static_cast<std::uint32_t>(end - hubs_.begin())};
}

Accesses::Accesses(std::size_t txns, const VersionWriters& writers) : first_(txns + 2) {
  const auto for_each = [&](auto f) {
    for (std::uint32_t key = 0; key < writers.size(); ++key) {
      for (std::uint32_t v = 0; v < writers[key].size(); ++v) {
        f(writers[key][v].txn, Access{key, v, true});
        for (const std::uint32_t reader : writers[key][v].readers) f(reader, Access{key, v});
      }
    }
  };
  for_each([this](std::uint32_t txn, const Access&) { ++first_[txn + 2]; });
  for (std::size_t i = 2; i < first_.size(); ++i) first_[i] += first_[i - 1];
  accesses_.resize(first_.back());
  for_each(
      [this](std::uint32_t txn, const Access& access) { accesses_[first_[txn + 1]++] = access; });
}

}  // namespace quorumlab::models
