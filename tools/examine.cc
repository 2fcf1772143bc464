#include "tools/examine.h"

#include <fmt/core.h>

#include "tools/files.h"
#include "traces/space_time.h"

namespace quorumlab::tools {
namespace {

sim::EventId last_event(const traces::Record& record) {
  return sim::EventId(record.events().size());
}

}  // namespace

std::optional<scenarios::Scenario> load(const std::string& file,
                                        const std::vector<std::string>& sets,
                                        const models::Registry& registry) {
  config::Diagnostics problems;
  auto loaded = scenarios::load_file(file, sets, registry, problems);
  if (!loaded) {
    fmt::print(stderr, "{}", problems.render(colour_of_stderr()));
    return std::nullopt;
  }
  return std::move(loaded->scenario);
}

std::vector<Violation> violations_of(const scenarios::RunResult& result) {
  std::vector<Violation> found;
  std::vector<Violation> instants;
  for (const models::CheckResult& check : result.checks) {
    if (!check.witness) continue;
    (check.witness->ops.empty() ? instants : found).push_back({check.property, &*check.witness});
  }
  if (const auto& lost = result.durability.witness) found.push_back({"durable", &*lost});
  found.insert(found.end(), instants.begin(), instants.end());
  return found;
}

const models::Witness* first_witness(const scenarios::RunResult& result) {
  const auto found = violations_of(result);
  return found.empty() ? nullptr : found.front().witness;
}

std::vector<models::Witness> witnesses_of(const scenarios::RunResult& result) {
  std::vector<models::Witness> witnesses;
  for (const Violation& violation : violations_of(result)) witnesses.push_back(*violation.witness);
  return witnesses;
}

traces::Slice slice_of(const traces::Record& record, const models::History& history,
                       const models::Witness& witness) {
  traces::Slice slice = traces::slice_of_witness(record, history, witness, {});
  if (slice.messages.empty() && slice.ops.empty())
    slice = traces::slice_of_window(record, history, last_event(record), {.replicas_only = true});
  return slice;
}

Examined examine(const traces::Record& record, const models::History& history,
                 const models::Witness* witness, sim::EventId around) {
  Examined examined;
  traces::Caption caption{.title = record.header.scenario};
  if (witness != nullptr) {
    examined.explanation = traces::explain(record, history, *witness);
    examined.slice = slice_of(record, history, *witness);
    caption = traces::caption_of(examined.explanation);
  } else {
    examined.slice = traces::slice_of_window(record, history, around, {});
  }
  examined.picture = traces::space_time(record, history, examined.slice, caption);
  return examined;
}

}  // namespace quorumlab::tools
