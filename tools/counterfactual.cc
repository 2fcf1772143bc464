#include "tools/counterfactual.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "models/workload/workload.h"
#include "traces/words.h"

namespace quorumlab::tools {
namespace {

using models::Outcome;
using models::Verdict;
using scenarios::RunResult;
using scenarios::Scenario;
using traces::Clause;

std::size_t acknowledged_writes(const RunResult& result) {
  const auto all = result.history.operations();
  return static_cast<std::size_t>(std::ranges::count_if(all, [](const models::Operation& op) {
    return op.f != models::Function::kRead && op.outcome == Outcome::kOk;
  }));
}

// Other words for the options of a table that are chosen from words, and the other of two for
// true and false. `object` holds the present values.
void add_other_words(const config::Schema& schema, const void* object, const std::string& table,
                     std::vector<std::string>& sets) {
  const config::Value now = schema.write_any(object, nullptr);
  for (const config::Field& field : schema.fields()) {
    if (field.role != config::Field::Role::kValue) continue;
    const config::Value* const value = now.get(field.key);
    if (value == nullptr) continue;
    const std::string key = table + "." + field.key;
    if (value->is(config::Kind::kBoolean))
      sets.push_back(fmt::format("{}={}", key, !value->boolean()));
    else if (value->is(config::Kind::kText))
      for (const config::Word& word : field.codec->type().words)
        if (word.word != value->text()) sets.push_back(fmt::format("{}={}", key, word.word));
    const bool is_list = value->is(config::Kind::kArray) && !value->elements().empty();
    if (is_list && !field.codec->type().element.empty() &&
        !field.codec->type().element.front().words.empty())
      sets.push_back(key + "=[]");
  }
}

std::vector<std::string> other_words(const Scenario& scenario, const models::Registry& registry) {
  std::vector<std::string> sets;
  const config::Chosen& model = scenario.replication.model;
  if (const models::ModelEntry* const entry = registry.find(model.word()))
    if (model.options() != nullptr)
      add_other_words(entry->schema, model.options(), "replication", sets);
  const config::Chosen& workload = scenario.workload.type;
  std::vector<std::string> of_workload;
  for (const auto& entry : models::builtin_workloads())
    if (entry.schema.name() == workload.word() && workload.options() != nullptr)
      add_other_words(entry.schema, workload.options(), "workload", of_workload);
  // To ask the leader is part of a design, and so is how a client adds; who else is asked, and
  // when, only draws other lots.
  const auto is_method = [](const std::string& set) { return set.starts_with("workload.method="); };
  std::ranges::copy_if(of_workload, std::back_inserter(sets), [&](const std::string& set) {
    return set == "workload.read_from=leader" || is_method(set);
  });
  // A planted mistake is the first to suspect.
  std::stable_partition(sets.begin(), sets.end(), [&](const std::string& set) {
    return set.ends_with("=[]") || is_method(set);
  });
  return sets;
}

class Asker {
 public:
  Asker(const Question& question, const models::Registry& registry)
      : question_(question), registry_(registry) {}

  WhatIf ask() {
    answers_.property = question_.property;
    answers_.ended_early = !question_.result->stopped_because.empty();
    answers_.acknowledged = acknowledged_writes(*question_.result);
    answers_.median_write = question_.result->writes.median;
    // Random faults as explicit ones, so that each can be left out: the same run.
    const Scenario& given = *question_.scenario;
    const Scenario scenario =
        given.random_faults ? scenarios::materialised(given, question_.result->seed) : given;
    // Half of the runs, so that some are left for the options.
    for (std::size_t i = 0; i < scenario.faults.size() && i < question_.runs_max / 2; ++i) {
      ++runs_;
      const auto& told = question_.result->faults;
      const std::string what = i < told.size() ? told[i].label : scenario.faults[i].kind.word();
      const std::string label =
          scenario.faults.size() == 1 ? what : fmt::format("fault {} ({})", i + 1, what);
      answers_.faults.push_back(variant(label, without_fault(scenario, i)));
    }
    if (scenario.faults.size() > 1 && may_run()) {
      Scenario calm = scenario;
      for (std::size_t i = 0; i < scenario.faults.size(); ++i)
        calm = without_fault(std::move(calm), i);
      answers_.without_faults = variant("any fault", calm);
    }
    for (const std::string& set : other_words(scenario, registry_))
      if (may_run()) try_knob(set);
    return std::move(answers_);
  }

 private:
  bool may_run() { return runs_++ < question_.runs_max; }

  Variant variant(std::string change, const Scenario& scenario) {
    const RunResult result = scenarios::run(scenario, registry_, {.seed = question_.result->seed});
    return {.change = std::move(change),
            .holds = keeps(result),
            .stopped_because = result.stopped_because,
            .acknowledged = acknowledged_writes(result),
            .median_write = result.writes.median};
  }

  [[nodiscard]] bool keeps(const RunResult& result) const {
    return result.stopped_because.empty() && holds(result);
  }
  [[nodiscard]] bool holds(const RunResult& result) const {
    if (question_.property == "durable") return result.durability.verdict == Verdict::kHolds;
    const models::CheckResult* const check = result.check(question_.property);
    return check != nullptr && check->verdict == Verdict::kHolds;
  }

