// Judges a history as it is read, in memory for what is under way and what can still matter,
// however long it is: what `quorumlab check --stream` does.
//
//   StreamFinding f = judge_stream(file, {});
//   f.finding.verdict;   // kUnknown, if it is not such a history: finding.reason says why
//
// What object_stream.h can judge, for each key or for all, and transactions (txn_stream.h). It ends
// at the first violation, which the finding locates: by line, event, operation and time. Of a model
// that only a stronger one is judged for, it can say that it holds, or nothing.
#pragma once

#include <cstddef>
#include <istream>
#include <optional>
#include <string>

#include "models/exchange/journal.h"
#include "models/exchange/judge.h"

namespace quorumlab::models {

struct StreamOptions {
  std::string model;  // empty: the usual one
  Cell initial = kNilCell;
  std::optional<ObjectKind> object = {};     // empty: by the functions that occur
  std::size_t piece = std::size_t{1} << 20;  // bytes read at a time
  // Values and operations kept at once before it says "unknown".
  std::size_t max_kept = 1'000'000;
  // bounded_staleness; nullopt: any number, any time.
  std::optional<std::uint64_t> staleness_versions = {};
  std::optional<sim::Duration> staleness_time = {};
};

struct StreamFinding {
  Finding finding;
  std::optional<InputProblem> error;
  std::size_t most_kept = 0;  // values and operations at once
};

// kUnknown also if the model is none that can be judged so.
[[nodiscard]] StreamFinding judge_stream(std::istream& in, const StreamOptions& options);

}  // namespace quorumlab::models
