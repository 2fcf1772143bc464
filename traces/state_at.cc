#include "traces/state_at.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "traces/messages.h"
#include "traces/wall_clock.h"
#include "traces/words.h"

namespace quorumlab::traces {
namespace {

class Looking {
 public:
  Looking(const Record& record, NodeId lane, EventId at) : record_(record) {
    state_.lane = lane;
    state_.at = at;
    state_.status = "up";
    state_.now = record.event(at).at;
    append_ = record.find_name("append");
    discard_ = record.find_name("discard_entry");
  }

  NodeState look() {
    WallClock clock(record_, state_.lane);
    for (std::uint64_t i = 1; i <= state_.at.value; ++i) {
      const TraceEvent& e = record_.event(EventId(i));
      if (e.lane != state_.lane) continue;
      clock.see(e);
      see(EventId(i), e);
    }
    state_.clock = clock.at(state_.now);
    for (const auto& [name, id] : fields_)
      state_.fields.push_back({name, record_.state_text(name, record_.event(id).tags.value), id});
    for (const Message& m : messages_of(record_))
      if (m.send <= state_.at && (m.end == sim::kNoEvent || m.end > state_.at) &&
          record_.event(m.send).peer == state_.lane)
        state_.coming.push_back(m.send);
    return std::move(state_);
  }

 private:
  void see(EventId id, const TraceEvent& e) {
    const auto status = [&](const char* word) {
      state_.status = word;
      state_.status_since = id;
    };
    if (e.kind == EventKind::kState) fields_[std::string(record_.name(e.name))] = id;
    if (e.kind == EventKind::kCrash) status("down");
    if (e.kind == EventKind::kPause) status("paused");
    if (e.kind == EventKind::kRestart || e.kind == EventKind::kResume) status("up");
    if (e.kind != EventKind::kNote || e.tags.key == sim::kNoKey) return;
    if (append_ && e.name == *append_) {
      state_.holds[e.tags.key] = {e.tags.value, id};
      log_[e.tags.key].push_back(id);
    }
    if (discard_ && e.name == *discard_) discard(e);
  }

  // The key goes back to the append before, if there is one.
  void discard(const TraceEvent& e) {
    auto& log = log_[e.tags.key];
    std::erase_if(log, [&](EventId id) { return record_.event(id).tags.op == e.tags.op; });
    if (log.empty())
      state_.holds.erase(e.tags.key);
    else
      state_.holds[e.tags.key] = {record_.event(log.back()).tags.value, log.back()};
  }

  const Record& record_;
  NodeState state_;
  std::map<std::string, EventId> fields_;
  std::map<sim::Key, std::vector<EventId>> log_;
  std::optional<sim::NameId> append_;
  std::optional<sim::NameId> discard_;
};

}  // namespace

NodeState state_at(const Record& record, NodeId lane, EventId at) {
  return Looking(record, lane, at).look();
}

std::string to_text(const Record& record, const NodeState& state) {
  std::string out = fmt::format("{} at event {} ({})\n", printable(record.lane_name(state.lane)),
                                state.at.value, event_text(record, state.at));
  const auto line = [&](std::string_view what, std::string_view value, EventId since) {
    out += fmt::format("  {:<12} {:<20} {}\n", what, value,
                       since == sim::kNoEvent ? "" : fmt::format("since event {}", since.value));
  };
  line("true time", sim::to_text(state.now, 6), sim::kNoEvent);
  line("its clock", sim::to_text(state.clock), sim::kNoEvent);
  line("status", state.status, state.status_since);
  for (const NodeState::Field& field : state.fields)
    line(printable(field.name), printable(field.value), field.since);
  for (const auto& [key, held] : state.holds)
    line(printable(record.key_name(key)), fmt::format("{}", held.value), held.since);
  for (const EventId send : state.coming)
    out += fmt::format("  on its way   #{} {}\n", send.value, event_text(record, send));
  return out;
}

EventId event_at(const Record& record, sim::Time at) {
  const auto after = std::ranges::upper_bound(record.events(), at, {}, &TraceEvent::at);
  return EventId(static_cast<std::uint64_t>(after - record.events().begin()));
}

}  // namespace quorumlab::traces
