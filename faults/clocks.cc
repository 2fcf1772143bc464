// kind = "clock_offset", "clock_drift", "clock_step", "clock_freeze" and "leap_second": what
// happens to the clocks of nodes.
#include <fmt/core.h>

#include <functional>
#include <utility>

#include "faults/clock_meter.h"
#include "faults/kinds.h"

namespace quorumlab::faults {
namespace {

using namespace sim::literals;
using sim::Duration;
using sim::Node;
using sim::NodeId;

struct OffsetOptions {
  Targets on;
  Duration by;
};

// The wall clock jumps at the beginning; kReturns: and back at the end.
template <bool kReturns>
class WallShift final : public Fault {
 public:
  using Options = OffsetOptions;
  WallShift(OffsetOptions options, const Making&) : options_(std::move(options)) {}

  Hit begin(sim::World& world) override {
    hit_ = options_.on.in(world);
    for (const NodeId node : hit_) world.step_clock(node, options_.by);
    reads_.close(world);  // of a step before, which has no end of its own
    reads_.open(world, hit_);
    return {.groups = {hit_},
            .label = fmt::format("of {} by {}", options_.on.text(), sim::to_text(options_.by))};
  }
  void end(sim::World& world) override {
    if (!kReturns) return;
    reads_.close(world);
    for (const NodeId node : hit_) world.step_clock(node, -options_.by);
  }
  [[nodiscard]] Effect effect(sim::World& world) const override {
    const std::uint64_t reads = reads_.total(world);
    return {reads, reads, fmt::format("{} looks at a shifted wall clock", reads)};
  }

 private:
  OffsetOptions options_;
  Meter reads_{wall_reads};
  std::vector<NodeId> hit_;
};

struct DriftOptions {
  Targets on;
  sim::RateDistribution rate;
};

// The clocks run at another rate until the end.
class Drift final : public Fault {
 public:
  using Options = DriftOptions;
  Drift(DriftOptions options, const Making& making)
      : options_(std::move(options)), making_(making) {}

