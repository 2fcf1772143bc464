// Which models imply which, and which a named anomaly rules out, as the literature has it: Terry
// and others 1994, Adya 1999, Cerone and others 2015 and 2017, Elle 2020.
//
//   implies("strong-prefix", "read-atomic");       // true
//   rules_out("G2-item-process", "serializable");  // false: only with sessions
#pragma once

#include <string>

namespace quorumlab::verifier {

[[nodiscard]] bool implies(const std::string& stronger, const std::string& weaker);
[[nodiscard]] bool rules_out(const std::string& anomaly, const std::string& model);
// Without the end.
[[nodiscard]] std::string without(const std::string& name, const std::string& end);

// A level of isolation: what must be seen, and whether sessions (1), or also time (2), count.
struct Level {
  std::string base;
  int order = 0;
};
[[nodiscard]] Level level_of(const std::string& model);

}  // namespace quorumlab::verifier
