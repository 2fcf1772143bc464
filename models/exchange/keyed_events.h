// Events of a journal whose values may be [key value], as those of Jepsen's independent tests.
//
//   key_of(journal, event, is_keyed);      // nil where there is one object for all
//   value_of(journal, event, is_keyed);    // nullopt: it is no single value
//   span_of(journal, event, is_keyed);     // nullopt: it should be [key value], and is not
#pragma once

#include <optional>
#include <span>

#include "models/exchange/journal.h"
#include "models/exchange/values.h"

namespace quorumlab::models {

[[nodiscard]] inline bool is_pair(const Journal& journal, const JournalEvent& event) {
  const auto value = journal.value(event);
  return is_sequence(value.front()) && items_of(value).size() == 2;
}

[[nodiscard]] inline std::optional<std::span<const Cell>> span_of(const Journal& journal,
                                                                  const JournalEvent& event,
                                                                  bool is_keyed) {
  if (!is_keyed) return journal.value(event);
  if (!is_pair(journal, event)) return std::nullopt;
  return items_of(journal.value(event))[1];
}

[[nodiscard]] inline std::optional<Cell> value_of(const Journal& journal, const JournalEvent& event,
                                                  bool is_keyed) {
  const auto value = span_of(journal, event, is_keyed);
  if (!value || value->size() != 1) return std::nullopt;
  return value->front();
}

// Requires: if keyed, is_pair(journal, event).
[[nodiscard]] inline std::optional<Cell> key_of(const Journal& journal, const JournalEvent& event,
                                                bool is_keyed) {
  if (!is_keyed) return event.key == kNoCell ? kNilCell : event.key;
  const Cell key = journal.value(event)[1];
  return width_of(key) == 1 ? std::optional(key) : std::nullopt;
}

}  // namespace quorumlab::models
