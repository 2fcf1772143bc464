// kind = "message", "slow_link" and "connection_reset": a rule for single messages, and what
// happens to whole links.
#include <fmt/format.h>

#include <algorithm>

#include "faults/kinds.h"
#include "faults/meddler.h"

namespace quorumlab::faults {
namespace {

using namespace sim::literals;
using sim::DropReason;
using sim::Duration;
using sim::Passage;
using sim::Probability;
using sim::Stream;
using sim::Time;

enum class Do : std::uint8_t { kDrop, kDelay, kDuplicate, kCorrupt };

struct RuleOptions {
  MessageFilter filter;
  Do what = Do::kDrop;
  std::int64_t nth = 1;
  std::int64_t count = 1;
  Duration by{0};
};

// TaxDC (ASPLOS 2016) found a single untimely message behind more than 60 % of distributed
// concurrency bugs.
class Rule final : public Meddler {
 public:
  using Options = RuleOptions;
  Rule(const RuleOptions& options, const Making& making)
      : Meddler(options.filter, making, "fault.message"), options_(options) {}

  Hit begin(sim::World& world) override {
    seen_ = 0;
    return Meddler::begin(world);
  }

 protected:
  void consider(Passage& passage, Stream&) override {
    if (passage.dropped != DropReason::kNone) return;
    ++seen_;
    if (seen_ < options_.nth || seen_ >= options_.nth + options_.count) return;
    count();
    sim::Message& message = passage.message;
    switch (options_.what) {
      case Do::kDrop:
        passage.dropped = DropReason::kLoss;
        return;
      case Do::kDelay:
        passage.delay(options_.by);
        passage.overtakes = true;
        return;
      case Do::kDuplicate:
        passage.again = passage.arrives + options_.by;
        return;
      case Do::kCorrupt:
        if (message.type->corrupt == nullptr) {
          passage.dropped = DropReason::kCorrupt;
        } else {
          message.type->corrupt(message.payload(), 0);
        }
        return;
    }
  }
  [[nodiscard]] std::string done() const override {
    switch (options_.what) {
      case Do::kDrop:
        return "dropped";
      case Do::kDelay:
        return "delayed by " + sim::to_text(options_.by);
      case Do::kDuplicate:
        return "duplicated";
      case Do::kCorrupt:
        return "corrupted";
    }
    return {};
  }

