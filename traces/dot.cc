#include "traces/dot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>

#include "traces/words.h"

namespace quorumlab::traces {
namespace {

std::string_view strip_fill(StripStyle style) {
  return style == StripStyle::kLeader      ? "#56B4E9"
         : style == StripStyle::kCandidate ? "#B8C4CE"
                                           : "#C58AAE";
}

// Graphviz paints an unknown colour black, and knows only six digits.
struct Look {
  std::string_view line;
  std::string_view fill;
  std::string_view ink = "#1B1F24";
  std::string_view style = "solid";
  double width = 1;
};

Look look(BandStyle style) {
  switch (style) {
    case BandStyle::kSideA:
      return {"", "#FDE7BF"};
    case BandStyle::kSideB:
      return {"", "#D3E9F8"};
    case BandStyle::kSideC:
      return {"", "#DCEFD5"};
    case BandStyle::kSideD:
      return {"", "#F3DCEA"};
    case BandStyle::kDown:
      return {"", "#8B949E"};
    case BandStyle::kPaused:
      return {"", "#C9CED4"};
  }
  return {};
}

Look look(ArrowStyle style) {
  switch (style) {
    case ArrowStyle::kClient:
      return {"#0072B2", "", "", "solid", 1.6};
    case ArrowStyle::kClientAnswer:
      return {"#0072B2", "", "", "solid", 1};
    case ArrowStyle::kReplication:
      return {"#009E73", "", "", "solid", 1.6};
    case ArrowStyle::kReplicationAnswer:
      return {"#009E73", "", "", "solid", 1};
    case ArrowStyle::kLost:
      return {"#D55E00", "", "", "dashed", 1.6};
    case ArrowStyle::kInFlight:
      return {"#5B636C", "", "", "dashed", 1.4};
    case ArrowStyle::kEvidence:
      return {"#C8102E", "", "", "dotted", 2.4};
  }
  return {};
}

Look look(BarStyle style) {
  if (style == BarStyle::kViolation) return {"#C8102E", "#FBD5D9", "#98001A", "solid", 3};
  if (style == BarStyle::kWitness) return {"#0072B2", "#E2EFFA", "#1B1F24", "solid", 1.4};
  return {"#8B949E", "#EEF1F4"};
}

Look look(PillStyle style) {
  switch (style) {
    case PillStyle::kLeader:
      return {"#00466F", "#00568A", "#FFFFFF"};
    case PillStyle::kRole:
      return {"#5B636C", "#FFFFFF"};
    case PillStyle::kValue:
      return {"#009E73", "#E6F5EF"};
    case PillStyle::kDiscard:
      return {"#D55E00", "#FFFFFF", "#1B1F24", "dashed", 1.8};
    case PillStyle::kDown:
      return {"#1B1F24", "#5B636C", "#FFFFFF"};
    case PillStyle::kClock:
      return {"#9C4A7B", "#F3DCEA"};
    case PillStyle::kTimer:
      return {"#5B636C", "#FFFFFF", "#1B1F24", "dotted"};
  }
  return {};
}

std::string_view ink(TextStyle style) {
  switch (style) {
    case TextStyle::kTitle:
    case TextStyle::kBody:
    case TextStyle::kLane:
      return "#1B1F24";
    case TextStyle::kMuted:
    case TextStyle::kInFlight:
    case TextStyle::kSide:
      return "#5B636C";
    case TextStyle::kClient:
      return "#005A94";
    case TextStyle::kReplication:
      return "#006B4E";
    case TextStyle::kLost:
      return "#AD4400";
    case TextStyle::kEvidence:
      return "#B3001B";
    case TextStyle::kFault:
      return "#8A5A00";
  }
  return "#1B1F24";
}

bool has_halo(TextStyle style) {
  return style == TextStyle::kClient || style == TextStyle::kReplication ||
         style == TextStyle::kLost || style == TextStyle::kInFlight ||
         style == TextStyle::kEvidence;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string number(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

class Writer {
 public:
  explicit Writer(const Picture& picture) : picture_(picture) {}

  std::string write() {
    out_ += "digraph quorumlab {\n";
    put("  graph [layout=nop2, notranslate=true, splines=line, outputorder=edgesfirst, "
        "bgcolor=\"#FFFFFF\", pad=0, bb=\"0,0,{},{}\", tooltip={},\n    _background=\"{}\"];\n",
        number(picture_.width), number(picture_.height), quote(picture_.title), background());
    put("  node [label=\"\", shape=box, fixedsize=true, margin=0, fontname=\"Helvetica\", "
        "fontsize=11];\n  edge [arrowsize=0.7];\n");
    point({0, 0});
    point({picture_.width, picture_.height});
    for (const Drawing* d : {&picture_.diagram, &picture_.legend}) {
      lines(*d);
      for (const Arrow& arrow : d->arrows) write(arrow);
      for (const Bar& bar : d->bars) write(bar);
      for (const Point& dot : d->dots)
        node(dot, 5, 5, "shape=circle, style=filled, color=\"#1B1F24\"");
      for (const Pill& pill : d->pills) write(pill);
      for (const Band& band : d->bands)
        if (!band.letter.empty())
          write(Label{
              {band.rect.x + 4, band.rect.y + 9}, Anchor::kStart, TextStyle::kSide, band.letter});
      for (const Break& cut : d->breaks) node(cut.at, 14, 14, "shape=plaintext, label=\"//\"");
      for (const Label& label : d->labels) write(label);
    }
    out_ += "}\n";
    return std::move(out_);
  }

 private:
  template <class... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  [[nodiscard]] double up(double y) const { return picture_.height - y; }

  [[nodiscard]] std::string polygon(const Rect& r, std::string_view colour) const {
    const std::string left = number(r.x);
    const std::string right = number(r.right());
    const std::string top = number(up(r.y));
    const std::string bottom = number(up(r.bottom()));
    return fmt::format("c 7 -{0} C 7 -{0} P 4 {1} {3} {2} {3} {2} {4} {1} {4} ", colour, left,
                       right, bottom, top);
  }

  // Bands lie under everything, which only the background can in Graphviz.
  [[nodiscard]] std::string background() const {
    std::string out;
    for (const Drawing* d : {&picture_.diagram, &picture_.legend}) {
      for (const Band& band : d->bands) out += polygon(band.rect, look(band.style).fill);
      for (const Strip& strip : d->strips) out += polygon(strip.rect, strip_fill(strip.style));
    }
    return out;
  }

  std::size_t node(Point at, double width, double height, std::string_view attributes) {
    put("  p{} [pos=\"{},{}\", width={:.4f}, height={:.4f}, {}];\n", nodes_, number(at.x),
        number(up(at.y)), width / 72, height / 72, attributes);
    return nodes_++;
  }
  std::size_t point(Point at) { return node(at, 0.72, 0.72, "shape=point, style=invis"); }

  // The line ends where the arrow head begins, and the head ends at the lane.
  void edge(Point from, Point to, double head, std::string_view attributes) {
    const std::size_t a = point(from);
    const std::size_t b = point(to);
    const double dx = to.x - from.x;
    const double dy = to.y - from.y;
    const double length = std::max(std::sqrt(dx * dx + dy * dy), head + 1);
    const Point neck{to.x - dx / length * head, to.y - dy / length * head};
    const auto at = [&](Point p) { return number(p.x) + "," + number(up(p.y)); };
    const std::string tip = head > 0 ? "e," + at(to) + " " : std::string();
    put("  p{} -> p{} [pos=\"{}{} {} {} {}\", {}];\n", a, b, tip, at(from), at(from), at(neck),
        at(neck), attributes);
  }
  void line(Point from, Point to, const Look& l) {
    edge(from, to, 0,
         fmt::format("arrowhead=none, color=\"{}\", style={}, penwidth={}", l.line, l.style,
                     number(l.width)));
  }

  void lines(const Drawing& d) {
    for (const LaneLine& lane : d.lanes)
      line({lane.x, lane.top}, {lane.x, lane.bottom}, {"#8B949E", "", "", "solid", 1.4});
    for (const Rule& rule : d.rules) line(rule.from, rule.to, {"#E69F00", "", "", "dashed", 1.6});
  }

  void write(const Arrow& arrow) {
    const Look l = look(arrow.style);
    const bool is_answer = arrow.style == ArrowStyle::kClientAnswer ||
                           arrow.style == ArrowStyle::kReplicationAnswer ||
                           arrow.style == ArrowStyle::kInFlight;
    const bool is_lost = arrow.style == ArrowStyle::kLost;
    Point from = arrow.from;
    if (arrow.detour > 0) {
      const Point first{arrow.detour, arrow.from.y};
      from = {arrow.detour, arrow.to.y};
      line(arrow.from, first, l);
      line(first, from, l);
    }
    edge(from, arrow.to, is_lost ? 0 : 8,
         fmt::format("arrowhead={}, color=\"{}\", style={}, penwidth={}, id={}, tooltip={}",
                     is_lost     ? "none"
                     : is_answer ? "vee"
                                 : "normal",
                     l.line, l.style, number(arrow.is_copy ? 0.8 : l.width), quote(arrow.id),
                     quote(arrow.tooltip)));
    if (is_lost)
      node(arrow.to, 26, 26,
           "shape=plaintext, fontsize=20, fontcolor=\"#D55E00\", label=<<b>×</b>>");
  }

  void write(const Bar& bar) {
    const Look l = look(bar.style);
    const bool is_open = bar.tail > 0;
    node(bar.rect.centre(), bar.rect.width, bar.rect.height,
         fmt::format("style=\"rounded,filled{}\", color=\"{}\", fillcolor=\"{}\", penwidth={}, "
                     "fontcolor=\"{}\", label={}, id={}, tooltip={}",
                     is_open ? ",dashed" : "", l.line, l.fill, number(l.width), l.ink,
                     two_lines(bar), quote(bar.id), quote(bar.tooltip)));
    if (!is_open) return;
    for (const double x : {bar.rect.x, bar.rect.right()})
      line({x, bar.rect.bottom()}, {x, bar.tail}, {l.line, "", "", "dashed", 1});
  }

  // `quote` keeps control characters out, so the line break of DOT is put in here.
  static std::string two_lines(const Bar& bar) {
    std::string first = quote(bar.first_line);
    if (bar.second_line.empty()) return first;
    const std::string second = quote(bar.second_line);
    return first.substr(0, first.size() - 1) + "\\n" + second.substr(1);
  }

  void write(const Pill& pill) {
    const Look l = look(pill.style);
    node(pill.rect.centre(), pill.rect.width, pill.rect.height,
         fmt::format("style=\"rounded,filled,{}\", color=\"{}\", fillcolor=\"{}\", penwidth={}, "
                     "fontcolor=\"{}\", label={}, id={}, tooltip={}",
                     l.style, l.line, l.fill, number(l.width), l.ink, quote(pill.text),
                     quote(pill.id), quote(pill.tooltip)));
  }

  void write(const Label& label) {
    // Graphviz may pick a wider font than ours: room for it, on the side where the text may grow.
    constexpr double kRoom = 1.12;
    Rect box = box_of(label);
    const double more = has_halo(label.style) ? 4 : box.width * (kRoom - 1) + 4;
    if (label.anchor == Anchor::kMiddle) box.x -= more / 2;
    if (label.anchor == Anchor::kEnd) box.x -= more;
    box = {box.x, box.y - 1, box.width + more, box.height + 2};
    std::string text = quote(label.text);
    text.pop_back();
    text += label.anchor == Anchor::kStart ? "\\l\""
            : label.anchor == Anchor::kEnd ? "\\r\""
                                           : "\"";
    node(box.centre(), box.width, box.height,
         fmt::format("shape=plaintext, {}fontsize={}, fontname=\"Helvetica{}\", fontcolor=\"{}\", "
                     "label={}",
                     has_halo(label.style) ? "style=filled, fillcolor=\"#FFFFFF\", " : "",
                     number(font_size(label.style)), is_bold(label.style) ? "-Bold" : "",
                     ink(label.style), text));
  }

  const Picture& picture_;
  std::string out_;
  std::size_t nodes_ = 0;
};

}  // namespace

std::string to_dot(const Picture& picture) {
  return Writer(picture).write();
}

}  // namespace quorumlab::traces
