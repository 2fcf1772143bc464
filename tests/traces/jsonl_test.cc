#include "traces/jsonl.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/traces/golden.h"
#include "tests/traces/sample_run.h"

namespace quorumlab::traces {
namespace {

std::string written(const SampleRun& run) {
  std::string out;
  write_jsonl({.record = &run.record, .history = &run.history, .witnesses = {run.witness}}, out);
  return out;
}

TEST(Jsonl, HasTheGoldenBytes) {
  const std::string text = written(stale_read_after_failover());
  EXPECT_EQ(text, golden("stale_read.jsonl", text));
}

TEST(Jsonl, ReadsBackWhatWasWritten) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const SampleRun run = seed == 0 ? stale_read_after_failover() : storm(seed);
    const std::string text = written(run);
    const JsonlResult result = read_jsonl(text);
    ASSERT_TRUE(result.run.has_value()) << result.error->line << ": " << result.error->message;
    EXPECT_EQ(result.run->record.header, run.record.header);
    EXPECT_EQ(result.run->record.lanes, run.record.lanes);
    EXPECT_EQ(result.run->record.faults, run.record.faults);
    EXPECT_EQ(result.run->record.names(), run.record.names());
    EXPECT_EQ(result.run->record.state_names(), run.record.state_names());
    EXPECT_EQ(result.run->history.size(), run.history.size());
    std::string again;
    write_jsonl({.record = &result.run->record,
                 .history = &result.run->history,
                 .witnesses = result.run->witnesses},
                again);
    EXPECT_EQ(again, text);
  }
}

TEST(Jsonl, KeepsNamesThatAreShared) {
  SampleRun run = stale_read_after_failover();
  run.record.lanes[1].name = "n1";
  run.record.lanes[2].name = "";
  run.record.keys[0] = "\"quoted\"\n\\ nœud \x7F";
  const std::string text = written(run);
  const JsonlResult result = read_jsonl(text);
  ASSERT_TRUE(result.run.has_value()) << result.error->message;
  EXPECT_EQ(result.run->record.keys, run.record.keys);
  std::string again;
  write_jsonl({.record = &result.run->record,
               .history = &result.run->history,
               .witnesses = result.run->witnesses},
              again);
  EXPECT_EQ(again, text);
}

TEST(Jsonl, KeepsTheElementsThatAReadSaw) {
  SampleRun run = stale_read_after_failover();
  const sim::OpId op =
      run.history.invoke({.process = 99, .f = models::Function::kRead, .at = sim::Time(1)});
  run.history.complete(
      op, {.outcome = models::Outcome::kOk, .value = 2, .elements = {7, -5}, .at = sim::Time(2)});
  const JsonlResult result = read_jsonl(written(run));
  ASSERT_TRUE(result.run.has_value()) << result.error->message;
  EXPECT_EQ(result.run->history.operation(op).elements, (std::vector<std::int64_t>{7, -5}));
}

TEST(Jsonl, KeepsAnOperationThatNobodyAnswered) {
  SampleRun run = stale_read_after_failover();
  Teller tell(run.record, run.history);
  tell.at(1200);
  const sim::OpId gives_up = tell.invoke(4, models::Function::kWrite, 8);
  tell.invoke(5, models::Function::kWrite, 9);
  tell.at(1210);
  tell.complete(gives_up, models::Outcome::kUnknown, {}, 0);
  tell.invoke(4, models::Function::kRead, {});
  const JsonlResult result = read_jsonl(written(run));
  ASSERT_TRUE(result.run.has_value()) << result.error->message;
  for (std::uint32_t i = 1; i <= run.history.size(); ++i) {
    const models::Operation& was = run.history.operation(sim::OpId(i));
    const models::Operation& is = result.run->history.operation(sim::OpId(i));
    EXPECT_EQ(is.invoked, was.invoked);
    EXPECT_EQ(is.completed, was.completed);
    EXPECT_EQ(is.completed_at, was.completed_at);
  }
}

struct Bad {
  std::string_view extra;  // a line after the header
  std::string_view message;
};

TEST(Jsonl, LocatesErrors) {
  const std::string header =
      R"({"quorumlab":"trace","format":1,"lanes":[{"name":"n1"}],"keys":["x"],"names":[""]})";
  constexpr std::array<Bad, 17> kBad{{
      {"{\"id\":1,", "this is not JSON"},
      {"[1]", "expected a JSON object"},
      {"{}", "expected an operation, a witness or an event"},
      {R"({"id":2,"at":0,"kind":"send"})", "expected the event with id 1"},
      {R"({"id":1,"at":0,"kind":"sned"})", "`kind` cannot be \"sned\""},
      {R"({"id":1,"at":"0","kind":"send"})", "`at` is an integer"},
      {R"({"id":1,"at":-1,"kind":"send"})", "`at` is before the start of the run"},
      {R"({"id":1,"at":0,"kind":"send","lane":"n9"})", "no lane is called \"n9\""},
      {R"({"id":1,"at":0,"kind":"send","lane":-1})", "`lane` is out of range"},
      {R"({"id":1,"at":0,"kind":"send","key":"y"})", "no key is called \"y\""},
      {R"({"id":1,"at":0,"kind":"send","cause":1})", "`cause` is an earlier event"},
      {R"({"id":1,"at":0,"kind":"send","term":4294967296})", "`term` is out of range"},
      {R"({"op":2})", "expected op 1, not 2"},
      {R"({"op":1,"f":"write","outcome":"ok"})",
       "an operation has `completed` exactly if its outcome is known"},
      {R"({"op":1,"f":"write","outcome":"ok","invoked":3,"completed":2})",
       "`completed` is after `invoked`"},
      {R"({"op":1,"f":"write","outcome":"unknown","invoked":7})",
       "nothing is at position 0 of the history"},
      {R"({"witness":"stale_read","ops":[{"role":"observer","op":4}]})",
       "a witness names op 4, which is not in the history"},
  }};
  for (const Bad& bad : kBad) {
    const JsonlResult result = read_jsonl(header + "\n" + std::string(bad.extra) + "\n");
    ASSERT_TRUE(result.error.has_value()) << bad.extra;
    EXPECT_EQ(result.error->message, bad.message);
    EXPECT_EQ(result.error->line, 2U);
  }
  EXPECT_EQ(read_jsonl("").error->message, "there is no header");
  EXPECT_EQ(read_jsonl("{\"a\":1}\n").error->line, 1U);
  EXPECT_EQ(read_jsonl("{\"a\":!}").error->column, 6U);
}

TEST(Jsonl, NeverCrashesOnDamagedText) {
  const std::string text = written(stale_read_after_failover());
  std::size_t errors = 0;
  for (std::size_t at = 0; at < text.size(); at += 7) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x11);
    errors += read_jsonl(damaged).error.has_value() ? 1U : 0U;
    EXPECT_TRUE(read_jsonl(text.substr(0, at)).run.has_value() ||
                read_jsonl(text.substr(0, at)).error.has_value());
  }
  EXPECT_GT(errors, text.size() / 14);
}

}  // namespace
}  // namespace quorumlab::traces
