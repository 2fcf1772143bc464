#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "models/exchange/draw.h"
#include "models/exchange/draw_words.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kLongest = 150;  // letters of what a transaction did

std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
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
    rows += quoted(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return rows;
}

}  // namespace

std::string_view colour_of(EdgeKind kind) {
  constexpr std::array<std::string_view, 5> kColours = {"#1b6ca8", "#2a8f4f", "#b3261e", "#777777",
                                                        "#a05a00"};
  return kColours[static_cast<std::size_t>(kind)];
}

bool is_told_ok(const Journal& journal, const Pair& pair) {
  return pair.completed != UINT32_MAX && journal.events[pair.completed].type == EventType::kOk;
}

std::string deed_of(const Journal& journal, const Pair& pair, std::size_t longest) {
  const bool told = is_told_ok(journal, pair);
  const JournalEvent& event = journal.events[told ? pair.completed : pair.invoked];
  const std::string value = journal.pool.to_text(journal.value(event));
  const std::string_view f = journal.f(journal.events[pair.invoked]);
  std::string text = f.empty() || f == "txn" ? value : fmt::format("{} {}", f, value);
  if (text.size() > longest) text = text.substr(0, longest - 3) + "...";
  return text;
}

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
                         in_rows(deed_of(journal, pairs.at(node), kLongest)));
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

}  // namespace quorumlab::models
