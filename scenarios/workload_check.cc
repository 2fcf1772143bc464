#include "scenarios/workload_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "models/carried_out.h"
#include "models/consistency/register_models.h"
#include "models/exchange/from_history.h"
#include "models/exchange/judge_history.h"
#include "models/workload/workload.h"

namespace quorumlab::scenarios {
namespace {

using config::Diagnostics;
using config::Value;

models::WorkloadUse use_of(const WorkloadSection& workload) {
  const models::WorkloadEntry& entry = models::workload_entry(workload.type.word());
  return entry.use ? entry.use(workload.type) : models::WorkloadUse{};
}

std::string others_that_serve(const models::Registry& registry, models::Function f) {
  std::vector<std::string> names;
  for (const models::ModelEntry& model : registry.all()) {
    const std::vector<models::Function> all = models::carried_out(model);
    const bool is_one = std::find(all.begin(), all.end(), f) != all.end();
    if (is_one) names.push_back(fmt::format("`{}`", model.schema.name()));
  }
  return names.empty() ? "" : fmt::format("served by {}", fmt::join(names, ", "));
}

}  // namespace

void check_workload(const Scenario& s, const Value& root, const models::ModelEntry& model,
                    const models::Registry& registry, Diagnostics& problems) {
  const models::WorkloadUse use = use_of(s.workload);
  for (const models::Function f : use.asks) {
    if (serves(model, s.replication.model, f)) continue;
    problems.error(config::locate(root, "workload.type"),
                   fmt::format("model `{}`, with these options, does not carry out `{}`, which "
                               "workload `{}` asks for",
                               s.replication.model.word(), word_of(f), s.workload.type.word()),
                   others_that_serve(registry, f));
    return;
  }
  const models::ObjectKind kind = object_of(s.workload);
  const bool registers = kind == models::ObjectKind::kRegister;
  std::vector<std::string> known = {"eventual", "strong_eventual"};
  for (const config::Word& word : consistency_models()) {
    const bool applies = registers && models::is_register_model(word.word);
    if (applies) known.push_back(word.word);
  }
  if (!registers && use.has_order) {
    for (std::string& word : models::models_of_history(kind)) known.push_back(std::move(word));
  }
  for (std::size_t i = 0; i < s.check.consistency.size(); ++i) {
    const std::string& word = s.check.consistency[i];
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    problems.error(config::locate(root, fmt::format("check.consistency[{}]", i)),
                   fmt::format("`{}` says nothing of a {}", word, s.workload.type.word()),
                   fmt::format("known: {}", fmt::join(known, ", ")));
  }
}

models::ObjectKind object_of(const WorkloadSection& workload) {
  return models::object_of(use_of(workload).records);
}

bool records(const WorkloadSection& workload, models::Function f) {
  const std::vector<models::Function> all = use_of(workload).records;
  return std::find(all.begin(), all.end(), f) != all.end();
}

}  // namespace quorumlab::scenarios
