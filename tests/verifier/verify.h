// The independent verifier: is what `quorumlab check --certificate` wrote about a history right?
//
//   verify(history_as_json_lines, certificate);   // "" if it is; else what is wrong
//   covers(certificate);                          // false: there is nothing here to verify
#pragma once

#include <string>

namespace quorumlab::verifier {

[[nodiscard]] std::string verify(const std::string& history, const std::string& certificate);
[[nodiscard]] bool covers(const std::string& certificate);

}  // namespace quorumlab::verifier
