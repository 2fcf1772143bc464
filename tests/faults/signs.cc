#include "tests/faults/signs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace quorumlab::faults {
namespace {

using sim::DropReason;
using sim::EventKind;
using sim::NodeId;
using sim::TraceEvent;

// Events that satisfy this, while the fault of an example lasts: from second 1 to second 3.
std::size_t during(const Broken& run, const std::function<bool(const TraceEvent&)>& wanted) {
  const auto& events = run.record.events();
  return static_cast<std::size_t>(
      std::count_if(events.begin(), events.end(), [&](const TraceEvent& event) {
        return event.at.seconds() >= 1 && event.at.seconds() < 3 && wanted(event);
      }));
}

std::size_t during(const Broken& run, EventKind kind, std::uint32_t lane) {
  return during(run, [&](const TraceEvent& event) {
    return event.kind == kind && event.lane == NodeId(lane);
  });
}

// All flights of messages that begin while the fault lasts, in seconds.
std::vector<double> flights(const Broken& run) {
  std::vector<double> all;
  for (const TraceEvent& event : run.record.events()) {
    if (event.kind != EventKind::kReceive || event.cause == sim::kNoEvent) continue;
    const double sent = run.record.event(event.cause).at.seconds();
    if (sent >= 1 && sent < 3) all.push_back(event.at.seconds() - sent);
  }
  return all;
}

double longest_flight(const Broken& run) {
  const std::vector<double> all = flights(run);
  return all.empty() ? 0 : *std::max_element(all.begin(), all.end());
}

std::set<std::uint32_t> lanes_of(const Broken& run, EventKind kind) {
  std::set<std::uint32_t> lanes;
  for (const TraceEvent& event : run.record.events()) {
    if (event.kind == kind && event.at.seconds() > 0.5) lanes.insert(event.lane.value);
  }
  return lanes;
}

std::function<bool(const Broken&, const Broken&)> drops(DropReason reason) {
  return [reason](const Broken& with, const Broken& without) {
    return with.dropped(reason) > 0 && without.dropped(reason) == 0;
  };
}

bool is_down_for_two_seconds(const Broken& with, const Broken&) {
  const auto at = [&](EventKind kind) {
    double last = -1;
    for (const TraceEvent& event : with.record.events()) {
      if (event.kind == kind && event.lane == NodeId(0)) last = event.at.seconds();
    }
    return last;
  };
  return at(EventKind::kCrash) == 1 && at(EventKind::kRestart) == 3;
}

bool gives_up(const Broken& with, const Broken& without) {
  return lanes_of(with, EventKind::kCrash) == std::set<std::uint32_t>{0} &&
         lanes_of(without, EventKind::kCrash).empty();
}

bool steps(const Broken& with, const Broken& without) {
  return with.count(EventKind::kClockStep) > without.count(EventKind::kClockStep);
}

bool changes_rate(const Broken& with, const Broken& without) {
  return with.count(EventKind::kClockRate) > without.count(EventKind::kClockRate);
}

// What happens to operations.
bool are_more(EventKind kind, const Broken& with, const Broken& without) {
  return with.count(kind) > without.count(kind);
}

// Does the node's log end earlier after its restart than before?
bool log_is_cut(const Broken& run, std::uint32_t lane) {
  std::int64_t before = 0;
  bool crashed = false;
  for (const TraceEvent& event : run.record.events()) {
    if (event.lane != NodeId(lane)) continue;
    crashed = crashed || event.kind == EventKind::kCrash;
    if (event.kind != EventKind::kState || run.record.name(event.name) != "durable") continue;
    if (crashed) return event.tags.value < before;
    before = std::max(before, event.tags.value);
  }
  return false;
}

// The same fault on n1, and then its power fails.
std::function<bool(const Broken&, const Broken&)> cuts_log(const std::string& kind) {
  return [kind](const Broken&, const Broken& without) {
    const std::string outage =
        "kind = \"power_loss\"\nat = \"2500ms\"\nfor = \"500ms\"\non = \"n1\"\n";
    const Broken honest(outage);
    const Broken broken(keys_of(fault_kind(kind)) + "\n[[fault]]\n" + outage);
    return log_is_cut(broken, 0) && !log_is_cut(honest, 0) && !log_is_cut(without, 0);
  };
}

// Mean time of writes that were confirmed while the fault lasted, in seconds.
double write_takes(const Broken& run) {
  double sum = 0;
  double count = 0;
  for (const models::Operation& op : run.result.history.operations()) {
    const bool meant = op.f == models::Function::kWrite && op.outcome == models::Outcome::kOk &&
                       op.invoked_at.seconds() >= 1 && op.completed_at.seconds() < 3;
    if (!meant) continue;
    sum += (op.completed_at - op.invoked_at).seconds();
    count += 1;
  }
  return count == 0 ? 0 : sum / count;
}

std::vector<Sign> network_signs() {
  const std::string cut = "what crosses the cut is dropped";
  return {
      {"partition", cut, drops(DropReason::kPartition)},
      {"isolate", cut, drops(DropReason::kPartition)},
      {"cut_links", cut, drops(DropReason::kPartition)},
      {"partition_shape", cut, drops(DropReason::kPartition)},
      {"message_loss", "messages are dropped on their way", drops(DropReason::kLoss)},
      {"message_delay", "every message is under way for 20 ms and more",
       [](const Broken& with, const Broken& without) {
         const auto all = flights(with);
         return *std::min_element(all.begin(), all.end()) > 0.02 && longest_flight(without) < 0.02;
       }},
      {"message_duplicate", "the network makes second copies",
       [](const Broken& with, const Broken&) { return with.count(EventKind::kDuplicate) > 20; }},
      {"message_reorder", "some messages are under way for longer than any other ever is",
       [](const Broken& with, const Broken& without) {
         return longest_flight(with) > 0.03 && longest_flight(without) < 0.01;
       }},
      {"message_corrupt", "receivers find messages damaged and drop them",
       drops(DropReason::kCorrupt)},
      {"message", "one message is dropped, and no other",
       [](const Broken& with, const Broken&) { return with.dropped(DropReason::kLoss) == 1; }},
      {"slow_link", "messages queue behind each other and come late",
       [](const Broken& with, const Broken&) { return longest_flight(with) > 0.03; }},
      {"connection_reset", "what is on its way is dropped, every 50 ms",
       drops(DropReason::kReset)}};
}

std::vector<Sign> process_signs() {
  const std::string down = "the node crashes and starts again two seconds later";
  return {{"crash", down, is_down_for_two_seconds},
          {"process_crash", down, is_down_for_two_seconds},
          {"power_loss", down, is_down_for_two_seconds},
          {"amnesia", down + ", with all of its disk lost",
           [](const Broken& with, const Broken& without) {
             for (const TraceEvent& event : with.record.events()) {
               if (event.kind == EventKind::kCrash) {
                 return event.tags.value > 1000 && is_down_for_two_seconds(with, without);
               }
             }
             return false;
           }},
          {"pause", "nothing reaches the node for two seconds, then everything at once",
           [](const Broken& with, const Broken&) {
             return with.count(EventKind::kResume) == 1 && during(with, EventKind::kReceive, 0) < 5;
           }},
          {"slow_node", "what is sent to it arrives only when its turn has come",
           [](const Broken& with, const Broken& without) {
             return longest_flight(with) > 0.05 && longest_flight(without) < 0.01;
           }},
          {"rolling_restart", "one node after the other crashes",
           [](const Broken& with, const Broken&) {
             return lanes_of(with, EventKind::kCrash) == std::set<std::uint32_t>{0, 1, 2};
           }},
          {"upgrade", "each node restarts once, and sends more heartbeats from then on",
           [](const Broken& with, const Broken& without) {
             const auto sends = [](const Broken& run) {
               std::size_t count = 0;
               for (const TraceEvent& event : run.record.events()) {
                 count += std::size_t{event.at.seconds() > 3 && event.kind == EventKind::kSend &&
                                      run.record.name(event.name) == "Append"};
               }
               return count;
             };
             return with.count(EventKind::kCrash) == 3 && sends(with) > sends(without) * 11 / 10;
           }}};
}

std::vector<Sign> disk_signs() {
  return {
      {"disk_slow", "fewer syncs come to an end",
       [](const Broken& with, const Broken& without) {
         return during(with, EventKind::kSync, 0) * 2 < during(without, EventKind::kSync, 0);
       }},
      {"disk_stall", "no sync comes to an end",
       [](const Broken& with, const Broken&) { return during(with, EventKind::kSync, 0) <= 1; }},
      {"disk_full", "the process gives up", gives_up},
      {"sync_fails", "the process gives up", gives_up},
      {"sync_lies", "nothing, until the power fails too: then the log ends before its synced end",
       cuts_log("sync_lies")},
      {"lost_writes", "nothing, until the machine goes down: then the log ends at the first gap",
       cuts_log("lost_writes")},
      {"misdirected_writes",
       "nothing, until the machine goes down: then the log ends where something else was written",
       cuts_log("misdirected_writes")},
      {"bit_rot",
       "nothing, until the node starts again: its log ends where the checksum does not fit",
       cuts_log("bit_rot")},
      {"read_rot", "nothing, until the node starts again: its log seems to end early",
       [](const Broken& with, const Broken&) { return log_is_cut(with, 1); }}};
}

std::vector<Sign> clock_signs() {
  return {{"clock_offset", "the wall clock steps, and back", steps},
          {"clock_step", "the wall clock steps", steps},
          {"clock_drift", "the clock's rate changes, and back", changes_rate},
          {"clock_freeze", "nothing but the lease that is measured on it",
           [](const Broken& with, const Broken&) { return with.effect().effects > 0; }},
          {"leap_second", "nothing but the time of day",
           [](const Broken& with, const Broken&) { return with.effect().effects > 0; }},
          {"clock_sync", "the wall clock steps with each exchange", steps},
          {"clock_bound", "writes that wait out their stamp are confirmed too soon",
           [](const Broken& with, const Broken& without) {
             return write_takes(with) < write_takes(without) - 0.01;
           }}};
}

std::vector<Sign> client_signs() {
  return {{"client_timeout", "more operations of which nobody knows",
           [](const Broken& with, const Broken& without) {
             return are_more(EventKind::kUnknown, with, without);
           }},
          {"client_retry", "requests are sent more than once",
           [](const Broken& with, const Broken& without) {
             const auto puts = [](const Broken& run) {
               return during(run, [&](const TraceEvent& event) {
                 return event.kind == EventKind::kSend && !event.is_reply &&
                        run.record.name(event.name) == "Put";
               });
             };
             return puts(with) > puts(without) * 5 / 4;
           }},
          {"client_cancel", "more operations of which nobody knows",
           [](const Broken& with, const Broken& without) {
             return are_more(EventKind::kUnknown, with, without);
           }},
          {"driver_lies", "operations of a client that nobody reaches are ok all the same",
           [](const Broken& with, const Broken&) {
             const auto& all = with.result.history.operations();
             return std::any_of(all.begin(), all.end(), [](const models::Operation& op) {
               return op.f == models::Function::kWrite && op.outcome == models::Outcome::kOk &&
                      op.completed_at - op.invoked_at == sim::Duration(200'000'000);
             });
           }},
          {"stale_routing", "requests go where they are turned down, and operations fail",
           [](const Broken& with, const Broken& without) {
             return are_more(EventKind::kFail, with, without);
           }},
          {"session_loss", "nothing, until a replica lags",
           [](const Broken& with, const Broken&) { return with.effect().effects > 0; }}};
}

}  // namespace

std::string keys_of(const FaultKind& kind) {
  std::string keys = fmt::format("kind = \"{}\"\n", kind.schema.name());
  const bool repeats = kind.example.find("every = ") != std::string::npos;
  if (!repeats) keys += "at = \"1s\"\nfor = \"2s\"\n";
  return keys + kind.example + "\n";
}

const Sign& sign_of(const std::string& kind) {
  static const std::map<std::string, Sign> kSigns = [] {
    std::map<std::string, Sign> all;
    for (auto family : {network_signs, process_signs, disk_signs, clock_signs, client_signs}) {
      for (Sign& sign : family()) all.emplace(sign.kind, std::move(sign));
    }
    return all;
  }();
  return kSigns.at(kind);
}

}  // namespace quorumlab::faults
