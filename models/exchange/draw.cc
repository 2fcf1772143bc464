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

bool is_ok(const Journal& journal, const Pair& pair) {
  return pair.completed != UINT32_MAX && journal.events[pair.completed].type == EventType::kOk;
}

// What was done, at most so many letters. Of what nobody knows the end, what was asked for.
std::string deed_of(const Journal& journal, const Pair& pair, std::size_t longest = 150) {
  const JournalEvent& told = journal.events[is_ok(journal, pair) ? pair.completed : pair.invoked];
  const std::string value = journal.pool.to_text(journal.value(told));
  const std::string_view f = journal.f(journal.events[pair.invoked]);
  std::string text = f.empty() || f == "txn" ? value : fmt::format("{} {}", f, value);
  if (text.size() > longest) text = text.substr(0, longest - 3) + "...";
  return text;
}

// What an operation's bar says.
std::string label_of(const Journal& journal, const Pair& pair) {
  const bool known = is_ok(journal, pair);
  const std::string text = deed_of(journal, pair, 40);
  const bool failed =
      pair.completed != UINT32_MAX && journal.events[pair.completed].type == EventType::kFail;
  return text + (known ? "" : failed ? ", failed" : " ?");
}

// In rows of some thirty letters.
std::string in_rows(std::string_view text) {
  constexpr std::size_t kWidth = 30;
  std::string rows;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (used > 0) rows += used + end > kWidth ? "\\n" : " ";
    used = used + end > kWidth ? end : used + end + 1;
    rows += escaped(text.substr(0, end), true);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return rows;
}

// Whether somebody was told how it ended.
bool is_closed(const Journal& journal, const Pair& pair) {
  return pair.completed != UINT32_MAX && journal.events[pair.completed].type != EventType::kInfo;
}

// The accused one first. What has no order by itself is enough to see why.
std::vector<std::size_t> ops_to_draw(const Finding& finding) {
  std::vector<std::size_t> wanted = finding.ops;
  if (!finding.core.empty()) {
    wanted = {finding.until};
    wanted.insert(wanted.end(), finding.core.begin(), finding.core.end());
  }
  std::vector<std::size_t> ops;
  for (const std::size_t op : wanted) {
    if (std::find(ops.begin(), ops.end(), op) == ops.end() && ops.size() < kMostBars) {
      ops.push_back(op);
    }
  }
  return ops;
}

// So far apart that what is written on a bar fits into it.
int step_of(const Journal& journal, const std::vector<Pair>& pairs,
            const std::vector<std::size_t>& ops, const std::map<std::uint32_t, int>& columns) {
  constexpr int kLetter = 7;
  constexpr int kWidest = 150;
  int step = kStep;
  for (const std::size_t op : ops) {
    const Pair& pair = pairs[op];
    if (!is_closed(journal, pair)) continue;
    const auto from = columns.find(pair.invoked);
    const auto span = static_cast<int>(std::distance(from, columns.find(pair.completed)));
    const int wanted = kLetter * static_cast<int>(label_of(journal, pair).size()) + 8;
    step = std::max(step, std::min(kWidest, wanted / std::max(1, span)));
  }
  return step;
}

}  // namespace

std::string cycles_dot(const Journal& journal, const Finding& finding) {
  const std::vector<Pair> pairs = pair_events(journal);
  // In a cluster the margin is all that keeps the longest row of an edge inside.
  std::string out =
      "digraph anomalies {\n  graph [fontname=\"sans-serif\"];\n"
      "  node [shape=box, fontname=\"sans-serif\", fontsize=11];\n"
      "  edge [fontname=\"sans-serif\", fontsize=9];\n";
  std::size_t number = 0;
  for (const TxnAnomaly& anomaly : finding.anomalies) {
    if (anomaly.cycle.empty()) continue;
    out += fmt::format("  subgraph cluster_{} {{\n    label=\"{}\";\n    margin=36;\n", number,
                       anomaly.type);
    std::set<std::uint32_t> nodes;
    for (const CycleStep& step : anomaly.cycle) nodes.insert(step.from);
    for (const std::uint32_t node : nodes) {
      out += fmt::format("    c{}_{} [label=\"T{}\\n{}\"];\n", number, node, node,
                         in_rows(deed_of(journal, pairs.at(node))));
    }
    for (const CycleStep& step : anomaly.cycle) {
      out += fmt::format(
          "    c{0}_{1} -> c{0}_{2} [label=\" {3} \\n{5}\", color=\"{4}\", fontcolor=\"{4}\"];\n",
          number, step.from, step.to, word_of(step.kind), colour_of(step.kind), in_rows(step.why));
    }
    out += "  }\n";
    ++number;
  }
  return out + "}\n";
}

std::string bars_svg(const Journal& journal, const Finding& finding) {
  const std::vector<Pair> pairs = pair_events(journal);
  const std::vector<std::size_t> ops = ops_to_draw(finding);
  std::map<std::uint32_t, int> columns;  // by event
  std::map<std::int64_t, int> rows;      // by process
  for (const std::size_t op : ops) {
    columns[pairs[op].invoked];
    if (is_closed(journal, pairs[op])) columns[pairs[op].completed];
    rows[journal.events[pairs[op].invoked].process];
  }
  const int step = step_of(journal, pairs, ops, columns);
  int next = 0;
  for (auto& [event, column] : columns) column = kMargin + step * next++;
  const int right = kMargin + step * next + 2 * kStep;
  const std::size_t captions = std::min<std::size_t>(2, finding.lines.size());
  int width = right + 20;
  for (std::size_t i = 0; i < captions; ++i) {
    width = std::max(width, std::min(1600, 24 + 6 * static_cast<int>(finding.lines[i].size())));
  }
  next = 0;
  for (auto& [process, row] : rows) row = kTop + kRow * next++;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" "
      "fill=\"white\"/>\n<text x=\"8\" y=\"20\" font-weight=\"bold\">{}</text>\n",
      width, kTop + kRow * next + 10 + 18 * static_cast<int>(captions),
      escaped(finding.claim, false));
  for (std::size_t i = 0; i < captions; ++i) {
    out += fmt::format("<text x=\"8\" y=\"{}\">{}</text>\n",
                       kTop + kRow * next + 12 + 18 * static_cast<int>(i),
                       escaped(finding.lines[i], false));
  }
  for (const auto& [process, row] : rows) {
    out += fmt::format("<text x=\"8\" y=\"{}\">process {}</text>\n", row + 15, process);
  }
  for (const std::size_t op : ops) {
    const Pair& pair = pairs[op];
    const bool open = !is_closed(journal, pair);
    const int from = columns[pair.invoked];
    const int to = open ? right : columns[pair.completed];
    const int top = rows[journal.events[pair.invoked].process];
    const bool accused = op == ops.front();
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
