// check and graph: judging and drawing what was saved.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "models/consistency/linearizable.h"
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

int check_command(const CheckArguments& arguments) {
  if (arguments.model != "linearizable") {
    fmt::print(stderr, "quorumlab: no check is called `{}`: known: linearizable\n",
               arguments.model);
    return kBadInput;
  }
  const auto saved = read_trace(arguments.file);
  if (!saved) return kBadInput;
  const auto result = models::check_linearizable(saved->history);
  const char* const verdict = result.verdict == models::Verdict::kHolds      ? "holds"
                              : result.verdict == models::Verdict::kViolated ? "violated"
                                                                             : "unknown";
  if (arguments.json) {
    nlohmann::ordered_json json = {{"property", arguments.model}, {"verdict", verdict}};
    if (result.witness) {
      json["claim"] = result.witness->claim;
      json["observation"] = result.witness->observation;
      json["obligation"] = result.witness->obligation;
    }
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("{}: {} {}\n", arguments.model, verdict, result.reason);
    if (result.witness) {
      fmt::print("{}\n{}\n{}\n", result.witness->claim, result.witness->observation,
                 result.witness->obligation);
    }
  }
  if (result.verdict == models::Verdict::kUnknown) return kUnknown;
  return result.verdict == models::Verdict::kHolds ? kAsExpected : kDiffers;
}

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
