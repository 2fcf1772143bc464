// kind = "slow_node" and "rolling_restart": nodes that keep up badly, and planned restarts.
#include <fmt/core.h>

#include <algorithm>

#include "faults/kinds.h"
#include "sim/service.h"

namespace quorumlab::faults {
namespace {

using namespace sim::literals;
using sim::Duration;
using sim::NodeId;

struct SlowNodeOptions {
  Targets on;
  sim::Distribution takes = sim::Distribution::constant(10_ms);
  std::int64_t queue = 100;
};

class SlowNode final : public Fault {
 public:
  using Options = SlowNodeOptions;
  SlowNode(SlowNodeOptions options, const Making& making)
      : options_(std::move(options)), making_(making) {}

  Hit begin(sim::World& world) override {
    hit_ = options_.on.in(world);
    for (const NodeId node : hit_) {
      auto service = std::make_shared<sim::Service>(
          sim::ServiceOptions{options_.takes, static_cast<std::size_t>(options_.queue)},
          making_.draw(world, "fault.slow_node", world.node(node).stream_key()));
      services_.push_back(service);
      world.set_service(node, std::move(service));
    }
    return {.groups = {hit_},
            .label = fmt::format("{}, {} a message", options_.on.text(), options_.takes.text())};
  }
  void end(sim::World& world) override {
    for (const NodeId node : hit_) world.set_service(node, nullptr);
  }
  [[nodiscard]] Effect effect(sim::World&) const override {
    sim::Service::Counters sum;
    for (const auto& service : services_) {
      sum.arrived += service->counters().arrived;
      sum.queued += service->counters().queued;
      sum.turned_away += service->counters().turned_away;
    }
    return {sum.arrived, sum.queued + sum.turned_away,
            fmt::format("{} of {} messages queued, {} were turned away", sum.queued, sum.arrived,
                        sum.turned_away)};
  }

 private:
  SlowNodeOptions options_;
  Making making_;
  std::vector<NodeId> hit_;
  std::vector<std::shared_ptr<sim::Service>> services_;
};

FaultKind slow_node_kind() {
  using O = SlowNodeOptions;
  return {
      .schema = config::schema<O>("slow_node",
                                  "The node needs time for each message that arrives; others wait "
                                  "their turn, and when the queue is full they are turned away. "
                                  "Overload and metastable failures need no more (Bronson et al., "
                                  "HotOS 2021).")
                    .field("on", &O::on, TargetsLeaf(), "who is slow")
                    .required()
                    .field("takes", &O::takes, config::distribution(),
                           "how long one message keeps the node busy")
                    .field("queue", &O::queue, config::integer().between(0, 1'000'000'000),
                           "messages that may wait")
                    .build(),
      .theme = "processes",
      .example = "on = \"leader\"\ntakes = \"20ms\"\nqueue = 20",
      .make = make_fault<SlowNode>,
      .check = check_on<O>,
      .random = [](Dice& dice) {
        const std::string victim = dice.replica();
        O options{.on = Targets({victim})};
        options.takes = sim::Distribution::constant(dice.one_of<Duration>({1_ms, 5_ms, 20_ms}));
        options.queue = dice.one_of<std::int64_t>({10, 100, 1000});
        return Drawn{config::Chosen("slow_node", std::move(options)), Harm::kNone, {victim}};
      }};
}

struct RollingOptions {
  Targets on;
  Duration down{1'000'000'000};
  Duration gap{2'000'000'000};
};

// One node after the other, round and round until the end.
class RollingRestart final : public Fault {
 public:
  using Options = RollingOptions;
  RollingRestart(RollingOptions options, const Making&) : options_(std::move(options)) {}

  Hit begin(sim::World& world) override {
    nodes_ = options_.on.in(world);
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
    later(world, options_.down, [this, &world] {
      if (down_) restart(world);
    });
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
  return {.schema = config::schema<O>("rolling_restart",
                                      "One node after the other is stopped and started again, as "
                                      "when new software is rolled out; after the last one it is "
                                      "the first one's turn again.")
                        .field("on", &O::on, TargetsLeaf(), "whose turn it is, in their order")
                        .required()
                        .field("down", &O::down, config::duration().at_least(1_ns),
                               "how long each process is down")
                        .field("gap", &O::gap, config::duration().at_least(0_ns),
                               "from one node's start to the next one's stop")
                        .build(),
          .theme = "processes",
          .example = "on = \"replicas\"\ndown = \"200ms\"\ngap = \"300ms\"",
          .make = make_fault<RollingRestart>,
          .check = check_on<O>,
          .random = nullptr};
}

}  // namespace

std::vector<FaultKind> slow_kinds() {
  return {slow_node_kind(), rolling_kind()};
}

}  // namespace quorumlab::faults
