// The follower's half: take over the leader's log, in its order, and pass it on.
#include <algorithm>
#include <utility>

#include "models/replication/leader_follower/replica.h"

namespace quorumlab::models::single_leader {

Append::Reply Replica::follow(const Append& append) {
  const bool past = append.epoch < epoch();  // a deposed leader: tell it
  if (past && (options_.fencing || is_me(leader()))) return {epoch(), false, log_.end()};
  if (append.epoch > epoch() && promised_to_other(append.leader)) {
    return {epoch(), false, log_.end()};
  }
  if (append.epoch > epoch() || (!past && leader() != append.leader)) {
    step_down({.epoch = append.epoch, .leader = append.leader});
  }
  heard_ = node_.now();
  if (options_.rejoin != Rejoin::kTruncate && conflicts(append)) return part_ways(append.epoch);
  if (append.from > log_.end() || log_.epoch_before(append.from) != append.previous) {
    persist();
    return {epoch(), false, std::min(log_.end(), append.from)};
  }
  store(append);
  const Index stored = append.from + append.entries.size();
  if (!options_.makes(Mistake::kAcknowledgeBeforeSync)) persist();
  if (epoch() != append.epoch && options_.fencing) return {epoch(), false, log_.end()};
  learn_commit(append, stored);
  return {std::max(epoch(), append.epoch), true, stored};
}

void Replica::learn_commit(const Append& append, Index stored) {
  const Index before = std::exchange(commit_, std::max(commit_, std::min(append.commit, stored)));
  if (stored >= append.commit && append.as_of > fresh_) {
    fresh_ = append.as_of;
    fresh_to_ = append.commit;
    changed_.notify_all();
  }
  publish();
  if (commit_ == before) return;
  if (lags()) due_.emplace_back(commit_, node_.now() + options_.apply_lag.sample(node_.rng()));
  if (watermark_) {
    Encoder out;
    out.put(commit_);
    watermark_->append(out.bytes());
  }
  changed_.notify_all();
}

// While a follower's promise to a leader lasts it follows nobody else: that is what makes a lease
// worth something.
bool Replica::promised_to_other(NodeId from) const {
  const bool follows_other = leader() != from && !is_me(leader()) && leader() != sim::kNoNode;
  return options_.lease > Duration(0) && follows_other && node_.now() - heard_ < options_.timeout;
}

// Does our log hold what the leader's does not?
bool Replica::conflicts(const Append& append) const {
  if (append.from > log_.end()) return false;
  if (log_.epoch_before(append.from) != append.previous) return true;
  Index at = append.from;
  for (const Entry& entry : append.entries) {
    if (at < log_.end() && log_.at(at).epoch != entry.epoch) return true;
    ++at;
  }
  return at < log_.end() && append.commit >= at && append.entries.empty() &&
         log_.epoch_before(log_.end()) < append.epoch;
}

// An old leader with a history of its own: begins anew with an empty log, or keeps what it has and
// waits for an operator. Suspends.
Append::Reply Replica::part_ways(Epoch sender) {
  if (options_.rejoin == Rejoin::kResync) {
    discard(0);
    persist();
    return {epoch(), false, 0};
  }
  if (!std::exchange(diverged_, true)) node_.note(note::kDiverged, {.index = log_.end()});
  return {std::max(epoch(), sender), false, log_.end(), true};
}

void Replica::store(const Append& append) {
  Index at = append.from;
  for (const Entry& entry : append.entries) {
    if (at < log_.end() && log_.at(at).epoch != entry.epoch) discard(at);
    if (at == log_.end()) {
      log_.append(entry);
      node_.note(note::kAppend, {entry.op, entry.key, entry.value, at, 1, entry.epoch});
    }
    ++at;
  }
  // Whatever lies beyond came from a leader that nobody follows any more.
  if (at < log_.end() && log_.epoch_before(log_.end()) < append.epoch && append.entries.empty() &&
      append.commit >= at) {
    discard(at);
  }
}

void Replica::discard(Index from) {
  node_.note(
      note::kDiscard,
      {.index = from, .count = static_cast<std::uint32_t>(log_.end() - from), .term = epoch()});
  for (Index i = from; i < log_.end(); ++i) {
    const Entry& e = log_.at(i);
    node_.note(note::kDiscardEntry, {e.op, e.key, e.value, i, 1, e.epoch});
  }
  log_.truncate(from);
  commit_ = std::min(commit_, from);
  applied_ = std::min(applied_, from);
}

// Cascading: what a follower has on its own disk goes on to whoever copies from it, and what it
// knows to be committed. Nobody waits for those further down.
void Replica::relay(NodeId downstream) {
  Index next = log_.durable();
  Index told = 0;
  for (;;) {
    (void)changed_.wait_for(options_.heartbeat,
                            [&] { return log_.durable() > next || commit_ > told; });
    if (is_me(leader()) || leader() == downstream || leader() == sim::kNoNode || diverged_) {
      node_.sleep(options_.heartbeat);
      continue;
    }
    next = std::min(next, log_.durable());
    told = commit_;
    const auto reply = node_.call(downstream, append_from(next), options_.append_timeout);
    if (!reply || reply->epoch > epoch()) {
      back_off();
    } else {
      next = reply->matched ? reply->end : std::min(reply->end, next > 0 ? next - 1 : 0);
    }
  }
}

}  // namespace quorumlab::models::single_leader
