// The house rules that a program can check: words, include directions, sizes, layout, scenarios.
//
//   const std::vector<Finding> found = check({read_source("sim/a.cc", "int x = rand();\n")});
//   to_text(found.front());  // "sim/a.cc:1: [rand()] a run has one seed; ..."
//
// Where a rule is wrong for once, the file says so on the line or on the one above, and a reader
// learns why:   // tidy: allow rand() because this measures the C library
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/tidy/source.h"

namespace quorumlab::tidy {

enum class Severity : std::uint8_t { kWarning, kError };

struct Finding {
  std::string path;
  std::size_t line = 1;  // counted from 1
  std::string rule;      // what an allowance names
  std::string message;   // what to do instead
  Severity severity = Severity::kError;
};

[[nodiscard]] std::string to_text(const Finding& finding);

// Judges the files as one tree: includes and dead headers are looked up among them. Findings come
// sorted by path and line; allowed ones are gone, allowances that nothing needed are findings.
[[nodiscard]] std::vector<Finding> check(const std::vector<Source>& tree);

}  // namespace quorumlab::tidy
