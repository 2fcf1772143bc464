// Reads: section 8, and the dissertation's 6.4 (ReadIndex, leases, followers that ask).
#include "models/replication/raft/replica.h"

namespace quorumlab::models::raft {

GetReply Replica::answer(const Get& get) {
  if (!may_serve(get)) return {Outcome::kFail, std::nullopt, redirect(), get.op, get.key};
  const Object& object = machine_.object(get.key);
  const Value value = object.value();
  node_.note(note::kServe, {.op = get.op, .key = get.key, .value = value.value_or(0)});
  return {Outcome::kOk, value, node_.id(), get.op, get.key, {}, object.elements()};
}

// Suspends until what the state machine holds is an answer, or never will be.
bool Replica::may_serve(const Get& get) {
  if (role_ != sim::kLeader) {
    if (get.leader_only) return false;
    if (options_.reads == RaftReads::kStale) return true;
    return options_.follower_reads && as_leader_knows();
  }
  switch (options_.reads) {
    case RaftReads::kStale:
      return true;
    case RaftReads::kLog:
      return through_log(get);
    case RaftReads::kLease:
      if (holds_lease()) return true;
      [[fallthrough]];
    case RaftReads::kReadIndex:
      return confirmed_index().has_value();
  }
  return false;
}

// The read is an entry like any other: slow, and beyond doubt.
bool Replica::through_log(const Get& get) {
  const Epoch term = this->term();
  const Index index = journal_.append(
      {.term = term, .kind = Kind::kRead, .op = get.op, .client = sim::kNoNode, .key = get.key});
  note_entry(note::kAppend, index, journal_.at(index));
  changed_.notify_all();
  persist();
  if (!leads(term)) return false;
  advance();
  const auto decided = [&] { return this->term() != term || applied_ > index; };
  return changed_.wait_for(options_.request_timeout, decided) && this->term() == term;
}

// What was committed when the read arrived, once a majority has confirmed that we still led after
// that. A new leader does not know yet what is committed until an entry of its own term is.
std::optional<Index> Replica::confirmed_index() {
  const Epoch term = this->term();
  const auto knows = [&] { return !leads(term) || commit_ > term_begins_; };
  if (!options_.makes(Mistake::kReadBeforeNoop) &&
      (!changed_.wait_for(options_.request_timeout, knows) || !leads(term))) {
    return std::nullopt;
  }
  const Index index = commit_;
  const std::uint64_t round = ++round_;
  const auto confirmed = [&] {
    return configuration().decided_by(
        [&](NodeId server) { return is_me(server) || progress_[server.value].confirmed >= round; });
  };
  changed_.notify_all();
  if (!changed_.wait_for(options_.request_timeout, [&] { return !leads(term) || confirmed(); }) ||
      !leads(term)) {
    return std::nullopt;
  }
  return index;
}

ReadIndex::Reply Replica::tell_index() {
  if (role_ != sim::kLeader) return {};
  if (options_.reads == RaftReads::kLease && holds_lease()) return {true, commit_};
  const auto index = confirmed_index();
  return {index.has_value(), index.value_or(0)};
}

// A follower's way to an answer that is not stale (dissertation, 6.4, last paragraphs).
bool Replica::as_leader_knows() {
  if (leader_ == sim::kNoNode) return false;
  const auto reply = node_.call(leader_, ReadIndex{}, options_.request_timeout);
  if (!reply || !reply->granted) return false;
  return changed_.wait_for(options_.request_timeout, [&] { return applied_ >= reply->index; });
}

// A majority heard from us so lately that none of them has voted for anyone else yet: each waits
// `election_timeout` on its own clock, so ours may differ from theirs by `lease_drift` and no more.
// Whoever was told to stand for election does not wait, so handing over ends the lease for good.
bool Replica::holds_lease() {
  if (commit_ <= term_begins_) return false;
  if (handed_over_ && !options_.makes(Mistake::kLeaseSurvivesTransfer)) return false;
  if (options_.lease_clock == RaftLeaseClock::kInterval) {
    // Nobody who has promised is free before that time of day, whatever our clocks do, as long as
    // all intervals hold the true one (Corbett et al., "Spanner", OSDI 2012, section 4.1.1).
    const Time promised = configuration().agreed<Time>([&](NodeId server) {
      return is_me(server) ? Time::max() : progress_[server.value].leased;
    });
    return node_.wall_interval().latest < promised;
  }
  const double safe = (1 - options_.lease_drift) / (1 + options_.lease_drift);
  const Duration lease(
      static_cast<std::int64_t>(static_cast<double>(options_.election_timeout.count()) * safe));
  const Time now = lease_clock();
  const Time since = configuration().agreed<Time>(
      [&](NodeId server) { return is_me(server) ? now : progress_[server.value].leased; });
  return now - since < lease;
}

Time Replica::lease_clock() {
  return options_.makes(Mistake::kLeaseOnWallClock) ? node_.wall_now() : node_.now();
}

}  // namespace quorumlab::models::raft
