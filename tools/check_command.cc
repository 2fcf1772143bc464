// check: judging a history from anywhere.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <stdexcept>

#include "models/consistency/register_models.h"
#include "models/exchange/draw.h"
#include "models/exchange/from_history.h"
#include "models/exchange/judge.h"
#include "models/exchange/judge_stream.h"
#include "models/exchange/scanner.h"
#include "sim/config/suggest.h"
#include "tools/commands.h"
#include "tools/deadline.h"
#include "tools/exit_codes.h"
#include "tools/files.h"
#include "tools/finding_json.h"
#include "tools/threads.h"
#include "tools/trace_files.h"

namespace quorumlab::tools {
namespace {

using models::Finding;
using models::Verdict;

constexpr std::size_t kLinesShown = 40;
constexpr std::size_t kLettersShown = 400;  // of a line: a set may have been read whole

int exit_code_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHolds:
      return kAsExpected;
    case Verdict::kViolated:
      return kDiffers;
    case Verdict::kUnknown:
      break;
  }
  return kUnknown;
}

int tell_problem(const std::string& file, const models::InputProblem& problem) {
  fmt::print(stderr, "{}:{}:{}: error: {}\n", file, problem.line, problem.column, problem.message);
  return kBadInput;
}

int tell_problem(const std::string& message) {
  fmt::print(stderr, "quorumlab: {}\n", message);
  return kBadInput;
}

void print_text(const Finding& finding) {
  fmt::print("{}: {}{}{}\n", finding.model, word_of(finding.verdict),
             finding.reason.empty() ? "" : ", ", finding.reason);
  if (!finding.subject.empty()) {
    fmt::print("{} operations on {}, {} steps\n", finding.operations, finding.subject,
               finding.steps);
  }
  if (!finding.claim.empty()) fmt::print("{}\n", finding.claim);
  for (std::size_t i = 0; i < finding.lines.size() && i < kLinesShown; ++i) {
    const std::string& line = finding.lines[i];
    const bool is_long = line.size() > kLettersShown;
    fmt::print("  {}{}\n", line.substr(0, kLettersShown), is_long ? " ... (--json has all)" : "");
  }
  if (finding.lines.size() > kLinesShown) {
    fmt::print("  and {} more; --json has all\n", finding.lines.size() - kLinesShown);
  }
  if (!finding.weakest.empty()) {
    fmt::print("weakest models ruled out: {}\n", fmt::join(finding.weakest, ", "));
  }
}

models::ObjectKind object_called(const std::string& name) {
  if (const auto kind = models::object_kind(name)) return *kind;
  throw std::invalid_argument(fmt::format("no object is called {}; {}", name,
                                          config::suggestion(name, models::object_names())));
}

models::Cell initial_of(const std::string& text, models::Pool& pool) {
  std::vector<models::Cell> cells;
  models::Scanner scanner(text, models::Notation::kEdn, pool);
  try {
    if (scanner.skip_space()) scanner.read(cells);
    if (cells.empty() || scanner.skip_space()) throw std::invalid_argument("needs one value");
  } catch (const std::exception& error) {
    throw std::invalid_argument(fmt::format("--initial {}: {}", text, error.what()));
  }
  return cells.front();
}

std::optional<sim::Duration> staleness_time_of(const CheckArguments& arguments) {
  const auto time = sim::parse_duration(arguments.staleness_time);
  if (!time && !arguments.staleness_time.empty()) {
    throw std::invalid_argument("--staleness-time needs a duration, such as 500ms");
  }
  return time;
}

// An option that changes nothing was meant for something else.
void refuse_idle_options(const CheckArguments& arguments) {
  const bool bounds = arguments.staleness_versions || !arguments.staleness_time.empty();
  const bool is_bounded =
      arguments.model == "bounded_staleness" || arguments.model == "bounded-staleness";
  if (bounds && !is_bounded) {
    throw std::invalid_argument(fmt::format(
        "--staleness-versions and --staleness-time are bounds of bounded_staleness, not of {}",
        arguments.model.empty() ? "the usual model" : arguments.model));
  }
}

