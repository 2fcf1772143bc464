// What needs a row of the diagram, and which rows must be far apart.

#include <algorithm>

#include "traces/space_time_layout.h"

namespace quorumlab::traces {

using models::Operation;

// A crash or pause already shows on its lane; every other fault gets lines where it begins and
// ends.
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

// A bar opens with its invocation and closes with its completion; the next one of the same client
// is below even if it begins at once.
void Layout::add_operation_items(std::vector<RowItem>& items) const {
  std::map<sim::OpId, std::pair<std::uint64_t, std::uint64_t>> edges;
  for (const SliceOp& shown : slice_.ops) edges[shown.op] = {0, UINT64_MAX};
  for (const EventId id : slice_.events) {
    const TraceEvent& e = record_.event(id);
    const auto edge = edges.find(e.tags.op);
    if (edge == edges.end()) continue;
    if (e.kind == EventKind::kInvoke) edge->second.first = id.value;
    if (e.kind == EventKind::kOk || e.kind == EventKind::kFail || e.kind == EventKind::kUnknown)
      edge->second.second = id.value;
  }
  std::map<NodeId, Part> last_end;
  for (const SliceOp& shown : slice_.ops) {
    const Operation& op = history_.operation(shown.op);
    const std::uint64_t id = shown.op.value;
    const auto [begin, end] = edges.at(shown.op);
    RowItem item{op.invoked_at, begin, {PartKind::kOpBegin, id}, op.client};
    if (const auto last = last_end.find(op.client); last != last_end.end())
      item.below = last->second;
    items.push_back(item);
    if (op.completed == models::kNever) continue;
    const Part end_part{PartKind::kOpEnd, id};
    items.push_back({op.completed_at, end, end_part, op.client});
    last_end[op.client] = end_part;
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
    items.back().origin =
        origins.emplace(std::pair(sent.lane, sent.at), origins.size() + 1).first->second;
  }
  for (const EventId id : slice_.marks) add(id, record_.event(id).lane, PartShape::kPill);
  add_operation_items(items);
  add_fault_items(items);
  std::erase_if(
      items, [&](const RowItem& item) { return item.at < slice_.begin || item.at > slice_.end; });
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
        rows_.keep_apart(rows_.row(begin), rows_.row(next),
                         kBarTextHeight + kBetweenBars + kBarPad);
    }
  }
  const Part from{PartKind::kOpEnd, slice_.missed.value};
  const Part to{PartKind::kOpBegin, slice_.observer.value};
  if (rows_.has(from) && rows_.has(to))
    rows_.keep_apart(rows_.row(from), rows_.row(to), kEvidenceRoom);
}

}  // namespace quorumlab::traces
