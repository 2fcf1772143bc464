#include "traces/html.h"

#include <cstdint>

#include "sim/check.h"
#include "traces/viewer_page.h"
#include "traces/words.h"

namespace quorumlab::traces {
namespace {

constexpr std::string_view kTitlePlace = "QUORUMLAB_TITLE";
constexpr std::string_view kRunsPlace = "<!--QUORUMLAB_RUNS-->";

// `page` with the first `place` replaced.
std::string filled(std::string page, std::string_view place, std::string_view content) {
  const std::size_t at = page.find(place);
  QL_CHECK(at != std::string::npos, "the viewer's template has no {}", place);
  return page.replace(at, place.size(), content);
}

}  // namespace

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t there = bytes.size() - i;
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8U | (j < there ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      out += j > there ? '=' : kDigits[(group >> (6U * (3U - static_cast<unsigned>(j)))) & 63U];
  }
  return out;
}

std::string html_page(const HtmlInput& input) {
  std::string runs;
  for (const std::string& run : input.runs)
    runs +=
        "<script type=\"application/octet-stream\" class=\"run\">" + base64(run) + "</script>\n";
  std::string page = filled(std::string(kViewerPage), kTitlePlace, escape_xml(input.title));
  return filled(std::move(page), kRunsPlace, runs);
}

}  // namespace quorumlab::traces
