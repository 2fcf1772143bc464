#include "models/replication/membership/phi.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/real_math.h"
#include "sim/world.h"

namespace quorumlab::models::membership {
namespace {

using sim::Duration;
using sim::Time;

constexpr double kLn10 = 2.302585092994045684;

}  // namespace

void PhiAccrual::arrived(Time now) {
  const double gap = (now - last_).seconds();
  last_ = now;
  seen_.push_back(gap);
  sum_ += gap;
  squares_ += gap * gap;
  if (seen_.size() <= window_) return;
  sum_ -= seen_.front();
  squares_ -= seen_.front() * seen_.front();
  seen_.pop_front();
}

void PhiAccrual::expect(Duration gap, Time since) {
  last_ = since - gap;
  arrived(since);
}

double PhiAccrual::phi(Time now) const {
  if (seen_.empty()) return 0;
  const double waited = (now - last_).seconds();
  const auto count = static_cast<double>(seen_.size());
  const double mean = sum_ / count;
  if (gaps_ == Gaps::kExponential) return waited / (mean * kLn10);  // P = e^(-t / mean)
  // The upper tail of the normal distribution by the logistic curve (Bowling, Khasawneh,
  // Kaewkuekool and Cho, "A logistic approximation to the cumulative normal distribution", 2009),
  // with a deviation that regular gaps cannot make 0.
  const double deviation =
      std::max(std::sqrt(std::max(squares_ / count - mean * mean, 0.0)), mean / 10);
  const double y = (waited - mean) / deviation;
  const double z = y * (1.5976 + 0.07056 * y * y);
  if (z > 30) return z / kLn10;
  return std::max(0.0, (z + sim::real::log(1 + sim::real::exp(-z))) / kLn10);
}

PhiDetector::PhiDetector(const PhiOptions& options, sim::Node& node,
                         const std::vector<NodeId>& contacts, Host host)
    : options_(options), node_(node), host_(std::move(host)) {
  for (const NodeId contact : contacts) meet(contact);
}

void PhiDetector::meet(NodeId node) {
  if (node == node_.id()) return;
  const auto [peer, fresh] = peers_.try_emplace(node, stranger());
  if (fresh) peer->second.belief = Belief::kAlive;
}

PhiDetector::Peer PhiDetector::stranger() const {
  Peer peer{Belief::kLeft, PhiAccrual(options_.gaps, static_cast<std::size_t>(options_.window))};
  peer.beats.expect(options_.period, node_.now());
  return peer;
}

void PhiDetector::run() {
  for (;;) {
    if (here_) beat();
    for (auto& [who, peer] : peers_) {
      const bool silent = peer.beats.phi(node_.now()) > options_.threshold;
      if (silent && peer.belief == Belief::kAlive) become(who, peer, Belief::kDead);
    }
    node_.sleep(options_.period);
  }
}

void PhiDetector::beat() {
  const Heartbeat heartbeat{false, host_.digest ? host_.digest() : 0};
  for (const auto& [who, peer] : peers_) {
    if (peer.belief != Belief::kLeft) node_.send(who, heartbeat);
  }
}

void PhiDetector::leave() {
  here_ = false;
  for (const auto& [who, peer] : peers_) node_.send(who, Heartbeat{.leaves = true});
}

Heartbeat::Reply PhiDetector::hear(const Heartbeat& beat, NodeId from) {
  auto& peer = peers_.try_emplace(from, stranger()).first->second;
  if (beat.leaves) {
    become(from, peer, Belief::kLeft);
    return {};
  }
  // A gap while it was thought to be gone says nothing about the gaps of the living.
  if (peer.belief == Belief::kAlive) {
    peer.beats.arrived(node_.now());
  } else {
    peer.beats.expect(options_.period, node_.now());
  }
  become(from, peer, Belief::kAlive);
  if (!host_.digest || beat.digest == host_.digest()) return {};
  node_.spawn("bulletin", [this, from] {
    const auto reply = node_.call(from, Bulletin{host_.text()}, options_.period);
    if (reply) host_.hear(reply->text);
  });
  return {};
}

void PhiDetector::become(NodeId who, Peer& peer, Belief belief) {
  if (peer.belief == belief) return;
  peer.belief = belief;
  const std::string_view word = belief == Belief::kAlive  ? note::kAlive
                                : belief == Belief::kDead ? note::kConfirm
                                                          : note::kGone;
  node_.note(word, {.value = static_cast<std::int64_t>(who.value)});
  if (host_.changed) host_.changed(who, belief);
}

Belief PhiDetector::belief(NodeId node) const {
  if (node == node_.id()) return here_ ? Belief::kAlive : Belief::kLeft;
  const auto found = peers_.find(node);
  return found == peers_.end() ? Belief::kLeft : found->second.belief;
}

}  // namespace quorumlab::models::membership
