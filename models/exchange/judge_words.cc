#include "models/exchange/judge_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/consistency/register_models.h"

namespace quorumlab::models {
namespace {

std::string text_of(const Supposition& s) {
  return fmt::format("T{} before T{}", s.first, s.second);
}

std::string line_of(const std::vector<RefutationStep>& cycle) {
  std::vector<std::string> supposed;
  std::string steps = fmt::format("T{}", cycle.front().from);
  for (const RefutationStep& step : cycle) {
    steps += fmt::format(" -> T{} ({})", step.to, step.kind);
    if (!step.supposed) continue;
    std::string text = text_of(*step.supposed);
    if (std::find(supposed.begin(), supposed.end(), text) == supposed.end()) {
      supposed.push_back(std::move(text));
    }
  }
  if (supposed.empty()) return "a cycle in any case: " + steps;
  return fmt::format("cannot be: {}, for then {}", fmt::join(supposed, " and "), steps);
}

}  // namespace

std::vector<std::string> lines_of(const Refutation& refutation) {
  std::vector<std::string> lines;
  for (const auto& cycle : refutation.cycles) lines.push_back(line_of(cycle));
  for (const auto& clause : refutation.learned) {
    std::vector<std::string> choices;
    for (const Supposition& s : clause) choices.push_back(text_of(s));
    if (!choices.empty()) lines.push_back(fmt::format("so {}", fmt::join(choices, " or ")));
  }
  return lines;
}

std::string subject_name(const Reading& reading) {
  switch (reading.subject) {
    case Subject::kNothing:
      return "nothing";
    case Subject::kObject:
      return std::string(name_of(reading.object));
    case Subject::kListAppend:
      return "list-append";
    case Subject::kRwRegister:
      return "rw-register";
    case Subject::kBank:
      return "bank";
    case Subject::kLogs:
      return "kafka";
    case Subject::kOther:
      return "other";
  }
  return {};
}

std::string joined_by(char between_words, std::string_view name) {
  std::string result(name);
  for (char& c : result) {
    if (c == '-' || c == '_') c = between_words;
  }
  return result;
}

std::vector<std::string> models_of(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kRegister: {
      std::vector<std::string> models;
      for (const RegisterModel& model : register_models()) models.emplace_back(model.name);
      models.insert(models.end(), {"durable", "eventual"});
      return models;
    }
    case ObjectKind::kLock:
      return {"linearizable", "sequential", "mutual_exclusion"};
    case ObjectKind::kIds:
      return {"linearizable", "sequential", "unique"};
    case ObjectKind::kSet:
      return {"linearizable", "sequential", "consistent_prefix", "durable", "eventual"};
    case ObjectKind::kLog:
      return {"linearizable", "sequential", "consistent_prefix", "durable", "eventual", "unique"};
    case ObjectKind::kQueue:
    case ObjectKind::kStack:
      return {"linearizable", "sequential", "durable"};
    case ObjectKind::kCounter:
      return {"linearizable", "sequential", "eventual"};
    case ObjectKind::kMap:
    case ObjectKind::kMultiRegister:
      return {"linearizable", "sequential"};
  }
  return {};
}

}  // namespace quorumlab::models
