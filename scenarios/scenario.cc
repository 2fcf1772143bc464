#include "scenarios/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "models/client_protocol.h"
#include "models/consistency/register_models.h"
#include "models/workload/workload.h"
#include "scenarios/phases.h"
#include "scenarios/toml.h"
#include "scenarios/workload_check.h"
#include "sim/config/suggest.h"

namespace quorumlab::scenarios {
namespace {

using config::Diagnostics;
using config::Value;

// The table of a section, for Where; an empty one if the file has none.
const Value& section(const Value& root, std::string_view key) {
  static const Value kNone = Value::table({});
  const Value* const found = root.get(key);
  return found != nullptr && found->is(config::Kind::kTable) ? *found : kNone;
}

std::vector<std::string> names_of(const std::vector<Place>& places) {
  std::vector<std::string> names;
  names.reserve(places.size());
  for (const Place& place : places) names.push_back(place.name);
  return names;
}

// One part of the file on its own; nullopt: it has mistakes, which the whole reading has reported.
template <class T>
std::optional<T> read_part(const config::Schema& schema, const Value* part) {
  Diagnostics reported_before;
  T object;
  if (part == nullptr || !schema.read(*part, &object, reported_before)) return std::nullopt;
  return object;
}

void check_zones(const Value& root, const faults::Places& places, Diagnostics& problems) {
  const Value* const links = config::find(root, "network.link");
  const std::size_t count =
      links != nullptr && links->is(config::Kind::kArray) ? links->elements().size() : 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto link = read_part<LinkEntry>(link_schema(), &links->elements()[i]);
    for (std::size_t end = 0; link && end < 2; ++end) {
      const std::string& zone = link->between[end];
      if (std::find(places.zones.begin(), places.zones.end(), zone) != places.zones.end()) continue;
      problems.error(config::locate(root, fmt::format("network.link[{}].between[{}]", i, end)),
                     fmt::format("no zone is called `{}`", zone),
                     config::suggestion(zone, places.zones));
    }
  }
}

// Of faults with mistakes too: others may refer to them.
std::vector<std::string> fault_names(const Value& faults) {
  std::vector<std::string> names;
  for (const Value& entry : faults.elements()) {
    const Value* const name = entry.is(config::Kind::kTable) ? entry.get("name") : nullptr;
    if (name != nullptr && name->is(config::Kind::kText) && !name->text().empty()) {
      names.push_back(name->text());
    }
  }
  return names;
}

// When faults may begin, as far as the file says so without mistakes.
faults::Season season_in(const Value& root, Diagnostics& problems) {
  const auto about = read_part<About>(about_schema(), root.get("scenario"));
  if (!about) return {};
  const auto phases = read_part<Phases>(phases_schema(), root.get("phases"));
  if (!phases) return season_of(*about, std::nullopt);
  check_phases(*phases, about->duration, config::Where(section(root, "phases")), problems);
  return season_of(*about, phases);
}

void check_faults(const Value& root, faults::Places places, Diagnostics& problems) {
  const faults::Season season = season_in(root, problems);
  if (const Value* const random = root.get("random_faults")) {
    const auto drawn = read_part<faults::RandomFaults>(faults::random_faults_schema(), random);
    if (drawn)
      faults::check_random_faults(*drawn, places, season, config::Where(*random), problems);
  }
  const Value* const faults = root.get("fault");
  if (faults == nullptr || !faults->is(config::Kind::kArray)) return;
  places.faults = fault_names(*faults);
  const config::Schema schema = faults::fault_schema();
  for (const Value& entry : faults->elements()) {
    const auto fault = read_part<faults::FaultEntry>(schema, &entry);
    if (!fault) continue;
    faults::check_fault(*fault, places, season, config::Where(entry), problems);
  }
}

void check_invariants(const Scenario& s, const Value& root, const models::ModelEntry& model,
                      const models::ClusterShape& shape, Diagnostics& problems) {
  std::vector<std::string> known;
  for (const auto& invariant : models::invariants_of(model, s.replication.model, shape)) {
    known.push_back(invariant.name);
  }
  for (std::size_t i = 0; i < s.check.invariants.size(); ++i) {
    const std::string& name = s.check.invariants[i];
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    problems.error(
        config::locate(root, fmt::format("check.invariants[{}]", i)),
        fmt::format("model `{}` promises nothing called `{}`", s.replication.model.word(), name),
        config::suggestion(name, known));
  }
}

void check_expectations(const Scenario& s, const Value& root, Diagnostics& problems) {
  std::vector<std::string> known = s.check.consistency;
  known.insert(known.end(), s.check.invariants.begin(), s.check.invariants.end());
  for (const config::Word& word : counted_properties()) known.push_back(word.word);
  const auto needs = [&](const std::string& property, const char* what, bool given) {
    const bool expected = std::any_of(s.expect.begin(), s.expect.end(),
                                      [&](const auto& entry) { return entry.first == property; });
    if (!expected || given) return;
    problems.error(config::locate(root, "expect." + property),
                   fmt::format("`{}` is not checked", property), fmt::format("it needs {}", what));
  };
  needs("restored", "[phases]", s.phases.has_value());
  needs("sufficient_core", "[check] core = true", s.check.core);
  for (const auto& [property, expectation] : s.expect) {
    if (std::find(known.begin(), known.end(), property) != known.end()) continue;
    std::string hint = config::suggestion(property, known);
    for (const config::Word& word : consistency_models()) {
      if (word.word == property) hint = "name it in [check] consistency too";
    }
    config::Span span = config::locate(root, "expect");
    for (const config::Member& member : section(root, "expect").members()) {
      if (member.key == property) span = member.key_span;
    }
    problems.error(span, fmt::format("`{}` is not checked", property), std::move(hint));
  }
}

// The options of an upgrade stand beside those of [replication] that it leaves alone.
void check_settings(const Value& replication, const Value& set, const models::ModelEntry& model,
                    const models::ClusterShape& shape, Diagnostics& problems) {
  Value merged = set;
  for (const config::Member& member : replication.members()) {
    if (member.key != "model" && set.get(member.key) == nullptr) {
      merged.members().push_back(member);
    }
  }
  const auto options = model.schema.make();
  // What is wrong in [replication] itself has been told.
  Diagnostics old_ones;
  Value old = replication;
  std::erase_if(old.members(), [](const config::Member& m) { return m.key == "model"; });
  const auto old_options = model.schema.make();
  const config::Reporter quiet(old_ones, model.schema);
  if (!model.schema.read_any(old, old_options.get(), quiet)) return;
  const config::Reporter report(problems, model.schema);
  if (!model.schema.read_any(merged, options.get(), report) || !model.check) return;
  const config::Chosen chosen(model.schema.name(), options, model.schema.type());
  model.check(chosen, shape, config::Where(merged), problems);
}

// Names of nodes and zones: judged even where other parts of the file are wrong.
void check_names(const Value& root, const models::Registry& registry, Diagnostics& problems) {
  if (!root.is(config::Kind::kTable)) return;
  const auto cluster = read_part<ClusterOptions>(cluster_schema(), root.get("cluster"));
  if (!cluster) return;
  const Value* const word = config::find(root, "replication.model");
  const models::ModelEntry* const model =
      word != nullptr && word->is(config::Kind::kText) ? registry.find(word->text()) : nullptr;
  faults::Places places = places_of(*cluster, model);
  if (model != nullptr) {
    places.check_settings = [&](const Value& set, Diagnostics& found) {
      check_settings(*config::find(root, "replication"), set, *model,
                     {names_of(replicas_of(*cluster))}, found);
    };
  }
  check_zones(root, places, problems);
  check_faults(root, places, problems);
}

// What needs a whole scenario to be judged.
void check_meaning(const Scenario& s, const Value& root, const models::Registry& registry,
                   Diagnostics& problems) {
  const models::ModelEntry* const model = registry.find(s.replication.model.word());
  const models::ClusterShape shape{names_of(replicas_of(s.cluster))};
  if (model->check) {
    const config::Where where(section(root, "replication"));
    model->check(s.replication.model, shape, where, problems);
  }
  check_invariants(s, root, *model, shape, problems);
  check_workload(s, root, *model, registry, problems);
  if (s.check.core && !model->sufficient) {
    problems.error(config::locate(root, "check.core"),
                   fmt::format("model `{}` does not say which replicas are sufficient",
                               s.replication.model.word()),
                   "leave `core` out");
  }
  check_expectations(s, root, problems);
}

}  // namespace

