// The phi accrual failure detector (Hayashibara, Défago, Yared and Katayama, "The phi Accrual
// Failure Detector", SRDS 2004): instead of yes or no, how unlikely it is that the next heartbeat
// is only late, as phi = -log10 P(it comes still later), from the gaps seen so far.
//
//   PhiAccrual beats(PhiAccrual::Gaps::kExponential, 1'000);
//   beats.arrived(node.now());
//   beats.phi(node.now()) > 8               // wrong about once in 10^8 times
//
// Gaps are normally distributed in the paper; exponential ones are what Cassandra takes (Lakshman
// and Malik, "Cassandra", LADIS 2009).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string_view>
#include <vector>

#include "models/replication/membership/detector.h"
#include "sim/node.h"

namespace quorumlab::models::membership {

class PhiAccrual {
 public:
  enum class Gaps : std::uint8_t { kExponential, kNormal };
  PhiAccrual(Gaps gaps, std::size_t window) : gaps_(gaps), window_(window) {}

  void arrived(sim::Time now);
  // Before the first arrival: from this gap.
  void expect(sim::Duration gap, sim::Time since);
  // 0 if nothing is known.
  [[nodiscard]] double phi(sim::Time now) const;

 private:
  Gaps gaps_;
  std::size_t window_;
  std::deque<double> seen_;  // seconds
  double sum_ = 0;
  double squares_ = 0;
  sim::Time last_;
};

struct PhiOptions {
  sim::Duration period{200'000'000};
  double threshold = 8;
  std::int64_t window = 100;
  PhiAccrual::Gaps gaps = PhiAccrual::Gaps::kExponential;
};

struct Heartbeat {
  struct Reply {};
  static constexpr std::string_view kName = "Heartbeat";
  bool leaves = false;
  std::uint64_t digest = 0;
};

// Every member tells all others that it lives, once in each period.
class PhiDetector final : public Detector {
 public:
  PhiDetector(const PhiOptions& options, sim::Node& node, const std::vector<NodeId>& contacts,
              Host host);
  PhiDetector(const PhiDetector&) = delete;
  PhiDetector& operator=(const PhiDetector&) = delete;

  void run() override;
  void join() override { here_ = true; }
  void leave() override;
  Heartbeat::Reply hear(const Heartbeat& beat, NodeId from);
  // Somebody else says that it is a member; it sends heartbeats to those whom it knows only.
  void meet(NodeId node);

  [[nodiscard]] Belief belief(NodeId node) const override;
  [[nodiscard]] std::size_t suspects() const override { return 0; }

 private:
  struct Peer {
    Belief belief = Belief::kAlive;
    PhiAccrual beats;
  };
  void become(NodeId who, Peer& peer, Belief belief);
  void beat();
  [[nodiscard]] Peer stranger() const;

  const PhiOptions options_;
  sim::Node& node_;
  Host host_;
  bool here_ = true;
  std::map<NodeId, Peer> peers_;
};

}  // namespace quorumlab::models::membership
