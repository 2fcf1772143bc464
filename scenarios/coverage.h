// What a sweep has tried: how often each operation met each kind of fault in each state of the
// cluster, and which of these pairs never met at all.
//
//   Coverage coverage(scenario);
//   coverage.add(run(scenario, registry, {.seed = seed, .leadership = true}));
//   coverage.holes();      // "write x power_loss x several leaders"
//
// Most of etcd's correctness bugs became reproducible only after a workload or a fault was covered
// that had not been (its robustness tests, 2022 to 2025): a sweep that holds says nothing about
// what it never tried.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "scenarios/run.h"

namespace quorumlab::scenarios {

class Coverage {
 public:
  explicit Coverage(const Scenario& scenario);
  // Requires: the run was asked for its leadership.
  void add(const RunResult& result);
  void merge(const Coverage& other);

  // Operations that were under way while a fault of that kind was, by state of the cluster.
  [[nodiscard]] std::uint64_t count(models::Function f, const std::string& kind,
                                    std::size_t leaders) const;
  [[nodiscard]] std::vector<std::string> holes() const;
  // Kinds that began and never had an effect, and kinds that never began.
  [[nodiscard]] std::vector<std::string> inert() const;
  [[nodiscard]] std::string text() const;

 private:
  // No leader, one, several.
  static constexpr std::size_t kStates = 3;
  using States = std::array<std::uint64_t, kStates>;
  struct Kind {
    States reads{};
    States writes{};
    std::uint64_t activations = 0;
    std::uint64_t effects = 0;
  };
  std::map<std::string, Kind> kinds_;
};

}  // namespace quorumlab::scenarios