Scenario::Scenario() = default;
Scenario::Scenario(const Scenario&) = default;
Scenario::Scenario(Scenario&&) noexcept = default;
Scenario& Scenario::operator=(const Scenario&) = default;
Scenario& Scenario::operator=(Scenario&&) noexcept = default;
Scenario::~Scenario() = default;

std::int64_t Counts::total() const {
  std::int64_t sum = 0;
  for (const auto& [zone, count] : by_zone) sum += count;
  return sum;
}

std::vector<Place> replicas_of(const ClusterOptions& cluster) {
  std::vector<Place> places;
  if (cluster.zones) {
    for (const auto& [zone, count] : cluster.zones->by_zone) {
      const std::string prefix = zone == "default" ? "n" : zone;
      for (std::int64_t i = 1; i <= count; ++i)
        places.push_back({fmt::format("{}{}", prefix, i), zone});
    }
  } else if (!cluster.names.empty()) {
    for (const std::string& name : cluster.names) places.push_back({name, "default"});
  } else {
    for (std::int64_t i = 1; i <= cluster.replicas.value_or(0); ++i) {
      places.push_back({fmt::format("n{}", i), "default"});
    }
  }
  return places;
}

std::vector<Place> clients_of(const ClusterOptions& cluster) {
  std::vector<Place> places;
  for (const auto& [zone, count] : cluster.clients.by_zone) {
    for (std::int64_t i = 0; i < count; ++i) {
      places.push_back({fmt::format("c{}", places.size() + 1), zone});
    }
  }
  return places;
}

