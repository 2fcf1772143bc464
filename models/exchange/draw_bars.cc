#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "models/consistency/isolation_proof.h"
#include "models/exchange/draw.h"
#include "models/exchange/draw_words.h"

namespace quorumlab::models {
namespace {

constexpr std::size_t kMostBars = 60;
constexpr std::size_t kMostPanels = 3;
constexpr std::size_t kLetters = 150;  // in a row of text
constexpr std::size_t kLongest = 600;  // letters of what a transaction did
constexpr std::size_t kOnBar = 40;     // letters on a bar
constexpr double kLetter = 6.3;        // its mean width
constexpr int kStep = 46;              // between two events
constexpr int kWidestStep = 150;
constexpr int kNarrowestStep = 18;
constexpr int kWidest = 2000;  // of all bars; beyond, they have numbers for names
constexpr int kBar = 20;       // its height
constexpr int kRow = 34;       // between two processes
constexpr int kRowWithArrows = 84;
constexpr int kMargin = 110;  // for the names of processes
constexpr int kLine = 18;
constexpr std::string_view kGrey = " fill=\"#555555\"";

// What is drawn together: the accused operation first.
struct Panel {
  std::string title;
  std::vector<std::size_t> ops;
  std::vector<CycleStep> cycle;
  std::vector<std::string> lines;  // below
};

struct Bar {
  int from = 0;
  int to = 0;
  int top = 0;
  [[nodiscard]] int middle() const { return (from + to) / 2; }
};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

// What goes into one row, at a blank if there is one.
std::string_view first_row(std::string_view text) {
  if (text.size() <= kLetters) return text;
  const std::size_t blank = text.rfind(' ', kLetters);
  return text.substr(0, blank == std::string_view::npos || blank == 0 ? kLetters : blank);
}

// Whether somebody was told how it ended.
bool is_closed(const Journal& journal, const Pair& pair) {
  return pair.completed != UINT32_MAX && journal.events[pair.completed].type != EventType::kInfo;
}

// Each once, and not too many.
std::vector<std::size_t> distinct(const std::vector<std::size_t>& wanted) {
  std::vector<std::size_t> ops;
  for (const std::size_t op : wanted) {
    if (std::find(ops.begin(), ops.end(), op) == ops.end() && ops.size() < kMostBars) {
      ops.push_back(op);
    }
  }
  return ops;
}

Panel panel_of(const TxnAnomaly& anomaly) {
  Panel panel{.title = anomaly.type, .cycle = anomaly.cycle};
  std::vector<std::size_t> ops(anomaly.ops.begin(), anomaly.ops.end());
  for (const CycleStep& step : anomaly.cycle) {
    ops.push_back(step.from);
    panel.lines.push_back(
        fmt::format("T{} before T{} ({}): {}", step.from, step.to, word_of(step.kind), step.why));
  }
  panel.ops = distinct(ops);
  if (anomaly.cycle.empty()) panel.lines = {anomaly.text};
  return panel;
}

// Of a search that found no order: one of the cycles that rule orders out.
Panel panel_of(const std::vector<RefutationStep>& cycle) {
  Panel panel{.title = "cannot be"};
  std::vector<std::size_t> ops;
  for (const RefutationStep& step : cycle) {
    ops.push_back(step.from);
    EdgeKind kind = EdgeKind::kWw;
    while (word_of(kind) != step.kind && kind != EdgeKind::kRealtime) {
      kind = static_cast<EdgeKind>(static_cast<int>(kind) + 1);
    }
    panel.cycle.push_back({.from = step.from, .to = step.to, .kind = kind});
    std::string line = fmt::format("T{} before T{} ({})", step.from, step.to, step.kind);
    if (step.supposed) {
      line += fmt::format(", if T{} before T{}", step.supposed->first, step.supposed->second);
    }
    panel.lines.push_back(std::move(line));
  }
  panel.ops = distinct(ops);
  return panel;
}

// Some of so many.
struct Panels {
  std::vector<Panel> drawn;
  std::size_t all = 0;
  std::string_view what = "anomalies";

