#include "traces/svg.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <string_view>

#include "traces/words.h"

namespace quorumlab::traces {
namespace {

// Okabe-Ito hues, darkened where they carry text. Every class also differs by dash, weight or
// glyph.
constexpr std::string_view kStyle = R"(
text{font-family:"Helvetica Neue",Helvetica,Arial,"Liberation Sans","DejaVu Sans",sans-serif;font-size:11px;fill:#1b1f24}
.page{fill:#ffffff}
.halo{paint-order:stroke;stroke:#ffffff;stroke-width:6px;stroke-linejoin:round}
.title{font-size:17px;font-weight:bold}.body{font-size:13px}.name{font-size:15px;font-weight:bold}
.muted{fill:#5b636c}.t-client{fill:#005a94}.t-repl{fill:#006b4e}.t-lost{fill:#ad4400}
.t-flight{fill:#5b636c}.t-evid{fill:#b3001b;font-weight:bold}.t-fault{fill:#8a5a00}
.side{font-weight:bold;fill:#5b636c}.bold{font-weight:bold}
.lane{stroke:#8b949e;stroke-width:1.4}
.s0{fill:#fde7bf}.s1{fill:#d3e9f8}.s2{fill:#dcefd5}.s3{fill:#f3dcea}
.down{fill:url(#hatch);stroke:#5b636c}.paused{fill:url(#dots);stroke:#5b636c;stroke-dasharray:2 2}
.hatch-line{stroke:#5b636c;stroke-width:1.6}.hatch-back{fill:#e3e6ea}.dot-mark{fill:#5b636c}
.leader{fill:#56b4e9;stroke:#00466f}.candidate{fill:#ffffff;stroke:#00466f;stroke-dasharray:2 2}.skew{fill:#c58aae}
.rule{stroke:#e69f00;stroke-width:1.6;stroke-dasharray:7 4}
.gap{stroke:#ffffff;stroke-width:6}.cut{stroke:#5b636c;stroke-width:1.4;fill:none}
.a{fill:none;stroke-width:1.6}.h{stroke-width:1.2;stroke-linejoin:round}
.client{stroke:#0072b2}.h.client{fill:#0072b2}.answer.h.client,.answer.h.repl{fill:none;stroke-width:1.6}
.answer.a{stroke-width:1.1}.repl{stroke:#009e73}.h.repl{fill:#009e73}
.lost{stroke:#d55e00}.a.lost{stroke-dasharray:6 4}.x{stroke:#d55e00;stroke-width:2.6;fill:none}
.flight{stroke:#5b636c;stroke-dasharray:2 3}.h.flight{fill:none;stroke-dasharray:none}
.evid{stroke:#c8102e;stroke-width:2.4;stroke-dasharray:2 5;stroke-linecap:round}
.h.evid{fill:#c8102e;stroke-width:1;stroke-dasharray:none}.copy.a{stroke-width:.8}
.dot{fill:#1b1f24}
.bar{fill:#eef1f4;stroke:#8b949e}.witness{fill:#e2effa;stroke:#0072b2;stroke-width:1.4}
.wrong{fill:#fbd5d9;stroke:#c8102e;stroke-width:3}.t-wrong{fill:#98001a}
.tail{fill:none;stroke-dasharray:4 3}.open{stroke:none}
.p-leader{fill:#00568a;stroke:#00466f}.t-p-leader{fill:#ffffff}
.p-role{fill:#ffffff;stroke:#5b636c}.p-value{fill:#e6f5ef;stroke:#009e73}
.p-discard{fill:#ffffff;stroke:#d55e00;stroke-width:1.8;stroke-dasharray:4 2}
.p-down{fill:#5b636c;stroke:#1b1f24}.t-p-down{fill:#ffffff}
.p-clock{fill:#f3dcea;stroke:#9c4a7b}.p-timer{fill:#ffffff;stroke:#5b636c;stroke-dasharray:1 2}
)";
constexpr std::string_view kDarkStyle = R"(
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}.page{fill:#14181d}.halo{stroke:#14181d}.gap{stroke:#14181d}.dot{fill:#e6edf3}
.muted,.side,.t-flight{fill:#9aa4af}.t-client{fill:#7cc4f2}.t-repl{fill:#4fd1a8}.t-lost{fill:#ff9a4d}
.t-evid{fill:#ff8090}.t-fault{fill:#f0b640}.t-wrong{fill:#ffd0d5}
.s0{fill:#3f3112}.s1{fill:#17324a}.s2{fill:#1f3a26}.s3{fill:#40263a}
.bar{fill:#242a31}.witness{fill:#12304a}.wrong{fill:#571420;stroke:#ff6075}
.client{stroke:#56b4e9}.h.client{fill:#56b4e9}.answer.h.client,.answer.h.repl{fill:none}
.evid{stroke:#ff6075}.h.evid{fill:#ff6075}.hatch-back{fill:#2b323a}.candidate{fill:#14181d;stroke:#7cc4f2}.cut{stroke:#9aa4af}
.p-role,.p-timer,.p-discard{fill:#1d2329}.p-value{fill:#123528}.p-clock{fill:#40263a}
}
)";
constexpr std::string_view kPatterns =
    "<pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
    "patternTransform=\"rotate(45)\"><rect class=\"hatch-back\" width=\"6\" height=\"6\"/>"
    "<line class=\"hatch-line\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\"/></pattern>"
    "<pattern id=\"dots\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
    "<rect class=\"hatch-back\" width=\"6\" height=\"6\"/>"
    "<circle class=\"dot-mark\" cx=\"3\" cy=\"3\" r=\"1.2\"/></pattern>";

// At most one decimal, and no "-0".
std::string number(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

std::string_view css(BandStyle style) {
  switch (style) {
    case BandStyle::kSideA:
      return "s0";
    case BandStyle::kSideB:
      return "s1";
    case BandStyle::kSideC:
      return "s2";
    case BandStyle::kSideD:
      return "s3";
    case BandStyle::kDown:
      return "down";
    case BandStyle::kPaused:
      return "paused";
  }
  return "";
}

std::string_view css(ArrowStyle style) {
  switch (style) {
    case ArrowStyle::kClient:
      return "client";
    case ArrowStyle::kClientAnswer:
      return "answer client";
    case ArrowStyle::kReplication:
      return "repl";
    case ArrowStyle::kReplicationAnswer:
      return "answer repl";
    case ArrowStyle::kLost:
      return "lost";
    case ArrowStyle::kInFlight:
      return "flight";
    case ArrowStyle::kEvidence:
      return "evid";
  }
  return "";
}

std::string_view css(BarStyle style) {
  if (style == BarStyle::kViolation) return "wrong";
  return style == BarStyle::kWitness ? "witness" : "bar";
}

std::string_view strip_class(StripStyle style) {
  switch (style) {
    case StripStyle::kLeader:
      return "leader";
    case StripStyle::kCandidate:
      return "candidate";
    case StripStyle::kClock:
      return "skew";
  }
  return "";
}

std::string_view css(PillStyle style) {
  switch (style) {
    case PillStyle::kLeader:
      return "p-leader";
    case PillStyle::kRole:
      return "p-role";
    case PillStyle::kValue:
      return "p-value";
    case PillStyle::kDiscard:
      return "p-discard";
    case PillStyle::kDown:
      return "p-down";
    case PillStyle::kClock:
      return "p-clock";
    case PillStyle::kTimer:
      return "p-timer";
  }
  return "";
}

std::string_view css(TextStyle style) {
  switch (style) {
    case TextStyle::kTitle:
      return "title";
    case TextStyle::kBody:
      return "body";
    case TextStyle::kLane:
      return "name";
    case TextStyle::kMuted:
      return "muted";
    case TextStyle::kClient:
      return "halo t-client";
    case TextStyle::kReplication:
      return "halo t-repl";
    case TextStyle::kLost:
      return "halo t-lost";
    case TextStyle::kInFlight:
      return "halo t-flight";
    case TextStyle::kEvidence:
      return "halo t-evid";
    case TextStyle::kFault:
      return "t-fault";
    case TextStyle::kSide:
      return "side";
  }
  return "";
}

class Writer {
 public:
  explicit Writer(const Picture& picture) : picture_(picture) {}

  std::string write() {
    put("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
        "viewBox=\"0 0 {0} {1}\" role=\"img\" aria-labelledby=\"title desc\">\n",
        number(picture_.width), number(picture_.height));
    put("<title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n", escape_xml(picture_.title),
        escape_xml(picture_.description));
    put("<style>{}{}</style>\n<defs>{}</defs>\n", kStyle, kDarkStyle, kPatterns);
    put("<rect class=\"page\" width=\"{}\" height=\"{}\"/>\n", number(picture_.width),
        number(picture_.height));
    drawing(picture_.diagram, "diagram");
    drawing(picture_.legend, "legend");
    out_ += "</svg>\n";
    return std::move(out_);
  }

 private:
  template <class... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  void drawing(const Drawing& d, std::string_view id) {
    put("<g id=\"{}\">\n", id);
    for (const Band& band : d.bands) write(band);
    for (const LaneLine& lane : d.lanes) line("lane", {lane.x, lane.top}, {lane.x, lane.bottom});
    for (const Strip& strip : d.strips)
      rect(strip_class(strip.style), strip.rect, 0, {}, strip.tooltip);
    for (const Break& cut : d.breaks) write(cut);
    for (const Rule& rule : d.rules) line("rule", rule.from, rule.to);
    for (const Arrow& arrow : d.arrows)
      if (arrow.style != ArrowStyle::kEvidence) write(arrow);
    for (const Bar& bar : d.bars) write(bar);
    for (const Point& dot : d.dots)
      put("<circle class=\"dot\" cx=\"{}\" cy=\"{}\" r=\"2.6\"/>\n", number(dot.x), number(dot.y));
    for (const Arrow& arrow : d.arrows)
      if (arrow.style == ArrowStyle::kEvidence) write(arrow);
    for (const Pill& pill : d.pills) write(pill);
    for (const Label& label : d.labels) write(label);
    out_ += "</g>\n";
  }

  void line(std::string_view css_class, Point from, Point to) {
    put("<line class=\"{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n", css_class, number(from.x),
        number(from.y), number(to.x), number(to.y));
  }

  void text(std::string_view css_class, Point at, double size, std::string_view anchor,
            std::string_view words) {
    // The middle of lower-case letters is about a third of the type size above the base line.
    put("<text class=\"{}\" x=\"{}\" y=\"{}\"{}>{}</text>\n", css_class, number(at.x),
        number(at.y + size * 0.36),
        anchor == "start" ? std::string() : fmt::format(" text-anchor=\"{}\"", anchor),
        escape_xml(words));
  }

  void rect(std::string_view css_class, const Rect& r, double radius, std::string_view id,
            std::string_view tooltip) {
    put("<rect class=\"{}\"{} x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{}", css_class,
        id.empty() ? std::string() : fmt::format(" id=\"{}\"", id), number(r.x), number(r.y),
        number(r.width), number(r.height),
        radius > 0 ? fmt::format(" rx=\"{}\"", number(radius)) : std::string());
    if (tooltip.empty())
      out_ += "/>\n";
    else
      put("><title>{}</title></rect>\n", escape_xml(tooltip));
  }

  void write(const Band& band) {
    rect(css(band.style), band.rect, 0, {}, band.tooltip);
    if (!band.letter.empty())
      text("side", {band.rect.x + 4, band.rect.y + 9}, 11, "start", band.letter);
  }

  void write(const Break& cut) {
    const auto [x, y] = cut.at;
    line("gap", {x, y - 4}, {x, y + 4});
    for (const double dy : {-3.0, 3.0}) line("cut", {x - 6, y + dy + 2}, {x + 6, y + dy - 2});
  }

  void write(const Arrow& arrow) {
    const Point last_corner = arrow.detour > 0 ? Point{arrow.detour, arrow.to.y} : arrow.from;
    const double dx = arrow.to.x - last_corner.x;
    const double dy = arrow.to.y - last_corner.y;
    const double length = std::sqrt(dx * dx + dy * dy);
    if (length < 1) return;
    const Point along{dx / length, dy / length};
    const bool is_lost = arrow.style == ArrowStyle::kLost;
    put("<g class=\"m\"{}>",
        arrow.id.empty() ? std::string() : fmt::format(" id=\"{}\"", arrow.id));
    if (!arrow.tooltip.empty()) put("<title>{}</title>", escape_xml(arrow.tooltip));
    const double short_by = is_lost ? 0 : arrow.style == ArrowStyle::kEvidence ? 9 : 3;
    const Point end{arrow.to.x - along.x * short_by, arrow.to.y - along.y * short_by};
    std::string way;
    if (arrow.detour > 0) way = fmt::format("H{}V{}", number(arrow.detour), number(arrow.to.y));
    const auto at = [&](double part) {
      return fmt::format("{} {}", number(arrow.from.x + (arrow.to.x - arrow.from.x) * part),
                         number(arrow.from.y + (arrow.to.y - arrow.from.y) * part));
    };
    if (arrow.gap_begin < arrow.gap_end)
      way = fmt::format("L{}M{}", at(arrow.gap_begin), at(arrow.gap_end));
    put("<path class=\"a {}{}\" d=\"M{} {}{}L{} {}\"/>", css(arrow.style),
        arrow.is_copy ? " copy" : "", number(arrow.from.x), number(arrow.from.y), way,
        number(end.x), number(end.y));
    if (is_lost)
      cross(arrow.to);
    else
      head(arrow, along);
    out_ += "</g>\n";
  }

  void cross(Point p) {
    put("<path class=\"x\" d=\"M{} {}L{} {}M{} {}L{} {}\"/>", number(p.x - 5), number(p.y - 5),
        number(p.x + 5), number(p.y + 5), number(p.x - 5), number(p.y + 5), number(p.x + 5),
        number(p.y - 5));
  }

  void head(const Arrow& arrow, Point along) {
    const double length = arrow.style == ArrowStyle::kEvidence ? 11 : 9;
    const double half = arrow.style == ArrowStyle::kEvidence ? 5 : 3.6;
    const Point tip{arrow.to.x - along.x, arrow.to.y - along.y};
    const Point back{tip.x - along.x * length, tip.y - along.y * length};
    const bool is_open = arrow.style == ArrowStyle::kClientAnswer ||
                         arrow.style == ArrowStyle::kReplicationAnswer ||
                         arrow.style == ArrowStyle::kInFlight;
    put("<path class=\"h {}\" d=\"M{} {}L{} {}L{} {}{}\"/>", css(arrow.style),
        number(back.x - along.y * half), number(back.y + along.x * half), number(tip.x),
        number(tip.y), number(back.x + along.y * half), number(back.y - along.x * half),
        is_open ? "" : "Z");
  }

  void write(const Bar& bar) {
    const bool is_wrong = bar.style == BarStyle::kViolation;
    const std::string_view style = css(bar.style);
    const Rect& r = bar.rect;
    if (bar.tail > 0) {
      put("<g id=\"{}\"><title>{}</title>", bar.id, escape_xml(bar.tooltip));
      put("<rect class=\"{} open\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>", style,
          number(r.x), number(r.y), number(r.width), number(r.height));
      put("<path class=\"{0} tail\" d=\"M{1} {5}V{4}Q{1} {3} {2} {3}H{6}Q{7} {3} {7} "
          "{4}V{8}\"/></g>\n",
          style, number(r.x), number(r.x + 6), number(r.y), number(r.y + 6), number(bar.tail),
          number(r.right() - 6), number(r.right()), number(r.bottom()));
    } else {
      rect(style, r, 6, bar.id, bar.tooltip);
    }
    const std::string ink = is_wrong ? " t-wrong" : "";
    const Point middle = r.centre();
    if (bar.second_line.empty()) {
      if (!bar.first_line.empty()) text("bold" + ink, middle, 11, "middle", bar.first_line);
      return;
    }
    text("bold" + ink, {middle.x, middle.y - 7}, 11, "middle", bar.first_line);
    text("muted" + ink, {middle.x, middle.y + 8}, 11, "middle", bar.second_line);
  }

  void write(const Pill& pill) {
    rect(css(pill.style), pill.rect, kPillHeight / 2, pill.id, pill.tooltip);
    const bool on_dark = pill.style == PillStyle::kLeader || pill.style == PillStyle::kDown;
    text(on_dark ? fmt::format("bold t-{}", css(pill.style)) : "bold", pill.rect.centre(),
         kPillFont, "middle", pill.text);
  }

  void write(const Label& label) {
    const std::string_view anchor = label.anchor == Anchor::kStart    ? "start"
                                    : label.anchor == Anchor::kMiddle ? "middle"
                                                                      : "end";
    text(css(label.style), label.at, font_size(label.style), anchor, label.text);
  }

  const Picture& picture_;
  std::string out_;
};

}  // namespace

std::string to_svg(const Picture& picture) {
  return Writer(picture).write();
}

}  // namespace quorumlab::traces