models::JudgeOptions options_of(const CheckArguments& arguments, models::Pool& pool) {
  models::JudgeOptions options{.model = arguments.model,
                               .certify = !arguments.certificate.empty(),
                               .staleness_versions = arguments.staleness_versions,
                               .staleness_time = staleness_time_of(arguments),
                               .total = arguments.total};
  if (!arguments.object.empty()) options.object = object_called(arguments.object);
  if (!arguments.initial.empty()) options.initial = initial_of(arguments.initial, pool);
  if (arguments.max_steps != 0) options.budget.max_steps = arguments.max_steps;
  if (arguments.max_configurations != 0) {
    options.budget.max_configurations = arguments.max_configurations;
  }
  if (arguments.max_memory != 0) options.budget.max_memory = arguments.max_memory;
  return options;
}

// Of a stream there is no pool yet in which texts could be.
models::StreamOptions stream_options_of(const CheckArguments& arguments) {
  models::StreamOptions options{.model = arguments.model,
                                .staleness_versions = arguments.staleness_versions,
                                .staleness_time = staleness_time_of(arguments)};
  if (!arguments.object.empty()) options.object = object_called(arguments.object);
  if (arguments.initial.empty()) return options;
  models::Pool none;
  options.initial = initial_of(arguments.initial, none);
  if (options.initial != models::kNilCell &&
      models::tag_of(options.initial) != models::Tag::kInteger) {
    throw std::invalid_argument("--stream needs an --initial that is an integer or nil");
  }
  return options;
}

int tell(const Finding& finding, bool json) {
  if (json) {
    fmt::print("{}\n", finding_json(finding));
  } else {
    print_text(finding);
  }
  return exit_code_of(finding.verdict);
}

// nullopt: it cannot be judged so, but as a whole.
std::optional<int> check_stream(const CheckArguments& arguments, Deadline& deadline) {
  const bool more = !arguments.convert.empty() || !arguments.dot.empty() ||
                    !arguments.svg.empty() || !arguments.certificate.empty();
  if (more) return tell_problem("--stream judges; it draws, converts and certifies nothing");
  const models::StreamOptions options = stream_options_of(arguments);
  const bool is_pipe = arguments.file == "-";
  std::optional<std::ifstream> file;
  if (!is_pipe && !(file = open_file(arguments.file))) return kBadInput;
  const models::StreamFinding found = models::judge_stream(is_pipe ? std::cin : *file, options);
  if (is_pipe && !is_stdin_fine()) return kBadInput;
  if (found.finding.verdict == Verdict::kUnknown && !is_pipe) {
    fmt::print(stderr, "{}: {}; judging the whole history\n", arguments.file, found.finding.reason);
    return std::nullopt;
  }
  deadline.met();
  if (found.error) return tell_problem(arguments.file, *found.error);
  return tell(found.finding, arguments.json);
}

int convert(const models::Journal& journal, const std::string& form) {
  fmt::print("{}", form == "json"        ? to_jepsen_json(journal)
                   : form == "porcupine" ? to_porcupine(journal)
                                         : to_jepsen_edn(journal));
  return kAsExpected;
}

// What is asked about: the operations of a saved trace, or a history from elsewhere.
struct Asked {
  models::JournalResult read;
  std::optional<models::History> run;  // of a trace
  bool is_damaged = false;             // a trace; who reads it has said so
};

Asked read_history(const std::string& file, const std::string& text, models::Executor* executor) {
  if (!is_saved_trace(text)) return {.read = models::read_journal(text, executor)};
  bool whole = true;
  const auto saved = read_trace(file, &whole);
  if (!saved || !whole) return {.is_damaged = true};  // a part of a history proves nothing
  Asked asked;
  asked.read.journal =
      models::journal_of(saved->history, [&](sim::Key key) { return saved->record.key_name(key); });
  asked.run = saved->history;
  return asked;
}

