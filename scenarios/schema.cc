// The one declaration of everything that a scenario file can say.
#include <fmt/core.h>

#include <charconv>

#include "models/workload/workload.h"
#include "scenarios/expectation.h"
#include "scenarios/phases.h"
#include "scenarios/scenario.h"
#include "scenarios/toml.h"

namespace quorumlab::scenarios {
namespace {

using namespace sim::literals;
using config::delays;
using config::distribution;
using config::duration;
using config::integer;
using config::list;
using config::probability;
using config::text;

// 5, or { east = 2, west = 3 }.
class CountsLeaf : public config::Leaf<Counts> {
 public:
  bool parse(const config::Value& value, Counts& out,
             const config::Reporter& report) const override {
    if (value.is(config::Kind::kInteger)) {
      std::int64_t count = 0;
      if (!integer().between(0, 100'000).parse(value, count, report)) return false;
      out.by_zone = {{"default", count}};
      return true;
    }
    if (!value.is(config::Kind::kTable)) return report.unexpected(value, type());
    return by_zone().parse(value, out.by_zone, report);
  }
  [[nodiscard]] config::Value print(const Counts& object) const override {
    if (object.by_zone.size() == 1 && object.by_zone.front().first == "default") {
      return config::Value::integer(object.by_zone.front().second);
    }
    return by_zone().print(object.by_zone);
  }
  [[nodiscard]] config::TypeInfo type() const override {
    return {.shape = config::TypeInfo::Shape::kAny,
            .noun = "count",
            .expected = "a number, or numbers by zone such as { east = 2, west = 3 }"};
  }

 private:
  static config::Map<config::Integer<std::int64_t>> by_zone() {
    return config::map(integer().between(0, 100'000)).keys_are("zone");
  }
};

config::Schema links_schema() {
  using O = sim::LinkOptions;
  return config::schema<O>("links", "Every link, unless a [[network.link]] says otherwise.")
      .field("latency", &O::latency, delays(), "how long a message is on its way, one way")
      .field("loss", &O::loss, probability(), "the chance that a message vanishes")
      .field("duplicate", &O::duplicate, probability(), "the chance that a message arrives twice")
      .field("reorder", &O::reorder, probability(),
             "the chance that a message is held back by `reorder_by`")
      .field("reorder_by", &O::reorder_by, delays(), "how long a message is held back")
      .field("bandwidth", &O::bandwidth, config::bandwidth().at_least(0),
             "bytes a second that a link carries, messages queueing up; 0: any number")
      .field("fifo", &O::fifo, config::boolean(), "no message overtakes another, as over TCP")
      .build();
}

config::Schema network_schema() {
  using O = NetworkOptions;
  return config::schema<O>("network", "How messages travel.")
      .include(&O::defaults, links_schema())
      .tables("link", &O::links, link_schema(), "links between two zones")
      .build();
}

config::Schema clock_schema() {
  using O = ClockOptions;
  return config::schema<O>("clock", "The clocks of all nodes, each drawn on its own.")
      .field("offset", &O::offset, distribution(), "how far a wall clock is off at the start")
      .field("drift", &O::drift, config::rate_distribution(),
             "how much faster than true time a node's clocks run")
      .field("bound", &O::bound, duration().at_least(0_ns),
             "the error that a node believes its wall clock to have at the start, at most: the "
             "interval that it offers to models is twice as wide")
      .field("growth", &O::growth, config::rate_distribution(), "how fast that bound grows")
      .build();
}

config::Schema disk_schema() {
  using O = sim::DiskOptions;
  return config::schema<O>("disk_options", "The disks of all nodes.")
      .field("sync", &O::sync, delays(), "how long a sync takes")
      .field("unsynced", &O::unsynced,
             config::choices<sim::Unsynced>(
                 {{"lost", sim::Unsynced::kLost, "all of it is gone"},
                  {"torn", sim::Unsynced::kTorn, "each sector of 512 bytes survives or not"},
                  {"prefix", sim::Unsynced::kPrefix,
                   "of each file, the sectors up to some point survive"}}),
             "what a crash does to writes that were not synced")
      .field("on_error", &O::on_error,
             config::choices<sim::OnDiskError>(
                 {{"crash", sim::OnDiskError::kCrash,
                   "it gives up at once and starts again from its disk when somebody starts it"},
                  {"report", sim::OnDiskError::kReport,
                   "the call says so, and it is up to the model to look"}}),
             "what a node does when its disk reports an error")
      .build();
}

config::Schema disk_section() {
  return config::schema<DiskSection>("disk", "The disks of all nodes.")
      .include(&DiskSection::options, disk_schema())
      .build();
}

config::Schema service_schema() {
  using O = ServiceSection;
  return config::schema<O>("service", "How fast replicas are; without it, infinitely.")
      .field("takes", &O::takes, delays(), "how long one message keeps a replica busy")
      .field("queue", &O::queue, integer().between(0, 1'000'000'000),
             "messages that may wait for it; more are turned away")
      .build();
}

config::Schema replication_schema(const models::Registry& registry) {
  return config::schema<ReplicationSection>("replication", "How replicas keep copies.")
      .choose("model", &ReplicationSection::model, registry.alternatives(), "the replication model")
      .build();
}

config::Schema workload_schema() {
  config::Alternatives types("workload");
  for (const models::WorkloadEntry& entry : models::builtin_workloads()) types.add(entry.schema);
  return config::schema<WorkloadSection>("workload", "What clients do.")
      .choose("type", &WorkloadSection::type, std::move(types), "which operations")
      .build();
}

config::Schema check_schema() {
  using O = CheckOptions;
  return config::schema<O>("check", "What the run is held against.")
      .field("consistency", &O::consistency, list(config::word(consistency_models())).distinct(),
             "models that the history may satisfy")
      .field("invariants", &O::invariants, list(text()).distinct(),
             "promises of the model that are watched while it runs; the first breach ends the run")
      .field("core", &O::core, config::boolean(),
             "after the faults only a core of the replicas is left, drawn among those whose disks "
             "are whole and no larger than the model needs; it has to serve everybody")
      .field(
          "online", &O::online, config::boolean(),
          "the history is judged while it is made; the first violation ends the run. What replicas "
          "hold is judged in the end")
      .field("staleness_versions", &O::staleness_versions, integer().at_least(0),
             "bounded_staleness: a read may miss so many newer acknowledged writes; not said: any")
      .field("staleness_time", &O::staleness_time, duration().at_least(0_ms),
             "bounded_staleness: the first missed write may be so old; not said: any age")
      .field("recovery", &O::recovery, duration().at_least(1_ms),
             "how long after the faults everybody must be served again and replicas agree")
      .build();
}

config::Schema variant_schema() {
  using V = Variant;
  return config::schema<V>("variant", "The scenario with some keys overridden.")
      .field("name", &V::name, text(), "what its row is called")
      .required()
      .field("set", &V::set, list(text()),
             "the keys and their values, such as [\"replication.write_quorum=3\"]")
      .build();
}

// Keys may be quoted paths or tables in tables; their values are kept as text that reads back.
class MatrixLeaf : public config::Leaf<std::vector<Knob>> {
 public:
  bool parse(const config::Value& value, std::vector<Knob>& out,
             const config::Reporter& report) const override {
    std::vector<Knob> knobs;
    if (!collect(value, "", &knobs, report)) return false;
    out = std::move(knobs);
    return true;
  }
  [[nodiscard]] config::Value print(const std::vector<Knob>& knobs) const override {
    if (knobs.empty()) return {};
    config::Value table = config::Value::table({});
    for (const Knob& knob : knobs) {
      config::Value settings = config::Value::array({});
      for (const std::string& setting : knob.settings) {
        config::Diagnostics none;
        settings.elements().push_back(parse_set("x=" + setting, none)->value);
      }
      table.set(knob.key, std::move(settings));
    }
    return table;
  }
  [[nodiscard]] config::TypeInfo type() const override {
    return {.shape = config::TypeInfo::Shape::kAny,
            .noun = "matrix",
            .expected = "keys and lists, such as replication.acknowledge = [\"one\", \"all\"]"};
  }

 private:
  bool collect(const config::Value& table, const std::string& path, std::vector<Knob>* out,
               const config::Reporter& report) const {
    if (!table.is(config::Kind::kTable)) return report.unexpected(table, type());
    bool good = true;
    for (const config::Member& member : table.members()) {
      const std::string key = path.empty() ? member.key : path + "." + member.key;
      const bool is_list = member.value.is(config::Kind::kArray);
      if (is_list && !member.value.elements().empty()) {
        Knob knob{key, {}};
        for (const config::Value& setting : member.value.elements()) {
          knob.settings.push_back(setting_text(setting));
        }
        out->push_back(std::move(knob));
      } else {
        good = collect(member.value, key, out, report) && good;
      }
    }
    return good;
  }
  static std::string setting_text(const config::Value& setting) {
    if (setting.is(config::Kind::kText)) {
      config::Diagnostics none;
      const auto plain = parse_set("x=" + setting.text(), none);
      if (plain && plain->value == setting) return setting.text();
    }
    config::Value inline_setting = setting;
    inline_setting.set_inline(true);
    const std::string line = to_toml(config::Value::table({{"x", inline_setting, {}}}));
    return line.substr(4, line.size() - 5);  // "x = " and the end of the line
  }
};

config::Schema limits_schema() {
  using O = Limits;
  return config::schema<O>("limits", "When a run is given up.")
      .field("events", &O::events, integer().at_least(1), "executed events")
      .field("memory", &O::memory, config::bytes().at_least(1 << 20),
             "bytes of messages, events and stacks")
      .build();
}

}  // namespace

config::Schema about_schema() {
  using O = About;
  return config::schema<O>("scenario", "What this scenario is about.")
      .field("name", &O::name, text(), "a title of a few words")
      .required()
      .field("summary", &O::summary, text(), "what happens, in a sentence")
      .field("story", &O::story, text(), "what there is to learn, in a paragraph")
      .field("source", &O::source, text(), "where it happened or was described")
      .field("tags", &O::tags, list(text()), "words to find it by")
      .field("seed", &O::seed, integer().at_least(0), "all chance comes from this number")
      .field("duration", &O::duration, duration().between(1_ms, 86'400_s),
             "how long clients work and faults happen; then the faults heal")
      .build();
}

config::Schema cluster_schema() {
  using O = ClusterOptions;
  return config::schema<O>("cluster", "Which nodes there are.")
      .field("replicas", &O::replicas, integer().between(1, 1'000),
             "how many replicas, called n1, n2, ...")
      .field("names", &O::names, list(text()).distinct(), "replicas by name, instead of a number")
      .field("zones", &O::zones, CountsLeaf(),
             "replicas by zone, instead of a number: called east1, east2, west1, ...")
      .field("clients", &O::clients, CountsLeaf(),
             "clients, called c1, c2, ..., by zone if they are several")
      .check([](const O& o, const config::Where& where, config::Diagnostics& problems) {
        const int ways =
            int{o.replicas.has_value()} + int{!o.names.empty()} + int{o.zones.has_value()};
        if (ways != 1) {
          problems.error(
              where(o.zones ? "zones" : "replicas"),
              ways == 0 ? "the cluster has no replicas" : "replicas are given in more than one way",
              "write one of `replicas`, `names` and `zones`");
        } else if (o.zones && o.zones->total() < 1) {
          problems.error(where("zones"), "the cluster has no replicas");
        }
        if (o.clients.total() < 1) {
          problems.error(where("clients"), "there is no client",
                         "at least one has to do something");
        }
      })
      .build();
}

config::Schema link_schema() {
  using O = LinkEntry;
  return config::schema<O>("link", "Links between two zones; what is not said is as in [network].")
      .field("between", &O::between, list(text()).length(2, 2), "the two zones")
      .required()
      .field("latency", &O::latency, delays(), "how long a message is on its way")
      .field("loss", &O::loss, probability(), "the chance that a message vanishes")
      .field("duplicate", &O::duplicate, probability(), "the chance that a message arrives twice")
      .field("reorder", &O::reorder, probability(), "the chance that a message is held back")
      .field("reorder_by", &O::reorder_by, delays(), "and for how long")
      .field("bandwidth", &O::bandwidth, config::bandwidth(), "behind which messages queue")
      .field("fifo", &O::fifo, config::boolean(), "no message overtakes another, as over TCP")
      .build();
}

config::Schema scenario_schema(const models::Registry& registry) {
  using S = Scenario;
  return config::schema<S>("scenario file", "What is built, what goes wrong, what is checked.")
      .table("scenario", &S::about, about_schema(), "what this scenario is about")
      .required()
      .table("cluster", &S::cluster, cluster_schema(), "which nodes there are")
      .required()
      .table("network", &S::network, network_schema(), "how messages travel")
      .table("clock", &S::clock, clock_schema(), "the clocks of all nodes")
      .table("disk", &S::disk, disk_section(), "the disks of all nodes")
      .table("service", &S::service, service_schema(), "how fast replicas are")
      .table("replication", &S::replication, replication_schema(registry),
             "how replicas keep copies")
      .required()
      .table("workload", &S::workload, workload_schema(), "what clients do")
      .tables("fault", &S::faults, faults::fault_schema(), "what goes wrong")
      .table("random_faults", &S::random_faults, faults::random_faults_schema(),
             "what else goes wrong, by chance")
      .table("phases", &S::phases, phases_schema(),
             "faults in the middle only, and whether they leave lasting damage")
      .table("check", &S::check, check_schema(), "what the run is held against")
      .field("expect", &S::expect, config::map(ExpectationLeaf()).keys_are("property"),
             "how each property comes out; a run that differs exits with 1")
      .tables("variant", &S::variants, variant_schema(),
              "what `compare` and `sweep` run side by side")
      .field("matrix", &S::matrix, MatrixLeaf(),
             "keys and what each is set to in turn, in all combinations, for `compare` and `sweep`")
      .table("limits", &S::limits, limits_schema(), "when a run is given up")
      .build();
}

}  // namespace quorumlab::scenarios
