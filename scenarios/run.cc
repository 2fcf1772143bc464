#include "scenarios/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "models/client_protocol.h"
#include "models/consistency/convergence.h"
#include "models/workload/workload.h"
#include "scenarios/availability.h"
#include "scenarios/client_libraries.h"
#include "scenarios/core.h"
#include "scenarios/history_check.h"
#include "scenarios/invariant_watch.h"
#include "scenarios/online_watch.h"
#include "scenarios/phases.h"
#include "scenarios/run_end.h"

namespace quorumlab::scenarios {
namespace {

using namespace sim::literals;
using models::Audit;
using models::AuditAll;
using models::CheckResult;
using models::Verdict;
using sim::Duration;
using sim::NodeId;
using sim::Time;

// Everything that lives as long as one run.
class Run {
 public:
  Run(const Scenario& scenario, const models::Registry& registry, const RunOptions& options)
      : scenario_(materialised(
            scenario, options.seed.value_or(static_cast<std::uint64_t>(scenario.about.seed)))),
        options_(options),
        model_entry_(*registry.find(scenario.replication.model.word())),
        shape_(shape_of(scenario)),
        model_(model_entry_.make(scenario.replication.model, shape_)),
        world_({.seed = sim::Seed{seed()},
                .max_events = static_cast<std::uint64_t>(scenario.limits.events),
                .max_memory = static_cast<std::size_t>(scenario.limits.memory)}),
        faults_(
            world_, scenario_.faults, places_of(scenario_.cluster, &model_entry_),
            [this](const config::Value& set) { return upgraded(set); },
            season_of(scenario_.about, scenario_.phases).from) {}

