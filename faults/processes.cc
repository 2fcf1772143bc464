// kind = "crash", "process_crash", "power_loss", "amnesia" and "pause": what happens to whole
// processes and machines.
#include <fmt/core.h>

#include <map>

#include "faults/kinds.h"

namespace quorumlab::faults {
namespace {

using sim::NodeId;
using sim::Outage;
using sim::Scope;

struct CrashOptions {
  Targets on;
  std::optional<std::int64_t> image;
};

// What differs between the kinds of crashes is only what they take along.
template <Scope kScope>
class Crash final : public Fault {
 public:
  using Options = CrashOptions;
  Crash(CrashOptions options, const Making&) : options_(std::move(options)) {}

  Hit begin(sim::World& world) override {
    down_.clear();
    for (const NodeId node : options_.on.in(world)) {
      ++effect_.opportunities;
      if (!world.node(node).is_up()) continue;
      images_ = std::max(images_, world.node(node).disk().crash_images(kScope));
      Outage outage{.scope = kScope};
      if (options_.image) outage.image = static_cast<std::uint64_t>(*options_.image);
      const sim::World::CrashEffect crashed = world.crash(node, outage);
      ++effect_.effects;
      bytes_ += crashed.bytes;
      fibers_ += crashed.fibers;
      down_.push_back(node);
    }
    return {.groups = {down_}, .label = options_.on.text()};
  }

  void end(sim::World& world) override {
    for (const NodeId node : down_) {
      if (!world.node(node).is_up()) world.start(node);
    }
  }

  [[nodiscard]] Effect effect(sim::World&) const override {
    Effect effect = effect_;
    effect.text = fmt::format("{} of {} crashed, {} fibers unwound, {} {}bytes lost",
                              effect.effects, effect.opportunities, fibers_, bytes_,
                              kScope == Scope::kEverything ? "" : "unsynced ");
    if (images_ > 1) effect.text += fmt::format(", up to {} legal disk images", images_);
    return effect;
  }

 private:
  CrashOptions options_;
  std::vector<NodeId> down_;
  Effect effect_;
  std::uint64_t fibers_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t images_ = 1;
};

template <Scope kScope>
FaultKind crash_kind(const std::string& name, std::string_view summary) {
  using O = CrashOptions;
  constexpr bool kHasImages = kScope == Scope::kMachine || kScope == Scope::kPower;
  auto schema = config::schema<O>(name, summary);
  schema.field("on", &O::on, TargetsLeaf(), "whom it hits, all at the same instant").required();
  if (kHasImages) {
    schema.field("image", &O::image, config::integer().at_least(0),
                 "which of the legal images of each disk is left, where [disk] unsynced allows "
                 "several; without it chance decides");
  }
  return {.schema = schema.build(),
          .theme = "processes",
          .example = "on = \"leader\"",
          .make = make_fault<Crash<kScope>>,
          .check = check_on<O>,
          .random =
              [name](Dice& dice) {
                const std::vector<std::string> victims =
                    dice.coin() ? std::vector{dice.replica()} : dice.minority();
                const Harm harm = kScope == Scope::kEverything ? Harm::kData : Harm::kDown;
                return Drawn{config::Chosen(name, O{.on = Targets(victims), .image = {}}), harm,
                             victims};
              },
          .damages_disks = kScope == Scope::kEverything};
}

struct PauseOptions {
  Targets on;
};

class Pause final : public Fault {
 public:
  using Options = PauseOptions;
  Pause(PauseOptions options, const Making&) : options_(std::move(options)) {}

  Hit begin(sim::World& world) override {
    stopped_.clear();
    for (const NodeId node : options_.on.in(world)) {
      ++opportunities_;
      if (!world.node(node).is_up() || world.node(node).is_paused()) continue;
      world.pause(node);
      stopped_.push_back(node);
      held_before_[node] = world.node(node).counters().held_back;
    }
    return {.groups = {stopped_}, .label = options_.on.text()};
  }

  void end(sim::World& world) override {
    for (const NodeId node : stopped_) {
      if (world.node(node).is_paused()) held_ += world.resume(node);
    }
    held_before_.clear();
  }

  // A run may end while somebody still stands.
  [[nodiscard]] Effect effect(sim::World& world) const override {
    std::uint64_t held = held_;
    for (const auto& [node, before] : held_before_) {
      if (world.node(node).is_paused()) held += world.node(node).counters().held_back - before;
    }
    return {opportunities_, held, fmt::format("{} events had to wait", held)};
  }

 private:
  PauseOptions options_;
  std::vector<NodeId> stopped_;
  std::map<NodeId, std::uint64_t> held_before_;
  std::uint64_t opportunities_ = 0;
  std::uint64_t held_ = 0;
};

FaultKind pause_kind() {
  using O = PauseOptions;
  return {
      .schema = config::schema<O>("pause",
                                  "The node stands still, as in a long garbage collection or a "
                                  "frozen virtual machine, while its clocks run on; at the end "
                                  "everything that waited happens at once.")
                    .field("on", &O::on, TargetsLeaf(), "whom it hits")
                    .required()
                    .build(),
      .theme = "processes",
      .example = "on = \"leader\"",
      .make = make_fault<Pause>,
      .check = check_on<O>,
      .random = [](Dice& dice) {
        const std::string victim = dice.replica();
        return Drawn{config::Chosen("pause", O{.on = Targets({victim})}), Harm::kDown, {victim}};
      }};
}

}  // namespace

std::vector<FaultKind> process_kinds() {
  return {crash_kind<Scope::kMachine>(
              "crash",
              "The machine stops: memory and unsynced disk writes are gone; at the end the node "
              "starts again from its disk."),
          crash_kind<Scope::kProcess>(
              "process_crash",
              "The process stops, its machine goes on: memory is gone, but the operating system "
              "keeps what was written and not synced."),
          crash_kind<Scope::kPower>(
              "power_loss",
              "As a crash, and what a lying disk has in its cache is gone too. Aim it at a zone: "
              "everybody there goes down at once."),
          crash_kind<Scope::kEverything>(
              "amnesia",
              "The machine is replaced by an empty one of the same name: nothing that it had "
              "promised is remembered."),
          pause_kind()};
}

}  // namespace quorumlab::faults
