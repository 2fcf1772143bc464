#include "models/consistency/register_stream.h"

#include <algorithm>

namespace quorumlab::models {

RegisterStream::RegisterStream(Cell initial) {
  zones_.push_back({.value = initial, .first_done = 0});
}

RegisterStream::Ticket RegisterStream::begin_read(Position at) {
  open_.begin(at);
  return {.begun = at};
}

RegisterStream::Ticket RegisterStream::begin_write(Cell value, Position at) {
  if (find(value) != nullptr) {
    forget();
    if (find(value) != nullptr) ambiguous_ = value;
  }
  open_.begin(at);
  zones_.push_back({.value = value, .last_begun = at});
  return {.begun = at, .writes = true, .value = value};
}

bool RegisterStream::end_write(const Ticket& ticket, Position at) {
  open_.end(ticket.begun);
  Zone* const zone = find(ticket.value);
  return zone == nullptr || grow(*zone, ticket, at);
}

bool RegisterStream::end_read(const Ticket& ticket, Cell value, Position at) {
  open_.end(ticket.begun);
  Zone* const zone = find(value);
  if (zone != nullptr) return grow(*zone, ticket, at);
  contradiction_ = {.value = value};
  return false;
}

bool RegisterStream::fail(const Ticket& ticket) {
  open_.end(ticket.begun);
  if (!ticket.writes) return true;
  const Zone* const zone = find(ticket.value);
  if (zone == nullptr) return true;
  if (zone->first_done != kNotYet) {
    contradiction_ = {.value = ticket.value};
    return false;
  }
  zones_.erase(zones_.begin() + (zone - zones_.data()));
  return true;
}

void RegisterStream::lose(const Ticket& ticket) {
  open_.end(ticket.begun);
  if (!ticket.writes) return;
  const Zone* const zone = find(ticket.value);
  if (zone == nullptr || zone->first_done != kNotYet) return;
  lost_.emplace(ticket.value, zone->last_begun);
  zones_.erase(zones_.begin() + (zone - zones_.data()));
}

RegisterStream::Zone* RegisterStream::find(Cell value) {
  // The latest values are asked for most.
  const auto found = std::find_if(zones_.rbegin(), zones_.rend(),
                                  [value](const Zone& zone) { return zone.value == value; });
  if (found != zones_.rend()) return &*found;
  // Those of which nobody may ever hear are out of the way, however many they are.
  const auto lost = lost_.find(value);
  if (lost == lost_.end()) return nullptr;
  zones_.push_back({.value = value, .last_begun = lost->second});
  lost_.erase(lost);
  return &zones_.back();
}

bool RegisterStream::grow(Zone& zone, const Ticket& ticket, Position at) {
  const bool first = zone.first_done == kNotYet;
  if (!first && ticket.begun <= zone.last_begun) return true;
  if (first) zone.first_done = at;
  zone.last_begun = std::max(zone.last_begun, ticket.begun);
  // Of two values one is in the register first: both cannot be there from before to after the
  // other.
  for (const Zone& other : zones_) {
    if (&other == &zone || other.first_done == kNotYet) continue;
    const bool is_forward =
        zone.first_done < zone.last_begun || other.first_done < other.last_begun;
    if (!is_forward || zone.first_done >= other.last_begun || other.first_done >= zone.last_begun) {
      continue;
    }
    contradiction_ = {zone.value, other.value, other.first_done, other.last_begun, true};
    return false;
  }
  if (zones_.size() >= forget_at_) forget();
  return true;
}

void RegisterStream::forget() {
  const Position since = open_.oldest();
  const Zone* newest = nullptr;
  for (const Zone& zone : zones_) {
    if (zone.first_done >= since) continue;
    if (newest == nullptr || zone.last_begun > newest->last_begun) newest = &zone;
  }
  if (newest != nullptr) {
    const Position replaced = newest->last_begun;
    const Cell stays = newest->value;
    std::erase_if(zones_, [&](const Zone& zone) {
      return zone.first_done < since && zone.first_done < replaced && zone.value != stays;
    });
  }
  forget_at_ = std::max<std::size_t>(16, 2 * zones_.size());
}

}  // namespace quorumlab::models
