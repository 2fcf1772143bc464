#include "scenarios/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "scenarios/wrap.h"

namespace quorumlab::scenarios {
namespace {

using models::CheckResult;
using models::Verdict;

constexpr std::size_t kWidth = 98;

class Paint {
 public:
  explicit Paint(config::Colour colour) : on_(colour == config::Colour::kOn) {}
  [[nodiscard]] std::string bold(std::string_view text) const { return wrap("1", text); }
  [[nodiscard]] std::string good(std::string_view text) const { return wrap("32", text); }
  [[nodiscard]] std::string bad(std::string_view text) const { return wrap("1;31", text); }
  [[nodiscard]] std::string unsure(std::string_view text) const { return wrap("33", text); }
  [[nodiscard]] std::string faint(std::string_view text) const { return wrap("2", text); }

 private:
  [[nodiscard]] std::string wrap(std::string_view code, std::string_view text) const {
    return on_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
  bool on_;
};

std::string share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "none tried";
  const std::uint64_t permille = part * 1000 / whole;
  return fmt::format("{:>6} of {:>6} ({:>3}.{}%)", grouped(part), grouped(whole), permille / 10,
                     permille % 10);
}

class Writer {
 public:
  Writer(const ReportInput& input, config::Colour colour) : in_(input), paint_(colour) {}

  std::string write() {
    title();
    verdicts();
    if (!in_.explanation.empty()) why();
    availability();
    faults();
    figures();
    expectations();
    return std::move(out_);
  }

 private:
  template <class... T>
  void line(fmt::format_string<T...> format, T&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<T>(args)...);
    out_ += '\n';
  }
  void heading(std::string_view text) {
    out_ += '\n';
    line("{}", paint_.bold(text));
  }
  void paragraph(std::string_view text, std::size_t indent) {
    for (const std::string& row : wrapped(text, kWidth - indent)) {
      line("{}{}", std::string(indent, ' '), row);
    }
  }

  void title() {
    line("{}", paint_.bold(in_.scenario.about.name));
    if (!in_.scenario.about.summary.empty()) paragraph(in_.scenario.about.summary, 0);
    if (!in_.scenario.about.source.empty()) {
      line("{}", paint_.faint("source: " + in_.scenario.about.source));
    }
    if (!in_.result.stopped_because.empty()) {
      out_ += '\n';
      line("{}",
           paint_.bad(fmt::format("The run ended at {}.", sim::to_text(in_.result.ended, 3))));
      paragraph(in_.result.stopped_because, 0);
    }
  }

  [[nodiscard]] std::string painted(Verdict verdict) const {
    switch (verdict) {
      case Verdict::kHolds:
        return paint_.good("holds   ");
      case Verdict::kViolated:
        return paint_.bad("VIOLATED");
      case Verdict::kUnknown:
        return paint_.unsure("unknown ");
    }
    return {};
  }

  void verdicts() {
    heading("What held");
    for (const CheckResult& checked : in_.result.checks) {
      verdict_line(checked.property, painted(checked.verdict), checked.reason);
      // The first violation is told in full under "Why"; what else is wrong, here.
      if (checked.witness && (in_.explanation.empty() || checked.property != "linearizable")) {
        paragraph(checked.witness->observation, 6);
        paragraph(checked.witness->obligation, 6);
      }
    }
    const models::DurabilityResult& durable = in_.result.durability;
    verdict_line("durable", painted(durable.verdict), lost_in_words());
    if (durable.witness) paragraph(durable.witness->observation, 6);
    if (!in_.result.recovered && !in_.result.stopped_because.empty()) {
      return verdict_line("recovered", painted(Verdict::kUnknown), "the run ended before");
    }
    verdict_line(
        "recovered", in_.result.recovered ? paint_.good("yes     ") : paint_.bad("NO      "),
        in_.result.recovered ? fmt::format("every client was served {} after the faults",
                                           sim::to_text(sim::Time() + *in_.result.recovered, 3))
                             : fmt::format("some client was not served within {}",
                                           sim::to_text(in_.scenario.check.recovery)));
  }

  void verdict_line(std::string_view property, std::string_view verdict, std::string_view reason) {
    if (reason.empty()) {
      line("  {:<22} {}", property, verdict.substr(0, verdict.find_last_not_of(' ') + 1));
    } else {
      line("  {:<22} {}  {}", property, verdict, reason);
    }
  }

