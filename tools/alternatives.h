// The alternatives of a scenario, for compare and sweep: its [[variant]] tables, each with each
// combination of its [matrix] and of what `--vary` adds.
//
//   const auto all = alternatives_of({.file = "s.toml", .vary = {"network.loss=0,0.1"}}, registry);
//   all->at(1).name;                              // "loss=0.1"
//   scenarios::run(all->at(1).scenario, registry, {.seed = 7});
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/run.h"

namespace quorumlab::tools {

struct Alternative {
  std::string name;               // empty: the scenario as it is
  std::vector<std::string> sets;  // "replication.acknowledge=one"
  scenarios::Scenario scenario = {};
};

struct AlternativesOf {
  std::string file;
  std::vector<std::string> sets;  // for all of them
  std::vector<std::string> vary;  // "replication.acknowledge=one,all"
};
// At least one, in the order of the file, the last knob turning fastest. nullopt: every mistake was
// told on stderr.
[[nodiscard]] std::optional<std::vector<Alternative>> alternatives_of(
    const AlternativesOf& wanted, const models::Registry& registry);

// What shows one run of it: "quorumlab run s.toml --seed 7 --set network.loss=0.1".
[[nodiscard]] std::string run_command(const AlternativesOf& wanted, const Alternative& alternative,
                                      std::uint64_t seed);

}  // namespace quorumlab::tools
