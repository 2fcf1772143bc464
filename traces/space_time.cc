#include "traces/space_time.h"

#include <fmt/format.h>

#include <algorithm>

#include "traces/space_time_layout.h"
#include "traces/story.h"

namespace quorumlab::traces {

using models::Operation;

Layout::Layout(const Record& record, const models::History& history, const Slice& slice)
    : record_(record), history_(history), slice_(slice), rows_(row_items()), scale_([&] {
        std::vector<sim::Time> times;
        for (const Row& row : rows_.rows()) times.push_back(row.at);
        return TimeScale::for_times(times);
      }()) {}

Picture Layout::build(const Caption& caption) {
  constexpr int kRoundsMax = 60;
  find_clocks();
  place_columns();
  const double caption_bottom = write_caption(caption, kMargin);
  const Drawing above = picture_.diagram;
  place_header(caption_bottom + 14);
  space_out_operations();
  space_out_rules();
  for (int round = 0; round < kRoundsMax; ++round) {
    picture_.diagram = above;
    draw();
    if (label_arrows()) break;
  }
  label_axis();
  label_gutter();
  write_legend(bottom_ + 26);
  return std::move(picture_);
}

void Layout::place_columns() {
  double widest = 0;
  for (const Row& row : rows_.rows())
    widest = std::max(widest, text_width(scale_.text(row.at), 11, false));
  axis_right_ = kMargin + std::max(widest, 48.0) + 8;
  double x = axis_right_ + 12;
  lanes_left_ = x;
  bool had_client = false;
  bool had_server = false;
  for (const NodeId lane : slice_.lanes) {
    const bool is_client = record_.is_client(lane);
    if (!is_client && had_client && !had_server) x += kSideGap;
    const double pitch = is_client ? kClientPitch : kServerPitch;
    x_[lane] = x + pitch / 2;
    x += pitch;
    (is_client ? had_client : had_server) = true;
  }
  lanes_right_ = x;
  const bool has_gutter = std::ranges::any_of(
      slice_.faults, [&](std::size_t i) { return has_rule(record_.faults[i]); });
  picture_.width = std::max(x + (has_gutter ? kGutterWidth : 0) + kMargin, 720.0);
}

double Layout::y_clamped(sim::Time t) const {
  if (const auto y = rows_.y_of(t)) return *y;
  return rows_.rows().empty() || t < rows_.rows().front().at ? top_ : bottom_;
}

double Layout::y_of_event(EventId id) const {
  const Part part{PartKind::kEvent, id.value};
  return rows_.has(part) ? rows_.y(part) : y_clamped(record_.event(id).at);
}

const Operation* Layout::operation(sim::OpId op) const {
  return op.value >= 1 && op.value <= history_.size() ? &history_.operation(op) : nullptr;
}

EventId Layout::last_event_at(sim::Time t) const {
  const auto events = record_.events();
  const auto after = std::ranges::upper_bound(events, t, {}, &TraceEvent::at);
  return EventId(static_cast<std::uint64_t>(after - events.begin()));
}

std::string Layout::when(EventId id) const {
  return fmt::format("{} ({}, event {})", event_text(record_, id),
                     scale_.text(record_.event(id).at), id.value);
}

// The names of the lanes, and what each replica was and held when the picture begins.
void Layout::place_header(double top) {
  header_top_ = top;
  double deepest = top + 12;
  const EventId before(last_event_at(slice_.begin - sim::Duration(1)));
  const auto append = record_.find_name("append");
  for (const NodeId lane : slice_.lanes) {
    const double x = x_of(lane);
    double y = top + 8;
    const std::string name = shorten(record_.lane_name(lane), 16);
    header_labels_.push_back({{x, y}, Anchor::kMiddle, TextStyle::kLane, name});
    const std::string zone =
        lane.value < record_.lanes.size() ? record_.lanes[lane.value].zone : std::string();
    const std::string kind = record_.is_client(lane) ? "client" : "replica";
    std::string below = zone.empty() ? kind : kind + ", " + shorten(zone, 14);
    if (const std::string clock = clock_text(lane); !clock.empty()) below = kind + ", " + clock;
    header_labels_.push_back({{x, y += 16}, Anchor::kMiddle, TextStyle::kMuted, below});
    if (const auto role = state_before(record_, lane, "role", before)) {
      const auto style = is_leader(record_, *role) ? PillStyle::kLeader : PillStyle::kRole;
      initial_pills_.push_back(pill_at(lane, y += 20, style, role_text(lane, *role, before)));
    }
    for (std::uint64_t i = before.value; i > 0 && append && slice_.key != sim::kNoKey; --i) {
      const TraceEvent& e = record_.events()[i - 1];
      const bool sets = e.kind == EventKind::kNote && e.name == *append && e.lane == lane;
      if (!sets || e.tags.key != slice_.key) continue;
      const std::string text = change_text(record_, history_, e.tags);
      initial_pills_.push_back(pill_at(lane, y += 20, PillStyle::kValue, text));
      break;
    }
    deepest = std::max(deepest, y + 10);
  }
  top_ = deepest + 4;
}

std::string Layout::role_text(NodeId lane, std::int64_t role, EventId until) const {
  const auto term = state_before(record_, lane, "term", until);
  const std::string name = shorten(record_.state_text("role", role), 12);
  return term ? fmt::format("{}, term {}", name, *term) : name;
}

Pill Layout::pill_at(NodeId lane, double y, PillStyle style, const std::string& text) const {
  const double width = text_width(text, kPillFont, true) + 14;
  Pill pill;
  pill.rect = {x_of(lane) - width / 2, y - kPillHeight / 2, width, kPillHeight};
  pill.style = style;
  pill.text = text;
  return pill;
}

// What a note says of a version of a key, or of what the replica did. nullopt: entries are gone.
std::optional<std::pair<PillStyle, std::string>> Layout::note_pill(const TraceEvent& e) const {
  const std::string_view name = record_.name(e.name);
  const std::string what = change_text(record_, history_, e.tags);
  if (name == "append") return {{PillStyle::kValue, what}};
  if (name == "hint") return {{PillStyle::kValue, "keeps " + what}};
  if (name == "outdated") return {{PillStyle::kDiscard, "ignores " + what}};
  if (name == "hint_gone") return {{PillStyle::kDiscard, "gives up " + what}};
  if (name == "discard_entry") return {{PillStyle::kDiscard, "forgets " + what}};
  if (name == "recover") return {{PillStyle::kDiscard, "its log ends sooner"}};
  if (name == "replace") return {{PillStyle::kDiscard, "replaces " + what}};
  if (name == "discard") return std::nullopt;
  std::string words(name);
  std::ranges::replace(words, '_', ' ');
  if (e.tags.op != sim::kNoOp) words += " " + what;
  if (e.tags.index != 0) words += fmt::format(" #{}", e.tags.index);
  if (e.tags.term != 0) words += fmt::format(", term {}", e.tags.term);
  return {{PillStyle::kRole, shorten(words, 30)}};
}

std::optional<Pill> Layout::pill_of(EventId id) const {
  const TraceEvent& e = record_.event(id);
  const double y = y_of_event(id);
  const auto pill = [&](PillStyle style, const std::string& text) {
    Pill made = pill_at(e.lane, y, style, text);
    made.id = fmt::format("e{}", id.value);
    made.tooltip = when(id);
    return made;
  };
  switch (e.kind) {
    case EventKind::kState: {
      const bool leads = is_leader(record_, e.tags.value);
      return pill(leads ? PillStyle::kLeader : PillStyle::kRole,
                  role_text(e.lane, e.tags.value, last_event_at(e.at)));
    }
    case EventKind::kNote: {
      if (const auto words = note_pill(e)) return pill(words->first, words->second);
      const Operation* missed = operation(slice_.missed);
      const std::string what = missed != nullptr && missed->value
                                   ? assignment(record_, missed->key, *missed->value)
                                   : fmt::format("#{}", e.tags.index);
      return pill(PillStyle::kDiscard, "discards " + what);
    }
    case EventKind::kCrash:
      return pill(PillStyle::kDown, outage_word(record_.name(e.name)));
    case EventKind::kRestart:
      return pill(PillStyle::kDown, "restart");
    case EventKind::kPause:
      return pill(PillStyle::kDown, "pause");
    case EventKind::kResume:
      return pill(PillStyle::kDown, "resume");
    case EventKind::kTimer:
      return pill(PillStyle::kTimer, "timer: " + shorten(record_.name(e.name), 16));
    case EventKind::kClockStep:
      return pill(PillStyle::kClock, fmt::format("clock {}{}", e.tags.value > 0 ? "+" : "",
                                                 rough(sim::Duration(e.tags.value))));
    default:
      return std::nullopt;
  }
}

Point Layout::touch_point(NodeId lane, double y) const {
  for (const Bar& bar : picture_.diagram.bars)
    if (bar.rect.x < x_of(lane) && x_of(lane) < bar.rect.right() && bar.rect.y <= y &&
        y <= bar.rect.bottom())
      return {bar.rect.right(), y};
  return {x_of(lane), y};
}

Picture space_time(const Record& record, const models::History& history, const Slice& slice,
                   const Caption& caption) {
  return Layout(record, history, slice).build(caption);
}

}  // namespace quorumlab::traces
