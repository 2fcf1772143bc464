// The leader's half: take writes, ship the log, and count whose disks hold it.
#include <algorithm>
#include <utility>

#include "models/quorum.h"
#include "models/replication/leader_follower/replica.h"

namespace quorumlab::models::single_leader {

// Ships the log to everybody; serves once every entry that it inherited has its copies again, so
// that what was acknowledged once stays readable.
void Replica::lead() {
  const Epoch term = epoch();
  node_.set_state(state::kRole, sim::kLeader);
  std::fill(durable_.begin(), durable_.end(), 0);
  if (by_in_sync() && !recall_in_sync(term)) return;
  for (const NodeId peer : peers_) {
    const NodeId source = cluster_.sources.at(peer.value);
    if (source != sim::kNoNode && !is_me(source)) continue;
    node_.spawn("ship", [this, peer, term] { ship(peer, term); });
  }
  if (by_in_sync()) {
    node_.spawn("in sync", [this, term] { mind_in_sync(term); });
  }
  // So that what is older can be committed (Ongaro and Ousterhout, section 8).
  if (by_consensus()) {
    const Index index = log_.append({term, OpId{}, sim::kNoKey, 0});
    node_.note(note::kAppend, {.index = index, .count = 1, .term = term});
  }
  sync();
  const Index inherited = log_.end();
  if (!options_.makes(Mistake::kServeBeforeCommit) && !options_.makes(Mistake::kCommitAtRestart)) {
    changed_.wait([&] { return epoch() != term || commit_ >= inherited; });
  }
  if (lags()) changed_.wait([&] { return epoch() != term || due_.empty(); });
  if (epoch() != term) return;
  serving_ = true;
  node_.note(note::kElected, {.term = term});
}

PutReply Replica::take(const Put& put) {
  if (!serving_ || !holds_lease()) return {Outcome::kFail, redirect()};
  const auto in_sync = static_cast<std::int64_t>(in_sync_.members.size());
  if (by_in_sync() && in_sync < options_.min_in_sync) return {Outcome::kFail, sim::kNoNode};
  const Epoch term = epoch();
  const Index index =
      log_.append({term, put.op, put.key, put.value, put.f, put.erase, put.expected});
  node_.note(note::kAppend, {put.op, put.key, put.value, index, 1, term});
  if (options_.makes(Mistake::kShipBeforeSync)) changed_.notify_all();
  sync();  // before anyone else hears of it: no follower may know an entry that we can lose
  const auto decided = [&] { return epoch() != term || commit_ > index; };
  if (options_.fallback > Duration(0) && !changed_.wait_for(options_.fallback, decided)) degrade();
  if (changed_.wait_for(options_.commit_timeout, decided) && epoch() == term) {
    const Object::Result& result = log_.result(index);
    return {result.done ? Outcome::kOk : Outcome::kFail,
            node_.id(),
            {.position = index + 1, .context = {}},
            result.value,
            !result.done};
  }
  return {Outcome::kUnknown, redirect()};  // the entry may live on in some log
}

// Semi-synchronous no more: from now on our own disk is enough, until the followers are as far as
// we are again. Nobody is told but the reader of the trace (MySQL manual, "Semisynchronous
// Replication", rpl_semi_sync_source_timeout).
void Replica::degrade() {
  if (degraded_) return;
  degraded_ = true;
  node_.note(note::kDegraded, {.term = epoch()});
  advance();
}

// One loop for each follower: send what it lacks, again and again. Catching up, retrying and
// heartbeats are the same lines.
void Replica::ship(NodeId follower, Epoch term) {
  Index next = log_.durable();
  while (epoch() == term) {
    (void)changed_.wait_for(options_.heartbeat,
                            [&] { return shippable() > next || epoch() != term; });
    if (epoch() != term) return;
    next = std::min(next, shippable());
    const Time sent = lease_clock();
    const Time now = node_.now();
    const Index all = log_.durable();
    const auto reply = node_.call(follower, append_from(next), options_.append_timeout);
    if (epoch() != term) return;
    if (!reply) {
      back_off();  // lost, slow or dead
    } else if (reply->epoch > term && options_.fencing) {
      step_down({.epoch = reply->epoch, .leader = sim::kNoNode});
    } else if (reply->diverged) {
      node_.sleep(options_.heartbeat);
    } else {
      contact_[follower.value] = sent;
      if (reply->matched) {
        durable_[follower.value] = std::max(durable_[follower.value], reply->end);
        if (reply->end >= all) caught_up_[follower.value] = now;
      }
      next = reply->matched ? reply->end : std::min(reply->end, next > 0 ? next - 1 : 0);
      advance();
    }
  }
}

void Replica::back_off() {
  const std::int64_t backoff = options_.retry_backoff.count();
  node_.sleep(Duration(node_.rng().between(backoff / 2, backoff)));
}

Append Replica::append_from(Index next) {
  const Index to = std::min(shippable(), next + static_cast<Index>(options_.batch));
  const auto entries = log_.between(next, to);
  Append append{.epoch = epoch(),
                .leader = leader(),
                .from = next,
                .previous = log_.epoch_before(next),
                .commit = commit_,
                .entries = {entries.begin(), entries.end()}};
  if (options_.max_staleness > Duration(0)) {
    append.as_of = is_me(leader()) ? node_.wall_now() : fresh_;
  }
  return append;
}

Index Replica::shippable() const {
  return options_.makes(Mistake::kShipBeforeSync) ? log_.end() : log_.durable();
}

// Suspends until our own log is durable, and counts it.
void Replica::sync() {
  persist();
  durable_[node_.id().value] = log_.durable();
  advance();
}

// Entries that enough disks hold are committed.
void Replica::advance() {
  if (degraded_ && held_by(copies_, durable_) >= log_.durable()) degraded_ = false;
  const Index held = this->held();
  // An older leader's entry may be on many disks and lose nevertheless (Ongaro and Ousterhout,
  // section 5.4.2).
  const bool ours = !by_consensus() || log_.epoch_before(held) == epoch();
  if (held > commit_ && ours) {
    commit_ = held;
    node_.set_state(state::kCommit, static_cast<std::int64_t>(commit_));
  }
  changed_.notify_all();
}

Index Replica::held() const {
  if (!by_in_sync()) return held_by(degraded_ ? 1 : copies_, durable_);
  const auto in_sync = static_cast<std::int64_t>(in_sync_.members.size());
  if (in_sync < options_.min_in_sync) return 0;
  Index held = durable_[node_.id().value];
  for (const NodeId peer : peers_) {
    if (is_in_sync(peer)) held = std::min(held, durable_[peer.value]);
  }
  return held;
}

// A lease lets the leader read its own log without asking: it holds while a majority has answered
// within `lease` on the leader's clock, because each of them waits `timeout` before it follows
// anyone else. Both clocks are trusted to run alike.
bool Replica::holds_lease() {
  if (options_.lease == Duration(0)) return true;
  contact_[node_.id().value] = lease_clock();
  const std::size_t enough = majority(cluster_.replicas.size());
  return lease_clock() - held_by(enough, contact_) < options_.lease;
}

Time Replica::lease_clock() {
  return options_.makes(Mistake::kLeaseOnWallClock) ? node_.wall_now() : node_.now();
}

void Replica::step_down(Pledge newer) {
  const bool led = is_me(leader());
  pledge(newer);
  serving_ = false;
  degraded_ = false;
  if (led) applied_ = commit_;  // a leader shows what is committed at once
  heard_ = node_.now();
  publish();
  if (led) node_.note(note::kDeposed, {.term = newer.epoch});
  changed_.notify_all();
}

}  // namespace quorumlab::models::single_leader
