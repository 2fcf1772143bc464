#include "traces/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "traces/mark_words.h"
#include "traces/story.h"
#include "traces/words.h"

namespace quorumlab::traces {
namespace {

using models::Operation;

constexpr std::size_t kPitch = 19;

std::string ascii(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    const auto swap = [&](std::string_view from, std::string_view to) {
      if (!rest.starts_with(from)) return false;
      out += to;
      i += from.size();
      return true;
    };
    if (swap("→", "->") || swap("×", "x") || swap("…", "..")) continue;
    const auto byte = static_cast<unsigned char>(text[i++]);
    if (byte >= 0x20 && byte < 0x7F)
      out += static_cast<char>(byte);
    else if ((byte & 0xC0) != 0x80)
      out += '?';
  }
  return out;
}

class Timeline {
 public:
  Timeline(const Record& record, const models::History& history, const Slice& slice)
      : record_(record), history_(history), slice_(slice), scale_(scale()) {
    std::size_t x = kPitch / 2;
    for (const NodeId lane : slice.lanes) {
      x_[lane] = x;
      x += kPitch;
    }
    width_ = slice.lanes.empty() ? kPitch : x - kPitch / 2;
  }

  std::string write() {
    for (const SliceOp& op : slice_.ops) add(op);
    for (const SliceMessage& message : slice_.messages) add(message);
    for (const EventId id : slice_.marks) add_mark(id);
    for (const std::size_t fault : slice_.faults) add(record_.faults[fault]);
    std::ranges::stable_sort(lines_, {}, [](const Line& l) { return std::tuple(l.at, l.order); });
    return header() + body() + legend();
  }

 private:
  struct Line {
    sim::Time at;
    std::uint64_t order = 0;
    std::string text;
    std::string remark;
  };

  [[nodiscard]] TimeScale scale() const {
    std::vector<sim::Time> times;
    for (const EventId id : slice_.events) times.push_back(record_.event(id).at);
    return TimeScale::for_times(times);
  }

  [[nodiscard]] std::string lanes() const {
    std::string line(width_, ' ');
    for (const auto& [lane, x] : x_) line[x] = '|';
    return line;
  }
  // `text` around the lane's column.
  void put(std::string& line, NodeId lane, std::string_view text) const {
    const std::string clean = ascii(text).substr(0, kPitch - 1);
    const std::size_t half = clean.size() / 2;
    const std::size_t from = x_.at(lane) > half ? x_.at(lane) - half : 0;
    if (from + clean.size() > line.size()) line.resize(from + clean.size(), ' ');
    line.replace(from, clean.size(), clean);
  }

  void add(const SliceOp& shown) {
    const Operation& op = history_.operation(shown.op);
    if (!x_.contains(op.client)) return;
    const bool is_wrong = shown.role == models::Role::kObserver;
    std::string line = lanes();
    if (op.f == models::Function::kRead)
      put(line, op.client, fmt::format("[read {}", shorten(record_.key_name(op.key), 14)));
    else
      put(line, op.client, "[" + operation_text(record_, op, kPitch - 2));
    lines_.push_back({op.invoked_at, 0, line, fmt::format("op {} begins", op.id.value)});
    if (op.completed == models::kNever) {
      lines_.back().remark += ", never answered";
      return;
    }
    line = lanes();
    const bool is_read = op.f == models::Function::kRead && op.outcome == models::Outcome::kOk;
    put(line, op.client,
        (is_wrong ? "!! " : "") +
            (is_read ? operation_text(record_, op, kPitch - 5) : outcome_text(op)) + "]");
    lines_.push_back({op.completed_at, UINT64_MAX, line,
                      fmt::format("op {} ends{}", op.id.value, is_wrong ? " !! unexplained" : "")});
    used_wrong_ = used_wrong_ || is_wrong;
  }

  void add(const SliceMessage& shown) {
    const Message& message = shown.message;
    const TraceEvent& sent = record_.event(message.send);
    if (!x_.contains(sent.lane) || !x_.contains(sent.peer)) return;
    const bool in_flight = message.end == sim::kNoEvent;
    const bool lost = is_lost(record_, message);
    const EventId row = in_flight ? message.send : message.end;
    std::string label = message_label(record_, history_, message);
    if (!shown.alike.empty()) label += fmt::format(" x{}", shown.alike.size() + 1);
    const std::string text = " " + ascii(label) + " ";
    const bool rightwards = x_.at(sent.peer) > x_.at(sent.lane);
    const std::size_t left = std::min(x_.at(sent.lane), x_.at(sent.peer));
    const std::size_t right = std::max(x_.at(sent.lane), x_.at(sent.peer));
    std::string line = lanes();
    const char dash = lost || in_flight ? '.' : '-';
    for (std::size_t i = left + 1; i < right; ++i) line[i] = dash;
    const std::size_t room = right - left - 3;
    const std::string shown_text = text.substr(0, room);
    line.replace(left + 2 + (room - shown_text.size()) / 2, shown_text.size(), shown_text);
    line[x_.at(sent.lane)] = 'o';
    const char tip = lost ? 'X' : in_flight ? '~' : rightwards ? '>' : '<';
    line[rightwards ? right - 1 : left + 1] = tip;
    std::string remark;
    if (lost) remark = fmt::format("lost: {}", reason_text(record_.event(message.end).reason));
    if (in_flight) remark = "still in flight at the end";
    if (message.is_copy) remark = "duplicate";
    lines_.push_back({record_.event(row).at, row.value, line, remark});
    used_lost_ = used_lost_ || lost;
    used_in_flight_ = used_in_flight_ || in_flight;
    used_many_ = used_many_ || !shown.alike.empty();
  }

