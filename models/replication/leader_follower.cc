// long: one protocol, read from top to bottom.
#include "models/replication/leader_follower.h"

#include <optional>
#include <utility>

#include "models/client_protocol.h"
#include "models/data/log.h"
#include "models/data/pledge.h"
#include "models/quorum.h"
#include "sim/condition.h"

namespace quorumlab::models {
namespace {

using Mistake = LeaderFollowerMistake;
using sim::Duration;
using sim::Node;
using sim::Tags;
using sim::Time;

// "Here is the log from `from` on. I lead epoch `epoch`." Without entries it is a heartbeat.
struct Append {
  struct Reply {
    Epoch epoch = 0;       // the follower's: a greater one deposes the sender
    bool matched = false;  // the entries fitted on what the follower has
    Index end = 0;         // matched: its disk holds everything before; else: try from here
  };
  static constexpr std::string_view kName = "Append";

  Epoch epoch = 0;
  Index from = 0;
  Epoch previous = 0;  // epoch of the entry before `from`
  Index commit = 0;
  std::vector<Entry> entries;

  [[nodiscard]] Tags tags() const {
    Tags tags{.index = from, .count = static_cast<std::uint32_t>(entries.size()), .term = epoch};
    if (entries.size() == 1) {
      tags.op = entries[0].op;
      tags.key = entries[0].key;
      tags.value = entries[0].value;
    }
    return tags;
  }
  [[nodiscard]] std::size_t wire_size() const { return 40 + 24 * entries.size(); }
};

// "How far is your log?" and "give me what you have from `from` on": asked before taking over.
struct Status {
  struct Reply {
    Epoch last_epoch = 0;
    Index end = 0;
    std::vector<Entry> entries;
  };
  static constexpr std::string_view kName = "Status";
  Index from = 0;
  bool with_entries = false;
};

}  // namespace

// One replica from a start to a crash. Its fibers share these members; they change only where code
// suspends.
class LeaderFollower::Replica {
 public:
  Replica(const LeaderFollowerOptions& options, Node& node, sim::NodeId first_leader)
      : options_(options),
        node_(node),
        log_(node),
        pledge_(node, {.epoch = 1, .leader = first_leader}),
        changed_(node),
        copies_(options.copies(node.world().replicas())),
        durable_(node.world().replicas(), 0),
        contact_(node.world().replicas(), Time()),
        heard_(node.now()) {}

  void run() {
    // A process that died may have left in the page cache what the others shall count on.
    if (node_.incarnation() > 1) node_.disk().sync();
    node_.note(note::kRecover, {.index = log_.end()});
    publish();
    if (leader() == node_.id()) {
      node_.spawn("lead", [this] { lead(); });
    }
    if (options_.failover == Failover::kHeartbeat) {
      node_.spawn("watch", [this] { watch(); });
    }
    node_.serve([this](const Put& put) { return take(put); },
                [this](const Get& get) { return answer(get); },
                [this](const Append& append, sim::NodeId from) { return follow(append, from); },
                [this](const Status& status) { return report(status); },
                [this](const AuditAll& audit) { return disclose(audit); });
  }

 private:
  // Ships the log to everybody; serves once every entry that it inherited has its copies again, so
  // that what was acknowledged once stays readable.
  void lead() {
    const Epoch term = epoch();
    node_.set_state(state::kRole, sim::kLeader);
    std::fill(durable_.begin(), durable_.end(), 0);
    for (const sim::NodeId peer : node_.peers()) {
      node_.spawn("ship", [this, peer, term] { ship(peer, term); });
    }
    sync();
    const Index inherited = log_.end();
    if (!options_.makes(Mistake::kServeBeforeCommit)) {
      changed_.wait([&] { return epoch() != term || commit_ >= inherited; });
    }
    if (epoch() != term) return;
    serving_ = true;
    node_.note(note::kElected, {.term = term});
  }

