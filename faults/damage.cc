// kind = "lost_writes", "misdirected_writes", "bit_rot" and "read_rot": disks whose content is not
// what was written.
#include <fmt/core.h>

#include "faults/disk_fault.h"
#include "faults/kinds.h"

namespace quorumlab::faults {
namespace {

using sim::Node;
using sim::WriteFate;

class LostWrites final : public DiskFault {
 public:
  using Options = DiskChanceOptions;
  LostWrites(const DiskChanceOptions& options, const Making& making)
      : DiskFault(options.on, making, "fault.lost_writes"), chance_(options.chance) {}

  void write(Node& node, std::uint64_t, std::uint64_t bytes, WriteFate& fate) override {
    asked();
    if (!chance(node).chance(chance_)) return;
    fate.lost = true;
    bytes_ += bytes;
    count();
  }

 protected:
  [[nodiscard]] std::string done() const override {
    return fmt::format("writes, {} bytes, never reached the medium", bytes_);
  }

 private:
  sim::Probability chance_;
  std::uint64_t bytes_ = 0;
};

class MisdirectedWrites final : public DiskFault {
 public:
  using Options = DiskChanceOptions;
  MisdirectedWrites(const DiskChanceOptions& options, const Making& making)
      : DiskFault(options.on, making, "fault.misdirected_writes"), chance_(options.chance) {}

  // Onto an earlier place of the same file, as if the block's address had been mixed up.
  void write(Node& node, std::uint64_t at, std::uint64_t bytes, WriteFate& fate) override {
    asked();
    sim::Stream& stream = chance(node);
    if (!stream.chance(chance_) || at < bytes) return;
    fate.lands_at = stream.below(at / bytes) * bytes;
    count();
  }

 protected:
  [[nodiscard]] std::string done() const override {
    return "writes overwrote another place of their file";
  }

 private:
  sim::Probability chance_;
};

struct RotOptions {
  Targets on;
  std::int64_t bits = 1;
};

class BitRot final : public Fault {
 public:
  using Options = RotOptions;
  BitRot(RotOptions options, const Making& making)
      : options_(std::move(options)), making_(making) {}

  Hit begin(sim::World& world) override {
    const std::vector<sim::NodeId> hit = options_.on.in(world);
    for (const sim::NodeId node : hit) {
      sim::Stream stream =
          making_.draw(world, "fault.bit_rot", world.node(node).stream_key() + beginnings_);
      effect_.opportunities += static_cast<std::uint64_t>(options_.bits);
      effect_.effects +=
          world.node(node).disk().rot(stream, static_cast<std::uint64_t>(options_.bits));
    }
    ++beginnings_;
    return {.groups = {hit}, .label = "of " + options_.on.text()};
  }
  void end(sim::World&) override {}
  [[nodiscard]] Effect effect(sim::World&) const override {
    Effect effect = effect_;
    effect.text = fmt::format("{} bits at rest flipped", effect.effects);
    return effect;
  }

 private:
  RotOptions options_;
  Making making_;
  std::uint64_t beginnings_ = 0;
  Effect effect_;
};

struct ReadRotOptions {
  Targets on;
  sim::Probability chance = sim::Probability::always();
};

class ReadRot final : public DiskFault {
 public:
  using Options = ReadRotOptions;
  ReadRot(const ReadRotOptions& options, const Making& making)
      : DiskFault(options.on, making, "fault.read_rot"), chance_(options.chance) {}

  void read(Node& node, std::string& bytes) override {
    asked();
    sim::Stream& stream = chance(node);
    if (!stream.chance(chance_) || bytes.empty()) return;
    const std::uint64_t at = stream.below(bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1U << stream.below(8)));
    count();
  }

 protected:
  [[nodiscard]] std::string done() const override { return "reads found a flipped bit"; }

 private:
  sim::Probability chance_;
};

template <class F, class O>
FaultKind chance_kind(const std::string& name, std::string_view summary, std::string_view each,
                      const std::string& example) {
  return {.schema = on_disks<O>(name, summary)
                        .field("chance", &O::chance, config::probability(), each)
                        .build(),
          .theme = "disks",
          .example = example,
          .make = make_fault<F>,
          .check = check_on<O>,
          .random =
              [name](Dice& dice) {
                const std::string victim = dice.replica();
                O options{.on = Targets({victim})};
                options.chance = sim::Probability(dice.one_of<double>({0.01, 0.1, 0.5}));
                return Drawn{config::Chosen(name, std::move(options)), Harm::kData, {victim}};
              },
          .damages_disks = true};
}

FaultKind bit_rot_kind() {
  using O = RotOptions;
  return {
      .schema = on_disks<O>("bit_rot",
                            "Bits of what lies on the medium flip, once, when the fault begins; "
                            "nobody knows until it is read, and then only if a checksum looks.")
                    .field("bits", &O::bits, config::integer().between(1, 1'000'000),
                           "how many, at random places of all files")
                    .build(),
      .theme = "disks",
      .example = "on = \"leader\"\nbits = 3",
      .make = make_fault<BitRot>,
      .check = check_on<O>,
      .random =
          [](Dice& dice) {
            const std::string victim = dice.replica();
            Drawn drawn{config::Chosen("bit_rot", O{.on = Targets({victim}),
                                                    .bits = dice.one_of<std::int64_t>({1, 8})}),
                        Harm::kData,
                        {victim}};
            drawn.is_momentary = true;
            return drawn;
          },
      .damages_disks = true};
}

}  // namespace

std::vector<FaultKind> damage_kinds() {
  return {chance_kind<LostWrites, DiskChanceOptions>(
              "lost_writes",
              "The disk confirms a write, and its sync, and never does it. The node sees it until "
              "its machine goes down.",
              "for each write", "on = \"leader\"\nchance = 0.5"),
          chance_kind<MisdirectedWrites, DiskChanceOptions>(
              "misdirected_writes",
              "A write lands on another place of its file and destroys what was there. The node "
              "sees what it meant to write until its machine goes down.",
              "for each write", "on = \"leader\"\nchance = 0.5"),
          bit_rot_kind(),
          chance_kind<ReadRot, ReadRotOptions>(
              "read_rot", "A read finds a flipped bit, though the medium is well.", "for each read",
              "on = \"n2\"\n\n[[fault]]\nkind = \"process_crash\"\nat = \"2s\"\nfor = \"200ms\"\n"
              "on = \"n2\"")};
}

}  // namespace quorumlab::faults
