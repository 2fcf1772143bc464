// sweep: many seeds on all cores, one line for each distinct outcome.
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "scenarios/coverage.h"
#include "tools/alternatives.h"
#include "tools/commands.h"
#include "tools/exit_codes.h"
#include "tools/seeds.h"
#include "tools/threads.h"

namespace quorumlab::tools {
namespace {

std::atomic<bool> interrupted{false};

void interrupt(int) {
  interrupted = true;
}

// Runs of the same shape: which properties were found how, and by which anomaly.
struct Outcome {
  std::uint64_t runs = 0;
  std::uint64_t seed = 0;  // of the shortest history
  std::size_t operations = SIZE_MAX;
  int exit_code = 0;
};

std::string shape_of(const scenarios::RunResult& result) {
  std::string shape;
  const auto add = [&](const models::CheckResult& check) {
    if (check.verdict == models::Verdict::kHolds) return;
    shape += shape.empty() ? "" : ", ";
    shape += check.property;
    if (check.verdict == models::Verdict::kUnknown) {
      shape += " unknown";
    } else if (check.witness) {
      shape += fmt::format(" violated ({})",
                           check.witness->claim.substr(0, check.witness->claim.find(':')));
    }
  };
  for (const models::CheckResult& check : result.checks) add(check);
  if (result.durability.gone() > 0) shape += shape.empty() ? "writes lost" : ", writes lost";
  if (!result.recovered) shape += shape.empty() ? "not recovered" : ", not recovered";
  return shape.empty() ? "everything held" : shape;
}

// A verdict that differs weighs more than one that is unknown.
int worse(int one, int other) {
  if (one == kDiffers || other == kDiffers) return kDiffers;
  return std::max(one, other);
}

// What came out, by alternative and shape.
using Outcomes = std::map<std::pair<std::size_t, std::string>, Outcome>;

// All cores work through (seed, alternative), seed by seed.
class Sweep {
 public:
  Sweep(const std::vector<Alternative>& alternatives, const models::Registry& registry, Seeds seeds)
      : alternatives_(alternatives),
        registry_(registry),
        seeds_(seeds),
        total_((seeds.last - seeds.first + 1) * alternatives.size()),
        coverage_(alternatives.front().scenario) {
    for (const Alternative& one : alternatives) coverage_.merge(scenarios::Coverage(one.scenario));
  }

  void count_coverage() { covers_ = true; }

  void run(Threads* threads) {
    threads->run(total_, [this](std::size_t task) { work(task); });
    if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\x1b[K");
  }

  [[nodiscard]] const Outcomes& outcomes() const { return outcomes_; }
  [[nodiscard]] const scenarios::Coverage& coverage() const { return coverage_; }

 private:
  void work(std::uint64_t task) {
    if (interrupted) return;
    const std::size_t which = task % alternatives_.size();
    const scenarios::Scenario& scenario = alternatives_[which].scenario;
    const std::uint64_t seed = seeds_.first + task / alternatives_.size();
    const auto result = scenarios::run(scenario, registry_, {.seed = seed, .leadership = covers_});
    const int code = judge(scenario, result).exit_code;
    const std::lock_guard lock(mutex_);
    count(which, result, code);
    if (covers_) coverage_.add(result);
  }

  void count(std::size_t which, const scenarios::RunResult& result, int code) {
    Outcome& outcome = outcomes_[{which, shape_of(result)}];
    ++outcome.runs;
    outcome.exit_code = worse(outcome.exit_code, code);
    const std::size_t operations = result.history.size();
    if (std::pair(operations, result.seed) < std::pair(outcome.operations, outcome.seed)) {
      outcome.operations = operations;
      outcome.seed = result.seed;
    }
    ++done_;
    if (done_ % 16 == 0 && isatty(STDERR_FILENO) != 0) {
      fmt::print(stderr, "\r{} of {} runs, {} outcomes", done_, total_, outcomes_.size());
    }
  }

  const std::vector<Alternative>& alternatives_;
  const models::Registry& registry_;
  Seeds seeds_;
  std::uint64_t total_;
  std::mutex mutex_;
  Outcomes outcomes_;
  std::uint64_t done_ = 0;
  bool covers_ = false;
  scenarios::Coverage coverage_;
};

void print_json(const Outcomes& outcomes, const std::vector<Alternative>& alternatives) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const auto& [what, outcome] : outcomes) {
    nlohmann::ordered_json one = {{"outcome", what.second},
                                  {"runs", outcome.runs},
                                  {"seed", outcome.seed},
                                  {"operations", outcome.operations},
                                  {"exit_code", outcome.exit_code}};
    const Alternative& alternative = alternatives[what.first];
    if (!alternative.name.empty()) one["alternative"] = alternative.name;
    all.push_back(std::move(one));
  }
  fmt::print("{}\n", all.dump(2));
}

void print_text(const Outcomes& outcomes, const std::vector<Alternative>& alternatives,
                const AlternativesOf& wanted) {
  std::size_t told = SIZE_MAX;  // the alternative that the last line was about
  for (const auto& [what, outcome] : outcomes) {
    const Alternative& alternative = alternatives[what.first];
    if (what.first != told && !alternative.name.empty()) fmt::print("{}\n", alternative.name);
    told = what.first;
    fmt::print("{:>7} runs  {}{}\n               shortest: {}\n", outcome.runs, what.second,
               outcome.exit_code == 0 ? "  (as expected)" : "",
               run_command(wanted, alternative, outcome.seed));
  }
}

}  // namespace

int sweep_command(const SweepArguments& arguments, const models::Registry& registry) {
  const auto seeds = parse_seeds(arguments.seeds);
  if (!seeds) return kBadInput;
  const AlternativesOf wanted{arguments.file, arguments.sets, arguments.vary};
  const auto alternatives = alternatives_of(wanted, registry);
  if (!alternatives) return kBadInput;
  interrupted = false;
  std::signal(SIGINT, interrupt);
  Threads threads(static_cast<unsigned>(std::max(0, arguments.jobs)));
  Sweep sweep(*alternatives, registry, *seeds);
  if (arguments.coverage) sweep.count_coverage();
  sweep.run(&threads);
  if (arguments.json) {
    print_json(sweep.outcomes(), *alternatives);
  } else {
    print_text(sweep.outcomes(), *alternatives, wanted);
  }
  // Standard output belongs to the outcomes when they are JSON.
  if (arguments.coverage) {
    fmt::print(arguments.json ? stderr : stdout, "\n{}", sweep.coverage().text());
  }
  if (interrupted) return kInterrupted;
  int code = kAsExpected;
  for (const auto& [what, outcome] : sweep.outcomes()) code = worse(code, outcome.exit_code);
  return code;
}

}  // namespace quorumlab::tools
