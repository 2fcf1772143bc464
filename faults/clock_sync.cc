// kind = "clock_sync" and "clock_bound": wall clocks that are kept right, and what nodes believe of
// their error.
#include <fmt/core.h>

#include <algorithm>

#include "faults/clock_meter.h"
#include "faults/kinds.h"

namespace quorumlab::faults {
namespace {

using namespace sim::literals;
using sim::Duration;
using sim::NodeId;
using sim::Time;

enum class Correct : std::uint8_t { kStep, kSlew };

struct SyncOptions {
  Targets on;
  Duration poll{4'000'000'000};
  sim::Distribution out = sim::Distribution::constant(Duration(5'000'000));
  sim::Distribution back = sim::Distribution::constant(Duration(5'000'000));
  Correct correct = Correct::kStep;
  sim::RateDistribution growth = sim::RateDistribution::constant(200'000);
};

// NTP's exchange: with a request on its way for `a` and its answer for `b`, the client cannot know
// that it is off by (a - b) / 2 afterwards, only that it is by no more than (a + b) / 2.
class ClockSync final : public Fault {
 public:
  using Options = SyncOptions;
  ClockSync(SyncOptions options, const Making& making)
      : options_(std::move(options)), making_(making) {}

  Hit begin(sim::World& world) override {
    hit_ = options_.on.in(world);
    ++round_;
    streams_.clear();
    for (const NodeId node : hit_) {
      streams_.push_back(making_.draw(world, "fault.clock_sync", world.node(node).stream_key()));
      ask(world, streams_.size() - 1);
    }
    return {.groups = {hit_},
            .label = fmt::format("of {} every {}", options_.on.text(), to_text(options_.poll))};
  }
  // Synchronisation is lost: the bound goes on growing.
  void end(sim::World& world) override {
    ++round_;
    for (const NodeId node : hit_) {
      if (options_.correct == Correct::kSlew) world.slew_clock(node, 0);
    }
  }
  void reseed(sim::World& world) override {
    for (std::size_t i = 0; i < streams_.size(); ++i)
      streams_[i] = making_.draw(world, "fault.clock_sync", world.node(hit_[i]).stream_key());
  }
  [[nodiscard]] Effect effect(sim::World&) const override {
    Effect effect = effect_;
    effect.text = fmt::format("{} of {} exchanges moved a clock, by {} at most", effect.effects,
                              effect.opportunities, to_text(greatest_));
    return effect;
  }

 private:
  static constexpr std::int64_t kSlewPpb = 500'000;  // the most that ntpd slews by

  void later(sim::World& world, Duration in, std::function<void()> act) {
    world.at(world.now() + in, [this, round = round_, act = std::move(act)] {
      if (round == round_) act();
    });
  }

  void ask(sim::World& world, std::size_t i) {
    const Duration out = std::max(options_.out.sample(streams_[i]), 0_ns);
    const Duration back = std::max(options_.back.sample(streams_[i]), 0_ns);
    const sim::Clock& clock = world.node(hit_[i]).clock();
    const Duration asked_early = clock.wall(world.now()) - world.now();
    const Time served = world.now() + out;
    later(world, out + back, [this, &world, i, asked_early, served, out, back] {
      const sim::Clock& now_clock = world.node(hit_[i]).clock();
      // Of the four time stamps the client knows only its own wall's, the server's are true.
      const Duration first = Duration() - asked_early + out;
      const Duration second = served - now_clock.wall(world.now());
      correct(world, i, (first + second) / 2, (out + back) / 2);
      later(world, options_.poll, [this, &world, i] { ask(world, i); });
    });
  }

  void correct(sim::World& world, std::size_t i, Duration offset, Duration bound) {
    const NodeId node = hit_[i];
    ++effect_.opportunities;
    if (offset != 0_ns) ++effect_.effects;
    greatest_ = std::max({greatest_, offset, -offset});
    sim::Stream& stream = streams_[i];
    const sim::ClockBound believed{bound, options_.growth.sample(stream)};
    if (options_.correct == Correct::kStep) {
      if (offset != 0_ns) world.step_clock(node, offset);
      world.set_clock_bound(node, believed);
      return;
    }
    const Duration distance = std::max(offset, -offset);
    world.slew_clock(node, offset == 0_ns ? 0 : offset > 0_ns ? kSlewPpb : -kSlewPpb);
    world.set_clock_bound(node, {bound + distance, believed.growth_ppb});
    const Duration needed = distance * 2000;  // at 500 ppm
    if (needed < options_.poll) {
      later(world, needed, [&world, node] { world.slew_clock(node, 0); });
    }
  }

  SyncOptions options_;
  Making making_;
  std::vector<NodeId> hit_;
  std::vector<sim::Stream> streams_;
  std::uint64_t round_ = 0;
  Duration greatest_;
  Effect effect_;
};

FaultKind clock_sync_kind() {
  using O = SyncOptions;
  return {
      .schema =
          config::schema<O>("clock_sync",
                            "The wall clocks are synchronised with true time, as by NTP, over a "
                            "path whose two directions may take different times; when it ends, "
                            "synchronisation is lost. Afterwards a clock is off by half the "
                            "difference of the two, and believes to be within half their sum "
                            "(Mills, RFC 5905, section 8).")
              .field("on", &O::on, TargetsLeaf(), "whose clocks")
              .required()
              .field("poll", &O::poll, config::duration().at_least(1_ms),
                     "from one exchange to the next")
              .field("out", &O::out, config::distribution(), "how long the request takes")
              .field("back", &O::back, config::distribution(), "how long the answer takes")
              .field("correct", &O::correct,
                     config::choices<Correct>(
                         {{"step", Correct::kStep, "set it"},
                          {"slew", Correct::kSlew,
                           "let it run 500 ppm faster or slower until it is right"}}),
                     "how a clock that is off is put right")
              .field("growth", &O::growth, config::rate_distribution(),
                     "how fast the believed error grows between exchanges; 200ppm is what "
                     "Spanner assumes")
              .build(),
      .theme = "clocks",
      .example = "on = \"replicas\"\nout = \"10ms\"\nback = \"2ms\"",
      .make = make_fault<ClockSync>,
      .check = check_on<O>,
      .random = nullptr};
}

struct BoundOptions {
  Targets on;
  Duration bound;
  sim::RateDistribution growth;
};

class Bound final : public Fault {
 public:
  using Options = BoundOptions;
  Bound(BoundOptions options, const Making& making)
      : options_(std::move(options)), making_(making) {}

  Hit begin(sim::World& world) override {
    hit_ = options_.on.in(world);
    before_.clear();
    asked_.open(world, hit_);
    wrong_.open(world, hit_);
    for (const NodeId node : hit_) {
      before_.push_back(world.node(node).clock().bound());
      sim::Stream stream = making_.draw(world, "fault.clock_bound", world.node(node).stream_key());
      world.set_clock_bound(node, {options_.bound, options_.growth.sample(stream)});
    }
    return {.groups = {hit_},
            .label = fmt::format("of {}: {}", options_.on.text(), to_text(options_.bound))};
  }
  void end(sim::World& world) override {
    asked_.close(world);
    wrong_.close(world);
    for (std::size_t i = 0; i < hit_.size(); ++i) world.set_clock_bound(hit_[i], before_[i]);
  }
  [[nodiscard]] Effect effect(sim::World& world) const override {
    const std::uint64_t asked = asked_.total(world);
    const std::uint64_t wrong = wrong_.total(world);
    return {asked, wrong,
            fmt::format("{} of {} intervals did not contain the true time", wrong, asked)};
  }

 private:
  BoundOptions options_;
  Making making_;
  std::vector<NodeId> hit_;
  std::vector<sim::ClockBound> before_;
  Meter asked_{intervals_asked};
  Meter wrong_{intervals_wrong};
};

FaultKind clock_bound_kind() {
  using O = BoundOptions;
  return {.schema = config::schema<O>(
                        "clock_bound",
                        "What nodes believe of their wall clocks' error, and so how wide "
                        "the intervals are that TrueTime would give them. Too small a bound "
                        "makes the intervals lie (Corbett et al., OSDI 2012, section 3).")
                        .field("on", &O::on, TargetsLeaf(), "whose clocks")
                        .required()
                        .field("bound", &O::bound, config::duration().at_least(0_ns),
                               "the error that a node believes to have now, at most")
                        .required()
                        .field("growth", &O::growth, config::rate_distribution(),
                               "how fast it grows from then on")
                        .build(),
          .theme = "clocks",
          .example = "on = \"replicas\"\nbound = \"1ms\"",
          .make = make_fault<Bound>,
          .check = check_on<O>,
          .random = nullptr,
          .example_needs = {"replication={ model = \"leaderless\", commit_wait = true }",
                            "clock={ offset = \"5ms\", bound = \"10ms\" }"}};
}

}  // namespace

std::vector<FaultKind> sync_kinds() {
  return {clock_sync_kind(), clock_bound_kind()};
}

}  // namespace quorumlab::faults
