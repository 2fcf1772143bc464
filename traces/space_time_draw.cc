// Everything drawn where columns and rows cross; no words but those on bars and pills.

#include <fmt/format.h>

#include <algorithm>

#include "traces/space_time_layout.h"
#include "traces/story.h"

namespace quorumlab::traces {

using models::Operation;

void Layout::draw() {
  constexpr double kBelowLastRow = 26;
  rows_.settle(top_ + 20);
  bottom_ = (rows_.rows().empty() ? top_ + 40 : rows_.rows().back().y) + kBelowLastRow;
  drawn_.clear();
  evidence_.reset();
  picture_.diagram.labels.insert(picture_.diagram.labels.end(), header_labels_.begin(),
                                 header_labels_.end());
  draw_bars();
  draw_lanes();
  draw_partitions();
  draw_outages();
  draw_roles();
  draw_clocks();
  draw_rules();
  draw_breaks();
  for (const SliceMessage& shown : slice_.messages) draw_arrow(shown, shown.message);
  draw_evidence();
  draw_pills();
}

void Layout::draw_lanes() {
  for (const NodeId lane : slice_.lanes)
    picture_.diagram.lanes.push_back({lane, x_of(lane), top_, bottom_});
}

// Each lane is tinted by its side of the partition, so that sides need not be neighbours. Of a
// one-way cut the side that no longer hears is half as wide.
void Layout::draw_partitions() {
  constexpr std::size_t kSides = 4;
  double inset = 0;
  for (const std::size_t i : slice_.faults) {
    const Fault& fault = record_.faults[i];
    if (fault.groups.empty()) continue;
    const Part begin{PartKind::kFaultBegin, i};
    const Part end{PartKind::kFaultEnd, i};
    const double top = rows_.has(begin) ? rows_.y(begin) : top_;
    const double bottom = rows_.has(end) ? rows_.y(end) : bottom_;
    for (std::size_t side = 0; side < fault.groups.size(); ++side)
      for (const NodeId lane : fault.groups[side]) {
        if (!x_.contains(lane)) continue;
        const double half = (record_.is_client(lane) ? kBarWidth / 2 + 17 : 30) - inset;
        const double left = fault.one_way && side == 1 ? 0 : half;
        Band band;
        band.rect = {x_of(lane) - left, top, left + half, bottom - top};
        band.style = static_cast<BandStyle>(side % kSides);
        band.letter = std::string(1, static_cast<char>('A' + side % 26));
        band.tooltip = fmt::format("{}: side {}", fault_text(record_, fault), band.letter);
        picture_.diagram.bands.push_back(band);
      }
    inset = inset < 12 ? inset + 5 : 0;
  }
}

// Down and paused stretches, also those that began before the picture.
void Layout::draw_outages() {
  constexpr double kHalf = 9;
  const auto band = [&](NodeId lane, double top, double bottom, bool is_down) {
    if (!x_.contains(lane) || bottom <= top) return;
    Band made;
    made.rect = {x_of(lane) - kHalf, top, 2 * kHalf, bottom - top};
    made.style = is_down ? BandStyle::kDown : BandStyle::kPaused;
    made.tooltip = record_.lane_name(lane) + (is_down ? " is down" : " is paused");
    picture_.diagram.bands.push_back(made);
  };
  std::map<std::pair<NodeId, bool>, double> since;
  for (std::uint64_t i = 0; i < record_.events().size(); ++i) {
    const TraceEvent& e = record_.events()[i];
    if (e.at > slice_.end) break;
    const bool is_down = e.kind == EventKind::kCrash || e.kind == EventKind::kRestart;
    const std::pair key(e.lane, is_down);
    if (e.kind == EventKind::kCrash || e.kind == EventKind::kPause) {
      since.emplace(key, y_of_event(EventId(i + 1)));
    } else if (e.kind == EventKind::kRestart || e.kind == EventKind::kResume) {
      if (const auto open = since.find(key); open != since.end()) {
        band(e.lane, open->second, y_of_event(EventId(i + 1)), is_down);
        since.erase(open);
      }
    }
  }
  for (const auto& [key, top] : since) band(key.first, top, bottom_, key.second);
}

void Layout::draw_roles() {
  constexpr double kHalf = 4;
  const auto role = record_.find_name("role");
  if (!role) return;
  struct Since {
    double top = 0;
    std::optional<StripStyle> style;
  };
  std::map<NodeId, Since> since;
  const auto close = [&](NodeId lane, double y) {
    Since& open = since[lane];
    if (open.style && y > open.top && x_.contains(lane))
      picture_.diagram.strips.push_back({{x_of(lane) - kHalf, open.top, 2 * kHalf, y - open.top},
                                         *open.style,
                                         record_.lane_name(lane) + " has this role"});
  };
  for (std::uint64_t i = 0; i < record_.events().size(); ++i) {
    const TraceEvent& e = record_.events()[i];
    if (e.at > slice_.end) break;
    const bool is_role = e.kind == EventKind::kState && e.name == *role;
    if (!is_role && e.kind != EventKind::kCrash) continue;
    const double y = y_of_event(EventId(i + 1));
    close(e.lane, y);
    Since now{y, std::nullopt};
    if (is_role && is_leader(record_, e.tags.value)) now.style = StripStyle::kLeader;
    if (is_role && record_.state_text("role", e.tags.value) == "candidate")
      now.style = StripStyle::kCandidate;
    since[e.lane] = now;
  }
  for (const NodeId lane : slice_.lanes) close(lane, bottom_);
}

void Layout::draw_rules() {
  for (const std::size_t i : slice_.faults)
    for (const PartKind kind : {PartKind::kFaultBegin, PartKind::kFaultEnd}) {
      const Part part{kind, i};
      if (!rows_.has(part)) continue;
      const double y = rows_.y(part);
      picture_.diagram.rules.push_back({{lanes_left_, y}, {lanes_right_ + 6, y}});
    }
}

void Layout::draw_breaks() {
  const auto& rows = rows_.rows();
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (!rows[i].is_break) continue;
    const double y = (rows[i - 1].y + rows[i].y) / 2;
    picture_.diagram.breaks.push_back({{axis_right_, y}});
    for (const NodeId lane : slice_.lanes) picture_.diagram.breaks.push_back({{x_of(lane), y}});
  }
}

