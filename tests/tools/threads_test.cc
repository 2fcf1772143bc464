// What is judged on several threads is judged as on one.
#include "tools/threads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/exchange/journal.h"
#include "models/exchange/judge.h"
#include "tests/models/backwards.h"

namespace quorumlab::tools {
namespace {

using models::Finding;

// Keys that are each written and read; of some, a read says what was never written.
std::string history(const std::vector<int>& wrong_keys) {
  std::string text;
  for (int step = 0; step < 40; ++step) {
    for (int key = 0; key < 30; ++key) {
      const bool writes = step % 2 == 0;
      const bool wrong = step == 21 + key % 7 - key % 7 % 2 &&
                         std::find(wrong_keys.begin(), wrong_keys.end(), key) != wrong_keys.end();
      const std::string value = std::to_string(wrong ? 9'999 : step / 2 % 5);
      for (const char* const type : {":invoke", ":ok"}) {
        text += "{:process " + std::to_string(key) + ", :type " + type + ", :f " +
                (writes ? ":write" : ":read") + ", :key " + std::to_string(key) + ", :value " +
                (writes || type[1] == 'o' ? value : "nil") + "}\n";
      }
    }
  }
  return text;
}

Finding judge(const std::string& text, models::Executor* executor) {
  models::JournalResult read = models::read_journal(text);
  EXPECT_FALSE(read.error) << read.error->message;
  return models::judge_journal(*read.journal, {.executor = executor});
}

TEST(Threads, NeitherVerdictNorWitnessDependsOnTheirNumber) {
  for (const std::vector<int>& wrong : {std::vector<int>{}, {3}, {3, 11, 29}, {28, 4, 5}}) {
    const std::string text = history(wrong);
    const Finding alone = judge(text, nullptr);
    EXPECT_EQ(alone.verdict, wrong.empty() ? models::Verdict::kHolds : models::Verdict::kViolated);
    Threads two(2);
    Threads seven(7);
    Threads cores(0);
    models::testing::Backwards backwards;
    for (models::Executor* const executor :
         std::vector<models::Executor*>{&two, &seven, &cores, &backwards}) {
      const Finding found = judge(text, executor);
      EXPECT_EQ(found.verdict, alone.verdict);
      EXPECT_EQ(found.claim, alone.claim);
      EXPECT_EQ(found.lines, alone.lines);
      EXPECT_EQ(found.ops, alone.ops);
      EXPECT_EQ(found.steps, alone.steps);
    }
  }
}

TEST(Threads, EachPieceIsDoneOnceAndTheFirstFailureComesOut) {
  Threads threads(4);
  std::vector<int> done(1'000);
  threads.run(done.size(), [&](std::size_t i) { ++done[i]; });
  EXPECT_EQ(done, std::vector<int>(1'000, 1));
  const auto failing = [](std::size_t i) {
    if (i % 10 == 7) throw std::runtime_error(std::to_string(i));
  };
  try {
    threads.run(100, failing);
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "7");
  }
}

}  // namespace
}  // namespace quorumlab::tools
