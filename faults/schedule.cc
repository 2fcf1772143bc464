#include "faults/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace quorumlab::faults {
namespace {

using namespace sim::literals;

constexpr std::uint64_t kFaultChanged = sim::detail::hash_of("fault");

config::Schema trigger_schema() {
  using T = Trigger;
  return config::schema<T>("trigger", "After an event instead of at a time.")
      .field("event", &T::event, config::text(),
             "a note of the model (\"elected\", \"deposed\", \"append\") or a state field that "
             "changed "
             "(\"role\", \"commit\")")
      .required()
      .field("nth", &T::nth, config::integer().at_least(1), "which of them, counted from 1")
      .field("on", &T::on, TargetsLeaf(), "only if it happens to one of these")
      .field("after", &T::after, config::duration().at_least(0_ns), "and so much later")
      .build();
}

}  // namespace

config::Schema fault_schema() {
  using E = FaultEntry;
  config::Alternatives kinds("fault");
  for (const FaultKind& kind : fault_kinds()) kinds.add(kind.schema);
  return config::schema<E>("fault", "What goes wrong, when, and for how long.")
      .choose("kind", &E::kind, std::move(kinds), "what goes wrong")
      .field("at", &E::at, config::duration().at_least(0_ns), "when it begins, since the start")
      .inline_table("when", &E::when, trigger_schema(), "after which event it begins instead")
      .field("for", &E::lasts, config::duration().at_least(1_ns),
             "how long it lasts; without it, until the faults heal at the end of `duration`")
      .check([](const E& e, const config::Where& where, config::Diagnostics& problems) {
        if (e.at.has_value() == e.when.has_value()) {
          problems.error(where(e.at ? "when" : "kind"),
                         e.at ? "a fault begins `at` a time or `when` something happens, not both"
                              : "this fault never begins",
                         "write at = \"30s\" or when = { event = \"elected\" }");
        }
      })
      .build();
}

void check_fault(const FaultEntry& entry, const Places& places, sim::Duration run,
                 const config::Where& where, config::Diagnostics& problems) {
  fault_kind(entry.kind.word()).check(entry.kind, places, where, problems);
  if (entry.when) entry.when->on.check(places, where, "when.on", problems);
  if (entry.at && *entry.at >= run) {
    problems.error(where("at"),
                   fmt::format("the fault would begin at {}, after the run of {}",
                               sim::to_text(*entry.at), sim::to_text(run)),
                   "`duration` is in [scenario]");
  }
}

FaultSchedule::FaultSchedule(sim::World& world, std::vector<FaultEntry> entries)
    : world_(world), entries_(std::move(entries)) {
  for (const FaultEntry& entry : entries_) {
    active_.push_back({fault_kind(entry.kind.word()).make(entry.kind), std::nullopt, 0});
  }
}

void FaultSchedule::install() {
  bool triggered = false;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].at) world_.at(sim::Time() + *entries_[i].at, [this, i] { begin(i); });
    triggered = triggered || entries_[i].when;
  }
  if (!triggered) return;
  world_.observe({.state = [this](sim::Node& node, std::string_view field, std::int64_t,
                                  std::int64_t) { seen(node, field); },
                  .note = [this](sim::Node& node, std::string_view what,
                                 const sim::Tags&) { seen(node, what); }});
}

void FaultSchedule::seen(const sim::Node& node, std::string_view event) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::optional<Trigger>& when = entries_[i].when;
    if (!when || when->event != event) continue;
    if (!when->on.empty()) {
      const std::vector<sim::NodeId> meant = when->on.in(world_);
      if (std::find(meant.begin(), meant.end(), node.id()) == meant.end()) continue;
    }
    if (++active_[i].seen == when->nth) {
      // Later at the same instant: what was seen is still going on.
      world_.at(world_.now() + when->after, [this, i] { begin(i); });
    }
  }
}

void FaultSchedule::begin(std::size_t i) {
  if (healed_ || active_[i].happening) return;
  world_.fingerprint_note(kFaultChanged, i, 1);
  world_.set_cause(world_.record(sim::EventKind::kFaultBegin, sim::kNoNode, entries_[i].kind.word(),
                                 {.value = static_cast<std::int64_t>(i)}));
  active_[i].happening = happened_.size();
  happened_.push_back({i, world_.now(), std::nullopt, {}});
  happened_.back().hit = active_[i].fault->begin(world_);
  if (entries_[i].lasts) world_.at(world_.now() + *entries_[i].lasts, [this, i] { end(i); });
}

void FaultSchedule::end(std::size_t i) {
  if (!active_[i].happening) return;
  world_.fingerprint_note(kFaultChanged, i, 2);
  happened_[*std::exchange(active_[i].happening, std::nullopt)].end = world_.now();
  active_[i].fault->end(world_);
  world_.record(sim::EventKind::kFaultEnd, sim::kNoNode, entries_[i].kind.word(),
                {.value = static_cast<std::int64_t>(i)});
}

void FaultSchedule::heal_all() {
  for (std::size_t i = 0; i < entries_.size(); ++i) end(i);
  healed_ = true;
}

Effect FaultSchedule::effect(std::size_t fault) const {
  return active_.at(fault).fault->effect(world_);
}

}  // namespace quorumlab::faults
