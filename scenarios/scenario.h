// A scenario as a typed struct: what is built, what goes wrong, what is checked, what is expected.
//
//   config::Diagnostics problems;
//   const auto loaded = load_file("scenarios/failover/github_2018.toml", {}, registry, problems);
//   if (!loaded) fmt::print(stderr, "{}", problems.render(colour));   // every mistake at once
//   else run(loaded->scenario, registry, {});
//   effective(loaded->scenario, registry);     // as TOML, all defaults filled in
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "faults/random.h"
#include "faults/schedule.h"
#include "models/consistency/objects.h"
#include "models/registry.h"
#include "sim/config/schema.h"
#include "sim/network.h"

namespace quorumlab::scenarios {

// How many nodes in each zone: `5`, or `{ east = 2, west = 3 }`.
struct Counts {
  std::vector<std::pair<std::string, std::int64_t>> by_zone;
  [[nodiscard]] std::int64_t total() const;
};

struct About {
  std::string name;
  std::string summary;
  std::string story;
  std::string source;
  std::vector<std::string> tags;
  std::int64_t seed = 1;
  sim::Duration duration{60'000'000'000};
};

struct ClusterOptions {
  std::optional<std::int64_t> replicas;
  std::vector<std::string> names;
  std::optional<Counts> zones;
  Counts clients{{{"default", 1}}};
};

// Links between two zones; what is not said is as in [network].
struct LinkEntry {
  std::vector<std::string> between;
  std::optional<sim::Distribution> latency;
  std::optional<sim::Probability> loss;
  std::optional<sim::Probability> duplicate;
  std::optional<sim::Probability> reorder;
  std::optional<sim::Distribution> reorder_by;
  std::optional<std::int64_t> bandwidth;
  std::optional<bool> fifo;
};

struct NetworkOptions {
  sim::LinkOptions defaults{.latency = sim::Distribution::constant(sim::Duration(1'000'000))};
  std::vector<LinkEntry> links;
};

struct ClockOptions {
  sim::Distribution offset;
  sim::RateDistribution drift;
  sim::Duration bound;
  sim::RateDistribution growth;
};

struct DiskSection {
  sim::DiskOptions options{.sync = sim::Distribution::constant(sim::Duration(500'000))};
};

// How fast replicas are.
struct ServiceSection {
  sim::Distribution takes;
  std::int64_t queue = 1000;
};

struct ReplicationSection {
  config::Chosen model;
};

struct WorkloadSection {
  config::Chosen type{"register"};
};
// What the keys of this workload are.
[[nodiscard]] models::ObjectKind object_of(const WorkloadSection& workload);
// May the history have such operations?
[[nodiscard]] bool records(const WorkloadSection& workload, models::Function f);

struct CheckOptions {
  std::vector<std::string> consistency{"linearizable", "eventual"};
  std::vector<std::string> invariants;
  sim::Duration recovery{30'000'000'000};
  bool core = false;
  bool online = false;
  std::optional<std::int64_t> staleness_versions;
  std::optional<sim::Duration> staleness_time;
};

// What a property is expected to be: true or false, or for a count a number or "> 0".
struct Expectation {
  enum class Relation : std::uint8_t { kIs, kEqual, kNotEqual, kLess, kAtMost, kMore, kAtLeast };
  Relation relation = Relation::kIs;
  bool holds = true;        // kIs
  std::int64_t number = 0;  // the others
  [[nodiscard]] bool met_by(std::int64_t value) const;
  [[nodiscard]] std::string text() const;  // "false", "> 0"
};

// See scenarios/phases.h.
struct Phases {
  sim::Duration warm_up{10'000'000'000};
  sim::Duration settle{5'000'000'000};
  sim::Duration quiet{10'000'000'000};
  double share = 0.9;
};

// One row of a comparison: the scenario with these keys overridden, as with --set.
struct Variant {
  std::string name;
  std::vector<std::string> set;
};

// One key of [matrix] and what it is set to in turn, each as `--set` takes it.
struct Knob {
  std::string key;
  std::vector<std::string> settings;
  bool operator==(const Knob&) const = default;
};

struct Limits {
  std::int64_t events = 1'000'000'000;
  std::int64_t memory = std::int64_t{8} << 30;
};

struct Scenario {
  // Compiled once, in scenario.cc: there is much to copy.
  Scenario();
  Scenario(const Scenario&);
  Scenario(Scenario&&) noexcept;
  Scenario& operator=(const Scenario&);
  Scenario& operator=(Scenario&&) noexcept;
  ~Scenario();

  About about;
  ClusterOptions cluster;
  NetworkOptions network;
  ClockOptions clock;
  DiskSection disk;
  std::optional<ServiceSection> service;
  ReplicationSection replication;
  WorkloadSection workload;
  std::vector<faults::FaultEntry> faults;
  std::optional<faults::RandomFaults> random_faults;
  std::optional<Phases> phases;
  CheckOptions check;
  std::vector<std::pair<std::string, Expectation>> expect;
  std::vector<Variant> variants;
  std::vector<Knob> matrix;
  Limits limits;
};

// One node to be built.
struct Place {
  std::string name;
  std::string zone;
};
// Replicas and clients in the order in which they are built: zone by zone, "east1", "east2",
// "west1" with zones, else "n1", "n2"; clients are "c1", "c2".
[[nodiscard]] std::vector<Place> replicas_of(const ClusterOptions& cluster);
[[nodiscard]] std::vector<Place> clients_of(const ClusterOptions& cluster);

// What faults may speak of in this scenario; null: nobody knows the model.
[[nodiscard]] faults::Places places_of(const ClusterOptions& cluster,
                                       const models::ModelEntry* model);

// The same run without chance in its faults: what [random_faults] draws for this seed is written
// out as [[fault]] entries, behind those declared, and the section is gone. A swarm's workload is
// the one of this seed.
[[nodiscard]] Scenario materialised(const Scenario& scenario, std::uint64_t seed);

[[nodiscard]] config::Schema scenario_schema(const models::Registry& registry);
// Parts of it, for checks that look at one part alone.
[[nodiscard]] config::Schema about_schema();
[[nodiscard]] config::Schema cluster_schema();
[[nodiscard]] config::Schema link_schema();

// Properties that [check] consistency may name, and those that [expect] may.
[[nodiscard]] const std::vector<config::Word>& consistency_models();
[[nodiscard]] const std::vector<config::Word>& counted_properties();

struct Loaded {
  Scenario scenario;
  config::Value root;  // as read, with positions
};

// nullopt: `problems` says why. `sets` are "key=value" texts that override the file.
[[nodiscard]] std::optional<Loaded> load_text(const std::string& name, const std::string& text,
                                              const std::vector<std::string>& sets,
                                              const models::Registry& registry,
                                              config::Diagnostics& problems);
[[nodiscard]] std::optional<Loaded> load_file(const std::string& path,
                                              const std::vector<std::string>& sets,
                                              const models::Registry& registry,
                                              config::Diagnostics& problems);

// The scenario as TOML that load_text reads back to the same run.
[[nodiscard]] std::string effective(const Scenario& scenario, const models::Registry& registry);
// The same, and only what differs from the defaults.
[[nodiscard]] std::string without_defaults(const Scenario& scenario,
                                           const models::Registry& registry);

}  // namespace quorumlab::scenarios
