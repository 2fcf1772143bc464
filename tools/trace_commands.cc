// graph: drawing what was saved.
#include <fmt/core.h>

#include "tools/commands.h"
#include "tools/examine.h"
#include "tools/exit_codes.h"
#include "tools/files.h"
#include "traces/dot.h"
#include "traces/jsonl.h"
#include "traces/svg.h"
#include "traces/timeline.h"

namespace quorumlab::tools {
namespace {

std::optional<traces::SavedRun> read_trace(const std::string& file) {
  const auto text = read_file(file);
  if (!text) return std::nullopt;
  traces::JsonlResult result = traces::read_jsonl(*text);
  if (result.run) return std::move(result.run);
  fmt::print(stderr, "{}:{}:{}: error: {}\n", file, result.error->line, result.error->column,
             result.error->message);
  return std::nullopt;
}

int draw(const GraphArguments& arguments, const traces::Record& record,
         const models::History& history, const models::Witness* witness) {
  if (arguments.event > record.events().size()) {
    fmt::print(stderr, "quorumlab: the trace has {} events\n", record.events().size());
    return kBadInput;
  }
  const Examined examined = examine(record, history, arguments.event == 0 ? witness : nullptr,
                                    sim::EventId(arguments.event));
  const std::string text = arguments.format == "svg"   ? to_svg(examined.picture)
                           : arguments.format == "dot" ? to_dot(examined.picture)
                                                       : timeline(record, history, examined.slice);
  return write_file(arguments.output.empty() ? "-" : arguments.output, text) ? kAsExpected : kRetry;
}

}  // namespace

int graph_command(const GraphArguments& arguments, const models::Registry& registry) {
  if (arguments.file.ends_with(".toml")) {
    const auto scenario = load(arguments.file, arguments.sets, registry);
    if (!scenario) return kBadInput;
    traces::Record record;
    const auto result =
        scenarios::run(*scenario, registry, {.seed = arguments.seed, .record = &record});
    return draw(arguments, record, result.history, first_witness(result));
  }
  const auto saved = read_trace(arguments.file);
  if (!saved) return kBadInput;
  return draw(arguments, saved->record, saved->history,
              saved->witnesses.empty() ? nullptr : saved->witnesses.data());
}

}  // namespace quorumlab::tools
