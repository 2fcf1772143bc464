#include "models/replication/leader_follower/sentinel.h"

#include <algorithm>
#include <utility>

#include "models/quorum.h"
#include "sim/world.h"

namespace quorumlab::models::single_leader {

using Mistake = LeaderFollowerMistake;
using sim::Duration;

Sentinel::Sentinel(const LeaderFollowerOptions& options, sim::Node& node, const Cluster& cluster)
    : options_(options),
      node_(node),
      cluster_(cluster),
      vote_(node, {.epoch = 1, .leader = sim::kNoNode}),
      voted_(node.now()),
      in_sync_{.epoch = 0, .version = 0, .members = cluster.replicas},
      file_(node, "in_sync",
            [this](Decoder& in) {
              in_sync_ = {in.get<Epoch>(), in.get<std::uint32_t>(), {}};
              for (auto left = in.get<std::uint32_t>(); left > 0 && in.good(); --left) {
                in_sync_.members.push_back(NodeId(in.get<std::uint32_t>()));
              }
            }),
      leader_(cluster.first_leader),
      heard_(node.world().replicas(), node.now()),
      status_(node.world().replicas()) {
  std::copy_if(cluster.sentinels.begin(), cluster.sentinels.end(), std::back_inserter(others_),
               [&](NodeId other) { return other != node.id(); });
}

void Sentinel::run() {
  if (node_.incarnation() > 1) node_.disk().sync();
  for (const NodeId replica : cluster_.replicas) {
    node_.spawn("probe", [this, replica] { probe(replica); });
  }
  node_.spawn("watch", [this] { watch(); });
  node_.serve(
      [this](const Put&) {
        return PutReply{Outcome::kFail, leader_};
      },
      [this](const Get& get) {
        return GetReply{Outcome::kFail, std::nullopt, leader_, get.op, get.key};
      },
      [this](const Suspect& suspect) {
        return Suspect::Reply{suspect.epoch == epoch_ && finds_trouble()};
      },
      [this](const Mandate& request, NodeId from) { return vote(request, from); },
      [this](const Announce& announce) {
        learn(announce.epoch, announce.leader);
        return Announce::Reply{};
      },
      [this](const KeepInSync& request) { return remember(request); },
      [](const AuditAll&) { return AuditAll::Reply{}; });  // it holds nothing
}

void Sentinel::probe(NodeId replica) {
  for (;;) {
    const auto reply = node_.call(replica, Probe{epoch_, leader_}, options_.append_timeout);
    if (reply) {
      heard_[replica.value] = node_.now();
      status_[replica.value] = *reply;
      if (reply->leader == replica) learn(reply->epoch, replica);
    }
    node_.sleep(options_.heartbeat);
  }
}

void Sentinel::learn(Epoch epoch, NodeId leader) {
  if (epoch <= epoch_) return;
  epoch_ = epoch;
  leader_ = leader;
  heard_[leader.value] = node_.now();
  node_.set_state(state::kTerm, epoch_);
}

bool Sentinel::is_silent(NodeId replica) const {
  return node_.now() - heard_[replica.value] > options_.timeout;
}

// The leader is silent, or a failover began and came to no end: then the leader that is there has
// to be confirmed in a new epoch, because sentinels listen to none of an older one.
bool Sentinel::finds_trouble() const {
  const bool unfinished = vote_.get().epoch > epoch_ && node_.now() - voted_ > options_.timeout;
  return is_silent(leader_) || unfinished;
}

void Sentinel::watch() {
  for (;;) {
    node_.sleep(options_.heartbeat / 2);
    if (finds_trouble()) fail_over();
  }
}

void Sentinel::fail_over() {
  const Epoch before = epoch_;
  const bool alone = options_.makes(Mistake::kPromoteAlone);
  if (!alone) {
    if (!others_agree()) return;
    // Not all at once, so that somebody gets a majority.
    if (!others_.empty()) {
      node_.sleep(Duration(node_.rng().between(0, options_.timeout.count() / 2)));
    }
    if (epoch_ != before || !finds_trouble()) return;
  }
  const Epoch epoch = std::max(vote_.get().epoch, epoch_) + 1;
  vote_.set({.epoch = epoch, .leader = node_.id()});
  voted_ = node_.now();
  vote_.sync();
  const auto in_sync = alone ? std::optional(in_sync_) : mandate(epoch);
  if (!in_sync) return;
  const auto chosen = choose(*in_sync);
  if (!chosen) return;
  const auto reply = node_.call(*chosen, Promote{epoch}, options_.append_timeout);
  if (!reply || !reply->accepted) return;
  learn(epoch, *chosen);
  for (const NodeId other : others_) node_.send(other, Announce{epoch, *chosen});
}

bool Sentinel::others_agree() {
  const std::size_t needed = options_.quorum > 0 ? static_cast<std::size_t>(options_.quorum)
                                                 : majority(cluster_.sentinels.size());
  auto asked = node_.call_all(others_, Suspect{epoch_});
  std::size_t agree = 1;
  for (std::size_t n = 1; agree < needed && n <= others_.size(); ++n) {
    const bool more = asked.wait_for(n, options_.append_timeout);
    const auto received = asked.received();
    agree = 1 + static_cast<std::size_t>(
                    std::count_if(received.begin(), received.end(),
                                  [](const auto& answer) { return answer.second.silent; }));
    if (!more) break;
  }
  return agree >= needed;
}

// Suspends. With the votes of a majority comes what it knows of those in sync.
std::optional<InSync> Sentinel::mandate(Epoch epoch) {
  const std::size_t needed = majority(cluster_.sentinels.size());
  auto asked = node_.call_all(others_, Mandate{epoch});
  std::size_t votes = 1;
  InSync latest = in_sync_;
  for (std::size_t n = 1; votes < needed && n <= others_.size(); ++n) {
    const bool more = asked.wait_for(n, options_.append_timeout);
    votes = 1;
    for (const auto& [from, reply] : asked.received()) {
      if (!reply.granted) continue;
      ++votes;
      if (std::pair{reply.in_sync.epoch, reply.in_sync.version} >
          std::pair{latest.epoch, latest.version}) {
        latest = reply.in_sync;
      }
    }
    if (!more) break;
  }
  if (votes < needed || vote_.get().epoch != epoch) return std::nullopt;
  return latest;
}

Mandate::Reply Sentinel::vote(const Mandate& mandate, NodeId from) {
  const bool forgets = options_.makes(Mistake::kVoteTwice);
  if (mandate.epoch < vote_.get().epoch || (mandate.epoch == vote_.get().epoch && !forgets)) {
    return {vote_.get().epoch, false, {}};
  }
  vote_.set({.epoch = mandate.epoch, .leader = from});
  voted_ = node_.now();
  vote_.sync();
  const bool granted = vote_.get().epoch == mandate.epoch;
  return {vote_.get().epoch, granted, in_sync_};
}

// Among those who answer: the leader if it does, else the best of those in sync, else, uncleanly,
// anybody. nullopt: nobody may lead.
std::optional<NodeId> Sentinel::choose(const InSync& in_sync) {
  if (!is_silent(leader_)) return leader_;
  std::vector<NodeId> alive;
  std::vector<NodeId> clean;
  for (const NodeId replica : cluster_.replicas) {
    if (is_silent(replica)) continue;
    alive.push_back(replica);
    const auto& members = in_sync.members;
    if (std::find(members.begin(), members.end(), replica) != members.end()) {
      clean.push_back(replica);
    }
  }
  if (options_.acknowledge == Acknowledge::kInSync) {
    if (!clean.empty()) return best_of(clean);
    if (!options_.unclean_election) return std::nullopt;
  }
  if (alive.empty()) return std::nullopt;
  return best_of(alive);
}

NodeId Sentinel::best_of(const std::vector<NodeId>& candidates) {
  if (options_.promotion == Promotion::kRandom) return node_.rng().pick(candidates);
  const auto better = [&](NodeId a, NodeId b) {
    const Probe::Reply& left = status_[a.value];
    const Probe::Reply& right = status_[b.value];
    if (options_.promotion == Promotion::kPriority && cluster_.rank(a) != cluster_.rank(b)) {
      return cluster_.rank(a) < cluster_.rank(b);
    }
    return options_.promotion != Promotion::kFirst &&
           std::pair{left.last_epoch, left.end} > std::pair{right.last_epoch, right.end};
  };
  return *std::min_element(candidates.begin(), candidates.end(), better);
}

KeepInSync::Reply Sentinel::remember(const KeepInSync& request) {
  const InSync& told = request.in_sync;
  const bool news =
      std::pair{told.epoch, told.version} > std::pair{in_sync_.epoch, in_sync_.version};
  // A failover that has begun decides by what was known then.
  if (told.members.empty() || !news || told.epoch < vote_.get().epoch) return {false, in_sync_};
  in_sync_ = told;
  Encoder out;
  out.put(told.epoch);
  out.put(told.version);
  out.put(static_cast<std::uint32_t>(told.members.size()));
  for (const NodeId member : told.members) out.put(member.value);
  file_.append(out.bytes());
  file_.sync();
  return {true, in_sync_};
}

}  // namespace quorumlab::models::single_leader
