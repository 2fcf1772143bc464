#include "models/replication/leader_follower/replica.h"

#include <algorithm>
#include <utility>

#include "models/quorum.h"
#include "models/replication/leader_follower/sentinel.h"
#include "sim/world.h"

namespace quorumlab::models::single_leader {

Replica::Replica(const LeaderFollowerOptions& options, Node& node, const Cluster& cluster)
    : options_(options),
      node_(node),
      cluster_(cluster),
      log_(node),
      pledge_(node, {.epoch = 1, .leader = cluster.first_leader}),
      changed_(node),
      copies_(options.copies(cluster.confirming())),
      durable_(node.world().replicas(), 0),
      contact_(node.world().replicas(), Time()),
      heard_(node.now()),
      caught_up_(node.world().replicas(), node.now()) {
  std::copy_if(cluster.replicas.begin(), cluster.replicas.end(), std::back_inserter(peers_),
               [&](NodeId replica) { return !is_me(replica); });
  if (options_.makes(Mistake::kTruncateToCommit)) {
    Index known = 0;
    watermark_.emplace(node, "watermark", [&](Decoder& in) { known = in.get<Index>(); });
    if (node.incarnation() > 1 && !is_me(leader())) discard(std::min(known, log_.end()));
  }
  if (options_.makes(Mistake::kCommitAtRestart)) commit_ = log_.durable();
}

void Replica::run() {
  // A process that died may have left in the page cache what the others shall count on.
  if (node_.incarnation() > 1) node_.disk().sync();
  node_.note(note::kRecover, {.index = log_.end()});
  publish();
  if (is_me(leader())) {
    node_.spawn("lead", [this] { lead(); });
  }
  if (options_.failover == Failover::kHeartbeat || by_consensus()) {
    node_.spawn("watch", [this] { watch(); });
  }
  for (const NodeId peer : peers_) {
    if (!is_me(cluster_.sources.at(peer.value))) continue;
    node_.spawn("relay", [this, peer] { relay(peer); });
  }
  if (lags()) {
    node_.spawn("apply", [this] { apply_slowly(); });
  }
  node_.serve([this](const Put& put) { return take(put); },
              [this](const Get& get) { return answer(get); },
              [this](const Append& append) { return follow(append); },
              [this](const Status& status) { return report(status); },
              [this](const Candidacy& candidacy, NodeId from) { return vote(candidacy, from); },
              [this](const Probe& probe) { return tell(probe); },
              [this](const Promote& order) { return obey(order); },
              [this](const AuditAll& audit) { return disclose(audit); });
}

GetReply Replica::answer(const Get& get) {
  const bool follower_may = options_.follower_reads == FollowerReads::kServe && !get.leader_only;
  const bool entitled = is_me(leader()) ? serving_ && holds_lease() : follower_may && is_fresh();
  if (!entitled || !reaches(get.seen.position)) {
    return {Outcome::kFail, std::nullopt, redirect(), get.op, get.key};
  }
  const Index shown = visible_here();
  const Value value = log_.latest(get.key, shown);
  node_.note(note::kServe, {.op = get.op, .key = get.key, .value = value.value_or(0)});
  return {Outcome::kOk,
          value,
          node_.id(),
          get.op,
          get.key,
          {.position = shown, .context = {}},
          log_.elements(get.key, shown)};
}

// Suspends. Are we as far as the client's session has seen the log, or soon?
bool Replica::reaches(Index position) {
  if (options_.makes(Mistake::kIgnoreSession)) return true;
  return position <= visible_here() ||
         changed_.wait_for(options_.session_wait, [&] { return position <= visible_here(); });
}

// Suspends. Bounded staleness: do we show all that was committed `max_staleness` ago, or soon? The
// leader's wall clock and ours are trusted to agree.
bool Replica::is_fresh() {
  if (options_.max_staleness == Duration(0)) return true;
  const auto fresh = [&] {
    return visible_here() >= fresh_to_ && node_.wall_now() - fresh_ <= options_.max_staleness;
  };
  return changed_.wait_for(options_.session_wait, fresh);
}

// MySQL's AFTER_COMMIT shows a write to others as soon as the leader has it, its AFTER_SYNC only
// when it has its copies (worklog 6355). A follower shows what it has applied.
Index Replica::visible_here() const {
  if (!is_me(leader())) return lags() ? applied_ : commit_;
  const bool early = options_.visible == Visible::kAfterCommit;
  return early ? std::max(commit_, log_.durable()) : commit_;
}

bool Replica::lags() const {
  return options_.apply_rate || options_.apply_lag.mean() > Duration(0);
}

// Committed entries take effect in their order, each some time after it was known to be committed
// and no more than `apply_rate` of them in a second.
void Replica::apply_slowly() {
  for (;;) {
    changed_.wait([&] { return !due_.empty(); });
    const auto [end, at] = due_.front();
    if (at > node_.now()) node_.sleep(at - node_.now());
    while (applied_ < std::min(end, commit_)) {
      if (options_.apply_rate) node_.sleep(options_.apply_rate->interval());
      applied_ = std::min(applied_ + 1, commit_);
      node_.set_state("applied", static_cast<std::int64_t>(applied_));
      changed_.notify_all();
    }
    due_.pop_front();
    changed_.notify_all();
  }
}

Status::Reply Replica::report(const Status& status) const {
  const auto all = log_.between(std::min(status.from, log_.end()), log_.end());
  return {log_.epoch_before(log_.end()), log_.end(),
          status.with_entries ? std::vector<Entry>(all.begin(), all.end()) : std::vector<Entry>{}};
}

AuditAll::Reply Replica::disclose(const AuditAll& audit) const {
  AuditAll::Reply all;
  for (std::uint32_t key = 0; key < audit.keys; ++key) {
    all.push_back({log_.values(Key(key)), true, log_.elements(Key(key), log_.end())});
  }
  return all;
}

void Replica::persist() {
  pledge_.sync();
  log_.sync();
  node_.set_state(state::kDurable, static_cast<std::int64_t>(log_.durable()));
}

void Replica::pledge(Pledge pledge) {
  if (options_.makes(Mistake::kForgetEpoch)) {
    pledge_.set_in_memory(pledge);
  } else {
    pledge_.set(pledge);
  }
}

void Replica::publish() {
  // In an order in which nobody seems to lead in a term that is not its own.
  const bool leads = is_me(leader());
  if (!leads) node_.set_state(state::kRole, sim::kFollower);
  node_.set_state(state::kTerm, epoch());
  if (leads) node_.set_state(state::kRole, sim::kLeader);
  node_.set_state(state::kCommit, static_cast<std::int64_t>(commit_));
  node_.set_state(state::kDurable, static_cast<std::int64_t>(log_.durable()));
}

}  // namespace quorumlab::models::single_leader

namespace quorumlab::models {

std::size_t LeaderFollowerOptions::copies(std::size_t replicas) const {
  switch (acknowledge) {
    case Acknowledge::kNone:
      return 1;
    case Acknowledge::kOne:
      return std::min<std::size_t>(2, replicas);
    case Acknowledge::kMajority:
      return majority(replicas);
    case Acknowledge::kAll:
      return replicas;
    case Acknowledge::kInSync:
      return std::min(static_cast<std::size_t>(min_in_sync), replicas);
  }
  QL_UNREACHABLE();
}

void LeaderFollower::run(sim::Node& node) const {
  const auto& sentinels = cluster_.sentinels;
  if (std::find(sentinels.begin(), sentinels.end(), node.id()) != sentinels.end()) {
    single_leader::Sentinel(options_, node, cluster_).run();
  } else {
    single_leader::Replica(options_, node, cluster_).run();
  }
}

}  // namespace quorumlab::models
