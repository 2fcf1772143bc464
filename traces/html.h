// The viewer: one HTML file that needs no network and no other file, with the run inside.
//
//   write_file("out.html", html_page({.title = "A stale read", .runs = {qtrace}}));
//
// The page holds the bytes of .qtrace files as they are (base64); a page of two runs shows how they
// differ. The template comes from viewer/ and is part of this library: nobody needs Node.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace quorumlab::traces {

struct HtmlInput {
  std::string title;
  std::vector<std::string> runs;  // the bytes of one or two .qtrace files
};

[[nodiscard]] std::string html_page(const HtmlInput& input);

// Above this a page opens too slowly to be of use; the command line warns, and above the second
// limit it writes none.
inline constexpr std::size_t kHtmlLarge = std::size_t{20} << 20U;
inline constexpr std::size_t kHtmlMost = std::size_t{200} << 20U;

[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace quorumlab::traces
