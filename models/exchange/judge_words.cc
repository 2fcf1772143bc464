#include "models/exchange/judge_words.h"

#include "models/consistency/isolation_models.h"
#include "models/consistency/kafka_models.h"
#include "models/consistency/register_models.h"
#include "models/exchange/judge.h"

namespace quorumlab::models {

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

std::vector<std::string> models_of(const Reading& reading) {
  switch (reading.subject) {
    case Subject::kBank:
      return {"bank-total", "bank-non-negative"};
    case Subject::kListAppend:
    case Subject::kRwRegister: {
      std::vector<std::string> models{"strict-serializable"};
      for (const std::string_view model : isolation_models()) models.emplace_back(model);
      return models;
    }
    case Subject::kLogs: {
      const auto& models = kafka_models();
      return {models.begin(), models.end()};
    }
    default:
      return models_of(reading.object);
  }
}

}  // namespace quorumlab::models
