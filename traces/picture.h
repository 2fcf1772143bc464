// A space-time diagram as geometry: every line, bar and word has its place, no writer decides
// anything. SVG and DOT are two ways to print one Picture.
//
//   const Picture picture = space_time(record, history, slice, caption);
//   picture.diagram.arrows.size();      // 14
//   to_svg(picture); to_dot(picture);
//
// Units are pixels, y grows downwards, and so does time. The order of the members of Drawing is the
// order of painting.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/ids.h"

namespace quorumlab::traces {

struct Point {
  double x = 0;
  double y = 0;
};

struct Rect {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;

  [[nodiscard]] double right() const { return x + width; }
  [[nodiscard]] double bottom() const { return y + height; }
  [[nodiscard]] Point centre() const { return {x + width / 2, y + height / 2}; }
  [[nodiscard]] bool overlaps(const Rect& o) const {
    return x < o.right() && o.x < right() && y < o.bottom() && o.y < bottom();
  }
};

// A stretch of a lane: which side of a partition it was on, or that it was down or paused.
enum class BandStyle : std::uint8_t { kSideA, kSideB, kSideC, kSideD, kDown, kPaused };
struct Band {
  Rect rect;
  BandStyle style = BandStyle::kSideA;
  std::string letter;  // of the side, written into its upper left corner
  std::string tooltip;
};

struct LaneLine {
  sim::NodeId lane;
  double x = 0;
  double top = 0;
  double bottom = 0;
};

enum class StripStyle : std::uint8_t { kLeader, kCandidate, kClock };
struct Strip {
  Rect rect;
  StripStyle style = StripStyle::kLeader;
  std::string tooltip;
};

// A fault begins or ends: a dashed line over the lanes that it hit.
struct Rule {
  Point from;
  Point to;
};

// Time was cut out of a lane or of the axis here.
struct Break {
  Point at;
};

enum class ArrowStyle : std::uint8_t {
  kClient,
  kClientAnswer,
  kReplication,
  kReplicationAnswer,
  kLost,
  kInFlight,
  kEvidence
};
struct Arrow {
  Point from;
  Point to;  // where it stops, for a lost message on the way
  ArrowStyle style = ArrowStyle::kClient;
  bool is_copy = false;  // the network's second copy: thin
  double detour = 0;     // > 0: it goes sideways to this x, along it, and sideways again
  // The stretch that makes room for its own label, as parts of the way; equal: none.
  double gap_begin = 0;
  double gap_end = 0;
  std::string id;
  std::string tooltip;
};

enum class BarStyle : std::uint8_t { kPlain, kWitness, kViolation };
struct Bar {
  Rect rect;
  BarStyle style = BarStyle::kPlain;
  double tail = 0;  // > 0: the answer never came; the bar is open and its tail ends here
  std::string first_line;
  std::string second_line;
  std::string id;
  std::string tooltip;
};

enum class PillStyle : std::uint8_t { kLeader, kRole, kValue, kDiscard, kDown, kClock, kTimer };
struct Pill {
  Rect rect;
  PillStyle style = PillStyle::kRole;
  std::string text;
  std::string id;
  std::string tooltip;
};

enum class TextStyle : std::uint8_t {
  kTitle,
  kBody,
  kLane,
  kMuted,
  kClient,
  kReplication,
  kLost,
  kInFlight,
  kEvidence,
  kFault,
  kSide
};
enum class Anchor : std::uint8_t { kStart, kMiddle, kEnd };
struct Label {
  Point at;  // the middle of its line, vertically
  Anchor anchor = Anchor::kStart;
  TextStyle style = TextStyle::kBody;
  std::string text;
};

struct Drawing {
  std::vector<Band> bands;
  std::vector<LaneLine> lanes;
  std::vector<Strip> strips;
  std::vector<Break> breaks;
  std::vector<Rule> rules;
  std::vector<Arrow> arrows;
  std::vector<Point> dots;
  std::vector<Bar> bars;
  std::vector<Pill> pills;
  std::vector<Label> labels;
};

struct Picture {
  double width = 0;
  double height = 0;
  std::string title;  // for readers who cannot see it
  std::string description;
  Drawing diagram;
  Drawing legend;
};

// Type sizes, here because layout and writers must agree.
[[nodiscard]] double font_size(TextStyle style);
[[nodiscard]] bool is_bold(TextStyle style);
inline constexpr double kBarFont = 12;
inline constexpr double kPillFont = 11;
inline constexpr double kPillHeight = 17;

// How wide `text` is at most in a common sans-serif face. An estimate on the wide side: no font is
// ever asked, so that the same run gives the same bytes everywhere.
[[nodiscard]] double text_width(std::string_view text, double size, bool bold);
[[nodiscard]] Rect box_of(const Label& label);
// The part of the line from `from` (0) to `to` (1) that lies inside `box`; nullopt: none.
[[nodiscard]] std::optional<std::pair<double, double>> inside(const Rect& box, Point from,
                                                              Point to);
// Lines of at most `width` pixels; words longer than that stay whole.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, double width, TextStyle style);

}  // namespace quorumlab::traces
