#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "scenarios/report.h"
#include "sim/fnv.h"
#include "sim/world.h"
#include "tools/commands.h"
#include "tools/examine.h"
#include "tools/exit_codes.h"
#include "tools/files.h"
#include "tools/pages.h"
#include "tools/trace_files.h"
#include "traces/dot.h"
#include "traces/svg.h"
#include "traces/timeline.h"

namespace quorumlab::tools {
namespace {

using scenarios::RunResult;
using scenarios::Scenario;
using Watch = sim::Fingerprint::Watch;

int tell_nondeterminism(const std::string& where) {
  fmt::print(stderr, "quorumlab: two runs with the same seed differ{}\n", where);
  return kNondeterminism;
}

// The first entry of a block in which two runs differ, in words.
std::string first_difference(const RunResult& one, const RunResult& other, const Watch& watch_one,
                             const Watch& watch_other) {
  const auto [a, b] = std::mismatch(watch_one.entries.begin(), watch_one.entries.end(),
                                    watch_other.entries.begin(), watch_other.entries.end());
  const auto at = static_cast<std::size_t>(a - watch_one.entries.begin());
  const auto told = [at](const RunResult& result) {
    return at < result.watched.size() ? result.watched[at] : std::string("nothing more happens");
  };
  return fmt::format(", first in entry {} of the fingerprint:\n  one    {}\n  other  {}",
                     watch_one.wanted_block * sim::Fingerprint::kEntriesPerBlock + at, told(one),
                     told(other));
}

// Runs twice; where the digests part, runs twice more and keeps the entries of that block.
int verify(const Scenario& scenario, const RunArguments& arguments,
           const models::Registry& registry) {
  const auto once = [&](Watch* watch) {
    return scenarios::run(scenario, registry, {.seed = arguments.seed, .watch = watch});
  };
  Watch first;
  Watch second;
  const sim::Digest a = once(&first).fingerprint;
  const sim::Digest b = once(&second).fingerprint;
  if (a == b && first.blocks == second.blocks) return kAsExpected;
  const auto parted = std::mismatch(first.blocks.begin(), first.blocks.end(), second.blocks.begin(),
                                    second.blocks.end());
  Watch left;
  Watch right;
  left.wanted_block = right.wanted_block =
      static_cast<std::uint64_t>(parted.first - first.blocks.begin());
  const RunResult one = once(&left);
  const RunResult other = once(&right);
  return tell_nondeterminism(first_difference(one, other, left, right));
}

std::string picture_path(const RunArguments& arguments, const RunResult& result) {
  if (!arguments.svg.empty()) return arguments.svg;
  if (arguments.json) return "none";
  const std::string stem = std::filesystem::path(arguments.file).stem().string();
  return fmt::format("out/{}-{}.svg", stem, result.seed);
}

std::string command_again(const RunArguments& arguments, const RunResult& result) {
  std::string command = fmt::format("quorumlab run {} --seed {}", arguments.file, result.seed);
  for (const std::string& set : arguments.sets) command += fmt::format(" --set '{}'", set);
  return command;
}

bool write_html(const RunArguments& arguments, const RunResult& result,
                const traces::Record& record, const std::string& report) {
  std::vector<std::string> properties;
  for (const Violation& violation : violations_of(result)) properties.push_back(violation.property);
  const auto html =
      make_page({{.record = &record,
                  .history = &result.history,
                  .violations = told_of(record, result.history, witnesses_of(result), properties),
                  .report = report,
                  .command = command_again(arguments, result)}});
  return html && write_file(arguments.html, *html);
}

// The scenario as it was run, every default and this seed included: a record is enough to run it
// again.
std::string scenario_text(const Scenario& scenario, const models::Registry& registry,
                          std::uint64_t seed) {
  Scenario run = scenario;
  run.about.seed = static_cast<std::int64_t>(seed);
  return scenarios::effective(run, registry);
}

bool write_outputs(const RunArguments& arguments, const std::string& svg, const RunResult& result,
                   const traces::Record& record, const Examined& examined,
                   const std::string& scenario) {
  bool good = svg == "none" || write_file(svg, traces::to_svg(examined.picture));
  if (!arguments.dot.empty()) good = write_file(arguments.dot, to_dot(examined.picture)) && good;
  if (!arguments.trace.empty()) {
    const traces::JsonlInput input{
        .record = &record, .history = &result.history, .witnesses = witnesses_of(result)};
    const traces::QtraceSection section{std::string(traces::kScenarioTag), scenario};
    good = write_trace(arguments.trace, input, {section}) && good;
  }
  return good;
}

int report(const Scenario& scenario, const RunArguments& arguments,
           const models::Registry& registry, const RunResult& result) {
  // Runs repeat, so the trace is taken from a second run, which doubles as a test of that.
  traces::Record record;
  const RunResult traced =
      scenarios::run(scenario, registry, {.seed = arguments.seed, .record = &record});
  if (traced.fingerprint != result.fingerprint) return tell_nondeterminism(" when traced");
  const std::string text = scenario_text(scenario, registry, result.seed);
  record.header.version = QUORUMLAB_VERSION;
  record.header.scenario_hash = fmt::format("{:016x}", sim::fnv_1a(text));
  const Examined examined = examine(record, traced.history, first_witness(traced), sim::kNoEvent);

  scenarios::Judgement judgement = judge(scenario, result);
  const auto inert = result.property("inert_faults").value_or(0);
  if (arguments.strict && inert > 0) {
    judgement.exit_code = kDiffers;
    judgement.lines.push_back(
        {"inert_faults", "0 (--strict)", std::to_string(inert), false, false});
  }
  const std::string svg = picture_path(arguments, result);
  const scenarios::ReportInput input{scenario, result, judgement,
                                     traces::to_text(examined.explanation),
                                     command_again(arguments, result)};
  if (arguments.json) {
    fmt::print("{}", report_json(input));
  } else {
    fmt::print("{}", report_text(input, colour_of_stdout()));
    if (arguments.timeline) {
      fmt::print("\n{}", traces::timeline(record, traced.history, examined.slice));
    }
  }
  if (!write_outputs(arguments, svg, traced, record, examined, text)) return kRetry;
  if (!arguments.html.empty() && !arguments.json) fmt::print(stderr, "page: {}\n", arguments.html);
  if (!arguments.html.empty() &&
      !write_html(arguments, traced, record, report_text(input, config::Colour::kOff)))
    return kRetry;
  if (!arguments.json && svg != "none") fmt::print(stderr, "picture: {}\n", svg);
  return judgement.exit_code;
}

}  // namespace

int run_command(const RunArguments& given, const models::Registry& registry) {
  RunArguments arguments = given;
  if (arguments.online) arguments.sets.emplace_back("check.online=true");
  const auto scenario = load(arguments.file, arguments.sets, registry);
  if (!scenario) return kBadInput;
  if (arguments.effective) {
    fmt::print("{}", scenarios::effective(*scenario, registry));
    return kAsExpected;
  }
  if (!arguments.materialise.empty()) {
    const auto seed = arguments.seed.value_or(static_cast<std::uint64_t>(scenario->about.seed));
    const scenarios::Scenario explicit_one = scenarios::materialised(*scenario, seed);
    if (!write_file(arguments.materialise, scenarios::without_defaults(explicit_one, registry))) {
      return kRetry;
    }
    fmt::print(stderr, "{} faults written out in {}\n", explicit_one.faults.size(),
               arguments.materialise);
  }
  if (!arguments.until.empty() || !arguments.state.empty())
    return state_command(arguments, *scenario, registry);
  if (arguments.break_at != 0) return break_command(arguments, *scenario, registry);
  if (arguments.verify) {
    if (const int code = verify(*scenario, arguments, registry); code != kAsExpected) return code;
    fmt::print(stderr, "verified: two runs, one fingerprint\n");
  }
  const RunResult result = scenarios::run(*scenario, registry, {.seed = arguments.seed});
  if (arguments.fingerprint) {
    fmt::print("{}  {}\n", result.fingerprint.text(), arguments.file);
    return kAsExpected;
  }
  return report(*scenario, arguments, registry, result);
}

}  // namespace quorumlab::tools
