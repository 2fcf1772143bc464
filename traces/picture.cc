#include "traces/picture.h"

#include <algorithm>
#include <array>

namespace quorumlab::traces {
namespace {

// Thousandths of the type size for ' ' to '~': the wider of the usual faces for each character.
constexpr std::array<std::int16_t, 95> kWidths{
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361,  318, 337, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
    575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635,  611, 732, 684, 989, 685,
    611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352,  635, 634, 278, 278, 579,
    278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592,  525, 636, 337, 636, 838};
constexpr double kOtherWidth = 838;

}  // namespace

double font_size(TextStyle style) {
  if (style == TextStyle::kTitle) return 17;
  if (style == TextStyle::kLane) return 15;
  if (style == TextStyle::kBody) return 13;
  return 11;
}

bool is_bold(TextStyle style) {
  return style == TextStyle::kTitle || style == TextStyle::kLane || style == TextStyle::kEvidence ||
         style == TextStyle::kSide;
}

double text_width(std::string_view text, double size, bool bold) {
  double thousandths = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F)
      thousandths += kWidths[byte - 0x20U];
    else if ((byte & 0xC0) != 0x80)
      thousandths += kOtherWidth;
  }
  return thousandths * size / 1000 * (bold ? 1.1 : 1.0);
}

Rect box_of(const Label& label) {
  const double size = font_size(label.style);
  const double width = text_width(label.text, size, is_bold(label.style));
  const double shift = label.anchor == Anchor::kStart    ? 0
                       : label.anchor == Anchor::kMiddle ? width / 2
                                                         : width;
  return {label.at.x - shift, label.at.y - size * 0.6, width, size * 1.2};
}

// Clips the way against the four sides in turn.
std::optional<std::pair<double, double>> inside(const Rect& box, Point from, Point to) {
  double first = 0;
  double last = 1;
  const auto clip = [&](double start, double step, double low, double high) {
    if (step == 0) return start > low && start < high;
    double a = (low - start) / step;
    double b = (high - start) / step;
    if (a > b) std::swap(a, b);
    first = std::max(first, a);
    last = std::min(last, b);
    return first < last;
  };
  if (!clip(from.x, to.x - from.x, box.x, box.right())) return std::nullopt;
  if (!clip(from.y, to.y - from.y, box.y, box.bottom())) return std::nullopt;
  return std::pair(first, last);
}

std::vector<std::string> wrap(std::string_view text, double width, TextStyle style) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (word.empty()) continue;
    std::string longer = line.empty() ? std::string(word) : line + " " + std::string(word);
    if (!line.empty() && text_width(longer, font_size(style), is_bold(style)) > width) {
      lines.push_back(line);
      longer = std::string(word);
    }
    line = std::move(longer);
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

}  // namespace quorumlab::traces
