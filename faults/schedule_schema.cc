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
      .field("stream", &E::stream, config::integer().at_least(0),
             "which streams of chance it draws from; without it, those of its place in the file")
      .check(check_times)
      .build();
}

void check_fault(const FaultEntry& entry, const Places& places, sim::Duration run,
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
  if (entry.at && *entry.at >= run) {
    problems.error(where("at"),
                   fmt::format("the fault would begin at {}, after the run of {}",
                               sim::to_text(*entry.at), sim::to_text(run)),
                   "`duration` is in [scenario]");
  }
}

}  // namespace quorumlab::faults
