// Findings of `check` as JSON, and certificates: what somebody else needs beside the history to see
// that a verdict is right (docs/consistency.md, "Certificates").
//
//   fmt::print("{}\n", finding_json(finding));
#pragma once

#include <string>

#include "models/exchange/judge.h"

namespace quorumlab::tools {

[[nodiscard]] std::string finding_json(const models::Finding& finding);
// `initial` is what registers hold at first, as EDN; empty: nil. `options` are those that the
// history was judged under.
[[nodiscard]] std::string certificate_json(const models::Journal& journal,
                                           const models::Finding& finding,
                                           const models::JudgeOptions& options,
                                           const std::string& initial);

}  // namespace quorumlab::tools
