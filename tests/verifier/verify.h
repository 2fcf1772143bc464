// The independent verifier: is what `quorumlab check --certificate` wrote about a history right?
//
//   verify(history_as_json_lines, certificate);   // "" if it is; else what is wrong
//
// The rules are in proofs.cc and refutations.cc; what objects do, what levels ask for, what a
// definition says and which model implies which are tables beside them.
#pragma once

#include <string>

namespace quorumlab::verifier {

// What is said of a certificate that proves nothing.
inline constexpr const char* kNoProof = "there is nothing to verify";

[[nodiscard]] std::string verify(const std::string& history, const std::string& certificate);

}  // namespace quorumlab::verifier
