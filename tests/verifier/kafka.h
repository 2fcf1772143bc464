// Verifies verdicts on logs such as Kafka's: the definition of each anomaly, on the operations that
// the certificate names, or on all of them where it says that there is none; cycles edge by edge.
//
//   verify_logs(history_text, certificate);   // false: there is nothing to verify; or it throws
#pragma once

#include <string>

#include "tests/verifier/history.h"

namespace quorumlab::verifier {

[[nodiscard]] bool verify_logs(const std::string& history_text, const Json& certificate);

}  // namespace quorumlab::verifier
