// One run: builds the world that a scenario describes, lets it happen, judges it.
//
//   const RunResult result = run(scenario, registry, {.seed = 91, .record = &record});
//   result.checks[0].verdict;          // of [check] consistency[0]
//   result.fingerprint.text();         // the same for the same scenario and seed, always
//
// Until `duration` clients work and faults happen; then the faults heal, and each
// client tries to be served again; then the replicas are asked what they hold, until they agree or
// [check] recovery is over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "faults/fault.h"
#include "models/consistency/durability.h"
#include "models/consistency/online.h"
#include "models/consistency/verdict.h"
#include "models/history.h"
#include "scenarios/scenario.h"
#include "sim/fingerprint.h"
#include "sim/world.h"
#include "traces/record.h"

namespace quorumlab::scenarios {

// From true time `at` on, chance is that of another seed: what came before stays.
struct Reseed {
  sim::Time at;
  std::uint64_t seed = 0;
};

struct RunOptions {
  std::optional<std::uint64_t> seed;  // instead of the scenario's
  traces::Record* record = nullptr;   // receives the full trace
  std::optional<Reseed> reseed;
  sim::Fingerprint::Watch* watch = nullptr;  // for bisecting two runs
  bool leadership = false;                   // tell in RunResult::leaders who led when
  // End when the history has come to this position, where this model is violated.
  std::optional<models::OnlineViolation> halt = {};
};

// So many replicas took themselves for the leader from then on.
struct LeaderCount {
  sim::Time since;
  std::size_t leaders = 0;
};

// How one group of clients fared while a fault lasted.
struct Side {
  std::string label;  // "east", or "everybody"
  std::uint64_t reads = 0;
  std::uint64_t reads_ok = 0;
  std::uint64_t writes = 0;
  std::uint64_t writes_ok = 0;
};

struct FaultReport {
  std::string kind;
  std::string label;  // "partition {east | west}"
  faults::Effect effect;
  bool may_be_inert = false;
  bool was_due = true;  // false: the run was ended before it could begin
  std::vector<std::pair<sim::Time, sim::Time>> lasted;
  std::vector<Side> sides;  // of the first time that it happened
};

struct Latency {
  std::uint64_t count = 0;
  sim::Duration median;
  sim::Duration p99;
};

struct RunResult {
  // Compiled once, in run_end.cc: there is much to copy.
  RunResult();
  RunResult(const RunResult&);
  RunResult(RunResult&&) noexcept;
  RunResult& operator=(const RunResult&);
  RunResult& operator=(RunResult&&) noexcept;
  ~RunResult();

  std::uint64_t seed = 0;
  sim::Stop stop = sim::Stop::kReachedTime;
  std::string stopped_because;  // empty: the run came to its planned end
  sim::Time ended;
  sim::Digest fingerprint;
  sim::World::Stats stats;
  sim::Network::Stats messages;
  models::History history;
  std::vector<std::string> lanes;  // names of nodes
  // With [check] online: what was violated first. Did the run end right there?
  std::optional<models::OnlineViolation> violated;
  bool is_cut = false;
  std::vector<models::CheckResult> checks;  // [check] consistency, then invariants
  models::DurabilityResult durability;      // kUnknown without audits
  std::optional<sim::Duration> recovered;   // after the faults; nullopt: not in time
  std::optional<sim::Duration> converged;
  std::vector<FaultReport> faults;
  std::vector<LeaderCount> leaders;  // with RunOptions::leadership
  Latency reads;
  Latency writes;
  std::vector<std::string> watched;  // the entries that RunOptions::watch kept, in words

  // What [expect] speaks of: 1 or 0 for what holds or not, or a count. nullopt: unknown.
  [[nodiscard]] std::optional<std::int64_t> property(const std::string& name) const;
  [[nodiscard]] const models::CheckResult* check(const std::string& name) const;
};

// Requires: the scenario was loaded with this registry. Throws sim::ModelError if a model's code
// throws.
[[nodiscard]] RunResult run(const Scenario& scenario, const models::Registry& registry,
                            const RunOptions& options);

// The verdict as an exit code: 0 as expected, 1 differs, 2 unknown. Without [expect] everything
// that is checked is expected to hold.
struct Judgement {
  int exit_code = 0;
  struct Line {
    std::string property;
    std::string expected;
    std::string found;
    bool met = false;
    bool unknown = false;
  };
  std::vector<Line> lines;
};
[[nodiscard]] Judgement judge(const Scenario& scenario, const RunResult& result);

}  // namespace quorumlab::scenarios
