// kind = "crash" and kind = "pause": what happens to whole processes.
#include <fmt/core.h>

#include "faults/kinds.h"

namespace quorumlab::faults {
namespace {

struct ProcessOptions {
  Targets on;
};

class Crash final : public Fault {
 public:
  explicit Crash(ProcessOptions options) : options_(std::move(options)) {}

  Hit begin(sim::World& world) override {
    down_.clear();
    for (const sim::NodeId node : options_.on.in(world)) {
      ++effect_.opportunities;
      if (!world.node(node).is_up()) continue;
      const sim::World::CrashEffect crashed = world.crash(node);
      ++effect_.effects;
      bytes_ += crashed.bytes;
      fibers_ += crashed.fibers;
      down_.push_back(node);
    }
    return {.groups = {down_}, .label = options_.on.text()};
  }

  void end(sim::World& world) override {
    for (const sim::NodeId node : down_) {
      if (!world.node(node).is_up()) world.start(node);
    }
  }

  [[nodiscard]] Effect effect(sim::World&) const override {
    Effect effect = effect_;
    effect.text = fmt::format("{} of {} crashed, {} fibers unwound, {} unsynced bytes lost",
                              effect.effects, effect.opportunities, fibers_, bytes_);
    return effect;
  }

 private:
  ProcessOptions options_;
  std::vector<sim::NodeId> down_;
  Effect effect_;
  std::uint64_t fibers_ = 0;
  std::uint64_t bytes_ = 0;
};

class Pause final : public Fault {
 public:
  explicit Pause(ProcessOptions options) : options_(std::move(options)) {}

  Hit begin(sim::World& world) override {
    stopped_.clear();
    for (const sim::NodeId node : options_.on.in(world)) {
      ++opportunities_;
      if (!world.node(node).is_up() || world.node(node).is_paused()) continue;
      world.pause(node);
      stopped_.push_back(node);
    }
    return {.groups = {stopped_}, .label = options_.on.text()};
  }

  void end(sim::World& world) override {
    for (const sim::NodeId node : stopped_) {
      if (world.node(node).is_paused()) held_ += world.resume(node);
    }
  }

  [[nodiscard]] Effect effect(sim::World&) const override {
    return {opportunities_, held_, fmt::format("{} events had to wait", held_)};
  }

 private:
  ProcessOptions options_;
  std::vector<sim::NodeId> stopped_;
  std::uint64_t opportunities_ = 0;
  std::uint64_t held_ = 0;
};

template <class F>
FaultKind process_kind(std::string name, std::string summary) {
  using O = ProcessOptions;
  return {
      .schema = config::schema<O>(std::move(name), std::move(summary))
                    .field("on", &O::on, TargetsLeaf(), "whom it hits")
                    .required()
                    .build(),
      .make = [](const config::Chosen& options) { return std::make_unique<F>(options.as<O>()); },
      .check =
          [](const config::Chosen& options, const Places& places, const config::Where& where,
             config::Diagnostics& problems) {
            options.as<O>().on.check(places, where, "on", problems);
          }};
}

}  // namespace

FaultKind crash_kind() {
  return process_kind<Crash>("crash",
                             "Memory and unsynced disk writes are gone; at the end the node starts "
                             "again from its disk.");
}

FaultKind pause_kind() {
  return process_kind<Pause>("pause",
                             "The node stands still, as in a long garbage collection or a frozen "
                             "virtual machine, while its clocks run on; at the end everything that "
                             "waited happens at once.");
}

}  // namespace quorumlab::faults
