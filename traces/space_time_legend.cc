// The legend: what is in use, drawn by the same glyphs, and nothing else.

#include <algorithm>
#include <functional>

#include "traces/space_time_layout.h"

namespace quorumlab::traces {
namespace {

// One entry: `draw` puts the glyph into a box of this size whose upper left corner is at the point.
constexpr double kGlyphWidth = 38;
constexpr double kGlyphHeight = 16;

struct Entry {
  std::string text;
  std::function<void(Drawing&, Point)> draw;
};

class Legend {
 public:
  explicit Legend(const Drawing& diagram) : diagram_(diagram) {}

  std::vector<Entry> entries() {
    bars();
    arrows();
    lanes();
    faults();
    return std::move(entries_);
  }

 private:
  void add(const std::string& text, std::function<void(Drawing&, Point)> draw) {
    entries_.push_back({text, std::move(draw)});
  }
  void add_arrow(ArrowStyle style, bool is_copy, const std::string& text) {
    const bool is_used = std::ranges::any_of(
        diagram_.arrows, [&](const Arrow& a) { return a.style == style && a.is_copy == is_copy; });
    if (!is_used) return;
    add(text, [=](Drawing& d, Point p) {
      Arrow arrow;
      arrow.from = {p.x + 3, p.y + 5};
      arrow.to = {p.x + kGlyphWidth - 5, p.y + 11};
      arrow.style = style;
      arrow.is_copy = is_copy;
      if (style != ArrowStyle::kEvidence) d.dots.push_back(arrow.from);
      d.arrows.push_back(arrow);
    });
  }
  void add_bar(BarStyle style, const std::string& first_line, const std::string& text) {
    const auto is_closed = [&](const Bar& b) { return b.style == style && b.tail == 0; };
    if (std::ranges::none_of(diagram_.bars, is_closed)) return;
    add(text, [=](Drawing& d, Point p) {
      Bar bar;
      bar.rect = {p.x + 2, p.y, kGlyphWidth - 6, kGlyphHeight};
      bar.style = style;
      bar.first_line = first_line;
      d.bars.push_back(bar);
    });
  }
  void add_pill(PillStyle style, const std::string& sample, const std::string& text) {
    if (std::ranges::count(diagram_.pills, style, &Pill::style) == 0) return;
    add(text, [=](Drawing& d, Point p) {
      d.pills.push_back({{p.x, p.y - .5, kGlyphWidth - 2, kPillHeight}, style, sample, {}, {}});
    });
  }
  void add_band(BandStyle style, const std::string& letter, const std::string& text) {
    if (std::ranges::count(diagram_.bands, style, &Band::style) == 0) return;
    add(text, [=](Drawing& d, Point p) {
      d.bands.push_back({{p.x + 4, p.y, kGlyphWidth - 10, kGlyphHeight}, style, letter, {}});
    });
  }