// Everything that the model's replicas tell, and what every node does.
void add_vocabulary(const models::ModelEntry& model, faults::Places* places) {
  for (const models::StateField& field : model.state) {
    places->fields.push_back({field.name, field.values});
  }
  if (!model.notes.empty()) {
    places->events.assign(sim::point::kAll.begin(), sim::point::kAll.end());
    places->events.insert(places->events.end(), model.notes.begin(), model.notes.end());
    for (const models::StateField& field : model.state) places->events.push_back(field.name);
    places->events.insert(places->events.end(), {std::string(models::note::kCalledSuccess),
                                                 std::string(models::note::kOtherAnswer)});
  }
  if (!model.messages.empty()) {
    places->messages = {std::string(models::Put::kName), std::string(models::Get::kName),
                        std::string(models::AuditAll::kName)};
    places->messages.insert(places->messages.end(), model.messages.begin(), model.messages.end());
  }
}

faults::Places places_of(const ClusterOptions& cluster, const models::ModelEntry* model) {
  faults::Places places;
  if (model != nullptr) add_vocabulary(*model, &places);
  const auto add = [&](const Place& place) {
    places.nodes.push_back(place.name);
    if (std::find(places.zones.begin(), places.zones.end(), place.zone) == places.zones.end()) {
      places.zones.push_back(place.zone);
    }
  };
  for (const Place& place : replicas_of(cluster)) {
    add(place);
    places.replicas.push_back(place.name);
  }
  for (const Place& place : clients_of(cluster)) add(place);
  return places;
}

