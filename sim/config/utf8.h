// The little that positions need to know about UTF-8: code points are counted, never split.
//
//   std::size_t at = 0;
//   decode("é!", &at);        // U+00E9, at == 2
//   code_points("é!");        // 2
//   display_width(U'日');     // 2: two columns of a terminal
#pragma once

#include <cstddef>
#include <string_view>

namespace quorumlab::config {

// The code point that starts at byte `*at`, which moves behind it. Anything malformed counts as one
// U+FFFD for each byte. Requires: *at < text.size().
[[nodiscard]] char32_t decode(std::string_view text, std::size_t* at);

[[nodiscard]] std::size_t code_points(std::string_view text);

[[nodiscard]] bool is_utf8(std::string_view text);

// Columns that a terminal gives the character: 0 for combining marks, 2 for East Asian wide ones.
[[nodiscard]] int display_width(char32_t c);

}  // namespace quorumlab::config
