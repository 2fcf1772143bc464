// Who takes over when the leader falls silent: whoever notices, whom a majority elects, or whom the
// sentinels say.
#include <algorithm>
#include <utility>

#include "models/quorum.h"
#include "models/replication/leader_follower/replica.h"

namespace quorumlab::models::single_leader {

// Failover by heartbeat: nobody is asked, silence is proof enough.
void Replica::watch() {
  Duration patience = draw_patience();
  for (;;) {
    node_.sleep(options_.heartbeat / 2);
    if (is_me(leader()) || node_.now() - heard_ <= patience) continue;
    if (by_consensus()) {
      stand();
    } else {
      promote();
    }
    patience = draw_patience();
  }
}

// Followers wait in turn, so that usually the best one takes over before the next one tries.
Duration Replica::draw_patience() {
  const auto random = [&] { return Duration(node_.rng().between(0, options_.timeout.count())); };
  if (by_consensus() || options_.promotion == Promotion::kRandom) {
    return options_.timeout + random();
  }
  std::int64_t rank = 0;
  for (const NodeId peer : peers_) {
    if (peer == leader()) continue;
    const bool first = options_.promotion == Promotion::kPriority
                           ? std::pair{cluster_.rank(peer), peer} <
                                 std::pair{cluster_.rank(node_.id()), node_.id()}
                           : peer < node_.id();
    if (first) ++rank;
  }
  return options_.timeout + options_.heartbeat * (2 * rank);
}

void Replica::promote() {
  const Epoch term = next_epoch();
  node_.set_state(state::kRole, sim::kCandidate);
  pledge({.epoch = term, .leader = node_.id()});
  node_.set_state(state::kTerm, term);
  persist();
  if (options_.promotion == Promotion::kMostAdvanced) catch_up();
  if (epoch() == term) lead();
}

// Each replica has epochs of its own, so that no two lead the same one (as Paxos numbers
// ballots).
Epoch Replica::next_epoch() const {
  const auto replicas = static_cast<Epoch>(durable_.size());
  Epoch term = epoch() + 1;
  while (term % replicas != node_.id().value % replicas) ++term;
  return term;
}

// Takes over what others know and we do not, as far as they can be reached.
void Replica::catch_up() {
  auto asked = node_.call_all(peers_, Status{});
  (void)asked.wait_for(peers_.size(), options_.append_timeout);
  std::optional<NodeId> best;
  std::pair mine{log_.epoch_before(log_.end()), log_.end()};
  for (const auto& [from, status] : asked.received()) {
    if (std::pair theirs{status.last_epoch, status.end}; theirs > mine) {
      mine = theirs;
      best = from;
    }
  }
  if (!best) return;
  const auto all = node_.call(*best, Status{0, true}, options_.append_timeout);
  if (all) store({.epoch = epoch(), .leader = leader(), .entries = all->entries});
  persist();
}

// Failover by consensus (Ongaro and Ousterhout, sections 5.2 and 5.4.1): a majority has to let us,
// and its logs must not be ahead of ours. Suspends while we lead.
void Replica::stand() {
  const Epoch term = next_epoch();
  node_.set_state(state::kRole, sim::kCandidate);
  pledge({.epoch = term, .leader = sim::kNoNode});
  node_.set_state(state::kTerm, term);
  heard_ = node_.now();
  persist();
  if (epoch() != term) return;
  const std::size_t needed = majority(cluster_.replicas.size()) - 1;
  auto asked = node_.call_all(
      peers_,
      Candidacy{.epoch = term, .last_epoch = log_.epoch_before(log_.end()), .end = log_.end()});
  std::size_t granted = 0;
  for (std::size_t answers = 1; granted < needed && answers <= peers_.size(); ++answers) {
    const bool more = asked.wait_for(answers, options_.append_timeout);
    if (epoch() != term || leader() != sim::kNoNode) return;
    const auto received = asked.received();
    granted = static_cast<std::size_t>(std::count_if(
        received.begin(), received.end(), [](const auto& vote) { return vote.second.granted; }));
    if (!more) break;
  }
  if (granted < needed) {
    publish();
    return;
  }
  pledge({.epoch = term, .leader = node_.id()});
  persist();
  if (epoch() == term) lead();
}

Candidacy::Reply Replica::vote(const Candidacy& candidacy, NodeId /*from*/) {
  const bool leader_lives =
      is_me(leader()) || (leader() != sim::kNoNode && node_.now() - heard_ < options_.timeout);
  if (candidacy.epoch <= epoch() || leader_lives) return {epoch(), false};
  const std::pair mine{log_.epoch_before(log_.end()), log_.end()};
  const bool granted = std::pair{candidacy.last_epoch, candidacy.end} >= mine;
  // Its epoch is news either way: else nobody could ever go beyond it and lead. Whom we do not want
  // does not keep us from standing ourselves.
  const Time heard = heard_;
  step_down({.epoch = candidacy.epoch, .leader = sim::kNoNode});
  if (!granted) heard_ = heard;
  persist();
  return {epoch(), granted && epoch() == candidacy.epoch};
}

// A sentinel asks whether we live, and tells whom it takes for the leader.
Probe::Reply Replica::tell(const Probe& probe) {
  if (options_.fencing && probe.epoch > epoch() && !is_me(probe.leader) &&
      !promised_to_other(probe.leader)) {
    step_down({.epoch = probe.epoch, .leader = probe.leader});
  }
  return {epoch(), leader(), log_.epoch_before(log_.end()), log_.end()};
}

// A sentinel says that we lead. Suspends.
Promote::Reply Replica::obey(const Promote& order) {
  if (order.epoch <= epoch() || promised_to_other(node_.id())) return {false};
  step_down({.epoch = order.epoch, .leader = sim::kNoNode});
  node_.set_state(state::kRole, sim::kCandidate);
  pledge({.epoch = order.epoch, .leader = node_.id()});
  persist();
  if (epoch() != order.epoch) return {false};
  node_.spawn("lead", [this] { lead(); });
  return {true};
}

}  // namespace quorumlab::models::single_leader