  RunResult run() {
    if (options_.watch != nullptr) world_.fingerprint_state().set_watch(options_.watch);
    build();
    describe_to_trace();
    watch_invariants();
    watch_history();
    if (options_.leadership) watch_leaders();
    faults_.install();
    if (const auto& reseed = options_.reseed) {
      world_.at(reseed->at, [this, seed = sim::Seed{reseed->seed}] {
        world_.reseed(seed);
        faults_.reseed();
        for (std::uint32_t i = 0; i < services_.size(); ++i)
          services_[i]->reseed(sim::Stream(seed, "service", world_.node(NodeId(i)).stream_key()));
      });
    }
    for (std::uint32_t i = 0; i < world_.size(); ++i) world_.start(NodeId(i));
    world_.at(Time() + season_of(scenario_.about, scenario_.phases).to, [this] {
      faults_.heal_all();
      if (scenario_.check.core) leave_a_core();
    });
    result_.stop = world_.run_until(give_up_at() + 1_s);
    finish();
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::uint64_t seed() const {
    return static_cast<std::uint64_t>(scenario_.about.seed);
  }
  [[nodiscard]] Time stop_at() const { return Time() + scenario_.about.duration; }
  [[nodiscard]] Time give_up_at() const { return stop_at() + scenario_.check.recovery; }

  static models::ClusterShape shape_of(const Scenario& scenario) {
    models::ClusterShape shape;
    for (const Place& place : replicas_of(scenario.cluster)) shape.replicas.push_back(place.name);
    return shape;
  }

  void build() {
    build_network();
    for (const Place& place : replicas_of(scenario_.cluster)) {
      add_node(place, false, [this](sim::Node& node) { model_->run(node); });
    }
    const NodeId auditor(static_cast<std::uint32_t>(world_.size()));
    for (const Place& place : clients_of(scenario_.cluster)) {
      add_node(place, true, [this, auditor](sim::Node& node) {
        workload_->run(node);
        if (node.id() == auditor) audit(node);
        libraries_.stay(node);
      });
    }
    if (scenario_.service) limit_replicas(*scenario_.service);
    const models::WorkloadEntry& type = models::workload_entry(scenario_.workload.type.word());
    workload_ = type.make(scenario_.workload.type,
                          {world_, result_.history, stop_at(), give_up_at(),
                           [this](sim::Node& client) { return libraries_.begin(client); }});
  }

  void limit_replicas(const ServiceSection& service) {
    for (std::uint32_t i = 0; i < world_.replicas(); ++i) {
      sim::Stream stream(world_.seed(), "service", world_.node(NodeId(i)).stream_key());
      services_.push_back(std::make_shared<sim::Service>(
          sim::ServiceOptions{service.takes, static_cast<std::size_t>(service.queue)},
          std::move(stream)));
      world_.set_service(NodeId(i), services_.back());
    }
  }

  // What a replica runs after an upgrade.
  sim::Program upgraded(const config::Value& set) {
    const config::Schema& schema = model_entry_.schema;
    config::Value merged = schema.write_any(scenario_.replication.model.options(), nullptr);
    for (const config::Member& member : set.members()) merged.set(member.key, member.value);
    const auto options = schema.make();
    config::Diagnostics problems;
    const bool good = schema.read_any(merged, options.get(), config::Reporter(problems, schema));
    QL_CHECK(good, "unchecked options of an upgrade: {}", problems.render(config::Colour::kOff));
    versions_.push_back(
        model_entry_.make(config::Chosen(schema.name(), options, schema.type()), shape_));
    return [model = versions_.back().get()](sim::Node& node) { model->run(node); };
  }

  void build_network() {
    const sim::LinkOptions& defaults = scenario_.network.defaults;
    world_.network().set_default(defaults);
    for (const LinkEntry& link : scenario_.network.links) {
      sim::LinkOptions options = defaults;
      options.latency = link.latency.value_or(defaults.latency);
      options.loss = link.loss.value_or(defaults.loss);
      options.duplicate = link.duplicate.value_or(defaults.duplicate);
      options.reorder = link.reorder.value_or(defaults.reorder);
      options.reorder_by = link.reorder_by.value_or(defaults.reorder_by);
      options.bandwidth = link.bandwidth.value_or(defaults.bandwidth);
      options.fifo = link.fifo.value_or(defaults.fifo);
      world_.network().set_between(link.between[0], link.between[1], options);
    }
  }

  void add_node(const Place& place, bool is_client, sim::Program program) {
    sim::Stream clock(world_.seed(), "clock", sim::stream_key(place.name));
    const Duration offset = scenario_.clock.offset.sample(clock);
    const std::int64_t rate = scenario_.clock.drift.sample(clock);
    sim::Node& node = world_.add_node({.name = place.name,
                                       .zone = place.zone,
                                       .is_client = is_client,
                                       .clock_rate_ppb = rate,
                                       .clock_offset = offset,
                                       .disk = scenario_.disk.options,
                                       .program = std::move(program)});
    result_.lanes.push_back(place.name);
    const sim::ClockBound bound{scenario_.clock.bound, scenario_.clock.growth.sample(clock)};
    if (bound.bound > 0_ns || bound.growth_ppb != 0) world_.set_clock_bound(node.id(), bound);
  }

  void describe_to_trace() {
    traces::Record* const record = options_.record;
    if (record == nullptr) return;
    record->header.scenario = scenario_.about.name;
    record->header.seed = seed();
    record->header.duration = scenario_.about.duration;
    for (std::uint32_t i = 0; i < world_.size(); ++i) {
      const sim::Node& node = world_.node(NodeId(i));
      record->lanes.push_back({node.name(), node.zone(), node.is_client(), node.clock().offset(),
                               node.clock().rate_ppb()});
    }
    for (const models::StateField& field : model_entry_.state) {
      if (!field.values.empty()) record->set_state_names(field.name, field.values);
    }
    world_.set_trace(record);
  }

  void watch_invariants() {
    if (scenario_.check.invariants.empty()) return;
    invariants_.begin(world_,
                      models::invariants_of(model_entry_, scenario_.replication.model, shape_),
                      [this](std::string why) { result_.stopped_because = std::move(why); });
  }

  void watch_history() {
    if (!scenario_.check.online) return;
    online_.emplace(world_, result_.history);
    if (options_.halt) {
      online_->end_at(*options_.halt);
    } else {
      online_->begin(history_check_.question());
    }
  }

  void watch_leaders() {
    const auto look = [this] {
      std::size_t leaders = 0;
      for (std::uint32_t i = 0; i < world_.replicas(); ++i) {
        const sim::Node& node = world_.node_at(i);
        leaders += node.is_up() && node.state(sim::kRoleField) == sim::kLeader ? 1U : 0U;
      }
      const std::size_t before = result_.leaders.empty() ? 0 : result_.leaders.back().leaders;
      if (leaders != before) result_.leaders.push_back({world_.now(), leaders});
    };
    world_.observe(
        {.state = [look](sim::Node&, std::string_view, std::int64_t, std::int64_t) { look(); },
         .note = nullptr,
         .point = [look](sim::Node&, std::string_view) { look(); }});
  }

  // The first client, when its own work is done, asks the replicas what they hold, until they
  // agree. Totals may be equal by chance, each without what the other side counted last: there they
  // have to agree twice.
  void audit(sim::Node& node) {
    while (!everybody_recovered() && world_.now() < give_up_at()) node.sleep(kAuditPause);
    for (int agreed = 0;;) {
      auto asked = node.call_all(node.peers(), AuditAll{workload_->keys()});
      const bool all = asked.wait_for(replicas_left(), 1_s);
      std::vector<Audit> audits;
      for (const auto& [replica, values] : asked.received()) {
        for (std::uint32_t key = 0; key < values.size(); ++key) {
          audits.push_back({replica, sim::Key(key), values[key].values, values[key].is_home,
                            values[key].elements});
        }
      }
      if (!audits.empty()) audits_ = std::move(audits);
      if (!unequal_) unequal_ = models::check_same_writes(audits_, names()).witness;
      const bool agree = models::check_converged(audits_, models::Agreement::kFinalValue).verdict ==
                         Verdict::kHolds;
      agreed = all && agree ? agreed + 1 : 0;
      if (agreed == 0) result_.converged.reset();
      if (agreed == 1) result_.converged = world_.now() - stop_at();
      if (agreed == 2 || (agreed == 1 && !counts())) break;
      if (world_.now() >= give_up_at()) break;
      node.sleep(kAuditPause);
    }
    world_.stop();
  }

  [[nodiscard]] bool counts() const {
    const auto& all = result_.history.operations();
    return std::any_of(all.begin(), all.end(),
                       [](const models::Operation& op) { return op.f == models::Function::kAdd; });
  }

  // Who is not needed goes down for good.
  void leave_a_core() {
    core_ = choose_core(model_entry_, scenario_.replication.model, shape_, faults_, world_);
    if (core_->members.empty()) return;
    for (std::uint32_t i = 0; i < world_.replicas(); ++i) {
      const bool stays =
          std::binary_search(core_->members.begin(), core_->members.end(), NodeId(i));
      if (!stays && world_.node(NodeId(i)).is_up()) world_.crash(NodeId(i));
    }
  }

  [[nodiscard]] std::size_t replicas_left() const {
    return core_ && !core_->members.empty() ? core_->members.size() : world_.replicas();
  }

  // Safety is judged by the other checks; here, whether those who could serve did.
  [[nodiscard]] CheckResult check_core() const {
    if (!core_ || core_->members.empty()) {
      return {.property = "sufficient_core",
              .verdict = Verdict::kUnknown,
              .reason = core_ ? core_->text : "the run ended before the faults did"};
    }
    const bool served = everybody_recovered();
    return {.property = "sufficient_core",
            .verdict = served ? Verdict::kHolds : Verdict::kViolated,
            .reason = fmt::format("{} alone {} every client", core_->text,
                                  served ? "served" : "should have served, and did not serve,")};
  }

  [[nodiscard]] bool everybody_recovered() const {
    for (std::uint32_t i = 0; i < world_.size(); ++i) {
      if (world_.node_at(i).is_client() && !workload_->recovered(NodeId(i))) return false;
    }
    return true;
  }

  void finish() {
    if (result_.stopped_because.empty()) {
      result_.stopped_because = why_stopped(world_, result_.stop);
    }
    if (online_) end_online();
    if (result_.violated && !result_.is_cut) return;  // nobody looks at this one
    result_.seed = seed();
    result_.ended = world_.now();
    result_.fingerprint = world_.fingerprint_state().finish();
    if (options_.watch != nullptr) {
      for (const sim::Fingerprint::Entry& entry : options_.watch->entries) {
        result_.watched.push_back(world_.describe(entry));
      }
    }
    result_.stats = world_.stats();
    result_.messages = world_.network().stats();
    if (everybody_recovered()) {
      Time last = stop_at();
      for (std::uint32_t i = static_cast<std::uint32_t>(world_.replicas()); i < world_.size();
           ++i) {
        last = std::max(last, *workload_->recovered(NodeId(i)));
      }
      result_.recovered = last - stop_at();
    }
    check_consistency();
    result_.reads = latency_of(result_.history, true);
    result_.writes = latency_of(result_.history, false);
    report_faults(scenario_, world_, faults_, &result_);
    if (options_.record != nullptr) {
      world_.set_trace(nullptr);
      options_.record->header.fingerprint = result_.fingerprint.text();
      tell_faults(faults_, result_.faults, options_.record);
    }
  }

  void end_online() {
    result_.violated = online_->finish();
    result_.is_cut = result_.violated && online_->is_exact();
    if (!result_.is_cut) return;
    result_.stopped_because = why_stopped_online(result_.history, *result_.violated, names());
  }

  [[nodiscard]] models::Names names() const {
    return {
        .client = [this](const models::Operation& op) { return result_.lanes.at(op.client.value); },
        .node = [this](NodeId id) { return result_.lanes.at(id.value); }};
  }

  void check_consistency() {
    for (const std::string& property : scenario_.check.consistency) {
      CheckResult checked;
      if (history_check_.applies(property)) {
        checked = history_check_.judge(result_.history, property);
      } else if (property == "strong_eventual" && unequal_) {
        checked = {.verdict = Verdict::kViolated, .witness = unequal_};
      } else {
        checked = audits_.empty()
                      ? CheckResult{.verdict = Verdict::kUnknown,
                                    .reason = "the run ended before the replicas were asked"}
                      : models::check_converged(audits_, models::Agreement::kFinalValue, names());
        if (checked.witness) name_last_writes(result_.history, audits_, *checked.witness);
      }
      checked.property = property;
      result_.checks.push_back(std::move(checked));
    }
    const std::vector<CheckResult>& breaches = invariants_.breaches();
    result_.checks.insert(result_.checks.end(), breaches.begin(), breaches.end());
    if (scenario_.phases) {
      result_.checks.push_back(check_restored(scenario_, result_.history, world_.now()));
    }
    if (scenario_.check.core) result_.checks.push_back(check_core());
    result_.durability = models::check_durable(result_.history, audits_, names());
  }

  static constexpr Duration kAuditPause{100'000'000};

  const Scenario scenario_;  // as it happens with this seed
  const RunOptions& options_;
  const models::ModelEntry& model_entry_;
  models::ClusterShape shape_;
  std::unique_ptr<models::ReplicationModel> model_;
  std::vector<std::unique_ptr<models::ReplicationModel>> versions_;  // of upgrades
  RunResult result_;
  std::vector<Audit> audits_;
  std::vector<std::shared_ptr<sim::Service>> services_;  // of the replicas; empty: no limit
  std::optional<models::Witness> unequal_;  // replicas that had applied the same writes
  std::optional<Core> core_;                // that was left after the faults
  InvariantWatch invariants_{scenario_.check.invariants};
  const HistoryCheck history_check_{scenario_, names()};
  ClientLibraries libraries_{*model_};
  std::unique_ptr<models::Workload> workload_;
  sim::World world_;  // its fibers use all of the above until they are unwound
  faults::FaultSchedule faults_;
  std::optional<OnlineWatch> online_;
};

}  // namespace

RunResult run(const Scenario& scenario, const models::Registry& registry,
              const RunOptions& options) {
  RunResult result = Run(scenario, registry, options).run();
  if (!result.violated || result.is_cut) return result;
  // What is looked at now and then is found a little late: once more, and no further than that.
  RunOptions again = options;
  again.halt = result.violated;
  if (options.record != nullptr) *options.record = {};
  if (options.watch != nullptr) *options.watch = {.wanted_block = options.watch->wanted_block};
  return Run(scenario, registry, again).run();
}

}  // namespace quorumlab::scenarios
