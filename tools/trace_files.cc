#include "tools/trace_files.h"

#include <fmt/core.h>

#include <utility>

#include "models/exchange/from_history.h"
#include "tools/files.h"
#include "traces/perfetto.h"
#include "traces/shiviz.h"

namespace quorumlab::tools {

std::optional<traces::SavedRun> read_trace(const std::string& file, bool* whole) {
  const auto bytes = read_file(file);
  return bytes ? parse_trace(file, *bytes, whole) : std::nullopt;
}

std::optional<traces::SavedRun> parse_trace(const std::string& file, const std::string& bytes,
                                            bool* whole) {
  if (traces::is_qtrace(bytes)) {
    traces::QtraceResult result = traces::read_qtrace(bytes);
    *whole = !result.damage;
    if (result.damage) {
      fmt::print(stderr, "{}: error at byte {}: {}\n", file, result.damage->offset,
                 result.damage->message);
    }
    return std::move(result.run);
  }
  traces::JsonlResult result = traces::read_jsonl(bytes);
  if (result.run) return std::move(result.run);
  fmt::print(stderr, "{}:{}:{}: error: {}\n", file, result.error->line, result.error->column,
             result.error->message);
  return std::nullopt;
}

std::string jepsen_text(const traces::JsonlInput& input, bool json) {
  static const models::History kNothing;
  const models::Journal journal =
      models::journal_of(input.history == nullptr ? kNothing : *input.history,
                         [&](sim::Key key) { return input.record->key_name(key); });
  return json ? to_jepsen_json(journal) : to_jepsen_edn(journal);
}

bool is_saved_trace(const std::string& bytes) {
  return traces::is_qtrace(bytes) ||
         bytes.substr(0, bytes.find('\n')).find("\"quorumlab\"") != std::string::npos;
}

bool write_trace(const std::string& path, const traces::JsonlInput& input,
                 const std::vector<traces::QtraceSection>& sections) {
  if (path.ends_with(".qtrace")) return write_file(path, write_qtrace(input, sections));
  if (path.ends_with(".shiviz")) return write_file(path, traces::to_shiviz(*input.record));
  if (path.ends_with(".perfetto") || path.ends_with(".pftrace"))
    return write_file(path, traces::to_perfetto(*input.record));
  const bool is_edn = path.ends_with(".edn");
  if (is_edn || path.ends_with(".json")) return write_file(path, jepsen_text(input, !is_edn));
  std::string text;
  traces::write_jsonl(input, text);
  return write_file(path, text);
}

}  // namespace quorumlab::tools
