// The axioms of levels below serializable: an order of commits tells what each transaction must
// have seen, and each read must be of the last of those who wrote its key (Biswas and Enea 2019).
#pragma once

#include "tests/verifier/history.h"

namespace quorumlab::verifier {

// `level` is one of isolation, or causal_convergence or weak_causal.
void verify_commits(const History& history, const Json& order, const std::string& level);

}  // namespace quorumlab::verifier