  void add(Panel panel) {
    ++all;
    if (drawn.size() < kMostPanels) drawn.push_back(std::move(panel));
  }
};

// A cycle shows most: the first of them; where there is none, what a value alone shows. Of an
// object what has no order by itself is enough to see why.
Panels panels_of(const Finding& finding) {
  Panels panels{.what = "cycles"};
  for (const auto& [index, refutation] : finding.certificate.of_anomalies) {
    if (!is_of_search(finding.anomalies[index])) continue;
    for (const auto& cycle : refutation.cycles) panels.add(panel_of(cycle));
  }
  if (!panels.drawn.empty()) return panels;
  panels.what = "anomalies";
  for (const bool cycles : {true, false}) {
    for (const TxnAnomaly& anomaly : finding.anomalies) {
      const bool fits = anomaly.cycle.empty() != cycles && (cycles || !anomaly.ops.empty());
      if (fits) panels.add(panel_of(anomaly));
    }
    if (panels.drawn.empty()) continue;
    panels.all = finding.anomalies.size();
    return panels;
  }
  std::vector<std::size_t> wanted = finding.ops;
  if (!finding.core.empty()) {
    wanted = {finding.until};
    wanted.insert(wanted.end(), finding.core.begin(), finding.core.end());
  }
  const std::size_t captions = std::min<std::size_t>(2, finding.lines.size());
  panels.add({.ops = distinct(wanted),
              .lines = {finding.lines.begin(),
                        finding.lines.begin() + static_cast<std::ptrdiff_t>(captions)}});
  return panels;
}

class BarsPicture {
 public:
  BarsPicture(const Journal& journal, const Finding& finding)
      : journal_(journal), pairs_(pair_events(journal)), are_txns_(!finding.anomalies.empty()) {
    const std::string verdict = fmt::format("{}: {}{}{}", finding.model, word_of(finding.verdict),
                                            finding.reason.empty() ? "" : ", ", finding.reason);
    paragraph(finding.claim.empty() ? verdict : finding.claim, " font-weight=\"bold\"");
    const Panels panels = panels_of(finding);
    for (const Panel& panel : panels.drawn) draw(panel);
    if (panels.drawn.size() == panels.all) return;
    y_ += 6;
    paragraph(fmt::format("{} of {} {} are drawn", panels.drawn.size(), panels.all, panels.what),
              kGrey);
  }

  [[nodiscard]] std::string svg() const {
    std::string out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n<defs>\n",
        width_ + 8, y_ + 8);
    for (const EdgeKind kind : kinds_) {
      out += fmt::format(
          "<marker id=\"{0}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" "
          "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L10 5L0 10z\" "
          "fill=\"{1}\"/></marker>\n",
          word_of(kind), colour_of(kind));
    }
    return out + "</defs>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" + body_ +
           "</svg>\n";
  }

 private:
  void text(int x, int y, std::string_view words, std::string_view attributes = "") {
    body_ += fmt::format("<text x=\"{}\" y=\"{}\"{}>{}</text>\n", x, y, attributes, escaped(words));
    width_ = std::max(width_, x + static_cast<int>(kLetter * static_cast<double>(words.size())));
  }

  // In as many rows as it takes, below what is there.
  void paragraph(std::string_view words, std::string_view attributes = "") {
    for (int x = 8; !words.empty(); x = 28) {
      const std::string_view row = first_row(words);
      y_ += kLine;
      text(x, y_, row, attributes);
      words.remove_prefix(std::min(
          words.size(), row.size() + (words.size() > row.size() && words[row.size()] == ' ')));
    }
  }

  // What is called by its number stands below.
  [[nodiscard]] std::string label_of(std::size_t op) const {
    if (are_txns_) return fmt::format("T{}", op);
    if (are_numbered_) return fmt::to_string(journal_.first_op + op);
    const Pair& pair = pairs_[op];
    return deed_of(journal_, pair, kOnBar) + std::string(ending_of(pair));
  }

  [[nodiscard]] std::string_view ending_of(const Pair& pair) const {
    if (is_told_ok(journal_, pair)) return "";
    const bool failed =
        pair.completed != UINT32_MAX && journal_.events[pair.completed].type == EventType::kFail;
    return failed ? ", failed" : " ?";
  }

  // So far apart that what is written on a bar fits into it.
  [[nodiscard]] int step_of(const Panel& panel, const std::map<std::uint32_t, int>& columns) const {
    int step = kStep;
    for (const std::size_t op : panel.ops) {
      if (!is_closed(journal_, pairs_[op])) continue;
      const auto from = columns.find(pairs_[op].invoked);
      const auto span = static_cast<int>(std::distance(from, columns.find(pairs_[op].completed)));
      const int wanted = static_cast<int>(7 * label_of(op).size()) + 8;
      step = std::max(step, std::min(kWidestStep, wanted / std::max(1, span)));
    }
    return step;
  }

  // Time is drawn by the order of events; one row for each process.
  [[nodiscard]] std::map<std::size_t, Bar> placed(const Panel& panel) {
    std::map<std::uint32_t, int> columns;  // by event
    std::map<std::int64_t, int> rows;      // by process
    for (const std::size_t op : panel.ops) {
      columns[pairs_[op].invoked];
      if (is_closed(journal_, pairs_[op])) columns[pairs_[op].completed];
      rows[journal_.events[pairs_[op].invoked].process];
    }
    const int count = static_cast<int>(columns.size());
    are_numbered_ = are_txns_ || count * kStep > kWidest;
    const int step =
        std::min(step_of(panel, columns), std::max(kNarrowestStep, kWidest / std::max(1, count)));
    int next = 0;
    for (auto& [event, column] : columns) column = kMargin + step * next++;
    const int right = kMargin + step * next + 2 * kStep;
    const int row_height = panel.cycle.empty() ? kRow : kRowWithArrows;
    y_ += panel.cycle.empty() ? 10 : 34;
    for (auto& [process, row] : rows) {
      row = y_;
      text(8, row + 15, fmt::format("process {}", process));
      y_ += row_height;
    }
    if (!panel.cycle.empty()) y_ -= 48;
    std::map<std::size_t, Bar> bars;
    for (const std::size_t op : panel.ops) {
      const bool open = !is_closed(journal_, pairs_[op]);
      bars[op] = {.from = columns[pairs_[op].invoked],
                  .to = open ? right : columns[pairs_[op].completed],
                  .top = rows[journal_.events[pairs_[op].invoked].process]};
    }
    return bars;
  }