  PutReply take(const Put& put) {
    if (!serving_ || !holds_lease()) return {Outcome::kFail, redirect()};
    const Epoch term = epoch();
    const Index index = log_.append({term, put.op, put.key, put.value});
    node_.note(note::kAppend, {put.op, put.key, put.value, index, 1, term});
    if (options_.makes(Mistake::kShipBeforeSync)) changed_.notify_all();
    sync();  // before anyone else hears of it: no follower may know an entry that we can lose
    const auto decided = [&] { return epoch() != term || commit_ > index; };
    if (options_.fallback > Duration(0) && !changed_.wait_for(options_.fallback, decided))
      degrade();
    if (changed_.wait_for(options_.commit_timeout, decided) && epoch() == term) {
      return {Outcome::kOk, node_.id(), {.position = index + 1, .context = {}}};
    }
    return {Outcome::kUnknown, redirect()};  // the entry may live on in some log
  }

  // Semi-synchronous no more: from now on our own disk is enough, until the followers are as far as
  // we are again. Nobody is told but the reader of the trace (MySQL manual, "Semisynchronous
  // Replication", rpl_semi_sync_source_timeout).
  void degrade() {
    if (degraded_) return;
    degraded_ = true;
    node_.note(note::kDegraded, {.term = epoch()});
    advance();
  }

  // One loop for each follower: send what it lacks, again and again. Catching up, retrying and
  // heartbeats are the same lines.
  void ship(sim::NodeId follower, Epoch term) {
    Index next = log_.durable();
    while (epoch() == term) {
      (void)changed_.wait_for(options_.heartbeat,
                              [&] { return shippable() > next || epoch() != term; });
      if (epoch() != term) return;
      next = std::min(next, shippable());
      const Time sent = lease_clock();
      const auto reply = node_.call(follower, append_from(next), options_.append_timeout);
      if (epoch() != term) return;
      if (!reply) {
        const std::int64_t backoff = options_.retry_backoff.count();
        node_.sleep(Duration(node_.rng().between(backoff / 2, backoff)));  // lost, slow or dead
      } else if (reply->epoch > term) {
        step_down({.epoch = reply->epoch, .leader = sim::kNoNode});
      } else {
        contact_[follower.value] = sent;
        if (reply->matched)
          durable_[follower.value] = std::max(durable_[follower.value], reply->end);
        next = reply->matched ? reply->end : std::min(reply->end, next > 0 ? next - 1 : 0);
        advance();
      }
    }
  }

  Append append_from(Index next) const {
    const Index to = std::min(shippable(), next + static_cast<Index>(options_.batch));
    const auto entries = log_.between(next, to);
    return {epoch(), next, log_.epoch_before(next), commit_, {entries.begin(), entries.end()}};
  }

  Index shippable() const {
    return options_.makes(Mistake::kShipBeforeSync) ? log_.end() : log_.durable();
  }

  // Entries that enough disks hold are committed.
  void advance() {
    if (degraded_ && held_by(copies_, durable_) >= log_.durable()) degraded_ = false;
    const Index held = held_by(degraded_ ? 1 : copies_, durable_);
    if (held > commit_) {
      commit_ = held;
      node_.set_state(state::kCommit, static_cast<std::int64_t>(commit_));
    }
    changed_.notify_all();
  }

  // A lease lets the leader read its own log without asking: it holds while a majority has answered
  // within `lease` on the leader's clock, because each of them waits `timeout` before it follows
  // anyone else. Both clocks are trusted to run alike.
  bool holds_lease() {
    if (options_.lease == Duration(0)) return true;
    contact_[node_.id().value] = lease_clock();
    return lease_clock() - held_by(majority(contact_.size()), contact_) < options_.lease;
  }

  Time lease_clock() {
    return options_.makes(Mistake::kLeaseOnWallClock) ? node_.wall_now() : node_.now();
  }