  Hit begin(sim::World& world) override {
    hit_ = options_.on.in(world);
    before_.clear();
    bent_.open(world, hit_);
    for (const NodeId node : hit_) {
      before_.push_back(world.node(node).clock().rate_ppb());
      sim::Stream stream = making_.draw(world, "fault.clock_drift", world.node(node).stream_key());
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
  Making making_;
  Meter bent_{timers_bent};
  std::vector<NodeId> hit_;
  std::vector<std::int64_t> before_;
};

struct FreezeOptions {
  Targets on;
  bool catch_up = false;
};

class Freeze final : public Fault {
 public:
  using Options = FreezeOptions;
  Freeze(FreezeOptions options, const Making&) : options_(std::move(options)) {}

  Hit begin(sim::World& world) override {
    hit_ = options_.on.in(world);
    since_ = world.now();
    reads_.open(world, hit_);
    for (const NodeId node : hit_) world.slew_clock(node, sim::Clock::kStopped);
    return {.groups = {hit_}, .label = "of " + options_.on.text()};
  }
  void end(sim::World& world) override {
    reads_.close(world);
    for (const NodeId node : hit_) {
      world.slew_clock(node, 0);
      if (options_.catch_up) world.step_clock(node, world.now() - since_);
    }
  }
  [[nodiscard]] Effect effect(sim::World& world) const override {
    const std::uint64_t reads = reads_.total(world);
    return {reads, reads, fmt::format("{} looks at a wall clock that stood still", reads)};
  }

 private:
  FreezeOptions options_;
  Meter reads_{wall_reads};
  std::vector<NodeId> hit_;
  sim::Time since_;
};

struct LeapOptions {
  Targets on;
  bool negative = false;
  Duration smear{0};
};

class LeapSecond final : public Fault {
 public:
  using Options = LeapOptions;
  LeapSecond(LeapOptions options, const Making&) : options_(std::move(options)) {}

  Hit begin(sim::World& world) override {
    hit_ = options_.on.in(world);
    reads_.open(world, hit_);
    const Duration by = options_.negative ? 1_s : -1_s;
    if (options_.smear == 0_ns) {
      for (const NodeId node : hit_) world.step_clock(node, by);
    } else {
      slew(world, static_cast<std::int64_t>(by.seconds() * 1e9 / options_.smear.seconds()));
      world.at(world.now() + options_.smear, [this, &world, beginning = ++beginnings_] {
        if (beginning == beginnings_) slew(world, 0);
      });
    }
    const std::string how = options_.smear == 0_ns ? "at once" : "over " + to_text(options_.smear);
    return {.groups = {hit_}, .label = fmt::format("of {}, {}", options_.on.text(), how)};
  }
  void end(sim::World& world) override {
    reads_.close(world);
    ++beginnings_;
    if (options_.smear > 0_ns) slew(world, 0);
  }
  [[nodiscard]] Effect effect(sim::World& world) const override {
    const std::uint64_t reads = reads_.total(world);
    return {reads, reads, fmt::format("{} looks at a wall clock with a leap second", reads)};
  }

 private:
  void slew(sim::World& world, std::int64_t ppb) {
    for (const NodeId node : hit_) world.slew_clock(node, ppb);
  }

  LeapOptions options_;
  Meter reads_{wall_reads};
  std::vector<NodeId> hit_;
  std::uint64_t beginnings_ = 0;
};

template <class F>
FaultKind shift_kind(const std::string& name, std::string_view summary) {
  using O = OffsetOptions;
  return {.schema = config::schema<O>(name, summary)
                        .field("on", &O::on, TargetsLeaf(), "whose clock")
                        .required()
                        .field("by", &O::by, config::duration(), "how far; backwards if negative")
                        .required()
                        .build(),
          .theme = "clocks",
          .example = "on = \"leader\"\nby = \"-2s\"",
          .make = make_fault<F>,
          .check = check_on<O>,
          .random = [name](Dice& dice) {
            const Duration by = dice.one_of<Duration>({10_ms, 500_ms, 5_s, 60_s});
            Drawn drawn{config::Chosen(
                name, O{.on = Targets({dice.replica()}), .by = dice.coin() ? by : -by})};
            drawn.is_momentary = name == "clock_step";
            return drawn;
          }};
}

FaultKind drift_kind() {
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
      .theme = "clocks",
      .example = "on = \"leader\"\nrate = \"-10%\"",
      .make = make_fault<Drift>,
      .check = check_on<O>,
      .random = [](Dice& dice) {
        const auto ppb = dice.one_of<std::int64_t>({200'000, 10'000'000, 300'000'000});
        return Drawn{config::Chosen(
            "clock_drift", O{.on = Targets({dice.replica()}),
                             .rate = sim::RateDistribution::constant(dice.coin() ? ppb : -ppb)})};
      }};
}

FaultKind freeze_kind() {
  using O = FreezeOptions;
  return {.schema = config::schema<O>("clock_freeze",
                                      "The wall clock stands still while the fault lasts. Timers, "
                                      "which follow the monotonic clock, do not notice.")
                        .field("on", &O::on, TargetsLeaf(), "whose clock")
                        .required()
                        .field("catch_up", &O::catch_up, config::boolean(),
                               "at the end it jumps to where it would be; else it stays behind")
                        .build(),
          .theme = "clocks",
          .example = "on = \"leader\"",
          .make = make_fault<Freeze>,
          .check = check_on<O>,
          .random = [](Dice& dice) {
            return Drawn{config::Chosen(
                "clock_freeze", O{.on = Targets({dice.replica()}), .catch_up = dice.coin()})};
          }};
}

FaultKind leap_kind() {
  using O = LeapOptions;
  return {.schema = config::schema<O>("leap_second",
                                      "Coordinated universal time inserts a second: the wall clock "
                                      "shows one second twice, or, if it is smeared, runs slow for "
                                      "a while.")
                        .field("on", &O::on, TargetsLeaf(), "whose clock")
                        .required()
                        .field("negative", &O::negative, config::boolean(),
                               "a second is left out instead")
                        .field("smear", &O::smear,
                               config::duration().between(0_ns, sim::Duration(86'400'000'000'000)),
                               "over how long the second is spread; 0s: the clock steps")
                        .build(),
          .theme = "clocks",
          .example = "on = \"all\"\nsmear = \"3s\"",
          .make = make_fault<LeapSecond>,
          .check = check_on<O>,
          .random = [](Dice& dice) {
            O options{.on = Targets({"all"}), .negative = dice.coin() && dice.coin()};
            options.smear = dice.one_of<Duration>({0_s, 10_s});
            return Drawn{config::Chosen("leap_second", std::move(options))};
          }};
}

}  // namespace

std::vector<FaultKind> clock_kinds() {
  return {shift_kind<WallShift<true>>(
              "clock_offset",
              "The wall clock is off by a fixed amount while the fault lasts. Timers, which follow "
              "the monotonic clock, do not notice."),
          drift_kind(),
          shift_kind<WallShift<false>>(
              "clock_step",
              "The wall clock jumps once, as when NTP or an operator sets it. Timers, which follow "
              "the monotonic clock, do not notice."),
          freeze_kind(), leap_kind()};
}

}  // namespace quorumlab::faults
