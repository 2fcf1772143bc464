// The compact record of a run: one file, columns compressed with zlib, with a version and a digest.
//
//   const std::string bytes = write_qtrace({.record = &record, .history = &history}, {});
//   const QtraceResult loaded = read_qtrace(bytes);
//   if (loaded.damage) ...              // where and what; loaded.run has what is intact
//
// A trace of a million events is a few megabytes and opens in a fraction of a second. Sections that
// this version does not know are kept and not looked at. docs/trace-format.md describes the bytes;
// the HTML viewer holds the same bytes and has a reader of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/jsonl.h"

namespace quorumlab::traces {

inline constexpr std::uint32_t kQtraceVersion = 1;

// The section that holds the scenario as it was run, as TOML.
inline constexpr std::string_view kScenarioTag = "SCEN";

// Something beside the run itself: what a viewer shows, say.
struct QtraceSection {
  std::string tag;  // four characters, capital letters and blanks
  std::string content;
  bool operator==(const QtraceSection&) const = default;
};

// Requires: events in order of time, causes before effects; tags of `extra` that are not "RUN ",
// "EVTS" or "END ".
[[nodiscard]] std::string write_qtrace(const JsonlInput& input,
                                       const std::vector<QtraceSection>& extra);

struct QtraceDamage {
  std::uint64_t offset = 0;  // of the section that cannot be read
  std::string message;
};

struct QtraceResult {
  std::optional<SavedRun> run;  // with `damage`: what is intact; nullopt: nothing is
  std::optional<QtraceDamage> damage;
  std::vector<QtraceSection> extra;
  std::string digest;  // of the uncompressed content, 32 hex digits; empty with `damage`
};

// Never throws, whatever the bytes are.
[[nodiscard]] QtraceResult read_qtrace(std::string_view bytes);

// Do these bytes claim to be one?
[[nodiscard]] bool is_qtrace(std::string_view bytes);

}  // namespace quorumlab::traces
