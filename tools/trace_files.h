// Saved runs, whatever form they have: read by what the bytes are, written by what the name says.
//
//   bool whole = true;
//   const auto saved = read_trace("out.qtrace", &whole);   // nullopt: told on stderr
//   if (!write_trace("again.jsonl", {.record = &saved->record}, {})) return kRetry;
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "traces/jsonl.h"
#include "traces/qtrace.h"

namespace quorumlab::tools {

// A damaged .qtrace gives what is intact, clears `whole` and tells why on stderr.
[[nodiscard]] std::optional<traces::SavedRun> read_trace(const std::string& file, bool* whole);

// The same of what was read already; `file` is for messages.
[[nodiscard]] std::optional<traces::SavedRun> parse_trace(const std::string& file,
                                                          const std::string& bytes, bool* whole);

// Do these bytes begin as a saved run does?
[[nodiscard]] bool is_saved_trace(const std::string& bytes);

// NAME.qtrace is the binary record, which alone keeps `sections`; NAME.shiviz and NAME.perfetto
// (or .pftrace) are for those programs; NAME.edn and NAME.json are what clients saw, in Jepsen's
// forms; any other name is JSON Lines.
[[nodiscard]] bool write_trace(const std::string& path, const traces::JsonlInput& input,
                               const std::vector<traces::QtraceSection>& sections);

// What clients saw, as Jepsen writes it.
[[nodiscard]] std::string jepsen_text(const traces::JsonlInput& input, bool json);

}  // namespace quorumlab::tools
