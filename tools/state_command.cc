// run --until EVENT --state NODE: the state of nodes at an event; run --break-at EVENT: a debugger
// stops where the event happens.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <fstream>
#include <string>

#include "tools/commands.h"
#include "tools/examine.h"
#include "tools/exit_codes.h"
#include "traces/state_at.h"

namespace quorumlab::tools {
namespace {

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t n = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, n);
  if (error != std::errc() || at != end) return std::nullopt;
  return n;
}

// "4430", or "7.05s" for the last event until then. nullopt: neither, or no such event.
std::optional<sim::EventId> event_of(const traces::Record& record, const std::string& text) {
  sim::EventId id;
  if (const auto n = number(text))
    id = sim::EventId(*n);
  else if (const auto passed = sim::parse_duration(text))
    id = event_at(record, sim::Time() + *passed);
  if (id.value >= 1 && id.value <= record.events().size()) return id;
  fmt::print(stderr,
             "quorumlab: --until {}: expected an event from 1 to {}, or a time such as 7.05s\n",
             text, record.events().size());
  return std::nullopt;
}

bool debugger_is_attached() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("TracerPid:")) return line.find_first_of("123456789") != std::string::npos;
  return false;
}

}  // namespace

int state_command(const RunArguments& arguments, const scenarios::Scenario& scenario,
                  const models::Registry& registry) {
  traces::Record record;
  static_cast<void>(
      scenarios::run(scenario, registry, {.seed = arguments.seed, .record = &record}));
  const auto at =
      event_of(record, arguments.until.empty() ? fmt::format("{}", record.events().size())
                                               : arguments.until);
  if (!at) return kBadInput;
  std::vector<std::string> known;
  for (const traces::Lane& lane : record.lanes) known.push_back(lane.name);
  std::vector<std::string> wanted = arguments.state;
  if (wanted.empty()) wanted = known;
  for (const std::string& name : wanted) {
    const auto lane = std::ranges::find(known, name);
    if (lane == known.end()) {
      fmt::print(stderr, "quorumlab: --state {}: no node is called that: {}\n", name,
                 fmt::join(known, ", "));
      return kBadInput;
    }
    const sim::NodeId id(static_cast<std::uint32_t>(lane - known.begin()));
    if (arguments.state.empty() && record.is_client(id)) continue;
    fmt::print("{}", to_text(record, state_at(record, id, *at)));
  }
  return kAsExpected;
}

int break_command(const RunArguments& arguments, const scenarios::Scenario& scenario,
                  const models::Registry& registry) {
  if (!debugger_is_attached()) {
    fmt::print(stderr,
               "quorumlab: no debugger is attached: gdb --args quorumlab run {} --break-at {}\n",
               arguments.file, arguments.break_at);
    return kBadInput;
  }
  traces::Record record;
  record.set_alarm(sim::EventId(arguments.break_at),
                   [] { static_cast<void>(std::raise(SIGTRAP)); });
  static_cast<void>(
      scenarios::run(scenario, registry, {.seed = arguments.seed, .record = &record}));
  if (record.events().size() >= arguments.break_at) return kAsExpected;
  fmt::print(stderr, "quorumlab: the run has only {} events\n", record.events().size());
  return kBadInput;
}

}  // namespace quorumlab::tools
