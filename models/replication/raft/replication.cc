// Log replication: section 5.3, the commitment rule of 5.4.2, batching and pipelining of the
// dissertation's 10.2.
#include <utility>

#include "models/replication/raft/replica.h"

namespace quorumlab::models::raft {

// A fiber for every server of the configuration that does not have one yet.
void Replica::ship_to_all(Epoch term) {
  for (const NodeId peer : configuration().members()) {
    if (is_me(peer) || shipping_[peer.value]) continue;
    shipping_[peer.value] = true;
    node_.spawn("ship", [this, peer, term] {
      ship(peer, term);
      shipping_[peer.value] = false;
      if (role_ == sim::kLeader) ship_to_all(this->term());  // of a later term, or it came back
    });
  }
}

// Catching up, retrying, confirming leadership and heartbeats are the same lines.
void Replica::ship(NodeId peer, Epoch term) {
  Progress& p = progress_[peer.value];
  const auto has_room = [&] { return p.in_flight < (p.probing ? 1 : options_.pipeline); };
  const auto due = [&] {
    const bool work = p.next < journal_.end() || p.asked < round_;
    return !leads(term) || (work && !p.silent && has_room());
  };
  for (bool first = true; leads(term) && configuration().has(peer); first = false) {
    if (!first) (void)changed_.wait_for(options_.heartbeat, due);
    if (!leads(term) || !has_room()) continue;
    if (p.next < journal_.begin()) {
      p.silent = !send_snapshot(peer, term);
    } else {
      send(peer, term);
    }
  }
}

// One append, on a fiber of its own, so that the next need not wait for its answer.
void Replica::send(NodeId peer, Epoch term) {
  Progress& p = progress_[peer.value];
  const Index to = std::min(journal_.end(), p.next + static_cast<Index>(options_.batch));
  const auto entries = journal_.between(p.next, to);
  AppendEntries request{
      term, p.next, journal_.term_before(p.next), commit_, {entries.begin(), entries.end()}};
  if (options_.lease_clock == RaftLeaseClock::kInterval) {
    request.promise = node_.wall_interval().earliest + options_.election_timeout;
  }
  p.next = to;
  p.asked = round_;
  ++p.in_flight;
  node_.spawn("append", [this, peer, term, request = std::move(request)] {
    const Time sent = node_.now();
    const bool by_promise = options_.lease_clock == RaftLeaseClock::kInterval;
    const Time sent_for_lease = by_promise ? request.promise : lease_clock();
    const std::uint64_t round = round_;
    const auto reply = node_.call(peer, request, options_.append_timeout);
    if (!leads(term)) return;
    Progress& progress = progress_[peer.value];
    --progress.in_flight;
    progress.silent = !reply.has_value();
    if (!reply) {  // lost, slow or dead: what it has is not known any more
      progress.probing = true;
      progress.next = std::max(progress.match, std::min(progress.next, request.from));
    } else if (reply->term > term) {
      become_follower(reply->term, sim::kNoNode);
    } else {
      progress.contact = std::max(progress.contact, sent);
      progress.leased = std::max(progress.leased, sent_for_lease);
      progress.confirmed = std::max(progress.confirmed, round);
      heard_back(peer, request, *reply);
    }
    changed_.notify_all();
  });
}

void Replica::heard_back(NodeId peer, const AppendEntries& sent,
                         const AppendEntries::Reply& reply) {
  Progress& p = progress_[peer.value];
  if (reply.matched) {
    p.match = std::max(p.match, reply.end);
    p.next = std::max(p.next, p.match);
    p.probing = false;
    advance();
  } else if (sent.from >= p.match) {  // else it is an old answer, and we know better
    p.probing = true;
    p.next = std::max(p.match, std::min(reply.end, sent.from > 0 ? sent.from - 1 : 0));
  }
}

// "If there exists an N such that N > commitIndex, a majority of matchIndex[i] >= N, and
// log[N].term == currentTerm: set commitIndex = N" (figure 2). An entry of an older term that a
// majority holds may still be overwritten, figure 8: it is committed by one of our own after it.
void Replica::advance() {
  const auto reached = [&](NodeId server) {
    return is_me(server) ? journal_.durable() : progress_[server.value].match;
  };
  Index safe = configuration().agreed<Index>(reached);
  if (options_.makes(Mistake::kAcknowledgeBeforeQuorum)) safe = journal_.durable();
  if (options_.makes(Mistake::kCountLearners)) {
    std::vector<Index> all;
    for (const NodeId member : configuration().members()) all.push_back(reached(member));
    safe = held_by(majority(configuration().voters.size()), std::move(all));
  }
  if (safe > commit_ &&
      (journal_.term_before(safe) == term() || options_.makes(Mistake::kCommitOlderTerm))) {
    commit_to(safe);
  }
  finish_change();
}

AppendEntries::Reply Replica::append(const AppendEntries& request, NodeId from) {
  if (request.term < term()) return {term(), false, journal_.end()};  // deposed: tell it
  become_follower(request.term, from);
  heard_ = patient_since_ = node_.now();
  if (options_.lease_clock == RaftLeaseClock::kInterval) {
    promised_ = std::max(promised_.value_or(request.promise), request.promise);
  }
  const bool known = request.from < journal_.begin();  // in our snapshot, so committed
  if (!known &&
      (request.from > journal_.end() || journal_.term_before(request.from) != request.previous)) {
    const Index again = retry_from(request.from);
    persist();
    return {term(), false, again};
  }
  store(request);
  const Index stored = request.from + request.entries.size();
  if (!options_.makes(Mistake::kAcknowledgeBeforeSync)) persist();
  if (term() != request.term) return {term(), false, journal_.end()};
  // "min(leaderCommit, index of last new entry)": what lies beyond may be another leader's.
  const bool trusting = options_.makes(Mistake::kTrustLeaderCommit);
  commit_to(std::min(request.commit, trusting ? journal_.end() : stored));
  // The leader has committed something of its own term, so it knows all that ever was committed.
  if (journal_.recovering() && request.commit <= stored && request.commit > journal_.begin() &&
      journal_.term_before(request.commit) == request.term) {
    journal_.recovered_all();
  }
  return {term(), true, stored};
}

// "If an existing entry conflicts with a new one (same index but different terms), delete the
// existing entry and all that follow it" (figure 2), and only then: an append that was overtaken by
// a later one must not take back what that one brought.
void Replica::store(const AppendEntries& request) {
  const Index stored = request.from + request.entries.size();
  if (options_.makes(Mistake::kTruncateAlways) && stored < journal_.end() &&
      stored >= journal_.begin()) {
    discard(stored);
  }
  Index at = request.from;
  for (const Entry& entry : request.entries) {
    if (at >= journal_.begin()) {
      if (at < journal_.end() && journal_.at(at).term != entry.term) discard(at);
      if (at == journal_.end()) {
        journal_.append(entry);
        note_entry(note::kAppend, at, entry);
      }
    }
    ++at;
  }
}

void Replica::discard(Index from) {
  note(note::kDiscard,
       {.index = from, .count = static_cast<std::uint32_t>(journal_.end() - from), .term = term()});
  for (Index i = from; i < journal_.end(); ++i) note_entry(note::kDiscardEntry, i, journal_.at(i));
  journal_.discard(from);
}

// Not one entry at a time but one term (section 5.3, end): the first entry of the conflicting term.
Index Replica::retry_from(Index from) const {
  if (from > journal_.end()) return journal_.end();
  const Epoch conflicting = journal_.term_before(from);
  Index at = from;
  while (at > journal_.begin() && journal_.term_before(at) == conflicting) --at;
  return at;
}

}  // namespace quorumlab::models::raft