// As the run was judged: a client whose request came to no answer is still the same session, which
// no other form can say. Certificates are about such a form.
std::optional<Finding> judge_as_run(const Asked& asked, const models::JudgeOptions& options) {
  const std::string model = options.model.empty() ? "linearizable" : options.model;
  const bool applies = asked.run && !options.certify && models::is_register_model(model) &&
                       models::object_of(*asked.run) == models::ObjectKind::kRegister;
  if (!applies) return std::nullopt;
  const auto result = models::check_register(*asked.run, model,
                                             {.budget = options.budget,
                                              .executor = options.executor,
                                              .staleness_versions = options.staleness_versions,
                                              .staleness_time = options.staleness_time});
  Finding finding{.model = model, .subject = "register", .verdict = result.verdict};
  finding.reason = result.reason;
  finding.operations = asked.run->size();
  if (result.witness) {
    finding.claim = result.witness->claim;
    finding.lines = {result.witness->observation, result.witness->obligation};
    for (const auto& op : result.witness->ops) finding.ops.push_back(op.op.value - 1);
  }
  return finding;
}

// Says what could not be written.
bool write_outputs(const CheckArguments& arguments, const models::Journal& journal,
                   const Finding& finding, const models::JudgeOptions& options) {
  const auto written = [](const std::string& file, const auto& make) {
    return file.empty() || write_file(file, make());
  };
  return written(arguments.certificate,
                 [&] { return certificate_json(journal, finding, options, arguments.initial); }) &&
         written(arguments.dot, [&] { return cycles_dot(journal, finding); }) &&
         written(arguments.svg, [&] { return bars_svg(journal, finding); });
}

int check_whole(const CheckArguments& arguments, Deadline& deadline) {
  const auto text = read_file(arguments.file);
  if (!text) return kBadInput;
  Threads threads(arguments.jobs);
  models::Executor* const executor = arguments.jobs == 1 ? nullptr : &threads;
  try {
    Asked asked = read_history(arguments.file, *text, executor);
    if (asked.is_damaged) return kBadInput;
    if (asked.read.error) return tell_problem(arguments.file, *asked.read.error);
    models::Journal& journal = *asked.read.journal;
    if (!arguments.convert.empty()) {
      deadline.met();
      return convert(journal, arguments.convert);
    }
    models::JudgeOptions options = options_of(arguments, journal.pool);
    options.executor = executor;
    std::optional<Finding> finding = judge_as_run(asked, options);
    if (!finding) finding = judge_journal(journal, options);
    if (options.total && finding->subject != "bank") {
      throw std::invalid_argument("--total is of a bank, and this is a " + finding->subject);
    }
    deadline.met();
    if (!write_outputs(arguments, journal, *finding, options)) return kRetry;
    return tell(*finding, arguments.json);
  } catch (const models::InputError& error) {
    return tell_problem(arguments.file, models::problem_at(*text, error.offset(), error.what()));
  }
}

}  // namespace

int check_command(const CheckArguments& arguments) {
  const auto limit = sim::parse_duration(arguments.max_time);
  if (!arguments.max_time.empty() && (!limit || *limit <= sim::Duration(0))) {
    return tell_problem("--max-time needs a duration, such as 10s");
  }
  Deadline deadline(limit, [&] {
    return tell({.model = arguments.model.empty() ? "the usual model" : arguments.model,
                 .verdict = Verdict::kUnknown,
                 .reason = fmt::format("{} were not enough (max-time)", arguments.max_time)},
                arguments.json);
  });
  try {
    refuse_idle_options(arguments);
    if (arguments.stream) {
      if (const auto code = check_stream(arguments, deadline)) return *code;
    }
    return check_whole(arguments, deadline);
  } catch (const std::invalid_argument& error) {
    return tell_problem(error.what());
  }
}

}  // namespace quorumlab::tools