  void bars() {
    add_bar(BarStyle::kViolation, "!", "the result that cannot be explained");
    add_bar(BarStyle::kWitness, "", "an operation in evidence");
    add_bar(BarStyle::kPlain, "", "another operation");
    const auto is_open = [](const Bar& b) { return b.tail > 0; };
    if (std::ranges::any_of(diagram_.bars, is_open))
      add("never answered: may have happened, or not", [](Drawing& d, Point p) {
        Bar bar;
        bar.rect = {p.x + 2, p.y - 1, kGlyphWidth - 6, 10};
        bar.style = BarStyle::kWitness;
        bar.tail = p.y + kGlyphHeight + 1;
        d.bars.push_back(bar);
      });
  }
  void arrows() {
    add_arrow(ArrowStyle::kEvidence, false, "real-time order: must have been seen");
    add_arrow(ArrowStyle::kClient, false, "client request");
    add_arrow(ArrowStyle::kClientAnswer, false, "answer to a client");
    add_arrow(ArrowStyle::kReplication, false, "message between replicas");
    add_arrow(ArrowStyle::kReplicationAnswer, false, "answer between replicas");
    add_arrow(ArrowStyle::kLost, false, "lost message");
    add_arrow(ArrowStyle::kInFlight, false, "still in flight at the end");
    const auto is_copy = [](const Arrow& a) { return a.is_copy; };
    if (const auto copy = std::ranges::find_if(diagram_.arrows, is_copy);
        copy != diagram_.arrows.end())
      add_arrow(copy->style, true, "duplicate made by the network");
    const auto is_many = [](const Label& l) { return l.text.find("×") != std::string::npos; };
    if (std::ranges::any_of(diagram_.labels, is_many))
      add("n messages alike, the first is drawn", [](Drawing& d, Point p) {
        d.labels.push_back(
            {{p.x + kGlyphWidth / 2, p.y + 8}, Anchor::kMiddle, TextStyle::kMuted, "×n"});
      });
  }
  void lanes() {
    const auto strip = [&](StripStyle style, const std::string& text) {
      if (std::ranges::count(diagram_.strips, style, &Strip::style) == 0) return;
      add(text, [=](Drawing& d, Point p) {
        d.strips.push_back({{p.x + kGlyphWidth / 2 - 5, p.y, 8, kGlyphHeight}, style, {}});
      });
    };
    strip(StripStyle::kLeader, "believes it is the leader");
    strip(StripStyle::kCandidate, "is a candidate");
    strip(StripStyle::kClock, "its clock is ahead (right) or behind (left)");
    add_pill(PillStyle::kValue, "x=5", "the replica's own copy now holds this");
    add_pill(PillStyle::kDiscard, "x=5", "thrown away, or without effect");
    add_pill(PillStyle::kClock, "+5s", "its wall clock jumps");
    add_pill(PillStyle::kTimer, "timer", "a timer fires");
    if (!diagram_.breaks.empty())
      add("time cut out", [](Drawing& d, Point p) {
        d.lanes.push_back({sim::kNoNode, p.x + kGlyphWidth / 2, p.y - 1, p.y + kGlyphHeight + 1});
        d.breaks.push_back({{p.x + kGlyphWidth / 2, p.y + kGlyphHeight / 2}});
      });
  }
  void faults() {
    add_band(BandStyle::kSideA, "A", "side A of a partition");
    add_band(BandStyle::kSideB, "B", "side B");
    add_band(BandStyle::kSideC, "C", "side C");
    add_band(BandStyle::kSideD, "D", "side D");
    add_band(BandStyle::kDown, "", "down");
    add_band(BandStyle::kPaused, "", "paused");
    if (!diagram_.rules.empty())
      add("a fault begins or ends", [](Drawing& d, Point p) {
        d.rules.push_back({{p.x + 2, p.y + 8}, {p.x + kGlyphWidth - 4, p.y + 8}});
      });
  }

  const Drawing& diagram_;
  std::vector<Entry> entries_;
};

}  // namespace

void Layout::write_legend(double top) {
  constexpr double kBetween = 18;
  constexpr double kLine = 25;
  double x = kMargin;
  double y = std::max(top, bottom_ + 22);
  Drawing& legend = picture_.legend;
  for (const Entry& entry : Legend(picture_.diagram).entries()) {
    const double width = kGlyphWidth + 6 + text_width(entry.text, 11, false);
    if (x > kMargin && x + width > picture_.width - kMargin) {
      x = kMargin;
      y += kLine;
    }
    entry.draw(legend, {x, y});
    legend.labels.push_back({{x + kGlyphWidth + 6, y + kGlyphHeight / 2},
                             Anchor::kStart,
                             TextStyle::kMuted,
                             entry.text});
    x += width + kBetween;
  }
  y += x > kMargin ? kLine + 6 : 0;
  const double width = picture_.width - 2 * kMargin;
  for (const std::string& line : wrap(printable(footer()), width, TextStyle::kMuted)) {
    legend.labels.push_back({{kMargin, y + 6}, Anchor::kStart, TextStyle::kMuted, line});
    y += 16;
  }
  picture_.height = y + kMargin / 2;
}

}  // namespace quorumlab::traces
