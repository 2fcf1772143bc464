// Events of a journal whose values may be [key value], as those of Jepsen's independent tests.
//
//   key_of(journal, event, is_keyed);      // nil where there is one object for all
//   value_of(journal, event, is_keyed);    // nullopt: it is no single value
#pragma once

#include <optional>

#include "models/exchange/journal.h"
#include "models/exchange/values.h"

namespace quorumlab::models {

[[nodiscard]] inline bool is_pair(const Journal& journal, const JournalEvent& event) {
  const auto value = journal.value(event);
  return is_sequence(value.front()) && items_of(value).size() == 2;
}

[[nodiscard]] inline std::optional<Cell> value_of(const Journal& journal, const JournalEvent& event,
                                                  bool is_keyed) {
  auto value = journal.value(event);
  if (is_keyed) {
    if (!is_pair(journal, event)) return std::nullopt;
    value = items_of(value)[1];
  }
  if (width_of(value.front()) != 1) return std::nullopt;
  return value.front();
}

// Requires: if keyed, is_pair(journal, event).
[[nodiscard]] inline std::optional<Cell> key_of(const Journal& journal, const JournalEvent& event,
                                                bool is_keyed) {
  if (!is_keyed) return event.key == kNoCell ? kNilCell : event.key;
  const Cell key = journal.value(event)[1];
  return width_of(key) == 1 ? std::optional(key) : std::nullopt;
}

}  // namespace quorumlab::models
