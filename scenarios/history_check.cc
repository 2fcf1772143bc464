#include "scenarios/history_check.h"

#include <algorithm>
#include <utility>

#include "models/consistency/history_watch.h"
#include "models/exchange/judge_history.h"

namespace quorumlab::scenarios {

HistoryCheck::HistoryCheck(const Scenario& scenario, models::Names names)
    : kind_(object_of(scenario.workload)),
      has_cas_(records(scenario.workload, models::Function::kCas)),
      asked_(scenario.check.consistency),
      registers_{.names = std::move(names), .staleness_time = scenario.check.staleness_time} {
  if (!is_of_registers()) of_objects_ = models::models_of_history(kind_);
  if (scenario.check.staleness_versions) {
    registers_.staleness_versions = static_cast<std::uint64_t>(*scenario.check.staleness_versions);
  }
}

bool HistoryCheck::applies(const std::string& property) const {
  if (is_of_registers()) return models::is_register_model(property);
  return std::find(of_objects_.begin(), of_objects_.end(), property) != of_objects_.end();
}

models::CheckResult HistoryCheck::judge(const models::History& history,
                                        const std::string& property) const {
  return is_of_registers() ? models::check_register(history, property, registers_)
                           : models::check_objects(history, property, registers_.names, kind_);
}

models::OnlineQuestion HistoryCheck::question() const {
  models::OnlineQuestion question{
      .whole = [this](const models::History& history,
                      const std::string& model) { return judge(history, model).verdict; },
      .watch =
          [this](const std::string& model) {
            return models::make_watch(
                model, {.kind = kind_, .has_cas = has_cas_, .registers = registers_});
          },
      .stronger = [](const std::string&) { return models::strongest_model(); }};
  std::copy_if(asked_.begin(), asked_.end(), std::back_inserter(question.models),
               [this](const std::string& model) { return applies(model); });
  return question;
}

}  // namespace quorumlab::scenarios
