// Where the stamps of a coordinator's writes come from: its node's clocks, and what it has met.
//
//   Stamps stamps(options, node);
//   stamps.witness(cell);                   // what is stamped from now on is greater, if clocks of
//   version.stamp = stamps.next(op);        // causes are asked for
//   stamps.wait_out(cell);                  // suspends until its stamp is surely past
#pragma once

#include "models/data/cell_store.h"
#include "models/data/stamp.h"
#include "models/replication/leaderless/leaderless.h"
#include "sim/node.h"

namespace quorumlab::models::leaderless {

class Stamps {
 public:
  Stamps(const LeaderlessOptions& options, sim::Node& node) : options_(options), node_(node) {}

  [[nodiscard]] Stamp next(OpId op);
  void witness(const Cell& cell);
  void wait_out(const Cell& cell);

 private:
  const LeaderlessOptions& options_;
  sim::Node& node_;
  LamportClock lamport_;
  HybridClock hybrid_;
};

}  // namespace quorumlab::models::leaderless