  void step_down(Pledge newer) {
    const bool led = leader() == node_.id();
    pledge_.set(newer);
    serving_ = false;
    degraded_ = false;
    heard_ = node_.now();
    publish();
    if (led) node_.note(note::kDeposed, {.term = newer.epoch});
    changed_.notify_all();
  }

  Append::Reply follow(const Append& append, sim::NodeId from) {
    if (append.epoch < epoch()) return {epoch(), false, log_.end()};  // a deposed leader: tell it
    if (append.epoch > epoch() && promised_to_other(from)) return {epoch(), false, log_.end()};
    if (append.epoch > epoch() || leader() != from) {
      step_down({.epoch = append.epoch, .leader = from});
    }
    heard_ = node_.now();
    if (append.from > log_.end() || log_.epoch_before(append.from) != append.previous) {
      persist();
      return {epoch(), false, std::min(log_.end(), append.from)};
    }
    store(append);
    const Index stored = append.from + append.entries.size();
    if (!options_.makes(Mistake::kAcknowledgeBeforeSync)) persist();
    if (epoch() != append.epoch) return {epoch(), false, log_.end()};
    const Index before = std::exchange(commit_, std::max(commit_, std::min(append.commit, stored)));
    publish();
    if (commit_ > before) changed_.notify_all();
    return {epoch(), true, stored};
  }

  // While a follower's promise to a leader lasts it follows nobody else: that is what makes a lease
  // worth something.
  bool promised_to_other(sim::NodeId from) const {
    return options_.lease > Duration(0) && leader() != from && leader() != node_.id() &&
           node_.now() - heard_ < options_.timeout;
  }

