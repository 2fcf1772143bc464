#include "models/replication/chain/replica.h"

#include <algorithm>
#include <utility>

#include "sim/roles.h"
#include "sim/world.h"

namespace quorumlab::models::chain {

Replica::Replica(const ChainOptions& options, sim::Node& node, const std::vector<NodeId>& masters)
    : options_(options), node_(node), masters_(masters), log_(node), changed_(node) {}

void Replica::run() {
  // A process that died may have left in the page cache what the others shall count on.
  if (node_.incarnation() > 1) node_.disk().sync();
  node_.note(note::kRecover, {.index = log_.end()});
  node_.spawn("report", [this] { report(); });
  node_.serve([this](const Put& put) { return take(put); },
              [this](const Get& get) { return answer(get); },
              [this](const Append& append, NodeId from) { return follow(append, from); },
              [this](const Committed& committed) {
                if (committed.epoch == order_.epoch) commit_to(committed.index);
                return Committed::Reply{};
              },
              [this](const Version&) {
                return Version::Reply{may_answer_as_tail(), commit_};
              },
              [this](const AuditAll& audit) { return disclose(audit); });
}

// Tells the master that we live, and hears who is in the chain. The answer also lets us serve for a
// while, counted from when we asked: the master counts from when it heard us, which is later.
void Replica::report() {
  std::size_t next = 0;  // master to ask
  for (;;) {
    const Time asked = node_.now();
    const bool ready = order_.joining == node_.id() && caught_up_;
    const auto reply =
        node_.call(masters_[next], Report{order_.epoch, ready}, options_.append_timeout);
    if (reply && reply->granted) {
      leased_ = true;
      lease_from_ = asked;
      if (reply->order.epoch > order_.epoch) adopt(reply->order);
    } else {
      const auto known =
          std::find(masters_.begin(), masters_.end(), reply ? reply->try_instead : sim::kNoNode);
      next = known == masters_.end() ? (next + 1) % masters_.size()
                                     : static_cast<std::size_t>(known - masters_.begin());
    }
    node_.sleep(options_.heartbeat);
  }
}

void Replica::adopt(const Order& order) {
  const bool first_look = order_.epoch == 0;
  // A member that finds itself joining was out meanwhile, whether or not it has heard of that.
  const NodeId me = node_.id();
  const bool stayed = order.joining == me ? order_.joining == me && order.epoch == order_.epoch + 1
                                          : order_.has(me) || order_.joining == me;
  const bool was_tail = is_tail();
  const bool was_member = order_.has(me);
  order_ = order;
  joined_ = 0;
  if (!was_tail) settled_ = log_.end();
  // A member's log begins with its successor's, so it stays good when the chain gets shorter. Who
  // comes from outside, or wakes up without knowing, first hears from its predecessor; and so does
  // who takes over from the tail, which may not have heard yet that it is none any more, and would
  // go on answering from what it knows to be committed.
  const bool takes_over = order_.has(me) && !was_member;
  caught_up_ = (stayed && !first_look && !takes_over && caught_up_) || is_head() ||
               options_.makes(Mistake::kJoinUnprepared);
  // In an order in which nobody seems to lead in an epoch that is not its own.
  if (!is_head()) node_.set_state(state::kRole, sim::kFollower);
  node_.set_state(state::kTerm, order_.epoch);
  if (is_head()) {
    node_.set_state(state::kRole, sim::kLeader);
    node_.note(note::kElected, {.term = order_.epoch});
  }
  commit_as_tail();
  const NodeId successor = order_.successor(node_.id());
  if (successor != sim::kNoNode) {
    node_.spawn("ship", [this, epoch = order_.epoch, successor] { ship(epoch, successor); });
  }
  changed_.notify_all();
}

bool Replica::holds_lease() const {
  if (options_.makes(Mistake::kServeWithoutLease)) return true;
  // Who is given up has stopped, so nobody serves without the right to.
  if (options_.detection == ChainDetection::kOracle) return true;
  return leased_ && node_.now() - lease_from_ < options_.lease;
}

PutReply Replica::take(const Put& put) {
  if (!is_head() || !holds_lease()) {
    return {Outcome::kFail, is_head() ? sim::kNoNode : order_.head()};
  }
  const Epoch written = order_.epoch;
  const Index index =
      log_.append({written, put.op, put.key, put.value, put.f, put.erase, put.expected});
  node_.note(note::kAppend, {put.op, put.key, put.value, index, 1, written});
  if (options_.makes(Mistake::kShipBeforeSync)) changed_.notify_all();
  persist();  // the chain may have changed meanwhile, and our entry be gone
  const auto is_mine = [&] { return index < log_.end() && log_.at(index).op == put.op; };
  const auto done = [&] {
    if (!is_mine()) return PutReply{Outcome::kOk, order_.head()};
    const Object::Result& result = log_.result(index);
    const Outcome outcome = result.done ? Outcome::kOk : Outcome::kFail;
    return PutReply{outcome, order_.head(), {}, result.value, !result.done};
  };
  if (options_.makes(Mistake::kAcknowledgeAtHead)) return done();
  const auto decided = [&] {
    return commit_ > index || index >= log_.end() || log_.at(index).epoch != written;
  };
  const bool in_time = changed_.wait_for(options_.request_timeout, decided);
  return in_time && commit_ > index && is_mine() ? done()
                                                 : PutReply{Outcome::kUnknown, order_.head()};
}

GetReply Replica::answer(const Get& get) {
  const std::optional<Index> up_to = answer_up_to(get);
  if (!up_to) {
    const NodeId tail = is_tail() ? sim::kNoNode : order_.tail();
    return {Outcome::kFail, std::nullopt, tail, get.op, get.key};
  }
  const Value value = log_.latest(get.key, *up_to);
  node_.note(note::kServe, {.op = get.op, .key = get.key, .value = value.value_or(0)});
  return {Outcome::kOk, value, node_.id(), get.op, get.key, {}, log_.elements(get.key, *up_to)};
}

// The tail answers from what it has. CRAQ: so does any other member while it knows of no write to
// the key under way; else it asks the tail how far it is. nullopt: somebody else has to answer.
std::optional<Index> Replica::answer_up_to(const Get& get) {
  if (options_.makes(Mistake::kTrustOwnCopy) && order_.has(node_.id())) return commit_;
  if (may_answer_as_tail()) return commit_;
  const bool asks_tail = options_.reads == ChainReads::kAny && order_.has(node_.id()) && !is_tail();
  if (!asks_tail || !caught_up_ || !holds_lease()) return std::nullopt;
  if (options_.makes(Mistake::kServeDirty)) return log_.end();
  if (log_.is_untouched(get.key, commit_, log_.end())) return commit_;
  const Epoch epoch = order_.epoch;
  const auto reply = node_.call(order_.tail(), Version{epoch}, options_.append_timeout);
  if (!reply || !reply->known || order_.epoch != epoch) return std::nullopt;
  return std::max(commit_, std::min(reply->commit, log_.end()));
}

Index Replica::shippable() const {
  return options_.makes(Mistake::kShipBeforeSync) ? log_.end() : safe_end();
}

Index Replica::safe_end() const {
  return options_.makes(Mistake::kAcknowledgeBeforeSync) ? log_.end() : log_.durable();
}

// To the successor, as long as the order of the chain stays. Catching up, retrying and heartbeats
// are the same lines.
void Replica::ship(Epoch epoch, NodeId successor) {
  Index next = shippable();
  Index told = 0;
  for (bool first = true; order_.epoch == epoch; first = false) {
    if (!first) {
      (void)changed_.wait_for(options_.heartbeat, [&] {
        const bool has_news = shippable() > next || commit_ > told;
        return order_.epoch != epoch || (caught_up_ && has_news);
      });
    }
    if (order_.epoch != epoch) return;
    if (!caught_up_) continue;  // our own log is not to be trusted yet
    next = std::min(next, shippable());
    const Index to = std::min(shippable(), next + static_cast<Index>(options_.batch));
    const auto entries = log_.between(next, to);
    told = commit_;
    const auto reply = node_.call(
        successor,
        Append{epoch, next, log_.epoch_before(next), commit_, {entries.begin(), entries.end()}},
        options_.append_timeout);
    if (order_.epoch != epoch) return;
    if (!reply) continue;
    if (reply->epoch == epoch && reply->matched) {
      next = reply->end;
      if (successor == order_.joining) {
        joined_ = std::max(joined_, reply->end);
        commit_as_tail();
      } else {
        commit_to(std::min(reply->commit, log_.end()));
      }
    } else if (reply->epoch == epoch) {
      next = std::min(reply->end, next > 0 ? next - 1 : 0);
    } else {
      node_.sleep(options_.heartbeat);  // it has heard of another order, or not of this one
    }
  }
}

Append::Reply Replica::follow(const Append& append, NodeId from) {
  const bool legitimate = append.epoch == order_.epoch && order_.predecessor(node_.id()) == from;
  if (!legitimate && !options_.makes(Mistake::kNoEpochCheck)) {
    return {order_.epoch, false, log_.end(), commit_};
  }
  if (append.from > log_.end() || log_.epoch_before(append.from) != append.previous) {
    return {append.epoch, false, std::min(log_.end(), append.from), commit_};
  }
  store(append);
  const Index stored = append.from + append.entries.size();
  if (order_.joining == node_.id() && !caught_up_ && stored < log_.end()) discard(stored);
  if (options_.makes(Mistake::kAcknowledgeBeforeSync)) {
    node_.spawn("sync later", [this] { persist(); });
  } else {
    persist();
  }
  if (append.epoch != order_.epoch && !options_.makes(Mistake::kNoEpochCheck)) {
    return {order_.epoch, false, log_.end(), commit_};
  }
  commit_to(std::min(append.commit, stored));
  if (stored >= append.commit) caught_up_ = true;
  commit_as_tail();
  changed_.notify_all();
  return {append.epoch, true, stored, commit_};
}

void Replica::store(const Append& append) {
  Index at = append.from;
  for (const Entry& entry : append.entries) {
    if (at < log_.end() && !(log_.at(at) == entry)) discard(at);
    if (at == log_.end()) {
      log_.append(entry);
      node_.note(note::kAppend, {entry.op, entry.key, entry.value, at, 1, entry.epoch});
    }
    ++at;
  }
}

// What a former life in the chain left here and nobody in front of us has.
void Replica::discard(Index from) {
  node_.note(note::kDiscard, {.index = from,
                              .count = static_cast<std::uint32_t>(log_.end() - from),
                              .term = order_.epoch});
  log_.truncate(from);
  commit_ = std::min(commit_, from);
}

// What the tail has on disk is committed. While somebody joins behind it, that one counts already:
// else it would miss what is confirmed between its catching up and its becoming the tail.
void Replica::commit_as_tail() {
  if (!is_tail() || !caught_up_) return;
  const bool alone = order_.joining == sim::kNoNode || options_.makes(Mistake::kJoinUnprepared);
  commit_to(alone ? safe_end() : std::min(safe_end(), joined_));
}

void Replica::commit_to(Index index) {
  if (index <= commit_) return;
  commit_ = index;
  node_.set_state(state::kCommit, static_cast<std::int64_t>(commit_));
  const NodeId predecessor = order_.predecessor(node_.id());
  if (predecessor != sim::kNoNode && order_.has(node_.id())) {
    node_.send(predecessor, Committed{order_.epoch, commit_});
  }
  changed_.notify_all();
}

void Replica::persist() {
  log_.sync();
  node_.set_state(state::kDurable, static_cast<std::int64_t>(log_.durable()));
  commit_as_tail();
  changed_.notify_all();
}

AuditAll::Reply Replica::disclose(const AuditAll& audit) const {
  AuditAll::Reply all;
  for (std::uint32_t key = 0; key < audit.keys; ++key) {
    all.push_back({log_.values(Key(key)), true, log_.elements(Key(key), log_.end())});
  }
  return all;
}

}  // namespace quorumlab::models::chain
