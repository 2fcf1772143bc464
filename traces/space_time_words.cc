// Labels on arrows, and the words around the lanes: axis, faults, caption, footer.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "traces/space_time_layout.h"

namespace quorumlab::traces {
namespace {

TextStyle text_style(ArrowStyle style) {
  switch (style) {
    case ArrowStyle::kClient:
    case ArrowStyle::kClientAnswer:
      return TextStyle::kClient;
    case ArrowStyle::kReplication:
    case ArrowStyle::kReplicationAnswer:
      return TextStyle::kReplication;
    case ArrowStyle::kLost:
      return TextStyle::kLost;
    case ArrowStyle::kInFlight:
      return TextStyle::kInFlight;
    case ArrowStyle::kEvidence:
      return TextStyle::kEvidence;
  }
  return TextStyle::kMuted;
}

Point between(Point a, Point b, double part) {
  return {a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part};
}

constexpr std::array<double, 13> kPlaces{.5,  .42, .58, .35, .65, .28, .72,
                                         .22, .78, .16, .84, .1,  .9};

}  // namespace

void Layout::prepare(LabelPlacer& placer) const {
  const Drawing& d = picture_.diagram;
  for (const Bar& bar : d.bars) placer.block(bar.rect);
  placer.block({0, top_, axis_right_ + 6, bottom_ - top_});
  for (const Pill& pill : d.pills) placer.block(pill.rect);
  for (const Label& label : d.labels) placer.block(box_of(label));
  for (const Band& band : d.bands) {
    if (band.letter.empty()) continue;
    placer.block({band.rect.x, band.rect.y, 14, 14});
  }
  for (const Strip& strip : d.strips) placer.block(strip.rect);
  for (const Rule& rule : d.rules)
    placer.block({rule.from.x, rule.from.y - 1, rule.to.x - rule.from.x, 2});
  for (const LaneLine& lane : d.lanes) placer.avoid({lane.x, lane.top}, {lane.x, lane.bottom});
  for (const Arrow& arrow : d.arrows) {
    placer.avoid(arrow.from, arrow.to);
    // Nothing may hide where an arrow starts, ends or dies.
    placer.block({arrow.from.x - 3, arrow.from.y - 3, 6, 6});
    placer.block({arrow.to.x - 6, arrow.to.y - 5, 12, 10});
  }
}

// False if some label found no room; its rows are then further apart for another round. A label
// that never finds any loses its detail, then itself: the tooltip still has it all.
bool Layout::label_arrows() {
  constexpr double kMoreRoom = 12;
  constexpr int kTriesMax = 5;
  LabelPlacer placer;
  prepare(placer);
  label_evidence(placer);
  bool all = true;
  for (std::size_t i = 0; i < drawn_.size(); ++i) {
    if (label_arrow(placer, i, false)) continue;
    const EventId send = drawn_[i].message.send;
    if (++tries_[drawn_[i].message] > kTriesMax) {
      static_cast<void>(label_arrow(placer, i, true));
      continue;
    }
    all = false;
    const Part start{PartKind::kEvent, send.value};
    const Part end{PartKind::kEvent, drawn_[i].message.end.value};
    const std::size_t row = rows_.row(rows_.has(end) ? end : start);
    const auto& rows = rows_.rows();
    if (row > 0) rows_.keep_apart(row - 1, row, rows[row].y - rows[row - 1].y + kMoreRoom);
    if (row + 1 < rows.size())
      rows_.keep_apart(row, row + 1, rows[row + 1].y - rows[row].y + kMoreRoom);
  }
  return all;
}

bool Layout::label_arrow(LabelPlacer& placer, std::size_t i, bool is_short) {
  Arrow& arrow = picture_.diagram.arrows[i];
  const Drawn& drawn = drawn_[i];
  std::string text = is_short ? shorten(record_.name(record_.event(drawn.message.send).name), 8)
                              : message_label(record_, history_, drawn.message);
  if (drawn.message.is_copy && !is_short) text += " again";
  if (drawn.alike > 0) text += fmt::format(" ×{}", drawn.alike + 1);
  std::vector<LabelCandidate> candidates;
  for (const double part : kPlaces) {
    const Point at = between(arrow.from, arrow.to, part);
    const double off = (part > .5 ? part - .5 : .5 - part) * 20;
    for (const double lift : {0.0, -9.0, 9.0})
      candidates.push_back({{{at.x, at.y + lift}, Anchor::kMiddle, text_style(arrow.style), text},
                            off + (lift == 0 ? 0 : 25)});
  }
  const auto placed = placer.place(candidates);
  if (!placed) return false;
  picture_.diagram.labels.push_back(*placed);
  const Rect box = box_of(*placed);
  const Rect padded{box.x - 3, box.y + 1, box.width + 6, box.height - 2};
  if (const auto gap = inside(padded, arrow.from, arrow.to))
    std::tie(arrow.gap_begin, arrow.gap_end) = *gap;
  if (is_lost(record_, drawn.message)) label_loss(placer, i);
  return true;
}

// Why the message died, next to the cross. Without room for it the tooltip and the legend remain.
void Layout::label_loss(LabelPlacer& placer, std::size_t i) {
  const Arrow& arrow = picture_.diagram.arrows[i];
  const std::string text(reason_text(record_.event(drawn_[i].message.end).reason));
  const double away = arrow.to.x > arrow.from.x ? 1 : -1;
  const double width = text_width(text, 11, false);
  std::vector<LabelCandidate> candidates;
  const auto add = [&](double x, double y, double cost) {
    candidates.push_back({{{x, y}, Anchor::kMiddle, TextStyle::kLost, text}, cost});
  };
  add(arrow.to.x, arrow.to.y + 13, 0);
  add(arrow.to.x, arrow.to.y - 13, 10);
  add(arrow.to.x + away * (width / 2 + 11), arrow.to.y, 20);
  add(arrow.to.x - away * width / 2, arrow.to.y + 14, 15);
  add(arrow.to.x - away * width / 2, arrow.to.y - 14, 16);
  if (const auto placed = placer.place(candidates)) picture_.diagram.labels.push_back(*placed);
}

// Two lines on the edge; without room for them the legend must do.
void Layout::label_evidence(LabelPlacer& placer) {
  if (!evidence_) return;
  const Arrow& arrow = picture_.diagram.arrows[*evidence_];
  const models::Operation& missed = history_.operation(slice_.missed);
  const models::Operation& observer = history_.operation(slice_.observer);
  const bool before = missed.completed != models::kNever && missed.completed < observer.invoked;
  const std::string kind = observer.f == models::Function::kRead ? "read" : "operation";
  const std::array<std::string, 2> lines =
      before ? std::array<std::string, 2>{"completed before", "this " + kind + " began"}
             : std::array<std::string, 2>{"should have been", "seen here"};
  constexpr std::array<double, 7> kShifts{0, -30, 30, -60, 60, -90, 90};
  for (const double part : kPlaces) {
    const Point middle = between(arrow.from, arrow.to, part);
    for (const double dx : kShifts) {
      LabelPlacer trial = placer;
      std::vector<Label> placed;
      for (std::size_t i = 0; i < lines.size(); ++i) {
        const Point at{(arrow.detour > 0 ? arrow.detour : middle.x) + dx,
                       middle.y + (i == 0 ? -7.5 : 7.5)};
        const auto label =
            trial.place({{{at, Anchor::kMiddle, TextStyle::kEvidence, lines[i]}, 0}});
        if (label) placed.push_back(*label);
      }
      if (placed.size() < lines.size()) continue;
      placer = trial;
      picture_.diagram.labels.insert(picture_.diagram.labels.end(), placed.begin(), placed.end());
      return;
    }
  }
}

void Layout::label_axis() {
  auto& labels = picture_.diagram.labels;
  labels.push_back({{axis_right_ - 6, top_ - 4}, Anchor::kEnd, TextStyle::kMuted, "true time"});
  std::string last;
  double last_y = -100;
  for (const Row& row : rows_.rows()) {
    if (row.is_break)
      labels.push_back({{axis_right_ - 8, (last_y + row.y) / 2},
                        Anchor::kEnd,
                        TextStyle::kMuted,
                        "+" + rough(row.skipped)});
    const std::string text = scale_.text(row.at);
    if (text != last)
      labels.push_back({{axis_right_ - 6, row.y}, Anchor::kEnd, TextStyle::kMuted, text});
    last = text;
    last_y = row.y;
  }
}

std::vector<std::string> Layout::fault_lines(const Fault& fault, bool begins) const {
  std::vector<std::string> lines;
  const auto add = [&](const std::string& text) {
    for (const std::string& line : wrap(text, kGutterWidth - 20, TextStyle::kFault))
      lines.push_back(line);
  };
  const bool is_partition = !fault.groups.empty();
  const std::string name =
      is_partition ? shorten(fault.name, 24) : shorten(fault_text(record_, fault), 60);
  if (!begins) {
    add(name + (is_partition ? " heals" : " ends"));
    return lines;
  }
  const bool is_earlier = fault.begin < slice_.begin;
  add(name + (is_earlier ? " since " + scale_.text(fault.begin) : " begins"));
  if (fault.end > slice_.end && fault.end != sim::Time::max())
    add("(until " + scale_.text(fault.end) + ")");
  for (std::size_t side = 0; side < fault.groups.size(); ++side) {
    std::string members;
    for (const NodeId lane : fault.groups[side])
      members += (members.empty() ? "" : ", ") + shorten(record_.lane_name(lane), 16);
    add(fmt::format("{}: {}", static_cast<char>('A' + side % 26), members));
  }
  if (is_partition && fault.one_way) add("one way: A to B is cut");
  return lines;
}

void Layout::label_gutter() {
  constexpr double kLine = 14;
  struct Note {
    double y;
    std::vector<std::string> lines;
  };
  std::vector<Note> notes;
  for (const std::size_t i : slice_.faults) {
    const Fault& fault = record_.faults[i];
    if (!has_rule(fault)) continue;
    const Part begin{PartKind::kFaultBegin, i};
    const Part end{PartKind::kFaultEnd, i};
    notes.push_back({rows_.has(begin) ? rows_.y(begin) : top_ + 6, fault_lines(fault, true)});
    if (rows_.has(end)) notes.push_back({rows_.y(end), fault_lines(fault, false)});
  }
  std::ranges::stable_sort(notes, {}, &Note::y);
  double free = 0;
  for (const Note& note : notes) {
    double y = std::max(note.y, free);
    for (const std::string& line : note.lines) {
      picture_.diagram.labels.push_back(
          {{lanes_right_ + 12, y}, Anchor::kStart, TextStyle::kFault, line});
      y += kLine;
    }
    free = y + 4;
  }
  bottom_ = std::max(bottom_, free - 8);
}

double Layout::write_caption(const Caption& caption, double top) {
  double y = top;
  const double width = picture_.width - 2 * kMargin;
  const auto write = [&](const std::string& text, TextStyle style, double line) {
    for (const std::string& part : wrap(printable(text), width, style)) {
      picture_.diagram.labels.push_back({{kMargin, y + line / 2}, Anchor::kStart, style, part});
      y += line;
    }
  };
  write(caption.title, TextStyle::kTitle, 24);
  y += caption.title.empty() ? 0 : 4;
  for (const std::string& sentence : caption.sentences) {
    write(sentence, TextStyle::kBody, 18);
    y += 3;
  }
  picture_.title = printable(caption.title.empty() ? "Space-time diagram" : caption.title);
  for (const std::string& sentence : caption.sentences)
    picture_.description += (picture_.description.empty() ? "" : " ") + printable(sentence);
  return y;
}

std::string Layout::footer() const {
  std::string text;
  if (!record_.header.scenario.empty())
    text += fmt::format("Scenario “{}”, seed {}. ", record_.header.scenario, record_.header.seed);
  else
    text += fmt::format("Seed {}. ", record_.header.seed);
  text += fmt::format("{} of {} events drawn, {} hidden. ", slice_.drawn, slice_.total,
                      slice_.total - slice_.drawn);
  if (!slice_.left_out.empty()) {
    constexpr std::size_t kNamesMax = 12;
    std::vector<std::string> names;
    for (const NodeId lane : slice_.left_out) names.push_back(record_.lane_name(lane));
    if (names.size() > kNamesMax) {
      const std::size_t more = names.size() - kNamesMax;
      names.resize(kNamesMax);
      names.push_back(fmt::format("{} more", more));
    }
    text += fmt::format("Left out: {} ({}). ", listing(names),
                        slice_.has_witness ? "not involved" : "silent here");
  }
  return text + "Time runs down; rows are instants, so distances are not to scale.";
}

}  // namespace quorumlab::traces
