// Mutants of the checker of logs (mutants.h): each mistake changes what the checker gets to see.
#include "tests/models/mutants.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/consistency/kafka_models.h"
#include "models/exchange/judge.h"
#include "tests/models/kafka_oracle.h"

namespace quorumlab::models {
namespace {

using testing::LogSmall;
using testing::LogSmallOp;
using What = LogSmallOp::What;
using Mistake = std::pair<const char*, std::function<void(LogSmallOp&)>>;

Verdict judged(const LogSmall& history, std::string_view model) {
  JournalResult read = read_journal(testing::text_of(history));
  EXPECT_FALSE(read.error);
  return judge_journal(*read.journal, {.model = std::string(model)}).verdict;
}

// Changes one outcome for another.
std::function<void(LogSmallOp&)> outcome(char from, char to) {
  return [=](LogSmallOp& op) {
    const bool ended = op.to >= 0 || to != 'o';
    if (op.outcome == from && ended) op.outcome = to;
  };
}

const std::vector<Mistake>& mistakes() {
  static const std::vector<Mistake> kMistakes = {
      {"takes unknown for failed", outcome('i', 'f')},
      {"takes failed for unknown", outcome('f', 'i')},
      {"takes failed for done", outcome('f', 'o')},
      {"takes unknown for done", outcome('i', 'o')},
      {"ignores rebalances", [](LogSmallOp& op) { op.moved.clear(); }},
      {"ignores where an assignment begins", [](LogSmallOp& op) { op.seeks = false; }},
      {"takes every assignment for one from the beginning",
       [](LogSmallOp& op) { op.seeks = op.what != What::kWork; }},
      {"forgets nothing",
       [](LogSmallOp& op) {
         op.keys = {0, 1};
       }},
      {"forgets everything", [](LogSmallOp& op) { op.keys.clear(); }},
      {"ignores offsets of sends",
       [](LogSmallOp& op) {
         for (auto& micro : op.micros) micro.offset.reset();
       }},
      {"ignores offsets of polls",
       [](LogSmallOp& op) {
         for (auto& micro : op.micros) {
           for (auto& message : micro.polled) message.offset.reset();
         }
       }},
      {"ignores processes", [](LogSmallOp& op) { op.process = 1'000 + op.from; }},
      {"ignores what failed operations polled",
       [](LogSmallOp& op) {
         for (auto& micro : op.micros) {
           if (op.outcome == 'f') micro.polled.clear();
         }
       }},
      {"looks at one message of a poll", [](LogSmallOp& op) {
         for (auto& micro : op.micros) {
           if (micro.polled.size() > 1) micro.polled.resize(1);
         }
       }}};
  return kMistakes;
}

testing::Mutant<LogSmall> mutant(const Mistake& mistake, std::string_view model) {
  return {mistake.first, [mistake, model](const LogSmall& history) {
            LogSmall other = history;
            for (LogSmallOp& op : other) mistake.second(op);
            return judged(other, model);
          }};
}

TEST(KafkaMutants, MistakesShow) {
  for (const std::string_view model : {"kafka", "kafka-isolated", "kafka-ordered"}) {
    std::vector<testing::Mutant<LogSmall>> mutants;
    for (const Mistake& mistake : mistakes()) mutants.push_back(mutant(mistake, model));
    // Where subscribers are asked for the same, that is no mistake.
    if (model != "kafka-ordered") {
      mutants.push_back(mutant({"takes subscriptions for assignments",
                                [](LogSmallOp& op) {
                                  if (op.what == What::kSubscribe) op.what = What::kAssign;
                                }},
                               model));
    }
    for (const std::string_view other : kafka_models()) {
      if (other == model) continue;
      mutants.push_back(
          {other.data(), [other](const LogSmall& history) { return judged(history, other); }});
    }
    testing::expect_killed<LogSmall>(
        {testing::draw_logs,
         [model](const LogSmall& history) {
           return testing::oracle_holds(history, std::string(model));
         }},
        [model](const LogSmall& history) { return judged(history, model); }, mutants, 3'000);
  }
}

}  // namespace
}  // namespace quorumlab::models
