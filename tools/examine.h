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

// What a run did wrong: a violated check or "durable", and its witness.
struct Violation {
  std::string property;
  const models::Witness* witness = nullptr;
};
// Those whose witness names operations first, in the order of the checks; lost writes after them;
// broken invariants, whose witness is an instant, last.
[[nodiscard]] std::vector<Violation> violations_of(const scenarios::RunResult& result);

// The witness to explain: of the first violation; nullptr: none.
[[nodiscard]] const models::Witness* first_witness(const scenarios::RunResult& result);
// Of all violations, for a saved trace.
[[nodiscard]] std::vector<models::Witness> witnesses_of(const scenarios::RunResult& result);

// What explains a witness; for an instant, what happened around the end of the record.
[[nodiscard]] traces::Slice slice_of(const traces::Record& record, const models::History& history,
                                     const models::Witness& witness);

struct Examined {
  traces::Explanation explanation;  // empty without a witness
  traces::Slice slice;
  traces::Picture picture;
};
// `witness` may be nullptr: then the picture shows a window around `around`.
[[nodiscard]] Examined examine(const traces::Record& record, const models::History& history,
                               const models::Witness* witness, sim::EventId around);

}  // namespace quorumlab::tools