void Layout::draw_bars() {
  for (const SliceOp& shown : slice_.ops) {
    const Operation& op = history_.operation(shown.op);
    const Part begin{PartKind::kOpBegin, op.id.value};
    const Part end{PartKind::kOpEnd, op.id.value};
    if (!x_.contains(op.client) || !rows_.has(begin)) continue;
    Bar bar;
    const double top = rows_.y(begin) - kBarPad;
    const double bottom = rows_.has(end) ? rows_.y(end) + kBarPad : top + kBarTextHeight;
    bar.rect = {x_of(op.client) - kBarWidth / 2, top, kBarWidth, bottom - top};
    if (!rows_.has(end)) bar.tail = std::max(bottom_, bottom + 8);
    bar.style = shown.role == models::Role::kObserver ? BarStyle::kViolation
                : shown.role                          ? BarStyle::kWitness
                                                      : BarStyle::kPlain;
    const bool is_wrong = bar.style == BarStyle::kViolation;
    bar.first_line = (is_wrong ? "! " : "") + operation_text(record_, op, is_wrong ? 17 : 18);
    bar.second_line = fmt::format("op {}: {}", op.id.value, outcome_text(op));
    bar.id = fmt::format("op{}", op.id.value);
    bar.tooltip = fmt::format("{} by {}, from {}", bar.first_line, record_.lane_name(op.client),
                              scale_.text(op.invoked_at));
    bar.tooltip += rows_.has(end)
                       ? fmt::format(" to {}: {}", scale_.text(op.completed_at), outcome_text(op))
                       : ": no answer";
    picture_.diagram.bars.push_back(bar);
  }
}

void Layout::draw_pills() {
  auto& pills = picture_.diagram.pills;
  pills.insert(pills.end(), initial_pills_.begin(), initial_pills_.end());
  for (const EventId id : slice_.marks)
    if (x_.contains(record_.event(id).lane))
      if (const auto pill = pill_of(id)) pills.push_back(*pill);
}

