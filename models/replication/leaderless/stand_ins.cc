// Sloppy quorums: what a coordinator does for homes that do not answer.
#include "models/replication/leaderless/coordinator.h"

namespace quorumlab::models::leaderless {

// Replicas further along the ring stand in for homes that do not answer (Dynamo, section 4.6).
// Suspends.
std::set<NodeId> Coordinator::spread_hints(Key key, const Cell& cell, std::set<NodeId> kept,
                                           std::int64_t copies) {
  const std::vector<NodeId> home = homes_.writers(key);
  const std::vector<NodeId> others = homes_.stand_ins(key);
  auto fallback = others.begin();
  std::vector<std::pair<NodeId, NodeId>> pairs;  // who stands in for whom
  for (const NodeId missing : home) {
    if (kept.contains(missing) || fallback == others.end()) continue;
    pairs.emplace_back(*fallback++, missing);
  }
  for (const auto& [stand_in, missing] : pairs) {
    if (enough(home, kept, copies)) break;
    const Store hint{key, cell, missing};
    if (stand_in == node_.id()) {
      if (place_.own->keep(hint).kept) kept.insert(stand_in);
      continue;
    }
    const auto reply = node_.call(stand_in, hint, options_.hint_after);
    if (reply && reply->kept) kept.insert(stand_in);
  }
  return kept;
}

// A write that had its quorum is owed to the other homes all the same (Dynamo, section 4.6: N
// healthy nodes receive it). For those that do not answer replicas further along the ring keep a
// hint. Suspends.
void Coordinator::hint_late(Key key, const Cell& cell, sim::Replies<Store::Reply>& asked,
                            std::set<NodeId> kept) {
  const std::vector<NodeId> home = homes_.writers(key);
  (void)asked.wait_for(home.size(), options_.hint_after);
  for (const auto& [from, reply] : asked.received()) {
    if (reply.kept) kept.insert(from);
  }
  const std::vector<NodeId> others = homes_.stand_ins(key);
  auto fallback = others.begin();
  for (const NodeId missing : home) {
    if (kept.contains(missing)) continue;
    const Store hint{key, cell, missing};
    const NodeId stand_in = fallback == others.end() ? last_resort(kept) : *fallback++;
    if (stand_in == node_.id()) {
      (void)place_.own->keep(hint);
    } else if (stand_in != sim::kNoNode) {
      (void)node_.call(stand_in, hint, options_.hint_after);
    }
  }
}

// Who keeps a hint where there is no stand-in: the coordinator itself, or, for a client, a home
// that has the write.
NodeId Coordinator::last_resort(const std::set<NodeId>& kept) const {
  if (place_.own != nullptr) return node_.id();
  for (const NodeId node : kept) {
    if (node != node_.id()) return node;
  }
  return sim::kNoNode;
}

}  // namespace quorumlab::models::leaderless
