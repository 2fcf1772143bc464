// What heals differences when nobody asks: hinted handoff, anti-entropy with hash trees, and the
// collection of tombstones, which must not come before everybody has seen them.
#include <algorithm>

#include "models/data/merkle.h"
#include "models/replication/leaderless/replica.h"

namespace quorumlab::models::leaderless {

using Mistake = LeaderlessMistake;
using sim::Duration;

// Hinted handoff (Dynamo, section 4.6): what was kept for a home goes there once it answers again.
void Replica::hand_off() {
  for (;;) {
    node_.sleep(options_.hint_every);
    (void)deliver_hints();
  }
}

// Suspends. True: none is left.
bool Replica::deliver_hints() {
  const CellStore::Hints hints = store_.hints();
  for (const auto& [home_and_key, cell] : hints) {
    const auto [home, key] = home_and_key;
    if (options_.makes(Mistake::kForgetHints)) {
      store_.drop_hint(home, key);
      node_.send(home, Store{key, cell});
      continue;
    }
    if (!deliver(home, key, cell)) continue;
    // Unless more has come to it meanwhile.
    const auto now = store_.hints().find(home_and_key);
    if (now != store_.hints().end() && now->second == cell) store_.hint_arrived(home, key);
  }
  store_.sync();
  return store_.hints().empty();
}

// To the home, or, if it is none any more, to all that are. Suspends.
bool Replica::deliver(NodeId home, Key key, const Cell& cell) {
  std::vector<NodeId> to = {home};
  if (membership_ && !homes_.is_home(home, key)) to = homes_.writers(key);
  for (const NodeId node : to) {
    if (node == node_.id()) {
      if (!keep({key, cell}).kept) return false;
      continue;
    }
    if (homes_.is_dead(node)) return false;
    const auto reply = node_.call(node, Store{key, cell}, options_.request_timeout);
    if (!reply || !reply->kept) return false;
  }
  return true;
}

// Anti-entropy (Dynamo, section 4.7): every so often, compare with one of the others.
void Replica::compare_trees() {
  const std::int64_t pause = options_.anti_entropy.count();
  for (;;) {
    node_.sleep(Duration(node_.rng().between(pause / 2, pause)));
    reconcile(node_.rng().pick(node_.peers()));
  }
}

bool Replica::shared(Key key, NodeId peer) const {
  return homes_.is_home(node_.id(), key) && homes_.is_home(peer, key);
}

// From the root down, only where hashes differ; then the cells of those leaves. Suspends.
void Replica::reconcile(NodeId peer) {
  const auto depth = static_cast<std::uint32_t>(options_.tree_depth);
  std::vector<std::uint32_t> differ = {0};
  for (std::uint32_t level = 0; level < depth && !differ.empty(); ++level) {
    const Hashes request{level, differ};
    const auto theirs = node_.call(peer, request, options_.request_timeout);
    if (!theirs) return;
    const Hashes::Reply mine = hash(request, peer);
    std::vector<std::uint32_t> next;
    for (std::size_t i = 0; i < mine.children.size(); ++i) {
      if (mine.children[i] == theirs->children.at(i)) continue;
      next.push_back(2 * differ[i / 2] + static_cast<std::uint32_t>(i % 2));
    }
    differ = std::move(next);
  }
  for (const std::uint32_t position : differ) {
    const auto theirs =
        node_.call(peer, Leaf{position, leaf(position, peer)}, options_.request_timeout);
    if (!theirs) return;
    for (const auto& [key, cell] : theirs->cells) store_.merge(key, cell);
  }
  store_.sync();
}

Hashes::Reply Replica::hash(const Hashes& request, NodeId peer) const {
  MerkleTree tree(static_cast<std::uint32_t>(options_.tree_depth));
  for (const auto& [key, cell] : store_.cells()) {
    if (!shared(key, peer)) continue;
    if (options_.makes(Mistake::kTreeWithoutTombstones) && cell.is_tombstone()) continue;
    tree.add(key, cell.hash());
  }
  Hashes::Reply reply;
  for (const std::uint32_t position : request.positions) {
    for (const std::uint32_t child : {2 * position, 2 * position + 1}) {
      reply.children.push_back(tree.node(request.level + 1, child));
    }
  }
  return reply;
}

std::vector<std::pair<Key, Cell>> Replica::leaf(std::uint32_t position, NodeId peer) const {
  const MerkleTree tree(static_cast<std::uint32_t>(options_.tree_depth));
  std::vector<std::pair<Key, Cell>> cells;
  for (const auto& [key, cell] : store_.cells()) {
    if (options_.makes(Mistake::kTreeWithoutTombstones) && cell.is_tombstone()) continue;
    if (shared(key, peer) && tree.leaf_of(key) == position) cells.emplace_back(key, cell);
  }
  return cells;
}

Leaf::Reply Replica::exchange(const Leaf& request, NodeId peer) {
  for (const auto& [key, cell] : request.cells) store_.merge(key, cell);
  store_.sync();
  return {leaf(request.position, peer)};
}

// A tombstone that is gone cannot contradict an old value any more: whoever was away for longer
// than the grace period brings the value back (Cassandra documentation, "Preventing Data
// Resurrection").
void Replica::collect_tombstones() {
  const Duration grace =
      options_.makes(Mistake::kPurgeAtOnce) ? Duration(0) : options_.tombstone_grace;
  for (;;) {
    node_.sleep(std::max(grace / 4, options_.hint_every));
    std::vector<Key> old;
    for (const auto& [key, cell] : store_.cells()) {
      if (cell.is_tombstone() && node_.now() - store_.deleted_since(key) >= grace) {
        old.push_back(key);
      }
    }
    for (const Key key : old) store_.purge(key);
    store_.sync();
  }
}

}  // namespace quorumlab::models::leaderless
