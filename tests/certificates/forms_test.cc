// Histories as the workloads of Jepsen and Maelstrom write them: what they are about, their
// verdicts, and certificates that somebody else accepts.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "models/exchange/draw.h"
#include "models/exchange/journal.h"
#include "models/exchange/judge.h"
#include "models/exchange/judge_stream.h"
#include "tests/certificates/judged.h"
#include "tests/models/history_support.h"

namespace quorumlab {
namespace {

using models::Finding;
using models::JudgeOptions;
using models::Verdict;
using testing::Judged;

// "0 invoke enqueue 7", a line for each event.
std::string edn(const std::string& script) {
  std::istringstream lines(script);
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string process;
    std::string type;
    std::string f;
    std::string value;
    words >> process >> type >> f >> std::ws;
    if (!std::getline(words, value)) value = "nil";
    text += fmt::format("{{:process {}, :type :{}, :f :{}, :value {}}}\n", process, type, f, value);
  }
  return text;
}

Finding judge(const std::string& text, const JudgeOptions& options = {}) {
  models::JournalResult result = models::read_journal(text);
  EXPECT_FALSE(result.error) << result.error->message;
  return models::judge_journal(*result.journal, options);
}

// The verdict, and that it is proven.
Verdict proven(const std::string& script, const std::string& model) {
  const Judged judged = testing::judge_text(edn(script), {.model = model});
  if (judged.verdict != Verdict::kUnknown) {
    EXPECT_EQ(testing::verified(judged), "") << model << "\n" << judged.certificate;
  }
  return judged.verdict;
}

const std::string kTwoIn =
    "0 invoke enqueue 0\n0 ok enqueue 0\n"
    "0 invoke enqueue 1\n0 ok enqueue 1\n";

TEST(Forms, ADrainTakesWhatItListsInAnyOrderAndThenFindsNothing) {
  using enum Verdict;
  const std::string drained = kTwoIn + "1 invoke drain\n";
  const std::tuple<std::string, Verdict, Verdict, Verdict> cases[] = {
      {drained + "1 ok drain [0 1]", kHolds, kHolds, kHolds},
      {drained + "1 ok drain [1 0]", kHolds, kHolds, kHolds},
      {drained + "1 ok drain #{1 0}", kHolds, kHolds, kHolds},
      {drained + "1 ok drain [0]", kViolated, kHolds, kViolated},
      {drained + "1 ok drain []", kViolated, kHolds, kViolated},
      {drained + "1 ok drain [1]", kViolated, kViolated, kViolated},
      {drained + "1 ok drain [0 1 1]", kViolated, kViolated, kHolds},
      {drained + "1 ok drain [0 1 7]", kViolated, kViolated, kHolds},
      {drained + "2 invoke drain\n2 ok drain [0]\n1 ok drain [1]", kHolds, kHolds, kHolds},
      {kTwoIn + "0 invoke drain\n0 ok drain [1 0]", kHolds, kHolds, kHolds},
      {kTwoIn + "0 invoke drain\n0 ok drain [0]", kViolated, kViolated, kViolated},
      {"0 invoke drain\n0 ok drain [0]\n" + kTwoIn, kViolated, kViolated, kUnknown},
      {drained + "1 fail drain\n2 invoke drain\n2 ok drain []", kViolated, kHolds, kViolated},
      // Who does not know how it ended may have taken both, one or neither.
      {drained + "1 info drain :timed-out\n2 invoke drain\n2 ok drain []", kHolds, kHolds,
       kUnknown},
      {drained + "1 info drain\n2 invoke drain\n2 ok drain [1]", kHolds, kHolds, kUnknown},
      {drained + "2 invoke drain\n2 ok drain [0 1]", kHolds, kHolds, kHolds},
      {drained + "1 info drain\n2 invoke drain\n2 ok drain [0 1 1]", kViolated, kViolated, kHolds},
      {"1 invoke drain\n1 ok drain []\n" + kTwoIn, kHolds, kHolds, kUnknown}};
  for (const auto& [script, linearizable, sequential, durable] : cases) {
    EXPECT_EQ(proven(script, "linearizable"), linearizable) << script;
    EXPECT_EQ(proven(script, "sequential"), sequential) << script;
    EXPECT_EQ(proven(script, "durable"), durable) << script;
  }
}

TEST(Forms, ADrainMayNoteEachDequeueAsDisqueAndRabbitmqWereTested) {
  const std::string disque =
      kTwoIn +
      "0 invoke drain\n0 invoke dequeue\n0 ok dequeue 0\n0 invoke dequeue\n0 ok dequeue 1\n"
      "0 invoke dequeue\n0 fail dequeue\n0 ok drain :exhausted";
  const std::string rabbitmq = kTwoIn +
                               "0 invoke drain\n0 ok dequeue 0\n0 invoke drain\n0 ok dequeue 1\n"
                               "0 invoke drain\n0 ok drain :exhausted";
  for (const std::string& script : {disque, rabbitmq}) {
    for (const char* const model : {"linearizable", "sequential", "durable"}) {
      EXPECT_EQ(proven(script, model), Verdict::kHolds) << script << model;
      std::string lost = script;
      lost.replace(lost.find("ok dequeue 1"), 12, "fail dequeue");
      EXPECT_EQ(proven(lost, model), Verdict::kViolated) << lost << model;
    }
  }
}

// All orders of what a drain took, and of its look at nothing.
std::vector<std::vector<std::string>> orders(std::vector<std::string> values) {
  values.emplace_back("nil");
  std::sort(values.begin(), values.end());
  std::vector<std::vector<std::string>> all;
  do {
    all.push_back(values);
  } while (std::next_permutation(values.begin(), values.end()));
  return all;
}

struct Script {
  std::string drained;
  std::string at_once;                // each dequeue by a process of its own
  std::vector<std::string> in_turns;  // one after the other, in every order
};

// Enqueues of three values and a drain, that overlap or not.
Script random_script(models::testing::Rng& rng) {
  Script script;
  std::vector<std::string> values;
  for (const char* const value : {"0", "1", "2"}) {
    if (rng.chance(60)) values.emplace_back(value);
  }
  const auto all = orders(values);
  script.in_turns.resize(all.size());
  const auto tell = [&](const std::string& line) {
    script.drained += line;
    script.at_once += line;
    for (std::string& turns : script.in_turns) turns += line;
  };
  const std::uint32_t begin = rng.below(6);
  const std::uint32_t end = begin + 1 + rng.below(6);
  const std::uint32_t drainer = rng.below(2);
  bool is_busy = false;
  bool is_begun = false;
  bool is_over = false;
  for (std::uint32_t at = 0, value = 0; at < 12; ++at) {
    if (at >= begin && !is_begun && !(is_busy && drainer == 0)) {
      is_begun = true;
      script.drained += fmt::format("{} invoke drain\n", drainer);
      for (std::size_t i = 0; i <= values.size(); ++i) {
        script.at_once += fmt::format("{} invoke dequeue\n", 10 + i);
      }
      for (std::size_t order = 0; order < all.size(); ++order) {
        for (const std::string& taken : all[order]) {
          script.in_turns[order] +=
              fmt::format("{0} invoke dequeue\n{0} ok dequeue {1}\n", drainer, taken);
        }
      }
    } else if (at >= end && is_begun && !is_over) {
      is_over = true;
      script.drained += fmt::format("{} ok drain [{}]\n", drainer, fmt::join(values, " "));
      for (std::size_t i = 0; i <= values.size(); ++i) {
        script.at_once += fmt::format("{} ok dequeue {}\n", 10 + i,
                                      i < values.size() ? values[i] : std::string("nil"));
      }
    } else if (is_busy) {
      tell(fmt::format("0 ok enqueue {}\n", value++));
      is_busy = false;
    } else if (value < 3 && !(drainer == 0 && is_begun && !is_over)) {
      tell(fmt::format("0 invoke enqueue {}\n", value));
      is_busy = true;
    }
  }
  return script;
}

// Real time binds the parts of a drain as if each had a process, sessions as if they came in some
// order.
TEST(Forms, ADrainIsAsManyDequeues) {
  models::testing::Rng rng(5);
  int violated = 0;
  int differ = 0;
  for (int round = 0; round < 300; ++round) {
    const Script script = random_script(rng);
    const Verdict linearizable = judge(edn(script.drained)).verdict;
    EXPECT_EQ(linearizable, judge(edn(script.at_once)).verdict) << script.drained;
    const bool holds =
        std::any_of(script.in_turns.begin(), script.in_turns.end(), [](const std::string& turns) {
          return judge(edn(turns), {.model = "sequential"}).verdict == Verdict::kHolds;
        });
    const Verdict sequential = judge(edn(script.drained), {.model = "sequential"}).verdict;
    EXPECT_EQ(sequential, holds ? Verdict::kHolds : Verdict::kViolated) << script.drained;
    EXPECT_TRUE(linearizable != Verdict::kHolds || holds) << script.drained;
    violated += sequential == Verdict::kViolated ? 1 : 0;
    differ += sequential != linearizable ? 1 : 0;
  }
  EXPECT_GT(violated, 20);
  EXPECT_GT(differ, 20);
}

TEST(Forms, WhatAQueueLostAndRepeatedIsCountedAsTotalQueueDoes) {
  const Finding finding =
      judge(edn("0 invoke enqueue 0\n0 ok enqueue 0\n0 invoke enqueue 1\n0 info enqueue 1\n"
                "1 invoke enqueue 2\n1 ok enqueue 2\n1 invoke dequeue\n1 ok dequeue 1\n"
                "1 invoke drain\n1 ok drain [2 2 9]"),
            {.model = "durable"});
  EXPECT_EQ(finding.verdict, Verdict::kViolated);
  const std::map<std::string, std::uint64_t> counts = {
      {"attempted", 3},  {"acknowledged", 2}, {"ok", 2},       {"lost", 1},
      {"unexpected", 1}, {"duplicated", 1},   {"recovered", 1}};
  EXPECT_EQ(finding.counts, counts);
}

TEST(Forms, DrainsOfKeysStayInFilesAndPictures) {
  const std::string text =
      edn("0 invoke enqueue [9 0]\n0 ok enqueue [9 0]\n0 invoke enqueue [8 1]\n0 ok enqueue [8 1]\n"
          "1 invoke drain [9 nil]\n1 ok drain [9 [0]]\n1 invoke drain [8 nil]\n1 ok drain [8 []]");
  models::JournalResult result = models::read_journal(text);
  ASSERT_TRUE(result.journal);
  const Finding finding = models::judge_journal(*result.journal, {});
  EXPECT_TRUE(finding.is_keyed);
  EXPECT_EQ(finding.verdict, Verdict::kViolated);
  EXPECT_EQ(finding.operations, 5U);
  EXPECT_EQ(testing::verified(testing::judge_text(text, {})), "");
  EXPECT_NE(models::bars_svg(*result.journal, finding).find("drain"), std::string::npos);
  EXPECT_NE(models::to_jepsen_json(*result.journal).find(R"("f":"drain","value":[9,[0]])"),
            std::string::npos);
}

TEST(Forms, DamagedDrainsAndBroadcastsSayWhere) {
  const std::tuple<std::string, std::size_t, std::string> damaged[] = {
      {kTwoIn + "1 invoke drain\n1 ok drain 7", 6, "list of what it took, not 7"},
      {kTwoIn + "1 invoke drain\n1 ok drain nil", 6, "not nil"},
      {kTwoIn + "1 invoke drain\n1 ok drain {:a [1]}", 6, "list"},
      {kTwoIn + "1 invoke drain\n1 invoke enqueue 3", 6, "begins something"},
      {kTwoIn + "1 invoke dequeue\n1 ok drain [0]", 6, "ends `drain`, but began `dequeue`"}};
  for (const auto& [script, line, why] : damaged) {
    const models::JournalResult result = models::read_journal(edn(script));
    ASSERT_TRUE(result.error) << script;
    EXPECT_EQ(result.error->line, line) << script;
    EXPECT_NE(result.error->message.find(why), std::string::npos) << result.error->message;
  }
  EXPECT_THROW((void)judge(edn("0 invoke broadcast\n0 ok broadcast")), std::runtime_error);
}

TEST(Forms, DrainsAreNotJudgedInPieces) {
  std::istringstream in(edn(kTwoIn + "1 invoke drain\n1 info drain\n"));
  const auto streamed = models::judge_stream(in, {});
  EXPECT_EQ(streamed.finding.verdict, Verdict::kUnknown);
  EXPECT_NE(streamed.finding.reason.find("drain"), std::string::npos);
}

TEST(Forms, ABroadcastAddsToASet) {
  const std::string script =
      "0 invoke broadcast 0\n0 ok broadcast 0\n1 invoke broadcast 1\n2 invoke read\n"
      "1 ok broadcast 1\n2 ok read [0]\n2 invoke read\n2 ok read [0 1]";
  EXPECT_EQ(judge(edn(script)).subject, "set");
  for (const char* const model : {"linearizable", "sequential", "durable"}) {
    EXPECT_EQ(proven(script, model), Verdict::kHolds) << model;
    EXPECT_EQ(proven(script + "\n0 invoke read\n0 ok read [1]", model), Verdict::kViolated)
        << model;
  }
}

TEST(Forms, WritesThatAreReadAsListsAreASet) {
  const std::string script = "0 invoke write 0\n0 ok write 0\n0 invoke write 1\n0 ok write 1\n";
  EXPECT_EQ(judge(edn(script + "1 invoke read\n1 ok read [0 1]")).subject, "set");
  EXPECT_EQ(proven(script + "1 invoke read\n1 ok read [0 1]", "linearizable"), Verdict::kHolds);
  for (const char* const model : {"linearizable", "sequential", "consistent_prefix"}) {
    EXPECT_EQ(proven(script + "1 invoke read\n1 ok read [1]", model), Verdict::kViolated) << model;
  }
  // Registers may hold lists.
  EXPECT_EQ(judge(edn("0 invoke write [1]\n0 ok write [1]\n1 invoke read\n1 ok read [1]")).subject,
            "register");
}

TEST(Forms, ReadsAndWritesOfMicroOperationsAreTransactions) {
  const std::string script =
      "0 invoke write [[:w 0 1]]\n0 ok write [[:w 0 1]]\n1 invoke write [[:w 1 1]]\n"
      "2 invoke read [[:r 0 nil] [:r 1 nil]]\n2 ok read [[:r 0 nil] [:r 1 1]]\n"
      "1 ok write [[:w 1 1]]\n3 invoke read [[:r 0 nil] [:r 1 nil]]\n3 ok read [[:r 0 1] [:r 1 "
      "nil]]";
  EXPECT_EQ(judge(edn(script)).subject, "rw-register");
  EXPECT_EQ(proven(script, "prefix"), Verdict::kViolated);
  EXPECT_EQ(proven(script, "parallel-snapshot-isolation"), Verdict::kHolds);
}

TEST(Forms, ReadsOfTheFirstStateAreReads) {
  const std::string script =
      "0 invoke read-init\n0 ok read-init 0\n0 invoke write 1\n0 ok write 1\n";
  for (const int value : {0, 1}) {
    const Judged judged =
        testing::judge_text(edn(script + fmt::format("0 invoke read\n0 ok read {}", value)),
                            {.model = "causal", .initial = models::integer_cell(0)}, "0");
    EXPECT_EQ(judged.verdict, value == 1 ? Verdict::kHolds : Verdict::kViolated);
    EXPECT_EQ(testing::verified(judged), "");
  }
}

TEST(Forms, WhatIsNoObjectsSaysWhatIsKnown) {
  const std::pair<std::string, std::string> unknown[] = {
      {"0 invoke echo \"a\"\n0 ok echo {:echo \"a\"}", "echo (an echo is compared"},
      {"0 invoke frobnicate 1\n0 ok frobnicate 1", "functions: frobnicate; known are"},
      {"0 invoke frobnicate 1\n0 ok frobnicate 1", "queue (deq dequeue drain"},
      {"0 invoke txn [[:zap 1 2]]\n0 ok txn [[:zap 1 2]]", "not known: zap"},
      {"0 invoke insert [3 [nil 1]]\n0 ok insert [3 [nil 1]]", "Adya"}};
  for (const auto& [script, why] : unknown) {
    try {
      (void)judge(edn(script));
      ADD_FAILURE() << script;
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace quorumlab