  void store(const Append& append) {
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

  void discard(Index from) {
    node_.note(
        note::kDiscard,
        {.index = from, .count = static_cast<std::uint32_t>(log_.end() - from), .term = epoch()});
    for (Index i = from; i < log_.end(); ++i) {
      const Entry& e = log_.at(i);
      node_.note(note::kDiscardEntry, {e.op, e.key, e.value, i, 1, e.epoch});
    }
    log_.truncate(from);
    commit_ = std::min(commit_, from);
  }

  // Failover: nobody is asked, silence is proof enough.
  void watch() {
    for (;;) {
      node_.sleep(options_.heartbeat / 2);
      if (leader() != node_.id() && node_.now() - heard_ > patience()) promote();
    }
  }

  // Followers wait in turn, so that usually the first one takes over before the next one tries.
  Duration patience() const {
    std::int64_t rank = 0;
    for (const sim::NodeId peer : node_.peers()) {
      if (peer < node_.id() && peer != leader()) ++rank;
    }
    return options_.timeout + options_.heartbeat * (2 * rank);
  }

  void promote() {
    const Epoch term = next_epoch();
    node_.set_state(state::kRole, sim::kCandidate);
    pledge_.set({.epoch = term, .leader = node_.id()});
    node_.set_state(state::kTerm, term);
    persist();
    if (options_.promotion == Promotion::kMostAdvanced) catch_up();
    if (epoch() == term) lead();
  }

  // Each replica has epochs of its own, so that no two lead the same one (as Paxos numbers
  // ballots).
  Epoch next_epoch() const {
    const auto replicas = static_cast<Epoch>(durable_.size());
    Epoch term = epoch() + 1;
    while (term % replicas != node_.id().value % replicas) ++term;
    return term;
  }

  // Takes over what others know and we do not, as far as they can be reached.
  void catch_up() {
    auto asked = node_.call_all(node_.peers(), Status{});
    (void)asked.wait_for(node_.peers().size(), options_.append_timeout);
    std::optional<sim::NodeId> best;
    std::pair mine{log_.epoch_before(log_.end()), log_.end()};
    for (const auto& [from, status] : asked.received()) {
      if (std::pair theirs{status.last_epoch, status.end}; theirs > mine) {
        mine = theirs;
        best = from;
      }
    }
    if (!best) return;
    const auto all = node_.call(*best, Status{0, true}, options_.append_timeout);
    if (all) store({.epoch = epoch(), .entries = all->entries});
    persist();
  }

  GetReply answer(const Get& get) {
    const bool follower_may = options_.follower_reads == FollowerReads::kServe && !get.leader_only;
    const bool entitled = leader() == node_.id() ? serving_ && holds_lease() : follower_may;
    if (!entitled || !reaches(get.seen.position)) {
      return {Outcome::kFail, std::nullopt, redirect(), get.op, get.key};
    }
    const Index shown = visible_here();
    const Value value = log_.latest(get.key, shown);
    node_.note(note::kServe, {.op = get.op, .key = get.key, .value = value.value_or(0)});
    return {Outcome::kOk, value, node_.id(), get.op, get.key, {.position = shown, .context = {}}};
  }

  // Suspends. Are we as far as the client's session has seen the log, or soon?
  bool reaches(Index position) {
    return position <= visible_here() ||
           changed_.wait_for(options_.session_wait, [&] { return position <= visible_here(); });
  }

  // MySQL's AFTER_COMMIT shows a write to others as soon as the leader has it, its AFTER_SYNC only
  // when it has its copies (worklog 6355).
  [[nodiscard]] Index visible_here() const {
    const bool early = options_.visible == Visible::kAfterCommit && leader() == node_.id();
    return early ? std::max(commit_, log_.durable()) : commit_;
  }

  Status::Reply report(const Status& status) const {
    const auto all = log_.between(std::min(status.from, log_.end()), log_.end());
    return {
        log_.epoch_before(log_.end()), log_.end(),
        status.with_entries ? std::vector<Entry>(all.begin(), all.end()) : std::vector<Entry>{}};
  }

  AuditAll::Reply disclose(const AuditAll& audit) const {
    AuditAll::Reply all;
    for (std::uint32_t key = 0; key < audit.keys; ++key) all.push_back(log_.values(Key(key)));
    return all;
  }

  // Suspends until our own log is durable, and counts it.
  void sync() {
    persist();
    durable_[node_.id().value] = log_.durable();
    advance();
  }

  void persist() {
    pledge_.sync();
    log_.sync();
    node_.set_state(state::kDurable, static_cast<std::int64_t>(log_.durable()));
  }

  void publish() {
    // In an order in which nobody seems to lead in a term that is not its own.
    const bool leads = leader() == node_.id();
    if (!leads) node_.set_state(state::kRole, sim::kFollower);
    node_.set_state(state::kTerm, epoch());
    if (leads) node_.set_state(state::kRole, sim::kLeader);
    node_.set_state(state::kCommit, static_cast<std::int64_t>(commit_));
    node_.set_state(state::kDurable, static_cast<std::int64_t>(log_.durable()));
  }

  sim::NodeId redirect() const { return leader() == node_.id() ? sim::kNoNode : leader(); }
  Epoch epoch() const { return pledge_.get().epoch; }
  sim::NodeId leader() const { return pledge_.get().leader; }

  const LeaderFollowerOptions& options_;
  Node& node_;
  Log log_;
  PledgeFile pledge_;       // whom we follow, and in which epoch; survives a crash
  sim::Condition changed_;  // of anything below, or of the epoch
  std::size_t copies_;
  std::vector<Index> durable_;  // as leader, by replica: how much of the log its disk holds
  std::vector<Time> contact_;   // as leader, by replica: sending time of the last answered append
  Index commit_ = 0;
  bool serving_ = false;   // as leader: the inherited log is safe
  bool degraded_ = false;  // as leader: followers did not answer, so nobody waits for them
  Time heard_;             // from the leader
};

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
  }
  QL_UNREACHABLE();
}

void LeaderFollower::run(Node& node) const {
  Replica(options_, node, first_leader_).run();
}

}  // namespace quorumlab::models
