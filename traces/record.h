// The record of a run: every event the world told, and the tables that give its numbers names.
//
//   Record record;                       // world.set_trace(&record); ... the run ...
//   record.lanes = {{.name = "n1"}, {.name = "c1", .is_client = true}};
//   record.events().size();              // 412; event 17 is record.event(EventId(17))
//
// Recording is on the hot path of a run, so `add` only appends 64 bytes. Whatever a reader wants to
// look up (fates of messages, states of lanes) it derives itself, later, in one pass.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/trace.h"

namespace quorumlab::traces {

using sim::EventId;
using sim::EventKind;
using sim::NodeId;
using sim::TraceEvent;

// What was run. All of it is printed somewhere, none of it is interpreted.
struct Header {
  std::string scenario = {};       // its name
  std::string scenario_hash = {};  // of its text
  std::uint64_t seed = 0;
  std::string version = {};      // of the simulator
  std::string fingerprint = {};  // of the run
  sim::Duration duration = {};

  bool operator==(const Header&) const = default;
};

struct Lane {
  std::string name;
  std::string zone = {};
  bool is_client = false;
  sim::Duration clock_offset = {};  // of its wall clock at the start of the run
  std::int64_t clock_rate_ppb = 0;  // how much faster than true time its clocks run at the start

  bool operator==(const Lane&) const = default;
};

// A fault as the reader should see it. A partition has sides in `groups`; any other fault names
// whom it hit in `lanes`. With `one_way` only messages from groups[0] to groups[1] die.
struct Fault {
  std::string name = {};  // "partition"
  std::string text = {};  // "partition {n1 | n2, n3}"
  sim::Time begin;
  sim::Time end = sim::Time::max();  // max: it lasted to the end of the run
  std::vector<std::vector<NodeId>> groups = {};
  std::vector<NodeId> lanes = {};
  bool one_way = false;

  bool operator==(const Fault&) const = default;
};

class Record final : public sim::TraceSink {
 public:
  Record();

  // The same string gives the same number; the empty string is 0.
  sim::NameId intern(std::string_view name) override;
  EventId add(const TraceEvent& event) override {
    events_.push_back(event);
    if (events_.size() == alarm_at_) [[unlikely]]
      alarm_();
    return EventId(events_.size());
  }
  // Calls `alarm` when event `id` is added, while whatever caused it is still at work.
  void set_alarm(EventId id, std::function<void()> alarm) {
    alarm_at_ = id.value;
    alarm_ = std::move(alarm);
  }
  void reserve(std::size_t events) { events_.reserve(events); }

  [[nodiscard]] std::span<const TraceEvent> events() const { return events_; }
  // Requires: `id` is of this record and not kNoEvent.
  [[nodiscard]] const TraceEvent& event(EventId id) const;
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  // An unknown number is "?": names come from files too.
  [[nodiscard]] std::string_view name(sim::NameId id) const;
  [[nodiscard]] std::optional<sim::NameId> find_name(std::string_view name) const;

  // Names for the values 0, 1, 2, ... of the state field `field`:
  // set_state_names("role", {"follower", "candidate", "leader"}).
  void set_state_names(std::string_view field, std::vector<std::string> values);
  // "leader" for ("role", 2); the number itself where no name was given.
  [[nodiscard]] std::string state_text(std::string_view field, std::int64_t value) const;
  [[nodiscard]] const auto& state_names() const { return state_names_; }

  // Both have an answer for any number: lane 7 without a name is "lane7", key 7 is "k7".
  [[nodiscard]] std::string lane_name(NodeId lane) const;
  [[nodiscard]] std::string key_name(sim::Key key) const;
  [[nodiscard]] bool is_client(NodeId lane) const;

  Header header;
  std::vector<Lane> lanes;
  std::vector<std::string> keys;
  std::vector<Fault> faults;

 private:
  sim::NameId look_up(std::string_view name);

  std::vector<TraceEvent> events_;
  std::uint64_t alarm_at_ = 0;
  std::function<void()> alarm_;
  std::vector<std::string> names_;
  std::map<std::string, sim::NameId, std::less<>> ids_;
  // Most names are static text and come again and again: by their address, a guess to be verified.
  std::array<sim::NameId, 64> guesses_{};
  std::map<std::string, std::vector<std::string>, std::less<>> state_names_;
};

}  // namespace quorumlab::traces
