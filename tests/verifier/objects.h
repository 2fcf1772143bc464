// Verifies what is said about one object: an order is executed; operations that are said to have no
// order are tried in all of them.
#pragma once

#include "tests/verifier/history.h"

namespace quorumlab::verifier {

// `order` is of the operations on one key, or with `by_process` of all operations.
void verify_orders(const History& history, const Json& certificate, bool by_process);
void verify_core(const History& history, const Json& certificate);

}  // namespace quorumlab::verifier
