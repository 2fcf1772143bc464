#include "traces/shiviz.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <vector>

#include "traces/words.h"

namespace quorumlab::traces {
namespace {

using Clock = std::vector<std::uint32_t>;  // by lane: how many printed events are known of it

void merge(Clock& into, const Clock& from) {
  for (std::size_t i = 0; i < from.size(); ++i) into[i] = std::max(into[i], from[i]);
}

// ShiViz takes a host for everything up to a blank, and two hosts of one name for one.
std::vector<std::string> host_names(const Record& record) {
  std::vector<std::string> hosts;
  std::set<std::string> taken;
  for (std::uint32_t i = 0; i < record.lanes.size(); ++i) {
    std::string host = printable(record.lane_name(NodeId(i)));
    for (char& c : host)
      if (c == ' ' || c == '"' || c == '\\') c = '_';
    if (!taken.insert(host).second) taken.insert(host += fmt::format("_lane{}", i));
    hosts.push_back(std::move(host));
  }
  return hosts;
}

class Writer {
 public:
  explicit Writer(const Record& record)
      : record_(record),
        hosts_(host_names(record)),
        lanes_(record.lanes.size(), Clock(record.lanes.size())),
        known_at_(record.events().size()) {}

  // Requires: called for every event, in order.
  void event(EventId id, bool is_printed) {
    const TraceEvent& e = record_.event(id);
    if (e.lane.value >= lanes_.size()) return;
    Clock& clock = lanes_[e.lane.value];
    if (e.cause != sim::kNoEvent && !known_at_[e.cause.value - 1].empty())
      merge(clock, known_at_[e.cause.value - 1]);
    if (is_printed) {
      ++clock[e.lane.value];
      print(id, e, clock);
    }
    // Only what may reach another lane is remembered.
    if (e.kind == EventKind::kSend || e.kind == EventKind::kDuplicate)
      known_at_[id.value - 1] = clock;
  }

  std::string done() { return std::move(out_); }

 private:
  void print(EventId id, const TraceEvent& e, const Clock& clock) {
    const auto out = std::back_inserter(out_);
    fmt::format_to(out, "{} {{", hosts_[e.lane.value]);
    bool is_first = true;
    for (std::size_t i = 0; i < clock.size(); ++i) {
      if (clock[i] == 0) continue;
      fmt::format_to(out, "{}\"{}\":{}", is_first ? "" : ",", hosts_[i], clock[i]);
      is_first = false;
    }
    fmt::format_to(out, "}}\n{}ns #{} {}\n", e.at.count(), id.value, event_text(record_, id));
  }

  const Record& record_;
  std::vector<std::string> hosts_;
  std::vector<Clock> lanes_;
  std::vector<Clock> known_at_;
  std::string out_ = "(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)\n\n";
};

}  // namespace

std::string to_shiviz(const Record& record) {
  Writer writer(record);
  for (std::uint64_t i = 1; i <= record.events().size(); ++i) writer.event(EventId(i), true);
  return writer.done();
}

std::string to_shiviz(const Record& record, std::span<const EventId> events) {
  Writer writer(record);
  auto next = events.begin();
  for (std::uint64_t i = 1; i <= record.events().size() && next != events.end(); ++i) {
    const bool is_printed = next->value == i;
    writer.event(EventId(i), is_printed);
    if (is_printed) ++next;
  }
  return writer.done();
}

}  // namespace quorumlab::traces
