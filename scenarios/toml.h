// Scenario files: TOML text to a tree of values with positions, and back. The only door to toml++.
//
//   const auto file = problems.add_source("split.toml", text);
//   std::optional<config::Value> root = parse_toml(file, problems);
//   if (auto set = parse_set("replication.acknowledge=all", problems)) apply_set(*set, &*root,
//   problems); fmt::print("{}", to_toml(*root));            // reads back to the same tree
//
// The parser behind it stops at the first mistake in the syntax; everything that a schema objects
// to is reported at once.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/config/diagnostics.h"
#include "sim/config/value.h"

namespace quorumlab::scenarios {

// The root table of a source that was added before. Members are in file order; spans point into
// that source. nullopt: not TOML, which has been reported.
[[nodiscard]] std::optional<config::Value> parse_toml(config::SourceId source,
                                                      config::Diagnostics& diagnostics);

// One `--set key=value`.
struct Assignment {
  config::Path path;
  config::Value value;
  config::Span span;  // the whole text
};

// Adds `text` as a source named "--set". What stands behind the first `=` is TOML if it is that,
// else plain text, so that a shell needs no quotes around "10s". nullopt: reported.
[[nodiscard]] std::optional<Assignment> parse_set(std::string_view text,
                                                  config::Diagnostics& diagnostics);

// Overrides the value at the path or creates it, with tables on the way. An index may be one behind
// the last element: that appends. False: there is no such place; that has been reported and `root`
// is as it was.
bool apply_set(const Assignment& assignment, config::Value* root, config::Diagnostics& diagnostics);

// Keys first, then [tables] and [[lists of tables]]; inline where the value says so. Stable, and
// parse_toml reads it back to an equal tree, except that keys move in front of tables.
// Requires: a table without absent elements in lists.
[[nodiscard]] std::string to_toml(const config::Value& root);

}  // namespace quorumlab::scenarios
