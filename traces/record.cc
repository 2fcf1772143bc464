#include "traces/record.h"

#include <fmt/format.h>

#include <utility>

#include "sim/check.h"

namespace quorumlab::traces {

Record::Record() {
  intern("");
}

sim::NameId Record::intern(std::string_view name) {
  const auto address = reinterpret_cast<std::uintptr_t>(name.data());
  sim::NameId& guess = guesses_[(address >> 3 ^ address >> 9) % guesses_.size()];
  if (guess < names_.size() && names_[guess] == name) return guess;
  return guess = look_up(name);
}

sim::NameId Record::look_up(std::string_view name) {
  if (const auto known = ids_.find(name); known != ids_.end()) return known->second;
  QL_CHECK(names_.size() <= UINT16_MAX, "more than 65536 different names in one record");
  const auto id = static_cast<sim::NameId>(names_.size());
  names_.emplace_back(name);
  ids_.emplace(std::string(name), id);
  return id;
}

const TraceEvent& Record::event(EventId id) const {
  QL_CHECK(id.value >= 1 && id.value <= events_.size(), "event {} of {}", id.value, events_.size());
  return events_[id.value - 1];
}

std::string_view Record::name(sim::NameId id) const {
  return id < names_.size() ? std::string_view(names_[id]) : std::string_view("?");
}

std::optional<sim::NameId> Record::find_name(std::string_view name) const {
  const auto known = ids_.find(name);
  return known == ids_.end() ? std::nullopt : std::optional(known->second);
}

void Record::set_state_names(std::string_view field, std::vector<std::string> values) {
  state_names_.insert_or_assign(std::string(field), std::move(values));
}

std::string Record::state_text(std::string_view field, std::int64_t value) const {
  const auto named = state_names_.find(field);
  if (named == state_names_.end() || value < 0) return fmt::format("{}", value);
  const auto& values = named->second;
  const auto index = static_cast<std::uint64_t>(value);
  return index < values.size() ? values[index] : fmt::format("{}", value);
}

std::string Record::lane_name(NodeId lane) const {
  if (lane == sim::kNoNode) return "?";
  if (lane.value < lanes.size() && !lanes[lane.value].name.empty()) return lanes[lane.value].name;
  return fmt::format("lane{}", lane.value);
}

std::string Record::key_name(sim::Key key) const {
  if (key.value < keys.size() && !keys[key.value].empty()) return keys[key.value];
  return key == sim::kNoKey ? "?" : fmt::format("k{}", key.value);
}

bool Record::is_client(NodeId lane) const {
  return lane.value < lanes.size() && lanes[lane.value].is_client;
}

}  // namespace quorumlab::traces
