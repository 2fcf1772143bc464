// Up to 65,536 events as columns: numbers of one kind side by side compress far better than
// events one after the other, and a reader that wants the times alone need not look at the rest.
//
//   const std::string raw = encode_events(record.events().first(1000), EventId(1));
//   decode_events(raw, record);                 // appends them; or says what is wrong
//
// docs/trace-format.md says what every byte means; the viewer has a second reader.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "traces/record.h"

namespace quorumlab::traces {

inline constexpr std::size_t kEventsPerBlock = 65'536;

// Requires: in order of time, causes before effects. `first` is the id of the first of them.
[[nodiscard]] std::string encode_events(std::span<const TraceEvent> events, EventId first);

// Appends to `record`, whose next id must be the block's first. On a mistake nothing is appended
// and it is returned.
[[nodiscard]] std::optional<std::string> decode_events(std::string_view raw, Record& record);

}  // namespace quorumlab::traces