  void draw(const Panel& panel) {
    if (!panel.title.empty()) {
      y_ += 12;
      paragraph(panel.title, " font-weight=\"bold\" fill=\"#b3261e\"");
    }
    const std::map<std::size_t, Bar> bars = placed(panel);
    std::set<std::uint32_t> drawn;  // the parts of a drain have one bar
    for (const std::size_t op : panel.ops) {
      if (!drawn.insert(pairs_[op].invoked).second) continue;
      const Bar& bar = bars.at(op);
      const bool open = !is_closed(journal_, pairs_[op]);
      const bool accused = op == panel.ops.front() && panel.cycle.empty();
      body_ += fmt::format(
          "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"3\" fill=\"{}\" "
          "stroke=\"{}\"{}/>\n",
          bar.from, bar.top, std::max(8, bar.to - bar.from), kBar, accused ? "#f9d5d2" : "#dce9f5",
          accused ? "#b3261e" : "#1b6ca8", open ? " stroke-dasharray=\"4 3\"" : "");
      width_ = std::max(width_, bar.to + 12);
      text(bar.from + 4, bar.top + 14, label_of(op));
    }
    for (const CycleStep& step : panel.cycle) arrow(step, bars.at(step.from), bars.at(step.to));
    for (std::size_t i = 0; i < panel.lines.size(); ++i) {
      const bool steps = i < panel.cycle.size();
      paragraph(panel.lines[i],
                steps ? fmt::format(" fill=\"{}\"", colour_of(panel.cycle[i].kind)) : "");
    }
    if (are_numbered_) tell_operations(panel);
  }

  // Down on the right of the middle, up on the left of it, so that two of them do not meet; within
  // a row ahead above it, back below.
  void arrow(const CycleStep& step, const Bar& from, const Bar& to) {
    kinds_.insert(step.kind);
    const bool ahead = from.top == to.top ? from.from < to.from : from.top < to.top;
    const int aside = ahead ? 12 : -12;
    const int x1 = from.middle() + aside;
    const int x2 = to.middle() + aside;
    const bool flat = from.top == to.top;
    const int y1 = from.top + (flat != ahead ? kBar : 0);
    const int y2 = flat ? y1 : to.top + (ahead ? 0 : kBar);
    const int bend = flat ? y1 + (ahead ? -28 : 28) : (y1 + y2) / 2;
    body_ += fmt::format(
        "<path d=\"M{0} {1}C{0} {4} {2} {4} {2} {3}\" fill=\"none\" stroke=\"{5}\" "
        "stroke-width=\"1.5\" marker-end=\"url(#{6})\"/>\n",
        x1, y1, x2, y2, bend, colour_of(step.kind), word_of(step.kind));
    const int y = flat ? y1 + (ahead ? -24 : 30) : bend + 4;
    text((x1 + x2) / 2 + (ahead ? 5 : -5), y, word_of(step.kind),
         fmt::format(" fill=\"{}\" text-anchor=\"{}\" paint-order=\"stroke\" stroke=\"white\" "
                     "stroke-width=\"3\"",
                     colour_of(step.kind), ahead ? "start" : "end"));
  }

  // Transactions one below the other; of objects many to a row, as they are short.
  void tell_operations(const Panel& panel) {
    std::vector<std::size_t> ops = panel.ops;
    std::sort(ops.begin(), ops.end());
    std::vector<std::string> told;
    for (const std::size_t op : ops) {
      told.push_back(fmt::format("{}: {}{}", label_of(op), deed_of(journal_, pairs_[op], kLongest),
                                 ending_of(pairs_[op])));
    }
    if (!are_txns_) return paragraph(fmt::to_string(fmt::join(told, "; ")), kGrey);
    for (const std::string& one : told) paragraph(one, kGrey);
  }

  const Journal& journal_;
  const std::vector<Pair> pairs_;
  const bool are_txns_;
  bool are_numbered_ = false;
  std::string body_;
  std::set<EdgeKind> kinds_;
  int y_ = 2;  // what is above is taken
  int width_ = 200;
};

}  // namespace

std::string bars_svg(const Journal& journal, const Finding& finding) {
  return BarsPicture(journal, finding).svg();
}

}  // namespace quorumlab::models
