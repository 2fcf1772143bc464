// kind = "message_loss", "message_delay", "message_duplicate", "message_reorder" and
// "message_corrupt": chance at work on messages.
#include "faults/kinds.h"
#include "faults/meddler.h"

namespace quorumlab::faults {
namespace {

using namespace sim::literals;
using sim::Distribution;
using sim::DropReason;
using sim::Passage;
using sim::Probability;
using sim::Stream;

struct LossOptions {
  MessageFilter filter;
  Probability chance = Probability::always();
};

class Loss final : public Meddler {
 public:
  using Options = LossOptions;
  Loss(const LossOptions& options, const Making& making)
      : Meddler(options.filter, making, "fault.message_loss"), chance_(options.chance) {}

 protected:
  void consider(Passage& passage, Stream& stream) override {
    if (!stream.chance(chance_) || passage.dropped != DropReason::kNone) return;
    passage.dropped = DropReason::kLoss;
    count();
  }
  [[nodiscard]] std::string done() const override { return "lost"; }

 private:
  Probability chance_;
};

struct DelayOptions {
  MessageFilter filter;
  Probability chance = Probability::always();
  Distribution by;
};

// kOvertaken: others overtake it, also on links that keep order.
template <bool kOvertaken>
class Late final : public Meddler {
 public:
  using Options = DelayOptions;
  Late(const DelayOptions& options, const Making& making)
      : Meddler(options.filter, making,
                kOvertaken ? "fault.message_reorder" : "fault.message_delay"),
        options_(options) {}

 protected:
  void consider(Passage& passage, Stream& stream) override {
    if (!stream.chance(options_.chance)) return;
    const sim::Duration by = options_.by.sample(stream);
    if (passage.dropped != DropReason::kNone || by <= 0_ns) return;
    passage.delay(by);
    if (kOvertaken) passage.overtakes = true;
    count();
  }
  [[nodiscard]] std::string done() const override {
    return kOvertaken ? "held back behind later ones" : "delayed";
  }

 private:
  DelayOptions options_;
};

class Duplicate final : public Meddler {
 public:
  using Options = DelayOptions;
  Duplicate(const DelayOptions& options, const Making& making)
      : Meddler(options.filter, making, "fault.message_duplicate"), options_(options) {}

 protected:
  void consider(Passage& passage, Stream& stream) override {
    if (!stream.chance(options_.chance)) return;
    const sim::Duration by = std::max(options_.by.sample(stream), 0_ns);
    if (passage.dropped != DropReason::kNone || passage.again) return;
    passage.again = passage.arrives + by;
    count();
  }
  [[nodiscard]] std::string done() const override { return "sent twice"; }

 private:
  DelayOptions options_;
};

struct CorruptOptions {
  MessageFilter filter;
  Probability chance = Probability::always();
  bool checksum = true;
};

class Corrupt final : public Meddler {
 public:
  using Options = CorruptOptions;
  Corrupt(const CorruptOptions& options, const Making& making)
      : Meddler(options.filter, making, "fault.message_corrupt"), options_(options) {}

 protected:
  void consider(Passage& passage, Stream& stream) override {
    if (!stream.chance(options_.chance)) return;
    const std::uint64_t bits = stream.next();
    if (passage.dropped != DropReason::kNone) return;
    count();
    sim::Message& message = passage.message;
    // What has no field to damage could not even be parsed.
    if (options_.checksum || message.type->corrupt == nullptr) {
      passage.dropped = DropReason::kCorrupt;
    } else {
      message.type->corrupt(message.payload(), bits);
    }
  }
  [[nodiscard]] std::string done() const override {
    return options_.checksum ? "damaged and thrown away" : "damaged";
  }

 private:
  CorruptOptions options_;
};

template <class O>
config::SchemaBuilder<O> filtered(std::string_view name, std::string_view summary) {
  return config::schema<O>(name, summary)
      .include(&O::filter, message_filter_schema())
      .field("chance", &O::chance, config::probability(), "for each message");
}

Probability draw_chance(Dice& dice) {
  return Probability(dice.one_of<double>({0.01, 0.05, 0.2, 0.5}));
}

Distribution draw_delay(Dice& dice) {
  return Distribution::uniform({0_ms, dice.one_of<sim::Duration>({5_ms, 50_ms, 500_ms})});
}

template <class F>
FaultKind delay_kind(const std::string& name, std::string_view summary, std::string_view by,
                     const std::string& example) {
  using O = DelayOptions;
  return {.schema = filtered<O>(name, summary)
                        .field("by", &O::by, config::distribution(), by)
                        .required()
                        .build(),
          .theme = "network",
          .example = example,
          .make = make_fault<F>,
          .check = check_filter<O>,
          .random = [name](Dice& dice) {
            O options{.filter = draw_filter(dice)};
            options.chance = draw_chance(dice);
            options.by = draw_delay(dice);
            return Drawn{config::Chosen(name, std::move(options))};
          }};
}

FaultKind loss_kind() {
  using O = LossOptions;
  return {.schema = filtered<O>("message_loss", "Messages vanish.").build(),
          .theme = "network",
          .example = "chance = 0.2",
          .make = make_fault<Loss>,
          .check = check_filter<O>,
          .random = [](Dice& dice) {
            O options{.filter = draw_filter(dice)};
            options.chance = draw_chance(dice);
            return Drawn{config::Chosen("message_loss", std::move(options))};
          }};
}

FaultKind corrupt_kind() {
  using O = CorruptOptions;
  return {.schema = filtered<O>("message_corrupt",
                                "Bits of messages flip. A checksum finds it and the message is "
                                "thrown away; without one the receiver takes a damaged value for "
                                "the truth.")
                        .field("checksum", &O::checksum, config::boolean(),
                               "receivers notice; false: the values of client requests and replies "
                               "are changed")
                        .build(),
          .theme = "network",
          .example = "chance = 0.2",
          .make = make_fault<Corrupt>,
          .check = check_filter<O>,
          .random = [](Dice& dice) {
            O options{.filter = draw_filter(dice)};
            options.chance = draw_chance(dice);
            return Drawn{config::Chosen("message_corrupt", std::move(options))};
          }};
}

}  // namespace

std::vector<FaultKind> message_kinds() {
  return {
      loss_kind(),
      delay_kind<Late<false>>("message_delay",
                              "Messages take longer. On a link that keeps order those behind wait.",
                              "how much longer", "by = \"20ms\""),
      delay_kind<Duplicate>("message_duplicate", "Messages arrive twice.",
                            "how much later the second copy arrives",
                            "chance = 0.2\nby = \"uniform(0ms, 20ms)\""),
      delay_kind<Late<true>>("message_reorder",
                             "Messages are overtaken by later ones, also on links that keep "
                             "order.",
                             "how long one is held back",
                             "chance = 0.2\nby = \"uniform(0ms, 50ms)\""),
      corrupt_kind()};
}

}  // namespace quorumlab::faults
