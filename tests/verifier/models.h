// What models forbid, as the literature has it: Terry and others 1994, Adya 1999, Brzezinski and
// others 2004, Cerone and others 2015 and 2017, Biswas and Enea 2019, Elle 2020. All of it is one
// table, in models.cc.
//
//   implies("strong-prefix", "read-atomic");              // true
//   fits(forbidden_by("snapshot-isolation"), "rar");      // a cycle w -> a -> w that it forbids
//   forbidden_by("read-committed").anomalies;             // G1a, G1b, ...
#pragma once

#include <set>
#include <string>

namespace quorumlab::verifier {

struct Forbidden {
  std::set<std::string> cycles;     // as paths.h has them, in the letters of history.h
  std::set<std::string> anomalies;  // by the names of definitions.h
  int order = 0;                    // sessions (1), or also time (2), count
  bool is_all = false;              // whatever does none of this is the model
};
// By a model; or what a cycle must look like that bears the name.
[[nodiscard]] Forbidden forbidden_by(const std::string& name);
// The kinds of the steps of a cycle, begun anywhere in it.
[[nodiscard]] bool fits(const Forbidden& forbidden, std::string steps);

[[nodiscard]] bool is_model(const std::string& name);
// Mixtures of session guarantees, joined by +, too.
[[nodiscard]] bool implies(const std::string& stronger, const std::string& weaker);

// A level of isolation without what it asks of the order.
struct Level {
  std::string base;
  int order = 0;
};
[[nodiscard]] Level level_of(const std::string& model);
// Models of objects have underscores between their words; causal is something else in isolation.
[[nodiscard]] std::string spelled(std::string model, const std::string& subject);

}  // namespace quorumlab::verifier
