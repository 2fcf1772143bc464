// graph: drawing what was saved.
#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "models/exchange/draw.h"
#include "models/exchange/judge.h"
#include "models/exchange/scanner.h"
#include "tools/commands.h"
#include "tools/examine.h"
#include "tools/exit_codes.h"
#include "tools/files.h"
#include "tools/graphviz.h"
#include "tools/pages.h"
#include "tools/trace_files.h"
#include "traces/dot.h"
#include "traces/graphs.h"
#include "traces/perfetto.h"
#include "traces/shiviz.h"
#include "traces/svg.h"
#include "traces/timeline.h"

namespace quorumlab::tools {
namespace {

int draw_page(const GraphArguments& arguments, const traces::Record& record,
              const models::History& history, const std::vector<models::Witness>& witnesses,
              const std::vector<std::string>& properties) {
  const auto html = make_page({{.record = &record,
                                .history = &history,
                                .violations = told_of(record, history, witnesses, properties)}});
  if (!html) return kRetry;
  return write_file(arguments.output.empty() ? "-" : arguments.output, *html) ? kAsExpected
                                                                              : kRetry;
}

int write_small(const GraphArguments& arguments, std::optional<std::string> text) {
  if (arguments.format == "svg") text = render_dot(*text);
  if (!text) return kRetry;
  return write_file(arguments.output.empty() ? "-" : arguments.output, *text) ? kAsExpected
                                                                              : kRetry;
}

// Graphs that Graphviz lays out.
int draw_small(const GraphArguments& arguments, const traces::Record& record,
               const models::History& history, const models::Witness* witness) {
  if (arguments.format != "svg" && arguments.format != "dot") {
    fmt::print(stderr, "quorumlab: --of {} is drawn as svg or dot\n", arguments.of);
    return kBadInput;
  }
  if (arguments.of == "cycle" && (witness == nullptr || witness->ops.empty())) {
    fmt::print(stderr, "quorumlab: no operations witness a violation here\n");
    return kBadInput;
  }
  return write_small(arguments, arguments.of == "roles" ? role_graph(record)
                                : arguments.of == "topology"
                                    ? topology_graph(record)
                                    : cycle_graph(record, history, *witness));
}

int draw_finding(const GraphArguments& arguments, models::Journal& journal) {
  const models::Finding finding = models::judge_journal(journal, {});
  if (arguments.of == "cycle") {
    const auto has_cycle = [](const models::TxnAnomaly& a) { return !a.cycle.empty(); };
    if (std::ranges::any_of(finding.anomalies, has_cycle)) {
      return write_small(arguments, models::cycles_dot(journal, finding));
    }
    fmt::print(stderr, "quorumlab: no cycle rules out that it is {}\n", finding.model);
    return kBadInput;
  }
  if (finding.ops.empty()) {
    fmt::print(stderr, "quorumlab: {}: {}; there is nothing to draw\n", finding.model,
               models::word_of(finding.verdict));
    return kBadInput;
  }
  return write_file(arguments.output.empty() ? "-" : arguments.output,
                    models::bars_svg(journal, finding))
             ? kAsExpected
             : kRetry;
}

// A history from elsewhere has no run to draw, only what is wrong with it: the operations of the
// witness as bars, or the cycles that rule its model out.
int draw_history(const GraphArguments& arguments, const std::string& text) {
  const bool cycle = arguments.of == "cycle";
  if (!cycle && arguments.of != "space-time") {
    fmt::print(stderr, "quorumlab: a history has no {} to draw\n", arguments.of);
    return kBadInput;
  }
  if (arguments.format != "svg" && !(cycle && arguments.format == "dot")) {
    fmt::print(stderr, "quorumlab: {}\n",
               cycle ? "--of cycle is drawn as svg or dot" : "a history is drawn as svg");
    return kBadInput;
  }
  models::JournalResult read = models::read_journal(text);
  if (read.error) {
    fmt::print(stderr, "{}:{}:{}: error: {}\n", arguments.file, read.error->line,
               read.error->column, read.error->message);
    return kBadInput;
  }
  try {
    return draw_finding(arguments, *read.journal);
  } catch (const models::InputError& error) {
    const auto problem = models::problem_at(text, error.offset(), error.what());
    fmt::print(stderr, "{}:{}:{}: error: {}\n", arguments.file, problem.line, problem.column,
               problem.message);
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "quorumlab: {}\n", error.what());
  }
  return kBadInput;
}

// The scenario as it was run, for running it again.
int print_scenario(const GraphArguments& arguments, const std::string& bytes) {
  const traces::QtraceResult read = traces::read_qtrace(bytes);
  for (const traces::QtraceSection& section : read.extra)
    if (section.tag == traces::kScenarioTag)
      return write_file(arguments.output.empty() ? "-" : arguments.output, section.content)
                 ? kAsExpected
                 : kRetry;
  fmt::print(stderr, "quorumlab: {} does not say what was run\n", arguments.file);
  return kBadInput;
}

int draw(const GraphArguments& arguments, const traces::Record& record,
         const models::History& history, const models::Witness* witness) {
  if (arguments.of != "space-time") return draw_small(arguments, record, history, witness);
  if (arguments.event > record.events().size()) {
    fmt::print(stderr, "quorumlab: the trace has {} events\n", record.events().size());
    return kBadInput;
  }
  const Examined examined = examine(record, history, arguments.event == 0 ? witness : nullptr,
                                    sim::EventId(arguments.event));
  const auto render = [&]() -> std::string {
    if (arguments.format == "svg") return to_svg(examined.picture);
    if (arguments.format == "dot") return to_dot(examined.picture);
    if (arguments.format == "shiviz") return to_shiviz(record, examined.slice.events);
    if (arguments.format == "perfetto") return to_perfetto(record);
    if (arguments.format == "edn" || arguments.format == "json")
      return jepsen_text({.record = &record, .history = &history}, arguments.format == "json");
    return timeline(record, history, examined.slice);
  };
  const std::string text = render();
  return write_file(arguments.output.empty() ? "-" : arguments.output, text) ? kAsExpected : kRetry;
}

}  // namespace

int graph_command(const GraphArguments& arguments, const models::Registry& registry) {
  if (arguments.file.ends_with(".toml")) {
    if (arguments.of == "scenario") {
      fmt::print(stderr,
                 "quorumlab: --of scenario reads a .qtrace; `run --effective` prints one\n");
      return kBadInput;
    }
    const auto scenario = load(arguments.file, arguments.sets, registry);
    if (!scenario) return kBadInput;
    traces::Record record;
    const auto result =
        scenarios::run(*scenario, registry, {.seed = arguments.seed, .record = &record});
    if (arguments.format == "html") {
      std::vector<std::string> properties;
      for (const Violation& v : violations_of(result)) properties.push_back(v.property);
      return draw_page(arguments, record, result.history, witnesses_of(result), properties);
    }
    return draw(arguments, record, result.history, first_witness(result));
  }
  const auto bytes = read_file(arguments.file);
  if (!bytes) return kBadInput;
  if (arguments.of == "scenario") return print_scenario(arguments, *bytes);
  if (!is_saved_trace(*bytes)) return draw_history(arguments, *bytes);
  bool whole = true;
  const auto saved = parse_trace(arguments.file, *bytes, &whole);
  if (!saved) return kBadInput;
  const int drawn = arguments.format == "html"
                        ? draw_page(arguments, saved->record, saved->history, saved->witnesses, {})
                        : draw(arguments, saved->record, saved->history,
                               saved->witnesses.empty() ? nullptr : saved->witnesses.data());
  return whole ? drawn : kBadInput;
}

}  // namespace quorumlab::tools
