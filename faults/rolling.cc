// kind = "rolling_restart" and "upgrade": nodes that are stopped and started one after the other.
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "faults/kinds.h"

namespace quorumlab::faults {
namespace {

using sim::Duration;
using sim::NodeId;

struct RollingOptions {
  Targets on;
  Duration down{1'000'000'000};
  Duration gap{2'000'000'000};
};

template <class O>
config::SchemaBuilder<O> rolling(std::string_view name, std::string_view summary) {
  return config::schema<O>(name, summary)
      .field("on", &O::on, TargetsLeaf(), "whose turn it is, in their order")
      .required()
      .field("down", &O::down, config::duration().at_least(Duration(1)),
             "how long each process is down")
      .field("gap", &O::gap, config::duration().at_least(Duration(0)),
             "from one node's start to the next one's stop");
}

// One node after the other, round and round until the end.
class RollingRestart : public Fault {
 public:
  using Options = RollingOptions;
  RollingRestart(RollingOptions options, const Making&) : options_(std::move(options)) {}

  Hit begin(sim::World& world) override {
    nodes_ = options_.on.in(world);
    std::erase_if(nodes_, [&](NodeId node) { return !concerns(world.node(node)); });
    ++round_;
    if (!nodes_.empty()) stop(world, 0);
    return {.groups = {nodes_}, .label = options_.on.text()};
  }
  void end(sim::World& world) override {
    ++round_;
    if (down_) restart(world);
  }
  [[nodiscard]] Effect effect(sim::World&) const override {
    return {opportunities_, restarts_, fmt::format("{} restarts", restarts_)};
  }

 protected:
  // The node is down; what it is to start with may be changed.
  virtual void prepare(sim::World&, NodeId) {}
  [[nodiscard]] virtual bool concerns(const sim::Node&) const { return true; }
  [[nodiscard]] virtual bool goes_on(std::size_t /*turn*/) const { return true; }
  [[nodiscard]] std::size_t count() const { return nodes_.size(); }

 private:
  // Acts of an earlier beginning find that they are out of date.
  void later(sim::World& world, Duration in, std::function<void()> act) {
    world.at(world.now() + in, [this, round = round_, act = std::move(act)] {
      if (round == round_) act();
    });
  }
  void stop(sim::World& world, std::size_t turn) {
    ++opportunities_;
    const NodeId node = nodes_[turn % nodes_.size()];
    if (world.node(node).is_up()) {
      world.crash(node, {.scope = sim::Scope::kProcess});
      down_ = node;
    }
    prepare(world, node);
    later(world, options_.down, [this, &world] {
      if (down_) restart(world);
    });
    if (!goes_on(turn + 1)) return;
    later(world, options_.down + options_.gap, [this, &world, turn] { stop(world, turn + 1); });
  }
  void restart(sim::World& world) {
    const NodeId node = *std::exchange(down_, std::nullopt);
    if (world.node(node).is_up()) return;
    world.start(node);
    ++restarts_;
  }

  RollingOptions options_;
  std::vector<NodeId> nodes_;
  std::optional<NodeId> down_;
  std::uint64_t round_ = 0;
  std::uint64_t opportunities_ = 0;
  std::uint64_t restarts_ = 0;
};

FaultKind rolling_kind() {
  using O = RollingOptions;
  return {.schema = rolling<O>("rolling_restart",
                               "One node after the other is stopped and started again, as "
                               "when machines are patched; after the last one it is the "
                               "first one's turn again.")
                        .build(),
          .theme = "processes",
          .example = "on = \"replicas\"\ndown = \"200ms\"\ngap = \"300ms\"",
          .make = make_fault<RollingRestart>,
          .check = check_on<O>,
          .random = nullptr};
}

struct UpgradeOptions : RollingOptions {
  config::Value set;
};

// Once through all of them. Whoever had his turn keeps the new options, also when the fault ends in
// the middle.
class Upgrade final : public RollingRestart {
 public:
  using Options = UpgradeOptions;
  // The options are read now: a fault begins on the small stack of whoever happens to wait.
  Upgrade(const UpgradeOptions& options, const Making& making)
      : RollingRestart(options, making), to_(config::to_literal(options.set)) {
    if (making.software != nullptr) program_ = (*making.software)(options.set);
  }

  Hit begin(sim::World& world) override {
    Hit hit = RollingRestart::begin(world);
    hit.label += " to " + to_;
    return hit;
  }
  [[nodiscard]] Effect effect(sim::World& world) const override {
    Effect effect = RollingRestart::effect(world);
    effect.effects = upgraded_.size();
    effect.text = fmt::format("{} of {} nodes run with the new options", upgraded_.size(), count());
    return effect;
  }

 protected:
  void prepare(sim::World& world, NodeId node) override {
    if (!program_) return;
    world.set_program(node, program_);
    upgraded_.insert(node);
  }
  // A zone has clients too, and they run something else.
  [[nodiscard]] bool concerns(const sim::Node& node) const override { return !node.is_client(); }
  [[nodiscard]] bool goes_on(std::size_t turn) const override { return turn < count(); }

 private:
  std::string to_;
  sim::Program program_;
  std::set<NodeId> upgraded_;
};

FaultKind upgrade_kind() {
  using O = UpgradeOptions;
  return {.schema = rolling<O>("upgrade",
                               "A rolling restart after which each node runs with new options, so "
                               "that old and new work side by side for a while, or for good if it "
                               "ends in the middle. What fails only then was found by users in 123 "
                               "cases (Zhang et al., SOSP 2021).")
                        .field("set", &O::set, config::raw(),
                               "the new options of [replication], such as { heartbeat = \"20ms\" }")
                        .required()
                        .build(),
          .theme = "processes",
          .example =
              "on = \"replicas\"\ndown = \"200ms\"\ngap = \"300ms\"\n"
              "set = { heartbeat = \"20ms\" }",
          .make = make_fault<Upgrade>,
          .check =
              [](const config::Chosen& options, const Places& places, const config::Where& where,
                 config::Diagnostics& problems) {
                const O& o = options.as<O>();
                o.on.check(places, where, "on", problems);
                if (!o.set.is(config::Kind::kTable) || o.set.members().empty()) {
                  problems.error(where("set"), "`set` names no new option",
                                 "write set = { heartbeat = \"20ms\" }");
                } else if (places.check_settings) {
                  places.check_settings(o.set, problems);
                }
              },
          .random = nullptr};
}

}  // namespace

std::vector<FaultKind> rolling_kinds() {
  return {rolling_kind(), upgrade_kind()};
}

}  // namespace quorumlab::faults