  [[nodiscard]] std::string lost_in_words() const {
    const models::DurabilityResult& durable = in_.result.durability;
    if (durable.verdict == Verdict::kUnknown) return durable.reason;
    return fmt::format("{} of {} acknowledged writes are lost", grouped(durable.gone()),
                       grouped(durable.acknowledged));
  }

  void why() {
    heading("Why");
    out_ += in_.explanation;
  }

  void availability() {
    bool first = true;
    for (const FaultReport& fault : in_.result.faults) {
      if (fault.lasted.empty() || fault.lasted[0].second == fault.lasted[0].first) continue;
      if (std::exchange(first, false)) heading("Who could read and write");
      line("  during {}, {} to {}", fault.label, sim::to_text(fault.lasted[0].first, 3),
           sim::to_text(fault.lasted[0].second, 3));
      std::size_t width = 14;
      for (const Side& side : fault.sides) width = std::max(width, side.label.size());
      for (const Side& side : fault.sides) {
        line("    {:<{}} reads {}   writes {}", side.label, width, share(side.reads_ok, side.reads),
             share(side.writes_ok, side.writes));
      }
    }
    const std::string cap = cap_line(in_.result);
    if (!cap.empty()) paragraph(cap, 2);
  }

  // The CAP theorem as this run shows it (Gilbert and Lynch, 2002): split, be consistent, be
  // available.
  [[nodiscard]] static std::string cap_line(const RunResult& result) {
    for (const FaultReport& fault : result.faults) {
      if (fault.sides.size() < 2) continue;
      const auto writing = std::count_if(fault.sides.begin(), fault.sides.end(),
                                         [](const Side& s) { return s.writes_ok * 2 > s.writes; });
      const CheckResult* const linear = result.check("linearizable");
      const std::string consistent = linear == nullptr || linear->verdict == Verdict::kUnknown ? ""
                                     : linear->verdict == Verdict::kHolds
                                         ? ", and the history stayed linearizable"
                                         : ", and the history is not linearizable";
      const std::string lost = result.durability.verdict == Verdict::kUnknown
                                   ? ""
                                   : fmt::format("; {} acknowledged writes were lost",
                                                 grouped(result.durability.gone()));
      return fmt::format("While the network was split, {} of {} sides could write{}{}.", writing,
                         fault.sides.size(), consistent, lost);
    }
    return {};
  }

  void faults() {
    if (in_.result.faults.empty()) return;
    heading("What the faults did");
    for (const FaultReport& fault : in_.result.faults) {
      std::string inert;
      if (fault.effect.effects == 0 && fault.was_due) {
        inert = fault.may_be_inert ? paint_.faint("  idle: chance drew it, nobody insists")
                                   : paint_.unsure("  INERT: it did nothing");
      }
      line("  {:<40} {}{}", fault.label, fault.effect.text, inert);
    }
  }

  void figures() {
    const RunResult& r = in_.result;
    heading("Figures");
    const auto latency = [&](std::string_view what, const Latency& l) {
      line("  {:<7} {:>8} ok   median {:<10} p99 {}", what, grouped(l.count),
           sim::to_text(sim::Time() + l.median, 3), sim::to_text(sim::Time() + l.p99, 3));
    };
    latency("reads", r.reads);
    latency("writes", r.writes);
    line("  {} operations failed, {} are unknown", grouped(count("failed_operations")),
         grouped(count("unknown_operations")));
    line("  {} messages, {} events, {} of virtual time", grouped(r.messages.sent),
         grouped(r.stats.events), sim::to_text(r.ended, 3));
    line("  seed {}, fingerprint {}", r.seed, r.fingerprint.text());
    if (!in_.reproduce.empty()) line("  {}", paint_.faint("again: " + in_.reproduce));
  }

  [[nodiscard]] std::uint64_t count(const std::string& property) const {
    return static_cast<std::uint64_t>(in_.result.property(property).value_or(0));
  }

  void expectations() {
    const bool all = in_.judgement.exit_code == 0;
    out_ += '\n';
    if (all) {
      line("{}", paint_.good("As expected."));
      return;
    }
    for (const Judgement::Line& l : in_.judgement.lines) {
      if (l.met) continue;
      const std::string text =
          fmt::format("{}: expected {}, found {}", l.property, l.expected, l.found);
      line("{}", l.unknown ? paint_.unsure(text) : paint_.bad(text));
    }
  }

  const ReportInput& in_;
  Paint paint_;
  std::string out_;
};

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string report_text(const ReportInput& input, config::Colour colour) {
  return Writer(input, colour).write();
}

}  // namespace quorumlab::scenarios
