#include "tools/cli.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "tools/commands.h"
#include "tools/exit_codes.h"

namespace quorumlab::tools {
namespace {

void add_scenario(CLI::App* command, std::string* file, std::vector<std::string>* sets) {
  command->add_option("file", *file, "the scenario, a .toml file")->required();
  command->add_option("--set", *sets, "override a key: replication.acknowledge=all")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

int dispatch(CLI::App& app, int argc, char** argv, const models::Registry& registry) {
  app.require_subcommand(1);
  RunArguments run;
  CLI::App* const run_app = app.add_subcommand("run", "run a scenario once: verdicts, and why");
  add_scenario(run_app, &run.file, &run.sets);
  run_app->add_option("--seed", run.seed, "instead of the scenario's");
  run_app->add_option("--svg", run.svg, "where the picture goes; none: nowhere");
  run_app->add_option("--dot", run.dot, "the picture as DOT");
  run_app->add_option("--trace", run.trace,
                      "the whole run: NAME.qtrace (compact), .jsonl, .shiviz or .perfetto");
  run_app->add_option("--html", run.html, "the run in a viewer: one page that needs no network");
  run_app->add_flag("--json", run.json, "the report as JSON");
  run_app->add_flag("--fingerprint", run.fingerprint, "print only the fingerprint and the file");
  run_app->add_flag("--verify", run.verify, "run twice and compare; a difference is located");
  run_app->add_flag("--strict", run.strict, "a fault that did nothing is a failure");
  run_app->add_flag("--timeline", run.timeline, "print the slice as a plain-text timeline too");
  run_app->add_flag("--effective", run.effective,
                    "print the scenario with all defaults, run nothing");

  SweepArguments sweep;
  CLI::App* const sweep_app =
      app.add_subcommand("sweep", "run many seeds; one line for each outcome");
  add_scenario(sweep_app, &sweep.file, &sweep.sets);
  sweep_app->add_option("--seeds", sweep.seeds, "first and last: 1..1000");
  sweep_app->add_option("--jobs", sweep.jobs, "threads; 0: one for each core")
      ->check(CLI::Range(0, 1024));
  sweep_app->add_flag("--json", sweep.json, "outcomes as JSON");

  CheckArguments check;
  CLI::App* const check_app = app.add_subcommand("check", "judge a saved run's history");
  check_app->add_option("file", check.file, "a trace saved by run --trace")->required();
  check_app->add_option("--model", check.model, "linearizable");
  check_app->add_flag("--json", check.json, "the verdict as JSON");

  GraphArguments graph;
  CLI::App* const graph_app = app.add_subcommand("graph", "draw a scenario's run or a saved trace");
  add_scenario(graph_app, &graph.file, &graph.sets);
  graph_app->add_option("--seed", graph.seed, "instead of the scenario's");
  graph_app->add_option("--format", graph.format, "svg, dot, text, html, shiviz or perfetto")
      ->check(CLI::IsMember({"svg", "dot", "text", "html", "shiviz", "perfetto"}));
  graph_app->add_option("-o,--output", graph.output, "a file instead of stdout");
  graph_app->add_option("--event", graph.event,
                        "look around this event instead of at the violation");

  ExplainArguments why;
  CLI::App* const why_app =
      app.add_subcommand("explain", "why a run went wrong, and what would have prevented it");
  add_scenario(why_app, &why.file, &why.sets);
  why_app->add_option("--seed", why.seed, "instead of the scenario's");
  why_app->add_option("--property", why.property, "only this one, such as linearizable");
  why_app->add_option("--svg", why.svg, "where the first picture goes; none: nowhere");
  why_app->add_flag("!--no-what-if", why.what_if, "do not run again with one thing changed");
  why_app->add_option("--runs", why.runs, "at most so many changed runs for each property");
  why_app->add_flag("--json", why.json, "as JSON");

  bool list_json = false;
  CLI::App* const list_app =
      app.add_subcommand("list", "scenarios, models, faults, workloads, checks");
  list_app->add_flag("--json", list_json, "as JSON");

  std::string topic;
  bool markdown = false;
  CLI::App* const describe_app =
      app.add_subcommand("describe", "the manual page of a model, fault, ...");
  describe_app->add_option("name", topic, "as `list` shows it, or `scenario`")->required();
  describe_app->add_flag("--markdown", markdown, "for documents");

  CLI::App* const schema_app =
      app.add_subcommand("schema", "JSON Schema of scenarios, for editors");

  NewArguments fresh;
  CLI::App* const new_app = app.add_subcommand("new", "start a scenario of your own");
  new_app->add_option("file", fresh.file, "where; it must not exist")->required();
  new_app->add_option("--model", fresh.model, "the replication model");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kAsExpected : kBadInput;
  }
  if (run_app->parsed()) return run_command(run, registry);
  if (sweep_app->parsed()) return sweep_command(sweep, registry);
  if (check_app->parsed()) return check_command(check);
  if (graph_app->parsed()) return graph_command(graph, registry);
  if (why_app->parsed()) return explain_command(why, registry);
  if (list_app->parsed()) return list_command(registry, list_json);
  if (describe_app->parsed()) return describe_command(topic, markdown, registry);
  if (schema_app->parsed()) return schema_command(registry);
  return new_command(fresh, registry);
}

}  // namespace

int main(int argc, char** argv, const models::Registry& registry) {
  CLI::App app("quorumlab: a deterministic laboratory for replicated systems", "quorumlab");
  app.set_version_flag("--version", QUORUMLAB_VERSION);
  try {
    return dispatch(app, argc, argv, registry);
  } catch (const std::exception& error) {
    fmt::print(stderr, "quorumlab: internal error: {}\n", error.what());
    return kInternal;
  }
}

}  // namespace quorumlab::tools
