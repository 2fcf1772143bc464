#include "tools/cli.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>

#include "sim/config/suggest.h"
#include "tools/commands.h"
#include "tools/exit_codes.h"

namespace quorumlab::tools {
namespace {

// Declares each command beside what it calls; `exit_code` is that of the one that was asked for.
class CommandLine {
 public:
  CommandLine(CLI::App& app, const models::Registry& registry) : app_(app), registry_(registry) {
    app.require_subcommand(1);
    add_run();
    add_sweep();
    add_compare();
    add_check();
    add_graph();
    add_explain();
    add_diff();
    add_list();
    add_describe();
    add_schema();
    add_new();
  }

  int exit_code = kAsExpected;

 private:
  template <class Body>
  CLI::App& command(const char* name, const char* meaning, Body body) {
    CLI::App* const added = app_.add_subcommand(name, meaning);
    added->callback([this, body] { exit_code = body(); });
    return *added;
  }

  static void add_scenario(CLI::App& app, std::string* file, std::vector<std::string>* sets) {
    app.add_option("file", *file, "the scenario, a .toml file")->required();
    app.add_option("--set", *sets, "override a key: replication.acknowledge=all")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
  }

  void add_run() {
    CLI::App& app = command("run", "run a scenario once: verdicts, and why",
                            [this] { return run_command(run_, registry_); });
    add_scenario(app, &run_.file, &run_.sets);
    app.add_option("--seed", run_.seed, "instead of the scenario's");
    app.add_option("--svg", run_.svg, "where the picture goes; none: nowhere");
    app.add_option("--dot", run_.dot, "the picture as DOT");
    app.add_option(
        "--trace", run_.trace,
        "the whole run: NAME.qtrace (compact), .jsonl, .shiviz or .perfetto; its history for "
        "Jepsen's checkers: .edn or .json");
    app.add_option("--html", run_.html, "the run in a viewer: one page that needs no network");
    app.add_flag("--json", run_.json, "the report as JSON");
    app.add_flag("--fingerprint", run_.fingerprint, "print only the fingerprint and the file");
    app.add_flag("--verify", run_.verify, "run twice and compare; a difference is located");
    app.add_flag("--online", run_.online,
                 "judge the history while it is made; the first violation ends the run");
    app.add_flag("--strict", run_.strict, "a fault that did nothing is a failure");
    app.add_flag("--timeline", run_.timeline, "print the slice as a plain-text timeline too");
    app.add_option("--materialise", run_.materialise,
                   "write the scenario out for this seed, random faults as explicit ones");
    app.add_flag("--effective", run_.effective,
                 "print the scenario with all defaults, run nothing");
    app.add_option("--until", run_.until, "an event, or a time: print the state of nodes there");
    app.add_option("--state", run_.state, "of these nodes; without it, of all replicas")
        ->delimiter(',');
    app.add_option("--break-at", run_.break_at, "stop in the debugger where this event happens");
  }

  static void add_vary(CLI::App& app, std::vector<std::string>* vary) {
    app.add_option("--vary", *vary,
                   "a knob and its settings, each with each: replication.acknowledge=one,all")
        ->type_name("KEY=VALUE,VALUE")
        ->allow_extra_args(false);
  }

  void add_sweep() {
    CLI::App& app = command("sweep", "run many seeds; one line for each outcome",
                            [this] { return sweep_command(sweep_, registry_); });
    add_scenario(app, &sweep_.file, &sweep_.sets);
    add_vary(app, &sweep_.vary);
    app.add_option("--seeds", sweep_.seeds, "first and last: 1..1000");
    app.add_option("--jobs", sweep_.jobs, "threads; 0: one for each core")
        ->check(CLI::Range(0, 1024));
    app.add_flag("--json", sweep_.json, "outcomes as JSON");
    app.add_flag("--coverage", sweep_.coverage,
                 "count which operations met which faults, and list what was never tried");
  }

