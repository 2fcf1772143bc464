// A nemesis: faults made up by chance, within a budget, as an explicit list of faults.
//
//   [random_faults]
//   kinds       = { partition = 1, crash = 1, clock_step = 0.5 }
//   every       = "exponential(10s)"
//   for         = "uniform(1s, 8s)"
//   keep_quorum = true
//   swarm       = true
//
// The list is a function of the seed and of this section alone: nothing that happens in the run
// changes it. So a run with random faults and one with the list written out are the same run, with
// the same fingerprint, and taking a fault off the list shifts nothing for the others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "faults/schedule.h"

namespace quorumlab::faults {

// Two levels of chance, as FoundationDB's BUGGIFY has them: in each run some sites are armed and
// all others never fire, so that what is rare anywhere is common somewhere (Zhou et al.,
// "FoundationDB", SIGMOD 2021). A site is a kind of event or message on one replica.
struct Sites {
  sim::Probability armed{0.25};
  sim::Probability fires{0.05};
  std::int64_t most = 3;  // times that one fires
  std::vector<std::string> events{"restart", "serve", "before_sync", "after_sync"};
  std::vector<std::string> messages;
};

struct RandomFaults {
  std::vector<std::pair<std::string, double>> kinds;  // with their weights
  sim::Distribution every = sim::Distribution::exponential(sim::Duration(10'000'000'000));
  sim::Distribution lasts =
      sim::Distribution::uniform({sim::Duration(1'000'000'000), sim::Duration(5'000'000'000)});
  sim::Duration from;                 // warm-up before
  std::optional<sim::Duration> upto;  // nullopt: the end of the run
  std::int64_t max_faults = 1'000;
  bool keep_quorum = true;
  std::optional<std::int64_t> max_down;
  bool keep_one_good_copy = true;
  bool swarm = false;
  sim::Probability armed{0.5};  // of swarm
  std::optional<Sites> sites;
};

// [random_faults]
[[nodiscard]] config::Schema random_faults_schema();
// `where` is the section's table.
void check_random_faults(const RandomFaults& random, const Places& places, const Season& season,
                         const config::Where& where, config::Diagnostics& problems);

// The faults of one seed: those at a time in its order, then those of sites. `first_stream` is a
// stream that none of the declared faults uses; each drawn fault gets one of its own.
[[nodiscard]] std::vector<FaultEntry> draw_faults(const RandomFaults& random, const Places& places,
                                                  sim::Seed seed, const Season& season,
                                                  std::int64_t first_stream);

}  // namespace quorumlab::faults
