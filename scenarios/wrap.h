// Breaks text at blanks into rows of at most `width` characters; a longer word keeps a row to
// itself.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace quorumlab::scenarios {

[[nodiscard]] inline std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> rows;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, blank);
    text.remove_prefix(std::min(blank + 1, text.size()));
    if (word.empty()) continue;
    if (rows.empty() || rows.back().size() + 1 + word.size() > width) {
      rows.emplace_back(word);
    } else {
      rows.back().append(" ").append(word);
    }
  }
  return rows;
}

}  // namespace quorumlab::scenarios
