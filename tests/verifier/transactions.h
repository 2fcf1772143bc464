// Verifies what is said about transactions on lists or registers: an order is executed, and every
// edge of a cycle is looked for in the reads and writes of the two.
#pragma once

#include "tests/verifier/history.h"

namespace quorumlab::verifier {

// `order` must also agree with sessions, or with time.
void verify_serial_order(const History& history, const Json& order, bool sessions, bool time);
void verify_cycle(const History& history, const Json& anomaly);
// G1a, G1b, garbage, duplicate-elements, incompatible-order, lost-update, dirty-update, internal.
// False: of this type nothing is known here.
[[nodiscard]] bool verify_anomaly(const History& history, const Json& anomaly);

}  // namespace quorumlab::verifier
