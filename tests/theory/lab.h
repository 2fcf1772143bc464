// Experiments whose outcome has a closed form: a scenario, run with fixed seeds, whose figures are
// held against theory.
//
//   const Experiment cluster(kLeaderAndFollowers, {"replication.acknowledge=\"all\""});
//   Sample latency = latencies(cluster.run(1).history, Function::kWrite);
//   EXPECT_TRUE(agrees(latency, 15.0));            // milliseconds, within three standard errors
//
// With fixed seeds a run is exact, so that a test that passes passes always: the tolerance says how
// far chance may have taken these seeds from the expectation. It is three standard errors, so a
// model that is off by more is found, and `slack` for what the closed form leaves out.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "models/registry.h"
#include "scenarios/run.h"
#include "traces/record.h"

namespace quorumlab::theory {

struct Recorded {
  scenarios::RunResult result;
  traces::Record record;

  // Events of this kind and name, in order of time.
  [[nodiscard]] std::vector<sim::TraceEvent> events(sim::EventKind kind,
                                                    const std::string& name) const;
  [[nodiscard]] sim::NodeId lane(const std::string& name) const;
};

class Experiment {
 public:
  // `sets` as for --set. Throws std::invalid_argument that names the mistakes in either.
  explicit Experiment(const std::string& toml, const std::vector<std::string>& sets = {});

  [[nodiscard]] scenarios::RunResult run(std::uint64_t seed) const;
  [[nodiscard]] Recorded record(std::uint64_t seed) const;

 private:
  models::Registry registry_ = models::builtin_models();
  scenarios::Scenario scenario_;
};

// "[scenario]" with this length, and no checks that would cost time.
std::string head(const std::string& duration);
// A [[fault]] for the whole run that makes such messages take longer.
std::string delay(const std::string& messages, const std::string& part, const std::string& by);

// A leaderless cluster: N homes of one key, a client that waits `gap` between its operations, and
// beside it a coordinator that is no home, so that each copy is a message away. Nothing costs time
// but what else a test says.
std::string homes(int n, int w, int r, const std::string& gap, const std::string& duration);

// 4,900 of 20,000.
struct Share {
  std::uint64_t hits = 0;
  std::uint64_t trials = 0;
  void count(bool hit) {
    hits += hit ? 1U : 0U;
    ++trials;
  }
  void add(const Share& other) {
    hits += other.hits;
    trials += other.trials;
  }
  [[nodiscard]] double value() const {
    return static_cast<double>(hits) / static_cast<double>(trials);
  }
};

class Sample {
 public:
  void add(double x) { values_.push_back(x); }
  [[nodiscard]] std::size_t size() const { return values_.size(); }
  [[nodiscard]] double mean() const;
  [[nodiscard]] double standard_error() const;
  // Requires: 0 <= q < 1.
  [[nodiscard]] double quantile(double q) const;

 private:
  std::vector<double> values_;
};

[[nodiscard]] testing::AssertionResult agrees(const Share& share, double p, double slack = 0);
[[nodiscard]] testing::AssertionResult agrees(const Sample& sample, double mean, double slack = 0);

inline double milliseconds(sim::Duration d) {
  return d.seconds() * 1e3;
}
// Of operations that were answered `ok`, in milliseconds.
Sample latencies(const models::History& history, models::Function f);

// Whether each read that directly follows a write of the same client misses that write. For
// histories of one key.
Share misses_own_write(const models::History& history);

// From one number in (0, 1) to a duration in milliseconds, or what is to be integrated.
using Real = std::function<double(double)>;
// By Simpson's rule.
double integral(const Real& f, double from, double to, int steps = 4'000);

}  // namespace quorumlab::theory