// A lost message stops on the way, except that a dead receiver is where it dies. One that is still
// under way when the record ends fades out.
void Layout::draw_arrow(const SliceMessage& shown, const Message& message) {
  constexpr double kInFlightDrop = 22;
  const TraceEvent& sent = record_.event(message.send);
  const bool in_flight = message.end == sim::kNoEvent;
  const double y = y_of_event(message.send);
  const Point from = touch_point(sent.lane, y);
  const Point to = touch_point(sent.peer, in_flight ? y + kInFlightDrop : y_of_event(message.end));
  const bool with_client = record_.is_client(sent.lane) || record_.is_client(sent.peer);
  Arrow arrow;
  arrow.from = from;
  arrow.to = to;
  arrow.is_copy = message.is_copy;
  arrow.id = fmt::format("e{}", (message.is_copy ? message.end : message.send).value);
  arrow.style = with_client
                    ? (sent.is_reply ? ArrowStyle::kClientAnswer : ArrowStyle::kClient)
                    : (sent.is_reply ? ArrowStyle::kReplicationAnswer : ArrowStyle::kReplication);
  double reach = 1;
  arrow.tooltip = when(message.send);
  if (in_flight) {
    arrow.style = ArrowStyle::kInFlight;
    reach = 0.75;
    arrow.tooltip += "; still in flight when the record ends";
  } else {
    arrow.tooltip += "; " + when(message.end);
  }
  if (is_lost(record_, message)) {
    const bool at_receiver = record_.event(message.end).reason == sim::DropReason::kDown;
    const double length = to.x > from.x ? to.x - from.x : from.x - to.x;
    // The death is drawn in the receiver's gap, clear of lanes on the way and of the receiver's
    // pills.
    reach = 1 - std::min(0.4, (at_receiver ? 11 : 62) / std::max(length, 1.0));
    arrow.style = ArrowStyle::kLost;
  }
  arrow.to = {from.x + (to.x - from.x) * reach, from.y + (to.y - from.y) * reach};
  if (!shown.alike.empty())
    arrow.tooltip += fmt::format("; stands for {} alike, the last {}", shown.alike.size() + 1,
                                 when(shown.alike.back().send));
  picture_.diagram.dots.push_back(from);
  drawn_.push_back({message, shown.alike.size(), to});
  picture_.diagram.arrows.push_back(arrow);
}

void Layout::draw_evidence() {
  const auto bar_of = [&](sim::OpId op) -> const Bar* {
    const std::string id = fmt::format("op{}", op.value);
    const auto& bars = picture_.diagram.bars;
    const auto found = std::ranges::find(bars, id, &Bar::id);
    return found == bars.end() ? nullptr : &*found;
  };
  if (slice_.missed == sim::kNoOp || slice_.observer == sim::kNoOp) return;
  const Bar* missed = bar_of(slice_.missed);
  const Bar* observer = bar_of(slice_.observer);
  if (missed == nullptr || observer == nullptr || missed == observer) return;
  // Of two that ran at once and replaced the same, neither had to see the other.
  const bool before = history_.operation(slice_.missed).completed_at <
                      history_.operation(slice_.observer).invoked_at;
  if (slice_.anomaly == models::Anomaly::kLostWrite && !before) return;
  Arrow arrow;
  arrow.style = ArrowStyle::kEvidence;
  arrow.id = "evidence";
  const bool same_lane = missed->rect.x == observer->rect.x;
  if (same_lane && missed->rect.y < observer->rect.y) {
    // Straight down it would run through the operations between the two.
    arrow.from = {missed->rect.x, missed->rect.bottom() - 10};
    arrow.to = {observer->rect.x, observer->rect.y + 14};
    arrow.detour = missed->rect.x - 13;
  } else if (missed->rect.bottom() < observer->rect.y) {
    arrow.from = {missed->rect.centre().x, missed->rect.bottom()};
    arrow.to = {observer->rect.centre().x, observer->rect.y};
  } else {
    arrow.from = missed->rect.centre();
    arrow.to = observer->rect.centre();
  }
  arrow.tooltip = "what the marked operation should have seen";
  evidence_ = picture_.diagram.arrows.size();
  picture_.diagram.arrows.push_back(arrow);
}

}  // namespace quorumlab::traces