 private:
  RuleOptions options_;
  std::int64_t seen_ = 0;
};

FaultKind rule_kind() {
  using O = RuleOptions;
  return {
      .schema =
          config::schema<O>("message",
                            "A rule for single messages: the third Append from n1 to n2 is "
                            "lost. Counting starts when the fault begins.")
              .include(&O::filter, message_filter_schema())
              .field("do", &O::what,
                     config::choices<Do>(
                         {{"drop", Do::kDrop, "it never arrives"},
                          {"delay", Do::kDelay, "it arrives later, and others overtake it"},
                          {"duplicate", Do::kDuplicate, "it arrives twice"},
                          {"corrupt", Do::kCorrupt, "a bit flips and no checksum finds it"}}),
                     "what becomes of it")
              .field("nth", &O::nth, config::integer().at_least(1),
                     "which of the messages that match, counted from 1")
              .field("count", &O::count, config::integer().between(1, 1'000'000'000),
                     "and so many in all from that one on")
              .field("by", &O::by, config::duration().at_least(0_ns),
                     "how much later it, or its second copy, arrives")
              .check([](const O& o, const config::Where& where, config::Diagnostics& problems) {
                if (o.what == Do::kDelay && o.by == 0_ns) {
                  problems.error(where({"by", "do"}), "a delay by nothing", "write by = \"100ms\"");
                }
                if (o.what == Do::kDrop && o.by != 0_ns) {
                  problems.error(where("by"), "a dropped message is never late",
                                 "leave `by` out, or write do = \"delay\"");
                }
              })
              .build(),
      .theme = "network",
      .example =
          "messages = [\"Append\"]\npart = \"requests\"\nfrom = \"n1\"\nto = \"n2\"\n"
          "nth = 3\ndo = \"drop\"",
      .make = make_fault<Rule>,
      .check = check_filter<O>,
      .random = nullptr};
}

enum class Policy : std::uint8_t { kNewest, kEarly };

struct SlowLinkOptions {
  MessageFilter filter;
  std::int64_t bandwidth = 10'000;
  std::int64_t queue = 64 * 1024;
  Policy drop = Policy::kNewest;
};

class SlowLink final : public Meddler {
 public:
  using Options = SlowLinkOptions;
  SlowLink(const SlowLinkOptions& options, const Making& making)
      : Meddler(options.filter, making, "fault.slow_link"), options_(options) {}

  void end(sim::World& world) override {
    Meddler::end(world);
    idle_from_.clear();
  }

 protected:
  void consider(Passage& passage, Stream& stream) override {
    const double draw = options_.drop == Policy::kEarly ? stream.unit() : 0;
    if (passage.dropped != DropReason::kNone) return;
    const sim::Message& message = passage.message;
    Time& idle_from = idle_from_[{message.from, message.to}];
    const Duration wait = std::max(idle_from - now(), 0_ns);
    const std::int64_t waiting = scaled(wait.count(), options_.bandwidth, kSecond);
    if (waiting + static_cast<std::int64_t>(message.wire_size) > options_.queue ||
        (options_.drop == Policy::kEarly && draw < early(waiting))) {
      passage.dropped = DropReason::kOverflow;
      ++dropped_;
      count();
      return;
    }
    const Duration sending(
        scaled(static_cast<std::int64_t>(message.wire_size), kSecond, options_.bandwidth));
    idle_from = now() + wait + sending;
    passage.delay(wait + sending);
    if (wait + sending > 0_ns) count();
  }
  [[nodiscard]] std::string done() const override {
    return fmt::format("slowed, {} of them dropped", dropped_);
  }

 private:
  static constexpr std::int64_t kSecond = 1'000'000'000;

  static std::int64_t scaled(std::int64_t value, std::int64_t times, std::int64_t by) {
    __extension__ using Wide = __int128;
    return static_cast<std::int64_t>(static_cast<Wide>(value) * times / by);
  }
  // Never while the queue is less than half full, always when it is full.
  [[nodiscard]] double early(std::int64_t waiting) const {
    return static_cast<double>(2 * waiting - options_.queue) / static_cast<double>(options_.queue);
  }

  SlowLinkOptions options_;
  std::map<std::pair<sim::NodeId, sim::NodeId>, Time> idle_from_;
  std::uint64_t dropped_ = 0;
};

FaultKind slow_link_kind() {
  using O = SlowLinkOptions;
  return {.schema = config::schema<O>("slow_link",
                                      "Links carry less: messages queue behind each other, and a "
                                      "queue that is full drops some.")
                        .include(&O::filter, message_filter_schema())
                        .field("bandwidth", &O::bandwidth, config::bandwidth().at_least(1),
                               "bytes a second, each link by itself")
                        .field("queue", &O::queue, config::bytes().at_least(1),
                               "bytes that may wait in front of a link")
                        .field("drop", &O::drop,
                               config::choices<Policy>(
                                   {{"newest", Policy::kNewest, "what finds the queue full"},
                                    {"early", Policy::kEarly,
                                     "by chance, the fuller the likelier (random early "
                                     "detection, Floyd and Jacobson, 1993)"}}),
                               "which message is dropped")
                        .build(),
          .theme = "network",
          .example = "bandwidth = \"2kB/s\"\nqueue = \"1KiB\"",
          .make = make_fault<SlowLink>,
          .check = check_filter<O>,
          .random = [](Dice& dice) {
            O options{.filter = draw_filter(dice)};
            options.bandwidth = dice.one_of<std::int64_t>({1'000, 10'000, 100'000});
            options.queue = dice.one_of<std::int64_t>({1'024, 65'536});
            if (dice.coin()) options.drop = Policy::kEarly;
            return Drawn{config::Chosen("slow_link", std::move(options))};
          }};
}

struct ResetOptions {
  MessageFilter filter;
};

// Momentary: whatever is on its way dies, what is sent later travels on a new connection.
class Reset final : public Fault {
 public:
  using Options = ResetOptions;
  Reset(ResetOptions options, const Making&) : options_(std::move(options)) {}

  Hit begin(sim::World& world) override {
    const MessageMatch match(options_.filter, world);
    ++effect_.opportunities;
    effect_.effects += world.drop_in_flight(
        [&](const sim::Message& message) { return match.either_way(message); }, DropReason::kReset);
    return {.groups = {options_.filter.from.in(world)}, .label = "of " + options_.filter.text()};
  }
  void end(sim::World&) override {}
  [[nodiscard]] Effect effect(sim::World&) const override {
    Effect effect = effect_;
    effect.text = fmt::format("{} messages on their way lost", effect.effects);
    return effect;
  }

 private:
  ResetOptions options_;
  Effect effect_;
};

FaultKind reset_kind() {
  using O = ResetOptions;
  return {.schema = config::schema<O>("connection_reset",
                                      "Connections break: what is on its way between the two ends, "
                                      "in either direction, is lost; what is sent later arrives.")
                        .include(&O::filter, message_filter_schema())
                        .build(),
          .theme = "network",
          .example = "every = \"50ms\"",
          .make = make_fault<Reset>,
          .check = check_filter<O>,
          .random = [](Dice& dice) {
            Drawn drawn{config::Chosen("connection_reset", O{.filter = draw_filter(dice)})};
            drawn.is_momentary = true;
            return drawn;
          }};
}

}  // namespace

std::vector<FaultKind> link_kinds() {
  return {rule_kind(), slow_link_kind(), reset_kind()};
}

}  // namespace quorumlab::faults
