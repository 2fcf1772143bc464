// Kafka's in-sync replicas: what all of those who keep up have on disk is committed. Who falls
// behind is left out, so that it does not hold up the others, and comes back when it has caught up
// (Kafka documentation, "Replicated Logs: Quorums, ISRs, and State Machines"). The sentinels
// remember who is in the set, because only these may lead next: nobody is left out before they
// know, and who is to come in counts before they know.
#include <algorithm>
#include <utility>

#include "models/quorum.h"
#include "models/replication/leader_follower/replica.h"

namespace quorumlab::models::single_leader {

bool Replica::is_in_sync(NodeId node) const {
  const auto in = [&](const std::vector<NodeId>& nodes) {
    return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
  };
  return in(in_sync_.members) || in(joining_in_sync_);
}

// A new leader asks who was in sync with the last one, and confirms it in its own epoch. Suspends.
// False: it leads no more.
bool Replica::recall_in_sync(Epoch term) {
  const std::size_t enough = majority(cluster_.sentinels.size());
  std::fill(caught_up_.begin(), caught_up_.end(), node_.now());
  joining_in_sync_.clear();
  while (epoch() == term) {
    auto asked = node_.call_all(cluster_.sentinels, KeepInSync{.in_sync = {.epoch = term}});
    const bool known = asked.wait_for(enough, options_.append_timeout);
    if (epoch() != term) return false;
    for (const auto& [from, reply] : asked.received()) {
      if (std::pair{reply.known.epoch, reply.known.version} >=
          std::pair{in_sync_.epoch, in_sync_.version}) {
        in_sync_ = reply.known;
      }
    }
    if (in_sync_.epoch < term) in_sync_.version = 0;
    // Whom an unclean election has made leader, the others have to follow.
    if (!is_in_sync(node_.id())) in_sync_.members = {node_.id()};
    if (known && register_in_sync(term, in_sync_.members)) return true;
    back_off();
  }
  return false;
}

// Suspends. Does a majority of the sentinels remember it, and we still lead?
bool Replica::sentinels_keep(const InSync& next) {
  const std::size_t enough = majority(cluster_.sentinels.size());
  std::size_t kept = 0;
  auto asked = node_.call_all(cluster_.sentinels, KeepInSync{next});
  for (std::size_t n = 1; kept < enough && n <= cluster_.sentinels.size(); ++n) {
    const bool more = asked.wait_for(n, options_.append_timeout);
    if (epoch() != next.epoch) return false;
    const auto received = asked.received();
    kept = static_cast<std::size_t>(std::count_if(
        received.begin(), received.end(), [](const auto& reply) { return reply.second.kept; }));
    if (!more) break;
  }
  return kept >= enough;
}

// Suspends. True: from now on these are in sync, and who chooses the next leader knows it.
bool Replica::register_in_sync(Epoch term, std::vector<NodeId> members) {
  for (const NodeId member : members) {
    if (!is_in_sync(member)) joining_in_sync_.push_back(member);
  }
  // A sentinel may keep what fails to reach a majority, so no number is used twice.
  const InSync next{term, ++in_sync_.version, std::move(members)};
  in_sync_.epoch = term;
  if (!options_.makes(Mistake::kShrinkAlone) && !sentinels_keep(next)) return false;
  in_sync_ = next;
  joining_in_sync_.clear();
  node_.set_state("in_sync", static_cast<std::int64_t>(in_sync_.members.size()));
  advance();
  return true;
}

// Leaves out who lags, and takes in who has caught up.
void Replica::mind_in_sync(Epoch term) {
  while (epoch() == term) {
    node_.sleep(options_.in_sync_lag / 2);
    if (epoch() != term) return;
    std::vector<NodeId> members = {node_.id()};
    for (const NodeId peer : peers_) {
      const bool keeps_up = node_.now() - caught_up_[peer.value] <= options_.in_sync_lag;
      if (keeps_up && (is_in_sync(peer) || durable_[peer.value] >= commit_)) {
        members.push_back(peer);
      }
    }
    std::sort(members.begin(), members.end());
    if (members != in_sync_.members) (void)register_in_sync(term, std::move(members));
  }
}

}  // namespace quorumlab::models::single_leader
