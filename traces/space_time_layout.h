// The steps of laying out a space-time diagram; only space_time*.cc include this.
//
//   Layout layout(record, history, slice);
//   const Picture picture = layout.build(caption);
//   picture.height;   // 840
//
// Columns first, then rows, then everything drawn at their crossings, labels last. If a label finds
// no room, its rows move apart and the drawing starts again: it is cheap, and stays deterministic.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "traces/label_placer.h"
#include "traces/rows.h"
#include "traces/space_time.h"
#include "traces/words.h"

namespace quorumlab::traces {

class Layout {
 public:
  Layout(const Record& record, const models::History& history, const Slice& slice);
  Picture build(const Caption& caption);

 private:
  // space_time_rows.cc: what needs a row, and how far apart.
  [[nodiscard]] std::vector<RowItem> row_items() const;
  void add_operation_items(std::vector<RowItem>& items) const;
  void add_fault_items(std::vector<RowItem>& items) const;
  void space_out_operations();
  void space_out_rules();
  [[nodiscard]] bool has_rule(const Fault& fault) const;

  // space_time_clocks.cc: how far wall clocks are off.
  void find_clocks();
  void draw_clocks();
  [[nodiscard]] std::string clock_text(NodeId lane) const;

  // space_time.cc: where things are.
  void place_columns();
  void place_header(double top);
  void draw();
  void draw_lanes();
  void draw_partitions();
  void draw_outages();
  void draw_roles();
  void draw_rules();
  void draw_bars();
  void draw_pills();
  void draw_arrow(const SliceMessage& shown, const Message& message);
  void draw_evidence();
  void draw_breaks();

  // space_time_words.cc: labels, and everything outside the lanes.
  [[nodiscard]] bool label_arrows();
  [[nodiscard]] bool label_arrow(LabelPlacer& placer, std::size_t arrow, bool is_short);
  void label_loss(LabelPlacer& placer, std::size_t arrow);
  void label_evidence(LabelPlacer& placer);
  void prepare(LabelPlacer& placer) const;
  void label_axis();
  void label_gutter();
  [[nodiscard]] std::vector<std::string> fault_lines(const Fault& fault, bool begins) const;
  double write_caption(const Caption& caption, double top);
  void write_legend(double top);
  [[nodiscard]] std::string footer() const;

  [[nodiscard]] double x_of(NodeId lane) const { return x_.at(lane); }
  [[nodiscard]] double y_of_event(EventId id) const;
  [[nodiscard]] double y_clamped(sim::Time t) const;
  // Where an arrow meets its lane: the edge of an operation's bar, or the line of the lane.
  [[nodiscard]] Point touch_point(NodeId lane, double y) const;
  [[nodiscard]] Pill pill_at(NodeId lane, double y, PillStyle style, const std::string& text) const;
  [[nodiscard]] std::optional<Pill> pill_of(EventId id) const;
  [[nodiscard]] std::optional<std::pair<PillStyle, std::string>> note_pill(
      const TraceEvent& e) const;
  [[nodiscard]] std::string role_text(NodeId lane, std::int64_t role, EventId until) const;
  [[nodiscard]] EventId last_event_at(sim::Time t) const;
  [[nodiscard]] std::string when(EventId id) const;
  [[nodiscard]] const models::Operation* operation(sim::OpId op) const;

  // One arrow of the diagram and the message that it stands for.
  struct Drawn {
    Message message;
    std::size_t alike = 0;
    Point aimed_at;  // the receiver's lane
  };

  const Record& record_;
  const models::History& history_;
  const Slice& slice_;
  Rows rows_;
  TimeScale scale_;
  std::map<NodeId, double> x_;
  double axis_right_ = 0;
  double lanes_left_ = 0;
  double lanes_right_ = 0;
  double header_top_ = 0;
  double top_ = 0;
  double bottom_ = 0;
  std::vector<Drawn> drawn_;
  std::map<Message, int> tries_;  // rounds in which a label found no room
  std::optional<std::size_t> evidence_;
  std::map<NodeId, std::vector<sim::Duration>> clocks_off_;  // at each row; empty: not shown
  std::vector<Pill> initial_pills_;
  std::vector<Label> header_labels_;
  Picture picture_;
};

// How things are sized; pixels.
inline constexpr double kMargin = 20;
inline constexpr double kClientPitch = 174;
inline constexpr double kServerPitch = 172;
inline constexpr double kSideGap = 36;
inline constexpr double kBarWidth = 128;
inline constexpr double kBarPad = 9;
inline constexpr double kBarTextHeight = 40;
inline constexpr double kGutterWidth = 176;

}  // namespace quorumlab::traces
