// What a [[fault]] may say, and which of it makes sense.
#include <fmt/core.h>

#include <algorithm>

#include "faults/schedule.h"

namespace quorumlab::faults {
namespace {

using namespace sim::literals;

void check_times(const FaultEntry& e, const config::Where& where, config::Diagnostics& problems) {
  if (e.at && e.when) {
    problems.error(where("when"),
                   "a fault begins `at` a time or `when` something happens, not both",
                   "write at = \"30s\" or when = { event = \"elected\" }");
  } else if (!e.at && !e.when && !e.every) {
    problems.error(where("kind"), "this fault never begins",
                   "write at = \"30s\" or when = { event = \"elected\" }");
  }
  if (e.lasts && e.until) {
    problems.error(where("until"),
                   "a fault lasts `for` a time or `until` something holds, not both",
                   "leave one of them out");
  }
  if (e.times && !e.every) {
    problems.error(where("times"), "how often is said, but not how far apart",
                   "write every = \"5s\" too");
  }
  if (e.every && e.every->mean() <= 0_ns) {
    problems.error(where("every"), "the fault would begin for ever at one instant",
                   "write every = \"5s\"");
  }
  if (e.lasts && e.lasts->mean() <= 0_ns) {
    problems.error(where("for"), "the fault would be over before it begins", "write for = \"5s\"");
  }
}

}  // namespace

config::Schema fault_schema() {
  using E = FaultEntry;
  return config::schema<E>("fault", "What goes wrong, when, and for how long.")
      .choose("kind", &E::kind, fault_alternatives(), "what goes wrong")
      .field("name", &E::name, config::text(),
             "what conditions such as active(name) and `during` call it")
      .field("at", &E::at, config::duration().at_least(0_ns), "when it begins, since the start")
      .inline_table("when", &E::when, trigger_schema(), "after what it begins instead")
      .field("every", &E::every, config::distribution(),
             "it begins again and again, so far apart; one that still lasts is let finish, and one "
             "without `for` ends when the next begins")
      .field("times", &E::times, config::integer().at_least(1), "with `every`: no more often")
      .field("for", &E::lasts, config::distribution(),
             "how long it lasts; without it, until the faults heal at the end of `duration`")
      .field("until", &E::until, predicate(),
             "it lasts until this holds, such as \"commit(n1) >= 10\"")
      .field(
          "may_be_inert", &E::may_be_inert, config::boolean(),
          "nobody insists that it has an effect, so `inert_faults` and --strict leave it out, as "
          "they do what a nemesis drew")
      .field("stream", &E::stream, config::integer().at_least(0),
             "which streams of chance it draws from; without it, those of its place in the file")
      .check(check_times)
      .build();
}

void check_season(sim::Duration at, const Season& season, const config::Span& span,
                  std::string_view what, config::Diagnostics& problems) {
  if (at >= season.to) {
    problems.error(
        span,
        fmt::format("{} would begin at {}, after {} {}", what, sim::to_text(at),
                    season.is_phase ? "the faults heal at" : "the run of", sim::to_text(season.to)),
        season.is_phase ? "`settle` and `quiet` of [phases] end the run"
                        : "`duration` is in [scenario]");
  } else if (at < season.from) {
    problems.error(span,
                   fmt::format("{} would begin at {}, in the warm-up of {}", what, sim::to_text(at),
                               sim::to_text(season.from)),
                   "`warm_up` is in [phases]");
  }
}

void check_fault(const FaultEntry& entry, const Places& places, const Season& season,
                 const config::Where& where, config::Diagnostics& problems) {
  fault_kind(entry.kind.word()).check(entry.kind, places, where, problems);
  if (entry.when) check_trigger(*entry.when, places, where, problems);
  if (entry.when && !entry.name.empty() && entry.when->during == entry.name) {
    problems.error(where("when.during"), "a fault cannot wait for itself", "name another fault");
  }
  if (entry.until) check_predicate(*entry.until, places, where, "until", problems);
  const auto& names = places.faults;
  if (!entry.name.empty() && std::count(names.begin(), names.end(), entry.name) > 1) {
    problems.error(where("name"), fmt::format("two faults are named `{}`", entry.name),
                   "names are there to tell them apart");
  }
  if (entry.at) check_season(*entry.at, season, where("at"), "the fault", problems);
}

}  // namespace quorumlab::faults
