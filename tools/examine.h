// Loads, runs and explains: what several commands have in common.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenarios/run.h"
#include "traces/explain.h"
#include "traces/slice.h"

namespace quorumlab::tools {

// nullopt: every mistake was told on stderr.
[[nodiscard]] std::optional<scenarios::Scenario> load(const std::string& file,
                                                      const std::vector<std::string>& sets,
                                                      const models::Registry& registry);

// The witness to explain: of the first violated check, else of lost writes; nullptr: none.
[[nodiscard]] const models::Witness* first_witness(const scenarios::RunResult& result);

struct Examined {
  traces::Explanation explanation;  // empty without a witness
  traces::Slice slice;
  traces::Picture picture;
};
// `witness` may be nullptr: then the picture shows a window around `around`.
[[nodiscard]] Examined examine(const traces::Record& record, const models::History& history,
                               const models::Witness* witness, sim::EventId around);

}  // namespace quorumlab::tools
