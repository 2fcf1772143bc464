// kind = "slow_node": nodes that keep up badly.
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
    before_.clear();
    for (const NodeId node : hit_) {
      before_.push_back(world.node(node).service());
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
    for (std::size_t i = 0; i < hit_.size(); ++i) world.set_service(hit_[i], before_[i]);
  }
  void reseed(sim::World& world) override {
    for (std::size_t i = 0; i < hit_.size(); ++i)
      services_[services_.size() - hit_.size() + i]->reseed(
          making_.draw(world, "fault.slow_node", world.node(hit_[i]).stream_key()));
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
  std::vector<std::shared_ptr<sim::Service>> before_;  // of those hit
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

}  // namespace

std::vector<FaultKind> slow_kinds() {
  return {slow_node_kind()};
}

}  // namespace quorumlab::faults
