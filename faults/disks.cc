// kind = "disk_slow", "disk_stall", "disk_full", "sync_fails" and "sync_lies": disks that answer
// late, or with an error, or too soon.
#include <algorithm>

#include "faults/disk_fault.h"
#include "faults/kinds.h"

namespace quorumlab::faults {
namespace {

using namespace sim::literals;
using sim::Node;
using sim::SyncFate;
using sim::WriteFate;

struct SlowOptions {
  Targets on;
  sim::Distribution by;
};

class DiskSlow final : public DiskFault {
 public:
  using Options = SlowOptions;
  DiskSlow(const SlowOptions& options, const Making& making)
      : DiskFault(options.on, making, "fault.disk_slow"), by_(options.by) {}

  void sync(Node& node, std::uint64_t, SyncFate& fate) override {
    asked();
    const sim::Duration by = std::max(by_.sample(chance(node)), 0_ns);
    fate.extra += by;
    if (by > 0_ns) count();
  }

 protected:
  [[nodiscard]] std::string done() const override { return "syncs took longer"; }

 private:
  sim::Distribution by_;
};

class DiskStall final : public DiskFault {
 public:
  using Options = DiskOptionsOn;
  DiskStall(const DiskOptionsOn& options, const Making& making)
      : DiskFault(options.on, making, "fault.disk_stall") {}

  void end(sim::World& world) override {
    stalls_ = false;
    DiskFault::end(world);
  }
  Hit begin(sim::World& world) override {
    stalls_ = true;
    return DiskFault::begin(world);
  }
  [[nodiscard]] bool stalls() const override { return stalls_; }
  void stalled(Node&) override {
    asked();
    count();
  }

 protected:
  [[nodiscard]] std::string done() const override { return "syncs had to wait for the end"; }

 private:
  bool stalls_ = false;
};

class DiskFull final : public DiskFault {
 public:
  using Options = DiskOptionsOn;
  DiskFull(const DiskOptionsOn& options, const Making& making)
      : DiskFault(options.on, making, "fault.disk_full") {}

  void write(Node&, std::uint64_t, std::uint64_t, WriteFate& fate) override {
    asked();
    fate.refused = true;
    count();
  }

 protected:
  [[nodiscard]] std::string done() const override { return "writes refused"; }
};

class SyncFails final : public DiskFault {
 public:
  using Options = DiskChanceOptions;
  SyncFails(const DiskChanceOptions& options, const Making& making)
      : DiskFault(options.on, making, "fault.sync_fails"), chance_(options.chance) {}

  void sync(Node& node, std::uint64_t bytes, SyncFate& fate) override {
    asked();
    if (!chance(node).chance(chance_)) return;
    fate.fails = true;
    bytes_ += bytes;
    count();
  }

 protected:
  [[nodiscard]] std::string done() const override {
    return "syncs failed, leaving " + std::to_string(bytes_) + " bytes that never become durable";
  }

 private:
  sim::Probability chance_;
  std::uint64_t bytes_ = 0;
};

class SyncLies final : public DiskFault {
 public:
  using Options = DiskOptionsOn;
  SyncLies(const DiskOptionsOn& options, const Making& making)
      : DiskFault(options.on, making, "fault.sync_lies") {}

  void sync(Node&, std::uint64_t bytes, SyncFate& fate) override {
    asked();
    fate.lies = true;
    bytes_ += bytes;
    count();
  }

 protected:
  [[nodiscard]] std::string done() const override {
    return "syncs lied about " + std::to_string(bytes_) + " bytes";
  }

 private:
  std::uint64_t bytes_ = 0;
};

template <class F>
FaultKind plain_kind(const std::string& name, std::string_view summary, Harm harm) {
  using O = DiskOptionsOn;
  return {.schema = on_disks<O>(name, summary).build(),
          .theme = "disks",
          .example = "on = \"leader\"",
          .make = make_fault<F>,
          .check = check_on<O>,
          .random =
              [name, harm](Dice& dice) {
                const std::string victim = dice.replica();
                return Drawn{config::Chosen(name, O{.on = Targets({victim})}), harm, {victim}};
              },
          .damages_disks = std::is_same_v<F, SyncLies>};
}

FaultKind slow_kind() {
  using O = SlowOptions;
  return {.schema = on_disks<O>("disk_slow", "Every sync takes longer.")
                        .field("by", &O::by, config::distribution(), "how much longer")
                        .required()
                        .build(),
          .theme = "disks",
          .example = "on = \"leader\"\nby = \"uniform(50ms, 100ms)\"",
          .make = make_fault<DiskSlow>,
          .check = check_on<O>,
          .random = [](Dice& dice) {
            const std::string victim = dice.replica();
            O options{.on = Targets({victim})};
            options.by = sim::Distribution::uniform(
                {0_ms, dice.one_of<sim::Duration>({5_ms, 50_ms, 500_ms})});
            return Drawn{config::Chosen("disk_slow", std::move(options)), Harm::kNone, {victim}};
          }};
}

FaultKind sync_fails_kind() {
  using O = DiskChanceOptions;
  return {
      .schema = on_disks<O>("sync_fails",
                            "A sync reports an error, and what it should have made durable "
                            "never will be: the operating system has dropped the dirty pages "
                            "and a second sync finds nothing to do (Rebello et al., USENIX ATC "
                            "2020). What the node does is up to [disk] on_error.")
                    .field("chance", &O::chance, config::probability(), "for each sync")
                    .build(),
      .theme = "disks",
      .example = "on = \"leader\"",
      .make = make_fault<SyncFails>,
      .check = check_on<O>,
      .random =
          [](Dice& dice) {
            const std::string victim = dice.replica();
            O options{.on = Targets({victim})};
            options.chance = sim::Probability(dice.one_of<double>({0.01, 0.1, 1.0}));
            return Drawn{config::Chosen("sync_fails", std::move(options)), Harm::kDown, {victim}};
          },
      .damages_disks = true};
}

}  // namespace

std::vector<FaultKind> disk_kinds() {
  return {slow_kind(),
          plain_kind<DiskStall>("disk_stall",
                                "No sync comes to an end while the fault lasts; writes still reach "
                                "the page cache.",
                                Harm::kDown),
          plain_kind<DiskFull>("disk_full",
                               "Every write is refused. What the node does is up to [disk] "
                               "on_error; one that gave up starts again when the fault ends.",
                               Harm::kDown),
          sync_fails_kind(),
          plain_kind<SyncLies>("sync_lies",
                               "The disk says that a sync is done while the data is still in the "
                               "drive's own cache: it survives a crash of the machine, and a power "
                               "loss takes it.",
                               Harm::kNone)};
}

}  // namespace quorumlab::faults
