// explain: the sentence, the picture, and what other runs of the same seed say.
#include <fmt/core.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tools/commands.h"
#include "tools/counterfactual.h"
#include "tools/examine.h"
#include "tools/exit_codes.h"
#include "tools/files.h"
#include "tools/inevitability.h"
#include "tools/pages.h"
#include "traces/svg.h"

namespace quorumlab::tools {
namespace {

using Json = nlohmann::ordered_json;

Json sentences_of(const traces::Explanation& explanation) {
  Json sentences = Json::array();
  for (const traces::Sentence& sentence : explanation.sentences) {
    Json events = Json::array();
    for (const traces::Reference& reference : sentence.references)
      if (reference.event != sim::kNoEvent) events.push_back(reference.event.value);
    sentences.push_back({{"clause", traces::clause_name(sentence.clause)},
                         {"text", sentence.text},
                         {"events", std::move(events)}});
  }
  return sentences;
}

Json variant_of(const Variant& v) {
  return {{"change", v.change},
          {"holds", v.holds},
          {"stopped_because", v.stopped_because},
          {"acknowledged_writes", v.acknowledged},
          {"median_write_ns", v.median_write.count()}};
}

Json runs_of(const WhatIf& answers) {
  Json runs = Json::array();
  for (const Variant& v : answers.faults) {
    runs.push_back(variant_of(v));
    runs.back()["without"] = runs.back()["change"];
    runs.back().erase("change");
  }
  for (const Variant& v : answers.knobs) runs.push_back(variant_of(v));
  return runs;
}

class Explaining {
 public:
  Explaining(const ExplainArguments& arguments, const models::Registry& registry,
             const scenarios::Scenario& scenario)
      : arguments_(arguments), registry_(registry), scenario_(scenario) {}

  int run() {
    const scenarios::RunResult result =
        scenarios::run(scenario_, registry_, {.seed = arguments_.seed, .record = &record_});
    for (const Violation& violation : violations_of(result)) {
      if (!arguments_.property.empty() && violation.property != arguments_.property) continue;
      if (!one(result, violation)) return kRetry;
    }
    if (!arguments_.html.empty() && !write_page(result)) return kRetry;
    if (arguments_.json)
      fmt::print("{}\n", json_.dump(2));
    else if (json_.empty())
      fmt::print("{}\n",
                 arguments_.property.empty()
                     ? "Nothing is violated with this seed."
                     : fmt::format("`{}` is not violated with this seed.", arguments_.property));
    return kAsExpected;
  }

 private:
  bool one(const scenarios::RunResult& result, const Violation& violation) {
    Examined examined = examine(record_, result.history, violation.witness, sim::kNoEvent);
    WhatIf answers;
    if (arguments_.what_if) {
      answers = what_if({.scenario = &scenario_,
                         .result = &result,
                         .property = violation.property,
                         .file = arguments_.file,
                         .sets = arguments_.sets,
                         .runs_max = arguments_.runs},
                        registry_);
      tell(answers, examined.explanation);
    }
    add_curve(result, violation, examined);
    const std::string picture = picture_path(result, violation);
    if (picture != "none" && !write_file(picture, traces::to_svg(examined.picture))) return false;
    if (!arguments_.json) {
      fmt::print("{}{}", json_.empty() ? "" : "\n", traces::to_text(examined.explanation));
      if (picture != "none")
        fmt::print("picture      {}: {} of {} events, {} arrows\n", picture, examined.slice.drawn,
                   examined.slice.total, examined.slice.messages.size());
    }
    told_.push_back({violation.property, *violation.witness, examined.explanation});
    json_.push_back({{"property", violation.property},
                     {"seed", result.seed},
                     {"sentences", sentences_of(examined.explanation)},
                     {"runs", runs_of(answers)},
                     {"picture", picture},
                     {"arrows", examined.slice.messages.size()}});
    return true;
  }

  // Of the first violation; the run's end is that of its last operation.
  void add_curve(const scenarios::RunResult& result, const Violation& violation,
                 const Examined& examined) {
    if (arguments_.curve == 0 || curve_) return;
    curve_ = inevitability({.scenario = &scenario_,
                            .result = &result,
                            .property = violation.property,
                            .until = examined.slice.end,
                            .runs = arguments_.curve},
                           registry_);
    if (!arguments_.json) fmt::print("{}\n", to_text(*curve_));
  }

  bool write_page(const scenarios::RunResult& result) {
    const auto html = make_page(
        {{.record = &record_,
          .history = &result.history,
          .violations = told_,
          .command = fmt::format("quorumlab explain {} --seed {}", arguments_.file, result.seed),
          .inevitability = curve_ ? &*curve_ : nullptr}});
    return html && write_file(arguments_.html, *html);
  }

  [[nodiscard]] std::string picture_path(const scenarios::RunResult& result,
                                         const Violation& violation) const {
    if (arguments_.svg == "none") return "none";
    if (!arguments_.svg.empty() && json_.empty()) return arguments_.svg;
    const std::string stem = std::filesystem::path(arguments_.file).stem().string();
    return fmt::format("out/{}-{}-{}.svg", stem, result.seed, violation.property);
  }

  const ExplainArguments& arguments_;
  const models::Registry& registry_;
  const scenarios::Scenario& scenario_;
  traces::Record record_;
  Json json_ = Json::array();
  std::vector<Told> told_;
  std::optional<traces::Inevitability> curve_;
};

}  // namespace

int explain_command(const ExplainArguments& arguments, const models::Registry& registry) {
  const auto scenario = load(arguments.file, arguments.sets, registry);
  if (!scenario) return kBadInput;
  return Explaining(arguments, registry, *scenario).run();
}

}  // namespace quorumlab::tools