  void try_knob(const std::string& set) {
    std::vector<std::string> sets = question_.sets;
    sets.push_back(set);
    config::Diagnostics ignored;  // a word that does not go with the rest is no alternative
    const auto loaded = scenarios::load_file(question_.file, sets, registry_, ignored);
    if (!loaded) return;
    std::string change = set;
    change.replace(change.find('='), 1, " = ");
    Variant knob = variant(std::move(change), loaded->scenario);
    // That one seed holds may be luck: what prevents it prevents it with others too.
    for (std::uint64_t i = 1; i <= kFurtherSeeds && knob.holds && !knob.by_luck; ++i)
      knob.by_luck =
          !keeps(scenarios::run(loaded->scenario, registry_, {.seed = question_.result->seed + i}));
    answers_.knobs.push_back(std::move(knob));
  }

  static constexpr std::uint64_t kFurtherSeeds = 3;

  const Question& question_;
  const models::Registry& registry_;
  WhatIf answers_;
  std::size_t runs_ = 0;
};

// The first few by name.
std::string names_of(const std::vector<const Variant*>& variants) {
  constexpr std::size_t kNamedMost = 5;
  std::vector<std::string> words;
  for (const Variant* v : variants) words.push_back(v->change);
  if (words.size() > kNamedMost + 1) {
    const std::size_t more = words.size() - kNamedMost;
    words.resize(kNamedMost);
    words.push_back(fmt::format("{} more", more));
  }
  return traces::listing(words);
}

void say(traces::Explanation& explanation, Clause clause, std::string text) {
  explanation.sentences.push_back({clause, std::move(text), {}});
}

void tell_faults(const WhatIf& answers, traces::Explanation& explanation) {
  std::vector<const Variant*> needed;
  std::vector<const Variant*> idle;
  for (const Variant& v : answers.faults) (v.holds ? needed : idle).push_back(&v);
  if (!needed.empty())
    say(explanation, Clause::kNecessary,
        fmt::format("Without {}{} the same seed keeps `{}`.",
                    needed.size() > 1 ? "any one of " : "", names_of(needed), answers.property));
  if (needed.empty() && answers.without_faults && answers.without_faults->holds) {
    say(explanation, Clause::kNecessary,
        fmt::format("Without any fault the same seed keeps `{}`, but no single one of {} was "
                    "necessary.",
                    answers.property, names_of(idle)));
  } else if (!idle.empty()) {
    say(explanation, Clause::kNecessary,
        fmt::format("Without {} the same seed violates it all the same{}.", names_of(idle),
                    answers.without_faults && !answers.without_faults->holds && needed.empty()
                        ? ", and without all of them too"
                        : ""));
  }
  if (answers.faults.empty())
    say(explanation, Clause::kNecessary, "No fault was declared: none was necessary.");
}

std::string price(const WhatIf& answers, const Variant& v) {
  const std::string was = traces::rough(answers.median_write);
  const std::string is = traces::rough(v.median_write);
  if (answers.ended_early) return {};
  if (v.acknowledged == 0) return ", but no write is acknowledged then";
  return fmt::format(" ({} acknowledged writes, before {}; median {}, before {})", v.acknowledged,
                     answers.acknowledged, is, was);
}

}  // namespace

bool is_violated(const RunResult& result, const std::string& property) {
  if (property == "durable") return result.durability.verdict == Verdict::kViolated;
  const models::CheckResult* const check = result.check(property);
  return check != nullptr && check->verdict == Verdict::kViolated;
}

Scenario without_fault(Scenario scenario, std::size_t fault) {
  // Later than any run lasts: its number, and with it all streams of the others, stay.
  scenario.faults.at(fault).when.reset();
  scenario.faults.at(fault).every.reset();
  scenario.faults.at(fault).times.reset();
  scenario.faults.at(fault).at =
      scenario.about.duration + scenario.check.recovery + sim::Duration(3'600'000'000'000);
  return scenario;
}

WhatIf what_if(const Question& question, const models::Registry& registry) {
  return Asker(question, registry).ask();
}

void tell(const WhatIf& answers, traces::Explanation& explanation) {
  tell_faults(answers, explanation);
  std::vector<const Variant*> in_vain;
  std::vector<const Variant*> by_luck;
  for (const Variant& v : answers.knobs) {
    if (!v.holds || v.by_luck) {
      (v.holds ? by_luck : in_vain).push_back(&v);
      continue;
    }
    say(explanation, Clause::kAlternative,
        fmt::format("With {} it holds{}.", v.change, price(answers, v)));
  }
  if (!by_luck.empty())
    say(explanation, Clause::kAlternative,
        fmt::format("With this seed only, not with the next three: {}.", names_of(by_luck)));
  if (!in_vain.empty())
    say(explanation, Clause::kAlternative, fmt::format("Not enough: {}.", names_of(in_vain)));
}

}  // namespace quorumlab::tools
