// Models and anomalies that are a matter of a few operations: whether some of those given break the
// definition. So that it holds can be verified too, by giving all.
//
//   breaks(history, certificate, "mutual_exclusion", {4, 9});   // both held it at once
#pragma once

#include "tests/verifier/history.h"

namespace quorumlab::verifier {

using Ops = std::vector<std::size_t>;

[[nodiscard]] bool is_defined(const History& history, const std::string& name);
// The certificate tells how much staleness is allowed, and what a bank holds.
[[nodiscard]] bool breaks(const History& history, const Json& certificate, const std::string& name,
                          const Ops& ops);

}  // namespace quorumlab::verifier
