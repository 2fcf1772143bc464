// Every alternative of a scenario with every seed, on all cores, until someone presses Ctrl-C.
//
//   Campaign campaign(alternatives, registry, {.first = 1, .last = 1000});
//   const bool whole = campaign.run(&threads, [&](std::size_t which, const RunResult& result) {
//     tally[which].add(result);                        // one at a time, in any order
//   });
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "tools/alternatives.h"
#include "tools/seeds.h"
#include "tools/threads.h"

namespace quorumlab::tools {

class Campaign {
 public:
  using Take = std::function<void(std::size_t which, const scenarios::RunResult& result)>;

  // Keeps references to both.
  Campaign(const std::vector<Alternative>& alternatives, const models::Registry& registry,
           Seeds seeds)
      : alternatives_(alternatives), registry_(registry), seeds_(seeds) {}

  // Runs shall tell who led when (RunOptions::leadership).
  void watch_leadership() { leadership_ = true; }

  // Shows how far it is if a person looks on. False: it was interrupted, at about the same seed of
  // all alternatives.
  bool run(Threads* threads, const Take& take);

 private:
  const std::vector<Alternative>& alternatives_;
  const models::Registry& registry_;
  Seeds seeds_;
  bool leadership_ = false;
};

}  // namespace quorumlab::tools
