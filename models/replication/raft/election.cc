// Leader election: sections 5.2 and 5.4.1, PreVote and CheckQuorum of the dissertation's 9.6, 6.2.
#include <set>
#include <utility>

#include "models/replication/raft/replica.h"

namespace quorumlab::models::raft {

Duration Replica::draw_patience() {
  const std::int64_t least = options_.election_timeout.count();
  const auto spread =
      static_cast<std::int64_t>(static_cast<double>(least) * options_.election_spread);
  return Duration(node_.rng().between(least, least + spread));
}

// "If election timeout elapses without receiving AppendEntries RPC from current leader or granting
// vote to candidate: convert to candidate" (figure 2).
void Replica::watch() {
  Duration patience = draw_patience();
  for (;;) {
    const Duration left = patient_since_ + patience - node_.now();
    if (left > Duration(0)) {
      node_.sleep(left);
      continue;
    }
    if (role_ != sim::kLeader && configuration().votes(node_.id())) campaign(false);
    patience = draw_patience();
    if (role_ == sim::kLeader || node_.now() - patient_since_ >= patience) {
      patient_since_ = node_.now();
    }
  }
}

// A candidate that was told by the leader to stand skips the rehearsal.
void Replica::campaign(bool transfer) {
  if (role_ == sim::kLeader || !configuration().votes(node_.id())) return;
  if (journal_.recovering()) return;
  if (!transfer && has_promised()) return;
  patient_since_ = node_.now();
  RequestVote request{.end = journal_.end(),
                      .last_term = journal_.term_before(journal_.end()),
                      .transfer = transfer};
  if (options_.pre_vote && !transfer) {
    request.term = term() + 1;
    request.rehearsal = true;
    const Time heard = heard_;
    if (!ask_for_votes(request, role_) || heard_ != heard) return;
  }
  role_ = sim::kCandidate;
  leader_ = sim::kNoNode;
  set_vote(term() + 1, node_.id());
  request = {.term = term(),
             .end = journal_.end(),
             .last_term = journal_.term_before(journal_.end()),
             .transfer = transfer};
  publish();
  patient_since_ = node_.now();
  persist();  // our own vote counts as well, so it must survive us
  if (role_ != sim::kCandidate || term() != request.term) return;
  if (ask_for_votes(request, sim::kCandidate)) become_leader();
}

// Suspends. True: a majority said yes while we stayed what we were, in the term that we were in.
bool Replica::ask_for_votes(const RequestVote& request, sim::Role asking_as) {
  const Epoch term = this->term();
  std::set<NodeId> granted = {node_.id()};
  const auto won = [&] {
    return configuration().decided_by([&](NodeId voter) { return granted.contains(voter); });
  };
  std::vector<NodeId> others;
  for (const NodeId member : configuration().members()) {
    if (!is_me(member) && configuration().votes(member)) others.push_back(member);
  }
  auto asked = node_.call_all(others, request);
  for (std::size_t answers = 1; !won() && answers <= others.size(); ++answers) {
    const bool more = asked.wait_for(answers, options_.election_timeout);
    if (this->term() != term || role_ != asking_as) return false;
    for (const auto& [from, reply] : asked.received()) {
      if (reply.granted) {
        granted.insert(from);
      } else if (reply.term > term) {
        become_follower(reply.term, sim::kNoNode);
        return false;
      }
    }
    if (!more) break;
  }
  return won();
}

void Replica::become_leader() {
  const Epoch term = this->term();
  role_ = sim::kLeader;
  leader_ = node_.id();
  handing_over_ = false;
  handed_over_ = false;
  for (Progress& progress : progress_) {
    progress = {.next = journal_.end(), .contact = node_.now()};
  }
  publish();
  note(note::kElected, {.term = term});
  // An entry of our own term, so that older ones can be committed (section 8).
  const Entry noop{.term = term, .kind = Kind::kNoOp};
  term_begins_ = journal_.append(noop);
  note_entry(note::kAppend, term_begins_, noop);
  ship_to_all(term);
  if (options_.check_quorum) {
    node_.spawn("check quorum", [this, term] { check_quorum(term); });
  }
  if (!changes_.empty()) {
    node_.spawn("administer", [this, term] { administer(term); });
  }
  node_.spawn("own disk", [this, term] {
    persist();
    if (leads(term)) advance();
  });
  changed_.notify_all();
}

// Does somebody lead whom we must not desert? "If a server receives a RequestVote request within
// the minimum election timeout of hearing from a current leader, it does not update its term or
// grant its vote" (dissertation, 4.2.3). Leases rest on this.
bool Replica::is_loyal() const {
  return options_.check_quorum &&
         (role_ == sim::kLeader || node_.now() - heard_ < options_.election_timeout ||
          has_promised());
}

// Until a time of day, and it may not have come yet.
bool Replica::has_promised() const {
  return promised_ && node_.wall_interval().earliest <= *promised_;
}

RequestVote::Reply Replica::vote(const RequestVote& request, NodeId from) {
  if (request.term < term() || (is_loyal() && !request.transfer)) return {term(), false};
  const std::pair mine{journal_.term_before(journal_.end()), journal_.end()};
  const bool up_to_date = std::pair{request.last_term, request.end} >= mine ||
                          options_.makes(Mistake::kVoteForAnyLog);  // section 5.4.1
  // We do not know how far up to date one has to be.
  if (journal_.recovering()) return {term(), false};
  if (request.rehearsal) return {term(), up_to_date && request.term > term()};
  if (request.term > term()) become_follower(request.term, sim::kNoNode);
  const bool free = journal_.voted_for() == sim::kNoNode || journal_.voted_for() == from;
  const bool granted = free && up_to_date && role_ == sim::kFollower;
  if (granted) {
    set_vote(request.term, from);
    patient_since_ = node_.now();
  }
  persist();
  return {term(), granted && term() == request.term};
}

// "A leader steps down if an election timeout elapses without a successful round of heartbeats to a
// majority of its cluster" (dissertation, 6.2).
void Replica::check_quorum(Epoch term) {
  while (leads(term)) {
    node_.sleep(options_.election_timeout / 2);
    if (!leads(term)) return;
    const Time latest = configuration().agreed<Time>([&](NodeId server) {
      return is_me(server) ? node_.now() : progress_[server.value].contact;
    });
    if (node_.now() - latest > options_.election_timeout) become_follower(term, sim::kNoNode);
  }
}

}  // namespace quorumlab::models::raft