Scenario materialised(const Scenario& scenario, std::uint64_t seed) {
  Scenario explicit_one = scenario;
  explicit_one.about.seed = static_cast<std::int64_t>(seed);
  if (!scenario.random_faults) return explicit_one;
  auto first_stream = static_cast<std::int64_t>(scenario.faults.size());
  for (const faults::FaultEntry& entry : scenario.faults) {
    first_stream = std::max(first_stream, entry.stream.value_or(0) + 1);
  }
  std::vector<faults::FaultEntry> drawn = faults::draw_faults(
      *scenario.random_faults, places_of(scenario.cluster, nullptr), sim::Seed{seed},
      season_of(scenario.about, scenario.phases), first_stream);
  std::move(drawn.begin(), drawn.end(), std::back_inserter(explicit_one.faults));
  if (scenario.random_faults->swarm) {
    const models::WorkloadEntry& type = models::workload_entry(scenario.workload.type.word());
    sim::Stream stream(sim::Seed{seed}, "nemesis.workload");
    if (type.swarm) explicit_one.workload.type = type.swarm(scenario.workload.type, stream);
  }
  explicit_one.random_faults.reset();
  return explicit_one;
}

std::optional<Loaded> load_text(const std::string& name, const std::string& text,
                                const std::vector<std::string>& sets,
                                const models::Registry& registry, Diagnostics& problems) {
  std::optional<Value> root = parse_toml(problems.add_source(name, text), problems);
  if (!root) return std::nullopt;
  for (const std::string& set : sets) {
    if (const auto assignment = parse_set(set, problems)) apply_set(*assignment, &*root, problems);
  }
  // Who says nothing of the workload gets the usual one with its usual options.
  if (root->get("workload") == nullptr) {
    root->members().push_back({"workload", Value::table({}), root->span()});
  }
  Loaded loaded;
  const config::Schema schema = scenario_schema(registry);
  const bool whole = schema.read(*root, &loaded.scenario, problems);
  check_names(*root, registry, problems);
  if (whole) check_meaning(loaded.scenario, *root, registry, problems);
  if (!problems.empty()) return std::nullopt;
  loaded.root = std::move(*root);
  return loaded;
}

std::optional<Loaded> load_file(const std::string& path, const std::vector<std::string>& sets,
                                const models::Registry& registry, Diagnostics& problems) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || file.bad()) {
    problems.error({problems.add_source(path, ""), 0, 0, 0}, "cannot read the file",
                   "`quorumlab list` shows the catalogue");
    return std::nullopt;
  }
  return load_text(path, text.str(), sets, registry, problems);
}

std::string effective(const Scenario& scenario, const models::Registry& registry) {
  return to_toml(scenario_schema(registry).write(scenario));
}

std::string without_defaults(const Scenario& scenario, const models::Registry& registry) {
  return to_toml(scenario_schema(registry).write(scenario, config::Write::kChanged));
}

const std::vector<config::Word>& consistency_models() {
  static const std::vector<config::Word> kWords = [] {
    std::vector<config::Word> all;
    for (const models::RegisterModel& model : models::register_models()) {
      all.push_back({std::string(model.name), std::string(model.meaning)});
    }
    all.push_back({"mutual_exclusion", "of locks: no two hold one at once, and tokens grow"});
    all.push_back(
        {"eventual", "when the faults are over, all replicas come to hold the same values"});
    all.push_back({"strong_eventual",
                   "eventual, and replicas that have applied the same writes hold the same"});
    return all;
  }();
  return kWords;
}

const std::vector<config::Word>& counted_properties() {
  static const std::vector<config::Word> kWords = {
      {"recovered", "every client was served again within `recovery`"},
      {"lost_writes", "acknowledged writes that no replica holds in the end"},
      {"acknowledged_writes", "writes that were answered with ok"},
      {"failed_operations", "operations that certainly did not happen"},
      {"unknown_operations", "operations of which nobody knows"},
      {"restored", "with [phases]: as many operations are answered after the faults as before"},
      {"sufficient_core", "with `core`: the replicas that were left served every client"},
      {"inert_faults", "faults that did nothing"}};
  return kWords;
}

}  // namespace quorumlab::scenarios
