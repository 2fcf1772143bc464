// The rules by which a certificate proves something, each in a file of its own. They throw what is
// wrong, if something is.
#pragma once

#include "tests/verifier/history.h"
#include "tests/verifier/models.h"

namespace quorumlab::verifier {

// Holds: orders of all that must have happened, of one key each or one of all, in which every
// result is legal, and which no session and, with `timed`, no order in time contradicts.
void verify_orders(const History& h, const Json& orders, bool timed);

// Holds: one order of commits, or for each session one of all writes and its own reads. It tells
// who wrote a key after whom; then no cycle is there that is forbidden. Of views of causal memory
// and PRAM, only reads of the one session count; of PRAM, also only whom that read from.
void verify_commits(const History& h, const Ops& order, const Forbidden& forbidden);
void verify_views(const History& h, const Json& views, const Forbidden& forbidden, bool causal);

// Violated: cycles of operations that each must come before the next. A step may suppose that of
// two writers of one key the one comes before the other; then some cycle is there whatever is
// supposed. The kinds of the steps of each cycle, by their letters. Of causal memory and PRAM, all
// reads are of one session.
[[nodiscard]] std::vector<std::string> verify_cycles(const History& h, const Json& claim,
                                                     const std::string& name);
// One of them, of any operations: `joined` says whether a step leads there.
[[nodiscard]] std::string verify_cycle(
    const Json& cycle, const std::function<bool(char how, const Json& step)>& joined);

// Violated: a few operations that have no order, as they were when `until` ended, if there is such
// an operation. Whatever is left out cannot be the reason why.
void verify_core(const History& h, const Json& core, bool timed);

}  // namespace quorumlab::verifier
