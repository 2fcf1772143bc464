// sweep: many seeds on all cores, one line for each distinct outcome.
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <exception>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "scenarios/coverage.h"
#include "tools/commands.h"
#include "tools/examine.h"
#include "tools/exit_codes.h"
#include "tools/seeds.h"

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
  if (!result.durability.lost.empty()) shape += shape.empty() ? "writes lost" : ", writes lost";
  if (!result.recovered) shape += shape.empty() ? "not recovered" : ", not recovered";
  return shape.empty() ? "everything held" : shape;
}

// A verdict that differs weighs more than one that is unknown.
int worse(int one, int other) {
  if (one == kDiffers || other == kDiffers) return kDiffers;
  return std::max(one, other);
}

class Sweep {
 public:
  Sweep(const scenarios::Scenario& scenario, const models::Registry& registry, Seeds seeds)
      : scenario_(scenario),
        registry_(registry),
        seeds_(seeds),
        next_(seeds.first),
        coverage_(scenario) {}

  void count_coverage() { covers_ = true; }

  void run(unsigned jobs) {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < jobs; ++i) threads.emplace_back([this] { work(); });
    for (std::thread& thread : threads) thread.join();
    if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\x1b[K");
    if (error_) std::rethrow_exception(error_);
  }

  [[nodiscard]] const std::map<std::string, Outcome>& outcomes() const { return outcomes_; }
  [[nodiscard]] std::uint64_t done() const { return done_; }
  [[nodiscard]] const scenarios::Coverage& coverage() const { return coverage_; }

 private:
  void work() {
    for (;;) {
      const std::uint64_t seed = next_.fetch_add(1);
      if (seed > seeds_.last || interrupted) return;
      try {
        const auto result =
            scenarios::run(scenario_, registry_, {.seed = seed, .leadership = covers_});
        const int code = judge(scenario_, result).exit_code;
        const std::lock_guard lock(mutex_);
        count(result, code);
        if (covers_) coverage_.add(result);
      } catch (const std::exception&) {
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = std::current_exception();
        next_ = seeds_.last + 1;
      }
    }
  }

  void count(const scenarios::RunResult& result, int code) {
    Outcome& outcome = outcomes_[shape_of(result)];
    ++outcome.runs;
    outcome.exit_code = worse(outcome.exit_code, code);
    const std::size_t operations = result.history.size();
    if (std::pair(operations, result.seed) < std::pair(outcome.operations, outcome.seed)) {
      outcome.operations = operations;
      outcome.seed = result.seed;
    }
    ++done_;
    if (done_ % 16 == 0 && isatty(STDERR_FILENO) != 0) {
      fmt::print(stderr, "\r{} of {} seeds, {} outcomes", done_, seeds_.last - seeds_.first + 1,
                 outcomes_.size());
    }
  }

  const scenarios::Scenario& scenario_;
  const models::Registry& registry_;
  Seeds seeds_;
  std::atomic<std::uint64_t> next_;
  std::mutex mutex_;
  std::map<std::string, Outcome> outcomes_;
  std::uint64_t done_ = 0;
  bool covers_ = false;
  scenarios::Coverage coverage_;
  std::exception_ptr error_;
};

void print(const Sweep& sweep, const SweepArguments& arguments) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const auto& [shape, outcome] : sweep.outcomes()) {
    if (arguments.json) {
      all.push_back({{"outcome", shape},
                     {"runs", outcome.runs},
                     {"seed", outcome.seed},
                     {"operations", outcome.operations},
                     {"exit_code", outcome.exit_code}});
    } else {
      fmt::print("{:>7} runs  {}{}\n               shortest: quorumlab run {} --seed {}\n",
                 outcome.runs, shape, outcome.exit_code == 0 ? "  (as expected)" : "",
                 arguments.file, outcome.seed);
    }
  }
  if (arguments.json) fmt::print("{}\n", all.dump(2));
}

}  // namespace

int sweep_command(const SweepArguments& arguments, const models::Registry& registry) {
  const auto seeds = parse_seeds(arguments.seeds);
  if (!seeds) return kBadInput;
  const auto scenario = load(arguments.file, arguments.sets, registry);
  if (!scenario) return kBadInput;
  interrupted = false;
  std::signal(SIGINT, interrupt);
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  Sweep sweep(*scenario, registry, *seeds);
  if (arguments.coverage) sweep.count_coverage();
  sweep.run(arguments.jobs > 0 ? static_cast<unsigned>(arguments.jobs) : cores);
  print(sweep, arguments);
  // Standard output belongs to the outcomes when they are JSON.
  if (arguments.coverage) {
    fmt::print(arguments.json ? stderr : stdout, "\n{}", sweep.coverage().text());
  }
  if (interrupted) return kInterrupted;
  int code = kAsExpected;
  for (const auto& [shape, outcome] : sweep.outcomes()) code = worse(code, outcome.exit_code);
  return code;
}

}  // namespace quorumlab::tools
