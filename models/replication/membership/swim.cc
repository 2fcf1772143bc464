#include "models/replication/membership/swim.h"

#include <algorithm>
#include <utility>

#include "sim/real_math.h"
#include "sim/world.h"

namespace quorumlab::models::membership {
namespace {

using sim::Duration;
using sim::Time;

constexpr std::int64_t kWorstAwareness = 8;      // Lifeguard's S
constexpr std::size_t kIndependentAccusers = 3;  // Lifeguard's K
constexpr std::int64_t kLongerAlone = 6;         // Lifeguard's beta: without anybody else's word

std::string_view word_for(Belief belief) {
  switch (belief) {
    case Belief::kAlive:
      return note::kAlive;
    case Belief::kSuspect:
      return note::kSuspect;
    case Belief::kDead:
      return note::kConfirm;
    case Belief::kLeft:
      return note::kGone;
  }
  QL_UNREACHABLE();
}

}  // namespace

Swim::Swim(const SwimOptions& options, sim::Node& node, const std::vector<NodeId>& contacts,
           Host host)
    : options_(options),
      node_(node),
      host_(std::move(host)),
      chance_(node.world().seed(), "swim", node.stream_key(), node.incarnation()),
      list_(node.id(), options.lambda),
      until_knock_(options.knock) {
  for (const NodeId contact : contacts) {
    (void)list_.take({.about = contact, .from = node.id()});
    if (contact != node.id()) order_.push_back(contact);
  }
  while (list_.has_news()) (void)list_.to_tell(order_.size() + 1);  // everybody knows those
  (void)list_.take({.about = node.id(), .from = node.id()});
  chance_.shuffle(order_);
}

void Swim::run() {
  if (options_.staggered) node_.sleep(Duration(chance_.between(0, options_.period.count() - 1)));
  for (;;) {
    const Time end = node_.now() + stretched(options_.period);
    if (here_ || list_.has_news()) protocol_period();
    if (end > node_.now()) node_.sleep(end - node_.now());
  }
}

// Figure 1 of the paper.
void Swim::protocol_period() {
  knock();
  const NodeId target = next_target();
  if (target == sim::kNoNode) return;
  const std::uint32_t incarnation = list_.of(target).incarnation;
  if (probe(target)) {
    feel(-1);
    return;
  }
  feel(+1);
  const Rumour& now = list_.of(target);
  if (!here_ || now.incarnation != incarnation || now.belief > Belief::kSuspect) return;
  const Belief worse = options_.suspicion == 0 ? Belief::kDead : Belief::kSuspect;
  hear(Rumour{target, worse, incarnation, node_.id()});
}

// Everybody once in each round, in an order drawn anew each time, so that the time until somebody
// is pinged is bounded (4.3).
NodeId Swim::next_target() {
  for (std::size_t tries = 0; tries < 2; ++tries) {
    while (next_ < order_.size()) {
      const NodeId next = order_[next_++];
      if (list_.belief(next) <= Belief::kSuspect) return next;
    }
    std::erase_if(order_, [&](NodeId node) { return list_.belief(node) > Belief::kSuspect; });
    chance_.shuffle(order_);
    next_ = 0;
  }
  return sim::kNoNode;
}

// Suspends. Did it answer, to us or to those whom we asked, before the period ends?
bool Swim::probe(NodeId target) {
  const Duration patience = stretched(options_.ping_timeout);
  const Duration period = stretched(options_.period);
  const Time begin = node_.now();
  auto direct = node_.call_all({&target, 1}, Ping{incarnation_, gossip_for(target)});
  if (!direct.wait_for(1, std::min(patience, period))) {
    const std::vector<NodeId> helpers =
        some_others(static_cast<std::size_t>(options_.helpers), target);
    const Duration rest = period - (node_.now() - begin);
    auto indirect = node_.call_all(helpers, PingRequest{target, gossip_for(target)});
    for (std::size_t n = 1; n <= helpers.size(); ++n) {
      if (!indirect.wait_for(n, rest)) break;
      if (indirect.received().back().second.reached) break;
    }
    bool reached = false;
    for (const auto& [helper, reply] : indirect.received()) {
      hear(reply.gossip);
      reached = reached || reply.reached;
    }
    // Who hears from no helper either is worse off than the target, maybe (Lifeguard).
    if (indirect.received().size() < helpers.size()) feel(+1);
    if (reached) return true;
    (void)direct.wait_for(1, period);  // late is not dead
  }
  const auto answers = direct.received();
  for (const auto& [from, reply] : answers) hear_back(reply.gossip, from);
  return !answers.empty();
}

std::vector<NodeId> Swim::some_others(std::size_t count, NodeId target) {
  std::vector<NodeId> all = list_.others(Belief::kAlive);
  std::erase(all, target);
  chance_.shuffle(all);
  all.resize(std::min(all.size(), count));
  return all;
}

// The dead are told, if they can hear.
void Swim::knock() {
  if (options_.knock == 0 || --until_knock_ > 0) return;
  until_knock_ = options_.knock;
  const std::vector<NodeId> dead = list_.others(Belief::kDead);
  if (dead.empty() || !here_) return;
  const NodeId target = dead[chance_.below(dead.size())];
  node_.spawn("knock", [this, target] {
    const auto reply =
        node_.call(target, Ping{incarnation_, gossip_for(target)}, options_.ping_timeout);
    if (reply) hear_back(reply->gossip, target);
  });
}

void Swim::feel(std::int64_t worse) {
  if (!options_.lifeguard) return;
  awareness_ = std::clamp(awareness_ + worse, std::int64_t{0}, kWorstAwareness);
}

void Swim::join() {
  here_ = true;
  ++incarnation_;
  (void)list_.take({node_.id(), Belief::kAlive, incarnation_, node_.id()});
}

void Swim::leave() {
  here_ = false;
  (void)list_.take({node_.id(), Belief::kLeft, incarnation_, node_.id()});
}

Ping::Reply Swim::answer(const Ping& ping, NodeId from) {
  hear(ping.gossip);
  hear(Rumour{from, Belief::kAlive, ping.incarnation, from});
  return {gossip_for(from)};
}

PingRequest::Reply Swim::relay(const PingRequest& request, NodeId from) {
  hear(request.gossip);
  const auto reply = node_.call(request.target, Ping{incarnation_, gossip_for(request.target)},
                                options_.ping_timeout);
  if (reply) hear_back(reply->gossip, request.target);
  return {reply.has_value(), gossip_for(from)};
}

Gossip Swim::gossip_for(NodeId to) {
  Gossip gossip{list_.to_tell(static_cast<std::size_t>(options_.rumours)), 0};
  // Whoever is thought to be gone must hear it, else it could never object.
  if (list_.knows(to)) {
    const Rumour& theirs = list_.of(to);
    const bool tell = theirs.belief > Belief::kSuspect ||
                      (theirs.belief == Belief::kSuspect && options_.lifeguard);
    if (tell) gossip.rumours.push_back(theirs);
  }
  if (!here_) gossip.rumours.push_back(list_.of(node_.id()));
  if (host_.digest) gossip.digest = host_.digest();
  return gossip;
}

void Swim::hear(const Gossip& gossip) {
  for (const Rumour& rumour : gossip.rumours) hear(rumour);
}

// The answer to a ping: whoever asked sees to it that bulletins become the same.
void Swim::hear_back(const Gossip& gossip, NodeId with) {
  hear(gossip);
  if (!host_.digest || gossip.digest == host_.digest()) return;
  node_.spawn("bulletin", [this, with] {
    const auto reply = node_.call(with, Bulletin{host_.text()}, options_.period);
    if (reply) host_.hear(reply->text);
  });
}

void Swim::hear(const Rumour& rumour) {
  if (rumour.about == node_.id()) return object(rumour);
  const bool stranger = !list_.knows(rumour.about);
  const Belief before = list_.belief(rumour.about);
  if (!list_.take(rumour)) {
    accuse(rumour);
    return;
  }
  if (stranger || (before > Belief::kSuspect && rumour.belief <= Belief::kSuspect)) {
    // A newcomer is pinged at some time of this round (4.3).
    std::erase(order_, rumour.about);
    next_ = std::min(next_, order_.size());
    const std::size_t place = chance_.below(order_.size() + 1);
    order_.insert(order_.begin() + static_cast<std::ptrdiff_t>(place), rumour.about);
  }
  suspicions_.erase(rumour.about);
  if (rumour.belief == Belief::kSuspect) {
    suspicions_[rumour.about] = {rumour.incarnation, node_.now(), {rumour.from}};
    set_alarm(rumour.about);
  }
  if (before == rumour.belief && !stranger) return;
  node_.note(word_for(rumour.belief),
             {.value = static_cast<std::int64_t>(rumour.about.value), .term = rumour.incarnation});
  if (host_.changed) host_.changed(rumour.about, rumour.belief);
}

// "I am here": with a greater incarnation, which overrides the rumour wherever it got to (4.2).
void Swim::object(const Rumour& rumour) {
  if (rumour.incarnation < incarnation_ || !here_) return;
  if (rumour.belief == Belief::kAlive) {
    incarnation_ = rumour.incarnation;  // of an earlier life
    (void)list_.take(rumour);
    return;
  }
  incarnation_ = rumour.incarnation + (options_.raises_incarnation ? 1 : 0);
  const Rumour alive{node_.id(), Belief::kAlive, incarnation_, node_.id()};
  if (!list_.take(alive)) list_.repeat(alive);
  feel(+1);
  node_.note(note::kObject,
             {.value = static_cast<std::int64_t>(node_.id().value), .term = incarnation_});
}

// Lifeguard: each of the first few who say the same by themselves shortens the suspicion.
void Swim::accuse(const Rumour& rumour) {
  const auto found = suspicions_.find(rumour.about);
  const bool counts = options_.lifeguard && rumour.belief == Belief::kSuspect &&
                      found != suspicions_.end() &&
                      found->second.incarnation == rumour.incarnation &&
                      found->second.accusers.size() <= kIndependentAccusers;
  if (!counts || !found->second.accusers.insert(rumour.from).second) return;
  list_.repeat(rumour);
  set_alarm(rumour.about);
}

Duration Swim::time_to_object(std::size_t accusers) const {
  const Duration least = options_.period * options_.suspicion;
  if (!options_.lifeguard) return least;
  const auto others = static_cast<double>(accusers - 1);
  const double share =
      sim::real::log(others + 1) / sim::real::log(static_cast<double>(kIndependentAccusers) + 1);
  const Duration most = least * kLongerAlone;
  const auto less = static_cast<std::int64_t>(static_cast<double>((most - least).count()) * share);
  return std::max(least, most - Duration(less));
}

void Swim::set_alarm(NodeId who) {
  const Suspicion& suspicion = suspicions_.at(who);
  const Time end = suspicion.since + time_to_object(suspicion.accusers.size());
  const Duration left = std::max(end - node_.now(), Duration(0));
  (void)node_.after(left, [this, who, end, incarnation = suspicion.incarnation] {
    const auto now = suspicions_.find(who);
    if (now == suspicions_.end() || now->second.incarnation != incarnation) return;
    if (now->second.since + time_to_object(now->second.accusers.size()) > end) return;
    hear(Rumour{who, Belief::kDead, incarnation, node_.id()});
  });
}

Bulletin Swim::exchange(const Bulletin& theirs) {
  host_.hear(theirs.text);
  return {host_.text()};
}

}  // namespace quorumlab::models::membership
