// What a run's history says does not change by being written for others.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/consistency/linearizable.h"
#include "models/consistency/register_models.h"
#include "models/exchange/from_history.h"
#include "models/exchange/journal.h"
#include "models/exchange/judge.h"
#include "models/exchange/judge_history.h"
#include "models/registry.h"
#include "tests/catalogue_files.h"
#include "tools/examine.h"
#include "tools/trace_files.h"

namespace quorumlab::tools {
namespace {

using models::Function;
using models::Outcome;
using models::Verdict;

Verdict verdict_of(const std::string& text, const std::string& model) {
  models::JournalResult read = models::read_journal(text);
  EXPECT_TRUE(read.journal.has_value()) << (read.error ? read.error->message : "");
  if (!read.journal) return Verdict::kUnknown;
  return models::judge_journal(*read.journal, {.model = model}).verdict;
}

// The same words, for what other objects than registers promise.
void compare_objects(const scenarios::Scenario& scenario, const scenarios::RunResult& result,
                     const traces::JsonlInput& input) {
  for (const std::string& property : models::models_of_history(models::object_of(result.history))) {
    const auto& checked = scenario.check.consistency;
    if (std::find(checked.begin(), checked.end(), property) == checked.end()) continue;
    const Verdict verdict = models::check_objects(result.history, property, {}).verdict;
    EXPECT_EQ(verdict_of(jepsen_text(input, false), property), verdict) << property;
    EXPECT_EQ(verdict_of(jepsen_text(input, true), property), verdict) << property;
  }
}

class EveryHistory : public testing::TestWithParam<std::string> {};

TEST_P(EveryHistory, IsJudgedTheSameAsJepsenEdnAndJson) {
  const models::Registry registry = models::builtin_models();
  const auto scenario = load(tests::catalogue_folder() + GetParam(), {}, registry);
  ASSERT_TRUE(scenario.has_value());
  traces::Record record;
  const auto result = scenarios::run(*scenario, registry, {.record = &record});
  const traces::JsonlInput input{.record = &record, .history = &result.history};
  if (models::object_of(result.history) != models::ObjectKind::kRegister) {
    return compare_objects(*scenario, result, input);
  }
  // A process that heard nothing goes on under another number, so only real time binds it.
  const bool all_answered = std::ranges::none_of(
      result.history.operations(),
      [](const models::Operation& op) { return op.outcome == Outcome::kUnknown; });
  std::vector<std::string> properties = {"linearizable"};
  for (const std::string& property : scenario->check.consistency)
    if (all_answered && models::is_register_model(property)) properties.push_back(property);
  for (const std::string& property : properties) {
    const Verdict verdict = models::check_register(result.history, property).verdict;
    EXPECT_EQ(verdict_of(jepsen_text(input, false), property), verdict) << property;
    EXPECT_EQ(verdict_of(jepsen_text(input, true), property), verdict) << property;
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryHistory, testing::ValuesIn(tests::catalogue_files()),
                         tests::test_name);

TEST(JepsenText, HasAnEventForEachCallAndAnswer) {
  traces::Record record;
  record.keys = {"x"};
  models::History history;
  const auto write =
      history.invoke({.process = 1, .f = Function::kWrite, .value = 5, .at = sim::Time(1000)});
  history.complete(write, {.outcome = Outcome::kUnknown, .at = sim::Time(2000)});
  const auto cas = history.invoke(
      {.process = 1, .f = Function::kCas, .value = 7, .expected = 5, .at = sim::Time(3000)});
  history.complete(cas, {.outcome = Outcome::kFail, .at = sim::Time(4000)});
  const auto read = history.invoke({.process = 0, .f = Function::kRead, .at = sim::Time(5000)});
  history.complete(read, {.outcome = Outcome::kOk, .value = std::nullopt, .at = sim::Time(6000)});
  EXPECT_EQ(jepsen_text({.record = &record, .history = &history}, false),
            "{:index 0, :type :invoke, :process 1, :f :write, :value [\"x\" 5], :time 1000}\n"
            "{:index 1, :type :info, :process 1, :f :write, :value [\"x\" 5], :time 2000}\n"
            "{:index 2, :type :invoke, :process 3, :f :cas, :value [\"x\" [5 7]], :time 3000}\n"
            "{:index 3, :type :fail, :process 3, :f :cas, :value [\"x\" [5 7]], :time 4000}\n"
            "{:index 4, :type :invoke, :process 0, :f :read, :value [\"x\" nil], :time 5000}\n"
            "{:index 5, :type :ok, :process 0, :f :read, :value [\"x\" nil], :time 6000, "
            ":unwritten true}\n");
}

}  // namespace
}  // namespace quorumlab::tools
