// What a run came to, for people and for programs.
//
//   fmt::print("{}", report_text({scenario, result, judgement, explanation},
//   config::Colour::kOff)); fmt::print("{}", report_json(...));          // one object, keys in a
//   fixed order
//
// The text is written to be read top down: what held, what was lost and why, who could read and
// write meanwhile, what the faults did, and how to see it all again.
#pragma once

#include <string>
#include <vector>

#include "scenarios/run.h"
#include "sim/config/diagnostics.h"

namespace quorumlab::scenarios {

struct ReportInput {
  const Scenario& scenario;
  const RunResult& result;
  const Judgement& judgement;
  std::string explanation = {};  // of the first violation, wrapped; may be empty
  std::string reproduce = {};    // the command that runs it again
};

[[nodiscard]] std::string report_text(const ReportInput& input, config::Colour colour);
[[nodiscard]] std::string report_json(const ReportInput& input);

// "12,345"
[[nodiscard]] std::string grouped(std::uint64_t number);

}  // namespace quorumlab::scenarios
