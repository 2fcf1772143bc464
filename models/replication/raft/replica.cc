#include "models/replication/raft/replica.h"

#include <utility>

namespace quorumlab::models::raft {

Replica::Replica(const RaftOptions& options, sim::Node& node, const Configuration& at_first,
                 const std::vector<Change>& changes, Within within)
    : options_(options),
      node_(node),
      changes_(changes),
      within_(std::move(within)),
      journal_(node, at_first, options.makes(Mistake::kTrustDamagedLog)),
      machine_(options.sessions),
      changed_(node),
      commit_(journal_.begin()),
      applied_(journal_.begin()),
      heard_(node.now()),
      patient_since_(node.now()),
      progress_(node.world().replicas()),
      shipping_(node.world().replicas(), false) {
  machine_.load(journal_.snapshot()->state);
  if (options_.lease_clock == RaftLeaseClock::kInterval && node.incarnation() > 1) {
    promised_ = node.wall_interval().latest + options_.election_timeout;  // what was, is forgotten
  }
}

void Replica::start() {
  if (journal_.recovered()) journal_.sync();
  note(note::kRecover, {.index = journal_.end(), .term = term()});
  publish();
  node_.spawn("watch", [this] { watch(); });
  if (options_.snapshot_every > 0) {
    node_.spawn("compact", [this] { compact(); });
  }
}

void Replica::run() {
  run_with([this](const Put& put, NodeId from) { return take(put, from); },
           [this](const Get& get) { return answer(get); },
           [this](const ReadIndex&) { return tell_index(); },
           [this](const AuditAll& audit) { return disclose(audit); });
}

void Replica::note(std::string_view what, const sim::Tags& tags) {
  if (within_.tells) node_.note(what, tags);
}

void Replica::set_vote(Epoch term, NodeId candidate) {
  if (options_.makes(Mistake::kVoteNotPersisted)) {
    journal_.vote_in_memory(term, candidate);
  } else {
    journal_.vote(term, candidate);
  }
}

// Figure 2, "All servers": a greater term makes a follower; so does a leader of one's own term.
void Replica::become_follower(Epoch term, NodeId leader) {
  const bool led = role_ == sim::kLeader;
  const bool news = term > this->term() || leader != leader_ || role_ != sim::kFollower;
  role_ = sim::kFollower;
  leader_ = leader;
  if (term > this->term()) set_vote(term, sim::kNoNode);
  if (!news) return;
  publish();
  if (led) note(note::kDeposed, {.term = term});
  changed_.notify_all();
}

// In an order in which nobody seems to lead in a term that is not its own.
void Replica::publish() {
  if (role_ != sim::kLeader) node_.set_state(within_.role, role_);
  node_.set_state(within_.term, term());
  if (role_ == sim::kLeader) node_.set_state(within_.role, role_);
  node_.set_state(within_.commit, static_cast<std::int64_t>(commit_));
  node_.set_state(within_.durable, static_cast<std::int64_t>(journal_.durable()));
}

// Suspends until term, vote and log are durable.
void Replica::persist() {
  journal_.sync();
  node_.set_state(within_.durable, static_cast<std::int64_t>(journal_.durable()));
}

void Replica::note_entry(std::string_view what, Index index, const Entry& entry) {
  const std::int64_t value =
      entry.kind == Kind::kConfiguration ? entry.configuration->change : entry.value;
  note(what, {entry.op, entry.key, value, index, 1, entry.term});
}

void Replica::commit_to(Index index) {
  if (index <= commit_) return;
  commit_ = index;
  node_.set_state(within_.commit, static_cast<std::int64_t>(commit_));
  apply();
  changed_.notify_all();
}

void Replica::apply() {
  while (applied_ < std::min(commit_, journal_.end())) {
    const Entry& entry = journal_.at(applied_);
    const Object::Result result = machine_.apply(entry);
    const auto asked = results_.find({applied_, entry.term});
    if (asked != results_.end()) asked->second = result;
    note_entry(note::kApply, applied_, entry);
    if (within_.applied) within_.applied(entry);
    ++applied_;
  }
}

PutReply Replica::take(const Put& put, NodeId client) {
  if (role_ != sim::kLeader || handing_over_) return {Outcome::kFail, redirect()};
  const Epoch term = this->term();
  // A request without a key of its own is nobody's: no session knows it again.
  const NodeId whose = put.keyed ? client : sim::kNoNode;
  Entry entry{term, Kind::kPut, put.op, whose, put.key, put.value};
  if (put.f != Function::kWrite || put.erase) {
    entry.kind = Kind::kCommand;
    entry.f = put.f;
    entry.erase = put.erase;
    entry.expected = put.expected;
  }
  const Index index = journal_.append(entry);
  note_entry(note::kAppend, index, entry);
  results_[{index, term}] = {true, std::nullopt};
  PutReply reply = committed(index, term);
  results_.erase({index, term});
  return reply;
}

// Suspends. What came of our entry, when it is known.
PutReply Replica::committed(Index index, Epoch term) {
  changed_.notify_all();  // followers may write while our own disk does (dissertation, 10.2.1)
  persist();
  if (!leads(term)) return {Outcome::kUnknown, redirect()};
  advance();
  const auto decided = [&] { return this->term() != term || applied_ > index; };
  if (changed_.wait_for(options_.request_timeout, decided) && this->term() == term) {
    const Object::Result& result = results_.at({index, term});
    const Outcome outcome = result.done ? Outcome::kOk : Outcome::kFail;
    return {outcome, node_.id(), {}, result.value, !result.done};
  }
  return {Outcome::kUnknown, redirect()};  // the entry may live on in some log
}

bool Replica::decide(Key key, std::int64_t value) {
  return take({.key = key, .value = value, .keyed = false}, sim::kNoNode).outcome == Outcome::kOk;
}

bool Replica::is_up_to_date() {
  const Epoch term = this->term();
  const Index end = journal_.end();
  if (role_ != sim::kLeader || !confirmed_index()) return false;
  const auto settled = [&] { return !leads(term) || applied_ >= end; };
  return changed_.wait_for(options_.request_timeout, settled) && leads(term);
}

AuditAll::Reply Replica::disclose(const AuditAll& audit) const {
  AuditAll::Reply all;
  for (std::uint32_t key = 0; key < audit.keys; ++key) {
    all.push_back({machine_.values(Key(key)), true, machine_.object(Key(key)).elements()});
  }
  return all;
}

}  // namespace quorumlab::models::raft
