#include "traces/graphs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "sim/roles.h"
#include "traces/messages.h"
#include "traces/words.h"

namespace quorumlab::traces {
namespace {

constexpr std::string_view kHead =
    "  graph [fontname=\"Helvetica\", fontsize=12, rankdir=LR];\n"
    "  node [fontname=\"Helvetica\", fontsize=12, shape=box, style=rounded];\n"
    "  edge [fontname=\"Helvetica\", fontsize=10];\n";

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// What made a role change, in a word or two.
std::string cause_of(const Record& record, const TraceEvent& e) {
  if (e.cause == sim::kNoEvent) return "by itself";
  const TraceEvent& cause = record.event(e.cause);
  const std::string name(record.name(cause.name));
  if (cause.kind == EventKind::kReceive) return name + (cause.is_reply ? " reply" : "");
  if (cause.kind == EventKind::kTimer) return "timer: " + name;
  if (cause.kind == EventKind::kRestart) return "restart";
  return name.empty() ? "something else" : name;
}

using Step = std::tuple<std::string, std::string, std::string>;  // from, to, because of

std::map<Step, std::size_t> role_steps(const Record& record) {
  std::map<Step, std::size_t> steps;
  std::map<NodeId, std::string> roles;
  const auto field = record.find_name(sim::kRoleField);
  for (const TraceEvent& e : record.events()) {
    const auto before = roles.find(e.lane);
    if (e.kind == EventKind::kCrash && before != roles.end()) {
      ++steps[{before->second, "down", "crash"}];
      before->second = "down";
    }
    if (e.kind != EventKind::kState || !field || e.name != *field) continue;
    std::string role = record.state_text(sim::kRoleField, e.tags.value);
    const std::string from = before == roles.end() ? std::string("start") : before->second;
    if (from != role) ++steps[{from, role, cause_of(record, e)}];
    roles[e.lane] = std::move(role);
  }
  return steps;
}

struct Traffic {
  std::size_t sent = 0;
  std::size_t lost = 0;
};

std::string zone_of(const Record& record, NodeId lane) {
  if (lane.value >= record.lanes.size()) return "?";
  const std::string& zone = record.lanes[lane.value].zone;
  return zone.empty() ? "one zone" : zone;
}

std::string lane_id(NodeId lane) {
  return fmt::format("lane{}", lane.value);
}

// Boxes with their nodes in them; returns the first node of each zone, where its links begin.
std::map<std::string, NodeId> put_zones(const Record& record, std::string& out) {
  std::map<std::string, std::vector<NodeId>> zones;
  for (std::uint32_t i = 0; i < record.lanes.size(); ++i)
    zones[zone_of(record, NodeId(i))].emplace_back(i);
  std::map<std::string, NodeId> first;
  std::size_t number = 0;
  for (const auto& [zone, lanes] : zones) {
    out += fmt::format("  subgraph cluster{} {{\n    label={};\n    color=gray;\n", number++,
                       quoted(zone));
    for (const NodeId lane : lanes)
      out += fmt::format("    {} [label={}{}];\n", lane_id(lane), quoted(record.lane_name(lane)),
                         record.is_client(lane) ? ", style=solid, color=\"#0072B2\"" : "");
    out += "  }\n";
    first[zone] = lanes.front();
  }
  return first;
}

std::string link_look(const Traffic& traffic) {
  if (traffic.lost == 0) return fmt::format("label=\"{}\"", traffic.sent);
  return fmt::format("label=\"{}, {} lost\", color=\"#D55E00\", style=dashed", traffic.sent,
                     traffic.lost);
}

constexpr std::size_t kSingleNodesMost = 12;

}  // namespace

std::string role_graph(const Record& record) {
  std::string out = "digraph roles {\n";
  out += kHead;
  out += "  start [shape=point, width=0.12];\n";
  for (const auto& [step, times] : role_steps(record)) {
    const auto& [from, to, because] = step;
    const bool is_down = to == "down";
    out += fmt::format("  {} -> {} [label={}{}];\n", from == "start" ? from : quoted(from),
                       quoted(to), quoted(fmt::format("{}, {}x", because, times)),
                       is_down ? ", style=dashed" : "");
  }
  return out + "}\n";
}

std::string topology_graph(const Record& record) {
  std::string out = "graph topology {\n";
  out += kHead;
  const auto first = put_zones(record, out);
  const bool by_node = record.lanes.size() <= kSingleNodesMost;
  std::map<std::pair<NodeId, NodeId>, Traffic> links;
  for (const Message& m : messages_of(record)) {
    const TraceEvent& sent = record.event(m.send);
    NodeId a = sent.lane;
    NodeId b = sent.peer;
    if (a == b || a.value >= record.lanes.size() || b.value >= record.lanes.size()) continue;
    if (!by_node) {
      a = first.at(zone_of(record, a));
      b = first.at(zone_of(record, b));
    }
    Traffic& traffic = links[std::minmax(a, b)];
    ++traffic.sent;
    traffic.lost += is_lost(record, m) ? 1U : 0U;
  }
  for (const auto& [ends, traffic] : links)
    out += fmt::format("  {} -- {} [{}];\n", lane_id(ends.first), lane_id(ends.second),
                       link_look(traffic));
  return out + "}\n";
}

std::string cycle_graph(const Record& record, const models::History& history,
                        const models::Witness& witness) {
  std::string out = "digraph cycle {\n";
  out += kHead;
  std::vector<const models::Operation*> ops;
  std::map<sim::OpId, models::Role> roles;
  for (const auto& [role, id] : witness.ops) {
    if (!roles.emplace(id, role).second) continue;
    ops.push_back(&history.operation(id));
    const bool is_wrong = role == models::Role::kObserver;
    constexpr std::size_t kWidth = 40;
    const std::string text =
        fmt::format("op {}: {}", id.value, operation_text(record, history.operation(id), kWidth));
    out += fmt::format("  op{} [label={}{}];\n", id.value, quoted((is_wrong ? "! " : "") + text),
                       is_wrong ? ", color=\"#B5001F\", penwidth=3" : "");
  }
  const auto edge = [&](const models::Operation* from, const models::Operation* to,
                        std::string_view why, std::string_view look) {
    out += fmt::format("  op{} -> op{} [label={}, {}];\n", from->id.value, to->id.value,
                       quoted(why), look);
  };
  for (const models::Operation* a : ops)
    for (const models::Operation* b : ops)
      if (a->completed != models::kNever && a->completed < b->invoked)
        edge(a, b, "ended before it began", "style=dotted");
  for (const models::Operation* a : ops)
    for (const models::Operation* b : ops) {
      if (roles.at(a->id) != models::Role::kObserver || a == b) continue;
      if (roles.at(b->id) == models::Role::kReturned)
        edge(b, a, "its value was returned", "color=\"#0072B2\"");
      if (roles.at(b->id) == models::Role::kMissed)
        edge(a, b, "did not see it: comes before", "color=\"#B5001F\", penwidth=2");
    }
  return out + "}\n";
}

}  // namespace quorumlab::traces
