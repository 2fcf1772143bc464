#include "models/exchange/draw.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace quorumlab::models {
namespace {

constexpr std::size_t kMostBars = 60;
constexpr int kStep = 46;     // between two events
constexpr int kRow = 34;      // between two processes
constexpr int kMargin = 110;  // for the names of processes
constexpr int kTop = 44;

std::string escaped(std::string_view text, bool dot) {
  std::string out;
  for (const char c : text) {
    if (dot && (c == '"' || c == '\\')) out += '\\';
    if (!dot && c == '<') {
      out += "&lt;";
    } else if (!dot && c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string_view colour_of(EdgeKind kind) {
  constexpr std::array<std::string_view, 5> kColours = {"#1b6ca8", "#2a8f4f", "#b3261e", "#777777",
                                                        "#a05a00"};
  return kColours[static_cast<std::size_t>(kind)];
}

// What an operation's bar says; long values are cut.
std::string label_of(const Journal& journal, const Pair& pair) {
  constexpr std::size_t kLongest = 40;
  const JournalEvent& told =
      journal.events[pair.completed == UINT32_MAX ? pair.invoked : pair.completed];
  std::string text = fmt::format("{} {}", journal.f(journal.events[pair.invoked]),
                                 journal.pool.to_text(journal.value(told)));
  if (text.size() > kLongest) text = text.substr(0, kLongest - 3) + "...";
  return text;
}

}  // namespace

std::string cycles_dot(const Finding& finding) {
  std::string out = "digraph anomalies {\n  node [shape=box, fontname=\"sans-serif\"];\n";
  std::size_t number = 0;
  for (const TxnAnomaly& anomaly : finding.anomalies) {
    if (anomaly.cycle.empty()) continue;
    out += fmt::format("  subgraph cluster_{} {{\n    label=\"{}\";\n", number, anomaly.type);
    std::set<std::uint32_t> nodes;
    for (const CycleStep& step : anomaly.cycle) nodes.insert(step.from);
    for (const std::uint32_t node : nodes) {
      out += fmt::format("    c{}_{} [label=\"T{}\"];\n", number, node, node);
    }
    for (const CycleStep& step : anomaly.cycle) {
      out += fmt::format(
          "    c{0}_{1} -> c{0}_{2} [label=\"{3}\", color=\"{4}\", tooltip=\"{5}\"];\n", number,
          step.from, step.to, word_of(step.kind), colour_of(step.kind), escaped(step.why, true));
    }
    out += "  }\n";
    ++number;
  }
  return out + "}\n";
}

std::string bars_svg(const Journal& journal, const Finding& finding) {
  const std::vector<Pair> pairs = pair_events(journal);
  std::vector<std::size_t> ops;
  for (const std::size_t op : finding.ops) {
    if (std::find(ops.begin(), ops.end(), op) == ops.end() && ops.size() < kMostBars) {
      ops.push_back(op);
    }
  }
  std::map<std::uint32_t, int> columns;  // by event
  std::map<std::int64_t, int> rows;      // by process
  for (const std::size_t op : ops) {
    columns[pairs[op].invoked];
    if (pairs[op].completed != UINT32_MAX) columns[pairs[op].completed];
    rows[journal.events[pairs[op].invoked].process];
  }
  int next = 0;
  for (auto& [event, column] : columns) column = kMargin + kStep * next++;
  const int right = kMargin + kStep * (next + 4);
  next = 0;
  for (auto& [process, row] : rows) row = kTop + kRow * next++;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" "
      "fill=\"white\"/>\n<text x=\"8\" y=\"20\" font-weight=\"bold\">{}</text>\n",
      right + 20, kTop + kRow * next + 10, escaped(finding.claim, false));
  for (const auto& [process, row] : rows) {
    out += fmt::format("<text x=\"8\" y=\"{}\">process {}</text>\n", row + 15, process);
  }
  for (const std::size_t op : ops) {
    const Pair& pair = pairs[op];
    const bool open =
        pair.completed == UINT32_MAX || journal.events[pair.completed].type == EventType::kInfo;
    const int from = columns[pair.invoked];
    const int to = open ? right : columns[pair.completed];
    const int top = rows[journal.events[pair.invoked].process];
    const bool accused = op == finding.ops.front();
    out += fmt::format(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"20\" rx=\"3\" fill=\"{}\" "
        "stroke=\"{}\"{}/>\n"
        "<text x=\"{}\" y=\"{}\">{}</text>\n",
        from, top, std::max(8, to - from), accused ? "#f9d5d2" : "#dce9f5",
        accused ? "#b3261e" : "#1b6ca8", open ? " stroke-dasharray=\"4 3\"" : "", from + 4,
        top + 14, escaped(label_of(journal, pair), false));
  }
  return out + "</svg>\n";
}

}  // namespace quorumlab::models
