#include "tools/examine.h"

#include <fmt/core.h>

#include "tools/files.h"
#include "traces/space_time.h"

namespace quorumlab::tools {

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

const models::Witness* first_witness(const scenarios::RunResult& result) {
  for (const models::CheckResult& check : result.checks) {
    if (check.witness && !check.witness->ops.empty()) return &*check.witness;
  }
  const auto& lost = result.durability.witness;
  return lost && !lost->ops.empty() ? &*lost : nullptr;
}

Examined examine(const traces::Record& record, const models::History& history,
                 const models::Witness* witness, sim::EventId around) {
  Examined examined;
  traces::Caption caption{.title = record.header.scenario};
  if (witness != nullptr) {
    examined.explanation = traces::explain(record, history, *witness);
    examined.slice = traces::slice_of_witness(record, history, *witness, {});
    caption = traces::caption_of(examined.explanation);
  } else {
    examined.slice = traces::slice_of_window(record, history, around, {});
  }
  examined.picture = traces::space_time(record, history, examined.slice, caption);
  return examined;
}

}  // namespace quorumlab::tools
