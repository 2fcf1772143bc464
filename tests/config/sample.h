// A small scenario schema with one of everything, for the tests of sim/config and scenarios/toml.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/config/schema.h"

namespace quorumlab::sample {

enum class Acknowledge { kNone, kOne, kMajority, kAll };
enum class Mistake { kVoteNotPersisted, kNoFencing };

struct LeaderFollower {
  Acknowledge acknowledge = Acknowledge::kOne;
  sim::Duration timeout{1'000'000'000};
  sim::Duration heartbeat{50'000'000};
  std::vector<Mistake> mistakes;
};

struct Chain {
  int length = 3;
};

struct Link {
  std::vector<std::string> between;
  sim::Distribution latency;
};

struct Network {
  sim::Distribution latency = sim::Distribution::constant(sim::Duration(500'000));
  sim::RateDistribution drift;
  sim::Probability loss;
  double reads = 0.5;
  bool fifo = false;
  std::int64_t bandwidth = 0;
  std::vector<Link> link;
};

struct Trigger {
  std::string event;
  std::uint32_t nth = 1;
};

struct Schedule {
  std::optional<sim::Duration> at;
  std::optional<sim::Duration> lasts;
  std::optional<Trigger> when;
};

struct Partition {
  std::vector<std::vector<std::string>> split;
};

struct Crash {
  std::string on = "leader";
};

struct Fault {
  Schedule schedule;
  config::Chosen kind;
};

struct Scenario {
  std::string name;
  std::int64_t seed = 1;
  std::vector<std::string> tags;
  config::Rate rate;
  std::vector<std::pair<std::string, int>> zones;
  Network network;
  config::Chosen model{"leader_follower"};
  std::vector<Fault> fault;
};

[[nodiscard]] config::Schema leader_follower_schema();
[[nodiscard]] config::Schema scenario_schema();

}  // namespace quorumlab::sample
