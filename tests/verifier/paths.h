// Circles of operations each of which must come before the next, every step looked for in the
// history; and the session guarantees, which are broken by circles of a certain form.
#pragma once

#include "tests/verifier/history.h"

namespace quorumlab::verifier {

// Paths to reads that missed the write they begin with, and one that closes the circle.
void verify_paths(const History& history, const Json& certificate, const std::string& model);
// Of a named anomaly of transactions.
void verify_cycle(const History& history, const Json& anomaly);

// One of the four, or several joined by +.
[[nodiscard]] bool is_guarantee(const std::string& model);
[[nodiscard]] bool breaks_guarantee(const History& history, const std::string& model);
// As implies() (models.h), for mixtures of guarantees too.
[[nodiscard]] bool is_at_least(const std::string& stronger, const std::string& weaker);
// Models of registers have underscores between their words.
[[nodiscard]] std::string spelled(std::string model, const std::string& subject);

}  // namespace quorumlab::verifier
