#include "models/consistency/register_zone_order.h"

#include <algorithm>
#include <map>
#include <span>

#include "models/consistency/register_sources.h"

namespace quorumlab::models {
namespace {

struct Cluster {
  std::vector<std::uint32_t> ops;
  std::uint64_t first_end = kNever;
  std::uint64_t last_begin = 0;

  [[nodiscard]] std::uint64_t low() const { return std::min(first_end, last_begin); }
};

std::uint64_t end_of(const Operation& op) {
  return op.outcome == Outcome::kOk ? op.completed : kNever;
}

// One key's clusters; false: time contradicts what comes of them.
bool append(std::vector<Cluster>& clusters, std::span<const Operation> ops,
            std::vector<std::uint32_t>& order) {
  std::stable_sort(clusters.begin(), clusters.end(),
                   [](const Cluster& a, const Cluster& b) { return a.low() < b.low(); });
  std::uint64_t latest = 0;
  for (Cluster& cluster : clusters) {
    // Writes first, the rest by invocation.
    std::stable_partition(cluster.ops.begin(), cluster.ops.end(),
                          [&](std::uint32_t i) { return ops[i].f == Function::kWrite; });
    for (const std::uint32_t i : cluster.ops) {
      if (end_of(ops[i]) < latest) return false;
      latest = std::max(latest, ops[i].invoked);
      order.push_back(i);
    }
  }
  return true;
}

}  // namespace

std::optional<std::vector<std::vector<std::uint32_t>>> order_by_zones(const History& history,
                                                                      Value initial) {
  const RegisterSources sources(history, initial);
  const auto ops = history.operations();
  const bool plain = std::none_of(ops.begin(), ops.end(), [](const Operation& op) {
    return op.f != Function::kRead && op.f != Function::kWrite;
  });
  if (!plain || sources.duplicate() || sources.phantom()) return std::nullopt;
  std::map<std::uint32_t, std::vector<Cluster>> keys;  // that of the initial value first
  std::vector<std::uint32_t> cluster_of(ops.size());   // by write; 0: it has none yet
  std::vector<bool> happened(ops.size());
  for (std::uint32_t i = 0; i < ops.size(); ++i) {
    if (ops[i].outcome == Outcome::kOk) happened[i] = true;
    if (sources.is_real(sources.of(i))) happened[sources.of(i)] = true;
  }
  for (std::uint32_t i = 0; i < ops.size(); ++i) {
    const std::uint32_t source = sources.of(i);
    const bool writes = RegisterSources::writes(ops[i]);
    if (!happened[i] || (!writes && source == kNoSource)) continue;
    std::vector<Cluster>& clusters = keys[ops[i].key.value];
    if (clusters.empty()) clusters.emplace_back();
    std::uint32_t number = 0;
    if (writes || source != kInitialSource) {
      std::uint32_t& own = cluster_of[writes ? i : source];
      if (own == 0) {
        own = static_cast<std::uint32_t>(clusters.size());
        clusters.emplace_back();
      }
      number = own;
    }
    Cluster& cluster = clusters[number];
    cluster.ops.push_back(i);
    cluster.first_end = number == 0 ? 0 : std::min(cluster.first_end, end_of(ops[i]));
    cluster.last_begin = std::max(cluster.last_begin, ops[i].invoked);
  }
  std::vector<std::vector<std::uint32_t>> orders;
  for (auto& [key, clusters] : keys) {
    if (!append(clusters, ops, orders.emplace_back())) return std::nullopt;
  }
  return orders;
}

}  // namespace quorumlab::models
