#include "faults/schedule.h"

#include <algorithm>
#include <utility>

#include "sim/check.h"

namespace quorumlab::faults {
namespace {

using sim::Duration;

constexpr std::uint64_t kFaultChanged = sim::fnv_1a("fault");

void bind(Predicate& condition, const Places& places) {
  const auto wrong = condition.bind(places);
  QL_CHECK(!wrong, "an unchecked condition: {}: {}", condition.text(), wrong->message);
}

}  // namespace

FaultSchedule::FaultSchedule(sim::World& world, std::vector<FaultEntry> entries,
                             const Places& places, Software software, Duration from)
    : world_(world), software_(std::move(software)), from_(from), entries_(std::move(entries)) {
  Places named = places;
  for (const FaultEntry& entry : entries_) named.faults.push_back(entry.name);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    FaultEntry& entry = entries_[i];
    const Making making{
        static_cast<std::uint64_t>(entry.stream.value_or(static_cast<std::int64_t>(i))),
        software_ ? &software_ : nullptr};
    Active active;
    active.fault = fault_kind(entry.kind.word()).make(entry.kind, making);
    active.stream = std::make_unique<sim::Stream>(making.draw(world, "fault.when", 0));
    active_.push_back(std::move(active));
    if (entry.until) bind(*entry.until, named);
    if (entry.when && entry.when->state) bind(*entry.when->state, named);
    has_conditions_ = has_conditions_ || entry.until || (entry.when && entry.when->state);
  }
}

void FaultSchedule::install() {
  bool observes = has_conditions_;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const FaultEntry& entry = entries_[i];
    Active& active = active_[i];
    if (entry.at) {
      world_.at(sim::Time() + *entry.at, [this, i] { beat(i); });
    } else if (!entry.when) {
      const Duration first = std::max(entry.every->sample(*active.stream), Duration(1));
      world_.at(sim::Time() + from_ + first, [this, i] { beat(i); });
    } else if (!entry.when->message.empty()) {
      active.watch =
          std::make_unique<MessageWatch>(world_, *entry.when, [this, i] { triggered(i); });
      world_.network().join(*active.watch);
    } else if (!entry.when->event.empty()) {
      observes = true;
    }
  }
  if (observes) observe();
  // Conditions are about the run, not about nodes that have not been started yet.
  if (has_conditions_) {
    world_.at(sim::Time(), [this] {
      running_ = true;
      look();
    });
  }
}

void FaultSchedule::reseed() {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Making making{
        static_cast<std::uint64_t>(entries_[i].stream.value_or(static_cast<std::int64_t>(i)))};
    *active_[i].stream = making.draw(world_, "fault.when", 0);
    active_[i].fault->reseed(world_);
  }
}

void FaultSchedule::observe() {
  world_.observe({.state =
                      [this](sim::Node& node, std::string_view field, std::int64_t, std::int64_t) {
                        seen(node, field);
                        look();
                      },
                  .note = [this](sim::Node& node, std::string_view what,
                                 const sim::Tags&) { seen(node, what); },
                  .point =
                      [this](sim::Node& node, std::string_view point) {
                        seen(node, point);
                        look();
                      }});
}

void FaultSchedule::seen(const sim::Node& node, std::string_view event) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::optional<Trigger>& when = entries_[i].when;
    if (!when || when->event != event) continue;
    if (!when->on.empty()) {
      const std::vector<sim::NodeId> meant = when->on.in(world_);
      if (std::find(meant.begin(), meant.end(), node.id()) == meant.end()) continue;
    }
    triggered(i);
  }
}

void FaultSchedule::triggered(std::size_t i) {
  if (world_.now() < sim::Time() + from_) return;
  const Trigger& when = *entries_[i].when;
  if (++active_[i].seen != when.nth) return;
  // Later at the same instant: what was seen is still going on.
  world_.at(world_.now() + when.after, [this, i] { beat(i); });
}

void FaultSchedule::look() {
  if (!running_ || healed_) return;
  const auto active = [this](const std::string& name) { return is_active(name); };
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const FaultEntry& entry = entries_[i];
    Active& own = active_[i];
    if (entry.when && entry.when->state) {
      const bool before = std::exchange(own.held, entry.when->state->holds(world_, active));
      if (own.held && !before) triggered(i);
    }
    if (entry.until && own.happening && entry.until->holds(world_, active)) {
      world_.at(world_.now(), [this, i, beginning = own.beginnings] {
        if (active_[i].beginnings == beginning) end(i);
      });
    }
  }
}

bool FaultSchedule::is_active(const std::string& name) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (active_[i].happening && entries_[i].name == name) return true;
  }
  return false;
}

void FaultSchedule::beat(std::size_t i) {
  if (healed_) return;
  const FaultEntry& entry = entries_[i];
  Active& active = active_[i];
  if (entry.every && !entry.lasts && !entry.until) end(i);
  begin(i);
  if (!entry.every || ++active.beats >= entry.times.value_or(INT64_MAX)) return;
  const Duration gap = std::max(entry.every->sample(*active.stream), Duration(1));
  world_.at(world_.now() + gap, [this, i] { beat(i); });
}

void FaultSchedule::begin(std::size_t i) {
  Active& active = active_[i];
  if (healed_ || active.happening) return;
  const FaultEntry& entry = entries_[i];
  world_.fingerprint_note(kFaultChanged, i, 1);
  world_.set_cause(world_.record(sim::EventKind::kFaultBegin, sim::kNoNode, entry.kind.word(),
                                 {.value = static_cast<std::int64_t>(i)}));
  active.happening = happened_.size();
  ++active.beginnings;
  happened_.push_back({i, world_.now(), std::nullopt, {}});
  Hit hit = active.fault->begin(world_);
  happened_[*active.happening].hit = std::move(hit);
  if (entry.lasts) {
    const Duration lasts = std::max(entry.lasts->sample(*active.stream), Duration(1));
    world_.at(world_.now() + lasts, [this, i, beginning = active.beginnings] {
      if (active_[i].beginnings == beginning) end(i);
    });
  }
  if (!entry.name.empty()) follow(entry.name, true);
  look();
}

void FaultSchedule::end(std::size_t i) {
  if (!active_[i].happening) return;
  world_.fingerprint_note(kFaultChanged, i, 2);
  happened_[*std::exchange(active_[i].happening, std::nullopt)].end = world_.now();
  active_[i].fault->end(world_);
  world_.record(sim::EventKind::kFaultEnd, sim::kNoNode, entries_[i].kind.word(),
                {.value = static_cast<std::int64_t>(i)});
  if (!entries_[i].name.empty()) follow(entries_[i].name, false);
  look();
}

void FaultSchedule::follow(const std::string& name, bool begins) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::optional<Trigger>& when = entries_[i].when;
    if (!when || when->during != name) continue;
    if (begins) {
      triggered(i);
    } else {
      end(i);
    }
  }
}

void FaultSchedule::heal_all() {
  for (std::size_t i = 0; i < entries_.size(); ++i) end(i);
  healed_ = true;
}

Effect FaultSchedule::effect(std::size_t fault) const {
  Effect effect = active_.at(fault).fault->effect(world_);
  effect.activations = active_[fault].beginnings;
  return effect;
}

}  // namespace quorumlab::faults