  void add_compare() {
    CLI::App& app = command("compare",
                            "the variants of a scenario side by side: what held, who was served, "
                            "how fast, what was lost",
                            [this] { return compare_command(compare_, registry_); });
    add_scenario(app, &compare_.file, &compare_.sets);
    add_vary(app, &compare_.vary);
    app.add_option("--seeds", compare_.seeds, "of each variant, first and last: 1..20");
    app.add_option("--jobs", compare_.jobs, "threads; 0: one for each core")
        ->check(CLI::Range(0, 1024));
    app.add_flag("--json", compare_.json, "the table as JSON");
  }

  void add_check() {
    CLI::App& app =
        command("check", "judge a history from anywhere", [this] { return check_command(check_); });
    app.add_option("file", check_.file,
                   "Jepsen EDN or JSON, Porcupine, Plume, AWDIT or PolyLin text, or a saved trace; "
                   "-: what comes through a pipe")
        ->required();
    app.add_option("--model", check_.model,
                   "linearizable, strict-serializable, ...; else the usual one");
    app.add_option("--object", check_.object,
                   "register, multi-register, kv, counter, set, queue, stack, log, lock, ids");
    app.add_option("--initial", check_.initial, "what registers hold at first, as EDN");
    app.add_option("--convert", check_.convert,
                   "write the history as edn, json or porcupine, judge nothing")
        ->check(CLI::IsMember({"edn", "json", "porcupine"}));
    app.add_option("--dot", check_.dot, "the cycles that were found, as DOT");
    app.add_option("--svg", check_.svg, "the operations of the witness as bars, as SVG");
    app.add_option("--certificate", check_.certificate,
                   "what proves the verdict, as JSON, for somebody else to verify");
    app.add_option("--max-steps", check_.max_steps,
                   "work after which the answer is `unknown`; a few nanoseconds each");
    app.add_option("--max-configurations", check_.max_configurations,
                   "alternatives at once after which the answer is `unknown`");
    app.add_option("--max-memory", check_.max_memory,
                   "bytes of a search after which the answer is `unknown`, such as 512MiB")
        ->transform(CLI::AsSizeValue(true));
    app.add_option("--max-time", check_.max_time,
                   "time on the clock after which the answer is `unknown`, such as 10s");
    app.add_option("--staleness-versions", check_.staleness_versions,
                   "bounded_staleness: so many newer acknowledged writes may be missed");
    app.add_option("--staleness-time", check_.staleness_time,
                   "bounded_staleness: the first missed write may be so old, such as 500ms");
    app.add_option("--total", check_.total, "of a bank; else all reads must find the same");
    app.add_flag("--json", check_.json, "the verdict as JSON");
    app.add_option("--jobs", check_.jobs,
                   "threads that read a long file and judge keys and parts; 0: one for each core")
        ->check(CLI::Range(0, 1024));
    app.add_flag("--stream", check_.stream,
                 "judge while reading, in little memory; what cannot be judged so is read as a "
                 "whole, if it is a file");
  }

  void add_graph() {
    CLI::App& app =
        command("graph", "draw a scenario's run, a saved trace, or what is wrong with a history",
                [this] { return graph_command(graph_, registry_); });
    add_scenario(app, &graph_.file, &graph_.sets);
    app.add_option("--seed", graph_.seed, "instead of the scenario's");
    app.add_option(
           "--of", graph_.of,
           "space-time, roles, topology, the cycle of the witness; scenario: what a .qtrace ran")
        ->check(CLI::IsMember({"space-time", "roles", "topology", "cycle", "scenario"}));
    app.add_option("--format", graph_.format, "svg, dot, text, html, shiviz, perfetto, edn or json")
        ->check(CLI::IsMember({"svg", "dot", "text", "html", "shiviz", "perfetto", "edn", "json"}));
    app.add_option("-o,--output", graph_.output, "a file instead of stdout");
    app.add_option("--event", graph_.event, "look around this event instead of at the violation");
  }

