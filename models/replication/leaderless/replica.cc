#include "models/replication/leaderless/replica.h"

#include <algorithm>

#include "models/model.h"

namespace quorumlab::models::leaderless {

using Mistake = LeaderlessMistake;
using sim::Duration;

Replica::Replica(const LeaderlessOptions& options, const Plan& plan, sim::Node& node)
    : options_(options),
      node_(node),
      store_(node,
             options.order == WriteOrder::kReadFirst || options.transactions != Transactions::kOff,
             options.makes(Mistake::kIgnoreStamp)),
      homes_(options, node),
      stamps_(options, node),
      coordinator_(options, node, homes_, stamps_, {.chance = node.rng(), .own = this}) {
  if (options.transactions != Transactions::kOff) {
    paxos_.emplace(options, node, store_, [this](Key key) { return homes_.readers(key); });
  }
  for (const auto& [key, cell] : store_.cells()) stamps_.witness(cell);
  for (const auto& [home_and_key, cell] : store_.hints()) stamps_.witness(cell);
  if (options.members.membership == LeaderlessMembership::kGossip) become_member(plan);
}

void Replica::become_member(const Plan& plan) {
  membership_.emplace(
      options_, plan, node_, store_,
      Membership::Host{.hand_over = [this](NodeId to, Key key,
                                           const Cell& cell) { return deliver(to, key, cell); },
                       .deliver_hints = [this] { return deliver_hints(); }});
  homes_.follow(*membership_);
}

void Replica::run() {
  store_.tell();
  store_.sync();  // nobody may count on what a process that died left in the page cache
  if (paxos_) paxos_->sync();
  if (options_.sloppy) {
    node_.spawn("hand off", [this] { hand_off(); });
  }
  if (options_.anti_entropy > Duration(0)) {
    node_.spawn("anti-entropy", [this] { compare_trees(); });
  }
  if (options_.tombstone_grace > Duration(0) || options_.makes(Mistake::kPurgeAtOnce)) {
    node_.spawn("tombstones", [this] { collect_tombstones(); });
  }
  if (membership_) membership_->start();
  serve();
}

// Who is no member does not know enough to coordinate.
bool Replica::turns_away(OpId op, Key key) const {
  if (!membership_ || membership_->serves()) return false;
  node_.note(note::kRefuse, {.op = op, .key = key});
  return true;
}

PutReply Replica::put(const Put& put) {
  if (is_transaction(options_, put)) return paxos_->change(put);
  if (put.f != Function::kWrite) return {Outcome::kFail, sim::kNoNode};
  if (turns_away(put.op, put.key)) return {Outcome::kFail, membership_->somebody()};
  // Dots belong to replicas that keep the key, so only they may coordinate its writes.
  if (options_.conflicts == Conflicts::kSiblings && !homes_.is_home(node_.id(), put.key)) {
    const auto reply = node_.call(homes_.writers(put.key).front(), put, options_.request_timeout);
    return reply.value_or(PutReply{});
  }
  return coordinator_.put(put);
}

GetReply Replica::get(const Get& get) {
  if (turns_away(get.op, get.key)) {
    return {Outcome::kFail, std::nullopt, membership_->somebody(), get.op, get.key};
  }
  if (paxos_ && options_.serial_reads) return paxos_->read(get);
  return coordinator_.get(get).reply;
}

Store::Reply Replica::keep(const Store& store) {
  if (membership_ && !membership_->agrees(store.fence, store.key)) {
    return {false, membership_->text()};
  }
  stamps_.witness(store.cell);
  if (store.hint_for != sim::kNoNode) {
    if (membership_ && membership_->is_going()) return {false};
    if (store_.hints().size() >= static_cast<std::size_t>(options_.hint_limit)) return {false};
    store_.keep_hint(store.hint_for, store.key, store.cell);
  } else {
    store_.merge(store.key, store.cell);
  }
  if (!options_.makes(Mistake::kAcknowledgeBeforeSync)) store_.sync();
  return {true};
}

// A home's own cell; of a stand-in, what it keeps for homes.
Fetch::Reply Replica::fetch(const Fetch& fetch) {
  if (membership_ && !membership_->agrees(fetch.fence, fetch.key)) {
    return {{}, membership_->text(), fetch.key, fetch.op};
  }
  Cell cell = store_.find(fetch.key);
  for (const auto& [home_and_key, hint] : store_.hints()) {
    if (home_and_key.second == fetch.key) cell.merge(hint);
  }
  // Nobody may be told what a power failure can still take back.
  if (!options_.makes(Mistake::kAcknowledgeBeforeSync)) store_.sync();
  return {cell, nullptr, fetch.key, fetch.op};
}

// Suspends; does not return.
void Replica::serve() {
  using namespace membership;
  const auto if_member = [this](auto answer) {
    using Reply = decltype(answer(*membership_));
    return membership_ ? answer(*membership_) : Reply{};
  };
  node_.serve(
      [this](const Put& request) { return put(request); },
      [this](const Get& request) { return get(request); },
      [this](const Store& store) { return keep(store); },
      [this](const Fetch& request) { return fetch(request); },
      [this](const Download&) {
        return Download::Reply{membership_ ? membership_->text() : nullptr};
      },
      [this](const Hashes& request, NodeId from) { return hash(request, from); },
      [this](const Leaf& request, NodeId from) { return exchange(request, from); },
      [this](const AuditAll& audit) { return disclose(audit); },
      [this](const Prepare& request) {
        return paxos_ ? paxos_->promise(request) : Prepare::Reply{};
      },
      [this](const Propose& request) {
        return paxos_ ? paxos_->accept(request) : Propose::Reply{};
      },
      [this](const Commit& request) { return paxos_ ? paxos_->commit(request) : Commit::Reply{}; },
      [&](const Permit& request, NodeId from) {
        return if_member([&](Membership& m) { return m.permit(request, from); });
      },
      [&](const Adopt& news) { return if_member([&](Membership& m) { return m.adopt(news); }); },
      [&](const StreamRange& request, NodeId from) {
        return if_member([&](Membership& m) { return m.stream(request, from); });
      },
      [&](const Ping& ping, NodeId from) {
        return if_member([&](Membership& m) { return m.answer(ping, from); });
      },
      [&](const PingRequest& request, NodeId from) {
        return if_member([&](Membership& m) { return m.relay(request, from); });
      },
      [&](const Heartbeat& beat, NodeId from) {
        return if_member([&](Membership& m) { return m.hear(beat, from); });
      },
      [&](const Bulletin& theirs) {
        return if_member([&](Membership& m) { return m.exchange(theirs); });
      });
}

// What a replica that has left kept last is gone with it; what it had overwritten nobody can miss.
AuditAll::Reply Replica::disclose(const AuditAll& audit) const {
  AuditAll::Reply all;
  for (std::uint32_t key = 0; key < audit.keys; ++key) {
    std::vector<std::int64_t> values = store_.history(Key(key));
    if (membership_ && membership_->has_left()) {
      const Cell& kept = store_.find(Key(key));
      const auto forget = [&](const Version& v) { std::erase(values, v.value.value_or(kErased)); };
      if (kept.last) forget(*kept.last);
      for (const auto& [dot, version] : kept.siblings.all()) forget(version);
    }
    const std::vector<NodeId> homes = homes_.readers(Key(key));
    all.push_back(
        {std::move(values), std::find(homes.begin(), homes.end(), node_.id()) != homes.end()});
  }
  return all;
}

}  // namespace quorumlab::models::leaderless
