// What needs a row of the diagram, and which rows must be far apart.

#include <algorithm>

#include "traces/space_time_layout.h"

namespace quorumlab::traces {

using models::Operation;

// A crash or pause already shows on its lane; every other fault gets lines where it begins and ends.
bool Layout::has_rule(const Fault& fault) const {
  if (!fault.groups.empty()) return true;
  return std::ranges::none_of(slice_.marks, [&](EventId id) {
    const TraceEvent& e = record_.event(id);
    const bool is_outage = e.kind == EventKind::kCrash || e.kind == EventKind::kPause;
    return is_outage && e.at == fault.begin && touches(fault, e.lane);
  });
}

void Layout::add_fault_items(std::vector<RowItem>& items) const {
  for (const std::size_t i : slice_.faults) {
    const Fault& fault = record_.faults[i];
    if (!has_rule(fault)) continue;
    if (fault.begin >= slice_.begin && fault.begin <= slice_.end)
      items.push_back({fault.begin, 0, {PartKind::kFaultBegin, i}, sim::kNoNode, PartShape::kRule});
    if (fault.end >= slice_.begin && fault.end <= slice_.end)
      items.push_back({fault.end, 0, {PartKind::kFaultEnd, i}, sim::kNoNode, PartShape::kRule});
  }
}

std::vector<RowItem> Layout::row_items() const {
  std::vector<RowItem> items;
  const auto add = [&](EventId id, NodeId lane, PartShape shape) {
    items.push_back({record_.event(id).at, id.value, {PartKind::kEvent, id.value}, lane, shape});
  };
  std::map<std::pair<NodeId, sim::Time>, std::uint64_t> origins;
  for (const SliceMessage& m : slice_.messages) {
    const TraceEvent& sent = record_.event(m.message.send);
    add(m.message.send, sent.lane, PartShape::kDot);
    if (m.message.end == sim::kNoEvent) continue;
    add(m.message.end, sent.peer, PartShape::kDot);
    items.back().below = Part{PartKind::kEvent, m.message.send.value};
    items.back().origin = origins.emplace(std::pair(sent.lane, sent.at), origins.size() + 1).first->second;
  }
  for (const EventId id : slice_.marks) add(id, record_.event(id).lane, PartShape::kPill);
  // A client's bar opens before its first message and closes after its last of the same instant.
  for (const SliceOp& shown : slice_.ops) {
    const Operation& op = history_.operation(shown.op);
    const std::uint64_t id = shown.op.value;
    items.push_back({op.invoked_at, 0, {PartKind::kOpBegin, id}, op.client, PartShape::kDot});
    if (op.completed != models::kNever)
      items.push_back(
          {op.completed_at, UINT64_MAX, {PartKind::kOpEnd, id}, op.client, PartShape::kDot});
  }
  add_fault_items(items);
  std::erase_if(items, [&](const RowItem& item) {
    return item.at < slice_.begin || item.at > slice_.end;
  });
  return items;
}

// The words about one fault end before those about the next begin.
void Layout::space_out_rules() {
  constexpr double kLine = 14;
  std::map<std::size_t, std::size_t> lines;  // by row
  for (const std::size_t i : slice_.faults)
    for (const bool begins : {true, false}) {
      const Part part{begins ? PartKind::kFaultBegin : PartKind::kFaultEnd, i};
      if (rows_.has(part)) lines[rows_.row(part)] = fault_lines(record_.faults[i], begins).size();
    }
  for (auto next = lines.begin(); next != lines.end();) {
    const auto [row, count] = *next++;
    if (next != lines.end())
      rows_.keep_apart(row, next->first, static_cast<double>(count) * kLine + 5);
  }
}

void Layout::space_out_operations() {
  constexpr double kBetweenBars = 8;
  constexpr double kEvidenceRoom = 74;
  for (const SliceOp& shown : slice_.ops) {
    const Part begin{PartKind::kOpBegin, shown.op.value};
    const Part end{PartKind::kOpEnd, shown.op.value};
    if (rows_.has(begin) && rows_.has(end))
      rows_.keep_apart(rows_.row(begin), rows_.row(end), kBarTextHeight - 2 * kBarPad);
    for (const SliceOp& later : slice_.ops) {
      const Part next{PartKind::kOpBegin, later.op.value};
      const Operation& op = history_.operation(later.op);
      if (!rows_.has(begin) || !rows_.has(next)) continue;
      if (op.client != history_.operation(shown.op).client) continue;
      if (rows_.has(end))
        rows_.keep_apart(rows_.row(end), rows_.row(next), 2 * kBarPad + kBetweenBars);
      else
        rows_.keep_apart(rows_.row(begin), rows_.row(next), kBarTextHeight + kBetweenBars + kBarPad);
    }
  }
  const Part from{PartKind::kOpEnd, slice_.missed.value};
  const Part to{PartKind::kOpBegin, slice_.observer.value};
  if (rows_.has(from) && rows_.has(to))
    rows_.keep_apart(rows_.row(from), rows_.row(to), kEvidenceRoom);
}

}  // namespace quorumlab::traces