  void add_explain() {
    CLI::App& app = command("explain", "why a run went wrong, and what would have prevented it",
                            [this] { return explain_command(explain_, registry_); });
    add_scenario(app, &explain_.file, &explain_.sets);
    app.add_option("--seed", explain_.seed, "instead of the scenario's");
    app.add_option("--property", explain_.property, "only this one, such as linearizable");
    app.add_option("--svg", explain_.svg, "where the first picture goes; none: nowhere");
    app.add_option("--html", explain_.html, "all of it in a viewer: one page");
    app.add_flag("!--no-what-if", explain_.what_if, "do not run again with one thing changed");
    app.add_option("--runs", explain_.runs, "at most so many changed runs for each property");
    app.add_option("--curve", explain_.curve,
                   "how inevitable it was: reseeded runs from each of 20 points, such as 50");
    app.add_flag("--json", explain_.json, "as JSON");
  }

  void add_diff() {
    CLI::App& app = command("diff", "two runs side by side: where they part",
                            [this] { return diff_command(diff_, registry_); });
    app.add_option("a", diff_.a, "a scenario, or a trace saved by run --trace")->required();
    app.add_option("b", diff_.b, "another; without it, the scenario with something changed");
    app.add_option("--set", diff_.sets, "override a key in both")->type_name("KEY=VALUE");
    app.add_option("--seed", diff_.seed, "of both, instead of the scenario's");
    app.add_option("--other-seed", diff_.other_seed, "of the second run");
    app.add_option("--without", diff_.without, "the second run lacks this fault, counted from 1");
    app.add_option("--change", diff_.change, "override a key in the second run")
        ->type_name("KEY=VALUE");
    app.add_option("--html", diff_.html, "both in a viewer: one page");
  }

  void add_list() {
    CLI::App& app = command("list", "scenarios, models, faults, workloads, checks",
                            [this] { return list_command(section_, list_json_, registry_); });
    app.add_option("section", section_, "only these")
        ->check(CLI::IsMember({"scenarios", "models", "faults", "workloads", "checks"}));
    app.add_flag("--json", list_json_, "as JSON");
  }

  void add_describe() {
    CLI::App& app = command("describe", "the manual page of a model, fault, ...", [this] {
      return describe_command(topic_, topic_markdown_, registry_);
    });
    app.add_option("name", topic_, "as `list` shows it, or `scenario`")->required();
    app.add_flag("--markdown", topic_markdown_, "for documents");
  }

  void add_schema() {
    command("schema", "JSON Schema of scenarios, for editors",
            [this] { return schema_command(registry_); });
  }

  void add_new() {
    CLI::App& app = command("new", "start a scenario of your own",
                            [this] { return new_command(new_, registry_); });
    app.add_option("file", new_.file, "where; it must not exist")->required();
    app.add_option("--model", new_.model, "the replication model");
  }

  CLI::App& app_;
  const models::Registry& registry_;
  RunArguments run_;
  SweepArguments sweep_;
  CompareArguments compare_;
  CheckArguments check_;
  GraphArguments graph_;
  ExplainArguments explain_;
  DiffArguments diff_;
  NewArguments new_;
  std::string section_;
  bool list_json_ = false;
  std::string topic_;
  bool topic_markdown_ = false;
};

// Words that begin with "-" are options. False: told on stderr.
bool is_command(const CLI::App& app, const std::string& word) {
  if (word.starts_with('-')) return true;
  std::vector<std::string> known;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    known.push_back(command->get_name());
  }
  if (std::ranges::find(known, word) != known.end()) return true;
  fmt::print(stderr, "quorumlab: no command is called `{}`: {}\n", word,
             config::suggestion(word, known));
  return false;
}

}  // namespace

int main(int argc, char** argv, const models::Registry& registry) {
  CLI::App app("quorumlab: a deterministic laboratory for replicated systems", "quorumlab");
  app.set_version_flag("--version", QUORUMLAB_VERSION);
  CommandLine commands(app, registry);
  try {
    if (argc > 1 && !is_command(app, argv[1])) return kBadInput;
    app.parse(argc, argv);
    return commands.exit_code;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kAsExpected : kBadInput;
  } catch (const std::exception& error) {
    fmt::print(stderr, "quorumlab: internal error: {}\n", error.what());
    return kInternal;
  }
}

}  // namespace quorumlab::tools
