// The banned words: each with what to write instead and where the ban holds.
//
//   contains_word("x = std::rand();", "rand ( )");                            // true
//   contains_word("std::uniform_int_distribution<int> d;", "std::*_distribution");  // true
//   contains_word("operand();", "rand ( )");                                  // false
//
// In a pattern `*` stands for letters, digits and underscores, a blank for any white space or none.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace quorumlab::tidy {

struct BannedWord {
  std::vector<std::string_view> patterns;
  std::string_view instead;
  std::vector<std::string_view> folders;      // where it is banned
  std::vector<std::string_view> except = {};  // files that may
};

[[nodiscard]] std::span<const BannedWord> banned_words();
[[nodiscard]] bool contains_word(std::string_view code, std::string_view pattern);

}  // namespace quorumlab::tidy
