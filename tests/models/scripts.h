// Histories written in short, and the verdict on them.
//
//   judge(script("0 write 1; 1 read nil -> 1; 2 add 3 ?"), {.model = "sequential"}).verdict;
//   judge(txn_script("1 [:append 1 1]\n2 [:r 1 []]")).verdict;
#pragma once

#include <string>
#include <string_view>

#include "models/exchange/judge.h"

namespace quorumlab::models::testing {

[[nodiscard]] Finding judge(std::string_view text, const JudgeOptions& options = {});

// "PROCESS F VALUE -> RESULT" a line, or behind a semicolon; each is done before the next begins.
// Without a result it is the value; without a value that is nil. With " ?" at its end nobody knows
// what became of it, with " !" it failed.
[[nodiscard]] std::string script(std::string_view lines);

// "PROCESS MICRO-OPERATIONS" a line.
[[nodiscard]] std::string txn_script(std::string_view lines);

}  // namespace quorumlab::models::testing
