// sweep: many seeds on all cores, one line for each distinct outcome.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "scenarios/coverage.h"
#include "tools/campaign.h"
#include "tools/commands.h"
#include "tools/exit_codes.h"

namespace quorumlab::tools {
namespace {

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

void count(const scenarios::RunResult& result, int exit_code, Outcome* outcome) {
  ++outcome->runs;
  outcome->exit_code = worse(outcome->exit_code, exit_code);
  const std::size_t operations = result.history.size();
  if (std::pair(operations, result.seed) < std::pair(outcome->operations, outcome->seed)) {
    outcome->operations = operations;
    outcome->seed = result.seed;
  }
}

scenarios::Coverage coverage_of(const std::vector<Alternative>& alternatives) {
  scenarios::Coverage coverage(alternatives.front().scenario);
  for (std::size_t i = 1; i < alternatives.size(); ++i) {
    coverage.merge(scenarios::Coverage(alternatives[i].scenario));
  }
  return coverage;
}

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
  Outcomes outcomes;
  scenarios::Coverage coverage = coverage_of(*alternatives);
  Campaign campaign(*alternatives, registry, *seeds);
  if (arguments.coverage) campaign.watch_leadership();
  Threads threads(static_cast<unsigned>(std::max(0, arguments.jobs)));
  const bool whole =
      campaign.run(&threads, [&](std::size_t which, const scenarios::RunResult& result) {
        const int code = judge((*alternatives)[which].scenario, result).exit_code;
        count(result, code, &outcomes[{which, shape_of(result)}]);
        if (arguments.coverage) coverage.add(result);
      });
  if (arguments.json) {
    print_json(outcomes, *alternatives);
  } else {
    print_text(outcomes, *alternatives, wanted);
  }
  // Standard output belongs to the outcomes when they are JSON.
  if (arguments.coverage) {
    fmt::print(arguments.json ? stderr : stdout, "\n{}", coverage.text());
  }
  if (!whole) return kInterrupted;
  int code = kAsExpected;
  for (const auto& [what, outcome] : outcomes) code = worse(code, outcome.exit_code);
  return code;
}

}  // namespace quorumlab::tools
