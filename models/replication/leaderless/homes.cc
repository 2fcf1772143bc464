// Who keeps what as this replica sees it: everybody's fixed share, or what its view of the ring
// says.
#include <algorithm>

#include "models/replication/leaderless/replica.h"
#include "sim/world.h"

namespace quorumlab::models::leaderless {
namespace {

bool has(const std::vector<NodeId>& nodes, NodeId node) {
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

// All replicas, from the key's place on the ring on (Dynamo, section 4.2). Keys are numbers and
// numbered densely, so their remainder spreads them as evenly as a hash.
std::vector<NodeId> fixed_ring(Key key, std::size_t all) {
  const auto replicas = static_cast<std::uint32_t>(all);
  std::vector<NodeId> ring;
  for (std::uint32_t i = 0; i < replicas; ++i) {
    ring.push_back(NodeId((key.value % replicas + i) % replicas));
  }
  return ring;
}

}  // namespace

void Replica::become_member(const Plan& plan) {
  membership_.emplace(
      options_, plan, node_, store_,
      Membership::Host{.hand_over = [this](NodeId to, Key key,
                                           const Cell& cell) { return deliver(to, key, cell); },
                       .deliver_hints = [this] { return deliver_hints(); }});
}

// Whom reads ask.
std::vector<NodeId> Replica::homes(Key key) const {
  if (membership_) return membership_->ring().readers(key);
  std::vector<NodeId> ring = fixed_ring(key, node_.world().replicas());
  ring.resize(std::min(ring.size(), static_cast<std::size_t>(options_.copies)));
  return ring;
}

// Who receives writes: while somebody joins or leaves, the old homes and the new ones.
std::vector<NodeId> Replica::write_homes(Key key) const {
  return membership_ ? membership_->writers(key) : homes(key);
}

// How many more copies than W it takes to have W among the old homes and W among the new ones.
std::int64_t Replica::pending(Key key) const {
  if (!membership_) return 0;
  return static_cast<std::int64_t>(write_homes(key).size()) - options_.copies;
}

// Those whom a read does not ask.
std::vector<NodeId> Replica::pending_homes(Key key) const {
  if (!membership_) return {};
  std::vector<NodeId> pending = write_homes(key);
  const std::vector<NodeId> asked = homes(key);
  std::erase_if(pending, [&](NodeId node) { return has(asked, node); });
  return pending;
}

// Who takes a hint for a home, in this order.
std::vector<NodeId> Replica::stand_ins(Key key) const {
  std::vector<NodeId> ring = membership_ ? membership_->ring().members_from(key)
                                         : fixed_ring(key, node_.world().replicas());
  const std::vector<NodeId> homes = write_homes(key);
  std::erase_if(ring, [&](NodeId node) { return has(homes, node) || is_dead(node); });
  return ring;
}

bool Replica::is_home(NodeId node, Key key) const {
  return has(write_homes(key), node);
}

// Who is no member does not know enough to coordinate.
bool Replica::turns_away(OpId op, Key key) const {
  if (!membership_ || membership_->serves()) return false;
  node_.note(note::kRefuse, {.op = op, .key = key});
  return true;
}

// Are so many homes dead that there is no use in asking the others? Cassandra calls it Unavailable.
bool Replica::is_hopeless(const std::vector<NodeId>& homes, std::int64_t count) const {
  if (!membership_ || options_.sloppy) return false;
  const auto alive =
      std::count_if(homes.begin(), homes.end(), [this](NodeId node) { return !is_dead(node); });
  return alive < count;
}

std::uint64_t Replica::view() const {
  return membership_ ? membership_->ring().version() : 0;
}

Fence Replica::fence(Key key) const {
  return membership_ ? membership_->fence(key) : Fence{};
}

void Replica::learn(const Text& ring) {
  if (membership_) membership_->learn(ring);
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
    all.push_back({std::move(values), has(homes(Key(key)), node_.id())});
  }
  return all;
}

}  // namespace quorumlab::models::leaderless
