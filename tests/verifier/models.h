// Which models imply which, which a named anomaly rules out, and of what its cycles may consist, as
// the literature has it: Terry and others 1994, Adya 1999, Brzezinski and others 2004, Cerone and
// others 2015 and 2017, Biswas and Enea 2019, Elle 2020.
//
//   implies("strong-prefix", "read-atomic");       // true
//   rules_out("G2-item-process", "serializable");  // false: only with sessions
//   fits("G-single-item", "rpa");                  // true
#pragma once

#include <string>

namespace quorumlab::verifier {

// Mixtures of session guarantees, joined by +, too.
[[nodiscard]] bool implies(const std::string& stronger, const std::string& weaker);
// `what` is an anomaly, or a model that is violated.
[[nodiscard]] bool rules_out(const std::string& what, const std::string& model);
// May a cycle with these steps (history.h), in this order, bear the name? Beside them there is v:
// an anti-dependency of a read that came after another one from the same writer.
[[nodiscard]] bool fits(const std::string& name, std::string steps);

// A level of isolation: what must be seen, and whether sessions (1), or also time (2), count.
struct Level {
  std::string base;
  int order = 0;
};
[[nodiscard]] Level level_of(const std::string& model);
// Of an anomaly: its name, and what it needs.
[[nodiscard]] Level anomaly_of(const std::string& name);
// Models of objects have underscores between their words; causal is something else in isolation.
[[nodiscard]] std::string spelled(std::string model, const std::string& subject);

}  // namespace quorumlab::verifier