  void add_mark(EventId id) {
    const TraceEvent& e = record_.event(id);
    if (!x_.contains(e.lane)) return;
    std::string line = lanes();
    put(line, e.lane, "(" + mark_text(e) + ")");
    const bool is_plain = e.kind != EventKind::kClockStep && e.kind != EventKind::kTimer;
    lines_.push_back({e.at, id.value, line, is_plain ? "" : ascii(event_text(record_, id))});
  }

  [[nodiscard]] std::string mark_text(const TraceEvent& e) const {
    const std::string name(record_.name(e.name));
    if (const auto word = mark_word(e.kind, name)) return std::string(*word);
    if (e.kind == EventKind::kTimer) return "timer";
    if (e.kind == EventKind::kState) return record_.state_text(name, e.tags.value);
    if (e.tags.key != sim::kNoKey) {
      const std::string what = change_text(record_, history_, e.tags);
      return name == "append" ? what : fmt::format("{} {}", name, what);
    }
    return e.tags.index > 0 ? fmt::format("{} #{}", name, e.tags.index) : name;
  }

  void add(const Fault& fault) {
    const std::string text = ascii(fault_text(record_, fault));
    const auto rule = [&](sim::Time at, const std::string& what) {
      const std::size_t filler = width_ > what.size() + 6 ? width_ - what.size() - 6 : 4;
      lines_.push_back({at, 0, "==== " + what + " " + std::string(filler, '='), {}});
    };
    if (fault.begin >= slice_.begin && fault.begin <= slice_.end)
      rule(fault.begin, text + " begins");
    else
      rule(slice_.begin, fmt::format("{} since {}", text, scale_.text(fault.begin)));
    if (fault.end >= slice_.begin && fault.end <= slice_.end) rule(fault.end, text + " ends");
  }

  [[nodiscard]] std::string header() const {
    std::string names(width_, ' ');
    for (const auto& [lane, x] : x_) put(names, lane, shorten(record_.lane_name(lane), kPitch - 2));
    return fmt::format("{:<11}{}\n", "true time", trimmed(names));
  }

  [[nodiscard]] static std::string trimmed(std::string line) {
    while (!line.empty() && line.back() == ' ') line.pop_back();
    return line;
  }

  [[nodiscard]] std::string body() const {
    std::string out;
    sim::Time last = lines_.empty() ? sim::Time() : lines_.front().at;
    for (const Line& line : lines_) {
      // Most of the picture's time in one step: say so, as the lines do not show it.
      const sim::Duration whole = slice_.end - slice_.begin;
      const sim::Duration step = line.at - last;
      if (step.count() > whole.count() / 5 && step.count() > 0)
        out += trimmed(fmt::format("{:<11}{}", "   ...", lanes() + "  " + rough(step) + " later")) +
               "\n";
      last = line.at;
      out +=
          trimmed(fmt::format("{:<11}{}  {}", scale_.text(line.at), line.text, line.remark)) + "\n";
    }
    return out;
  }

  [[nodiscard]] std::string legend() const {
    std::string out =
        "\no---> message, at the time it arrives    [...] operation of a client    (...) event on "
        "a lane\n";
    if (used_lost_) out += "o..X  message that was lost, at the time it died\n";
    if (used_in_flight_) out += "o..~  message still under way when the record ends\n";
    if (used_many_) out += "x5    that many alike; the first is shown\n";
    if (used_wrong_) out += "!!    the result that cannot be explained\n";
    if (!slice_.faults.empty()) out += "===   a fault begins or ends\n";
    std::string left_out;
    for (const NodeId lane : slice_.left_out)
      left_out += (left_out.empty() ? "; left out: " : ", ") + ascii(record_.lane_name(lane));
    return out + fmt::format("{} of {} events shown, {} hidden{}\n", slice_.drawn, slice_.total,
                             slice_.total - slice_.drawn, left_out);
  }

  const Record& record_;
  const models::History& history_;
  const Slice& slice_;
  TimeScale scale_;
  std::map<NodeId, std::size_t> x_;
  std::size_t width_ = 0;
  std::vector<Line> lines_;
  bool used_lost_ = false;
  bool used_in_flight_ = false;
  bool used_many_ = false;
  bool used_wrong_ = false;
};

}  // namespace

std::string timeline(const Record& record, const models::History& history, const Slice& slice) {
  return Timeline(record, history, slice).write();
}

}  // namespace quorumlab::traces
