// kind = "clock_offset", "clock_drift" and "clock_step": what happens to the clocks of nodes.
#include <fmt/core.h>

#include <functional>
#include <utility>

#include "faults/kinds.h"

namespace quorumlab::faults {
namespace {

using sim::Duration;
using sim::Node;
using sim::NodeId;

// Counts something of the hit nodes from begin to end.
class Meter {
 public:
  using Read = std::uint64_t (*)(const Node&);
  explicit Meter(Read read) : read_(read) {}

  void open(sim::World& world, const std::vector<NodeId>& nodes) {
    for (const NodeId node : nodes) open_.emplace_back(node, read_(world.node(node)));
  }
  void close(sim::World& world) {
    total_ += running(world);
    open_.clear();
  }
  [[nodiscard]] std::uint64_t total(sim::World& world) const { return total_ + running(world); }

 private:
  [[nodiscard]] std::uint64_t running(sim::World& world) const {
    std::uint64_t sum = 0;
    for (const auto& [node, before] : open_) sum += read_(world.node(node)) - before;
    return sum;
  }
  Read read_;
  std::vector<std::pair<NodeId, std::uint64_t>> open_;
  std::uint64_t total_ = 0;
};

std::uint64_t wall_reads(const Node& node) {
  return node.counters().wall_reads;
}
std::uint64_t timers_bent(const Node& node) {
  return node.counters().timers_bent;
}

struct OffsetOptions {
  Targets on;
  Duration by;
};

// The wall clock jumps at the beginning; `returns`: and back at the end.
class WallShift final : public Fault {
 public:
  WallShift(OffsetOptions options, bool returns)
      : options_(std::move(options)), returns_(returns), reads_(wall_reads) {}

  Hit begin(sim::World& world) override {
    hit_ = options_.on.in(world);
    for (const NodeId node : hit_) world.step_clock(node, options_.by);
    reads_.open(world, hit_);
    return {.groups = {hit_},
            .label = fmt::format("of {} by {}", options_.on.text(), sim::to_text(options_.by))};
  }
  void end(sim::World& world) override {
    if (!returns_) return;
    reads_.close(world);
    for (const NodeId node : hit_) world.step_clock(node, -options_.by);
  }
  [[nodiscard]] Effect effect(sim::World& world) const override {
    const std::uint64_t reads = reads_.total(world);
    return {reads, reads, fmt::format("{} looks at a shifted wall clock", reads)};
  }

 private:
  OffsetOptions options_;
  bool returns_;
  Meter reads_;
  std::vector<NodeId> hit_;
};

struct DriftOptions {
  Targets on;
  sim::RateDistribution rate;
};

// The clocks run at another rate until the end.
class Drift final : public Fault {
 public:
  explicit Drift(DriftOptions options) : options_(std::move(options)), bent_(timers_bent) {}

  Hit begin(sim::World& world) override {
    hit_ = options_.on.in(world);
    before_.clear();
    bent_.open(world, hit_);
    for (const NodeId node : hit_) {
      before_.push_back(world.node(node).clock().rate_ppb());
      sim::Stream stream(world.seed(), "fault.clock_drift", node.value);
      world.set_clock_rate(node, options_.rate.sample(stream));
    }
    return {.groups = {hit_},
            .label = fmt::format("of {} by {}", options_.on.text(), options_.rate.text())};
  }
  void end(sim::World& world) override {
    bent_.close(world);
    for (std::size_t i = 0; i < hit_.size(); ++i) world.set_clock_rate(hit_[i], before_[i]);
  }
  [[nodiscard]] Effect effect(sim::World& world) const override {
    const std::uint64_t bent = bent_.total(world);
    return {bent, bent, fmt::format("{} timers bent", bent)};
  }

 private:
  DriftOptions options_;
  Meter bent_;
  std::vector<NodeId> hit_;
  std::vector<std::int64_t> before_;
};

template <class O>
void check_on(const config::Chosen& options, const Places& places, const config::Where& where,
              config::Diagnostics& problems) {
  options.as<O>().on.check(places, where, "on", problems);
}

FaultKind shift_kind(std::string name, std::string summary, bool returns) {
  using O = OffsetOptions;
  return {.schema = config::schema<O>(std::move(name), std::move(summary))
                        .field("on", &O::on, TargetsLeaf(), "whose clock")
                        .required()
                        .field("by", &O::by, config::duration(), "how far; backwards if negative")
                        .required()
                        .build(),
          .make =
              [returns](const config::Chosen& options) {
                return std::make_unique<WallShift>(options.as<O>(), returns);
              },
          .check = check_on<O>};
}

}  // namespace

FaultKind clock_offset_kind() {
  return shift_kind("clock_offset",
                    "The wall clock is off by a fixed amount while the fault lasts. Timers, which "
                    "follow the monotonic clock, do not notice.",
                    true);
}

FaultKind clock_step_kind() {
  return shift_kind("clock_step",
                    "The wall clock jumps once, as when NTP or an operator sets it. Timers, which "
                    "follow the monotonic clock, do not notice.",
                    false);
}

FaultKind clock_drift_kind() {
  using O = DriftOptions;
  return {
      .schema = config::schema<O>("clock_drift",
                                  "Both clocks run too fast or too slow while the fault lasts, and "
                                  "time-outs and leases with them.")
                    .field("on", &O::on, TargetsLeaf(), "whose clocks")
                    .required()
                    .field("rate", &O::rate, config::rate_distribution(),
                           "how much faster than true time, such as \"200ppm\" or \"-10%\"")
                    .required()
                    .build(),
      .make =
          [](const config::Chosen& options) { return std::make_unique<Drift>(options.as<O>()); },
      .check = check_on<O>};
}

}  // namespace quorumlab::faults
