// The rules by which a certificate proves something. Each throws what is wrong, if something is.
#pragma once

#include "tests/verifier/history.h"

namespace quorumlab::verifier {

// That something holds.
//
// Orders of all that must have happened, of one key each or one of all, which no session and, with
// `timed`, no order in time contradicts, and in which every result is legal.
void verify_orders(const History& h, const Json& orders, bool timed);
// For each session one order of all writes that explains what this session read; it respects what
// all sessions did and, with `causal`, whom they read from.
void verify_views(const History& h, const Json& views, bool causal);
// One order of commits. It tells what each transaction must have seen at `model`, and each read
// must be of the last of those who wrote its key (Biswas and Enea, OOPSLA 2019).
void verify_commits(const History& h, const Json& order, const std::string& model);

// That something is violated.
//
// Cycles that all have the form that bears the name. A step may suppose that of two writers of one
// key the one comes before the other; then some cycle is there whatever is supposed. `learned`
// are clauses, each of which follows from the cycles and the clauses before it by unit propagation,
// as in the refutations that solvers write (RUP).
void verify_cycles(const History& h, const Json& claim, const std::string& name);
// A few operations that have no order, as they were when `until` ended, if there is such an
// operation; whatever is left out cannot be the reason why.
void verify_core(const History& h, const Json& core, bool timed);

}  // namespace quorumlab::verifier
