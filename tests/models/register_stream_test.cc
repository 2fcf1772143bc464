// Registers judged as they are read: the same verdict, at the same operation, and little is kept.
#include "models/consistency/register_stream.h"

#include <gtest/gtest.h>

#include <ios>
#include <sstream>
#include <streambuf>
#include <string>
#include <utility>

#include "bench/object_generator.h"
#include "models/consistency/linearizable.h"
#include "models/consistency/register_zones.h"
#include "models/exchange/from_history.h"
#include "models/exchange/journal_stream.h"
#include "models/exchange/judge.h"
#include "models/exchange/judge_stream.h"
#include "tests/models/history_support.h"
#include "tests/models/rounds.h"

namespace quorumlab::models {
namespace {

using testing::Kind;
using testing::Rng;

struct Streamed {
  bool is_ambiguous = false;
  std::uint64_t refused_at = kNever;  // position in the history
  std::size_t most_kept = 0;
};

Cell cell_of(Value value) {
  return value ? integer_cell(*value) : kNilCell;
}

Streamed stream(const History& history) {
  struct Moment {
    const Operation* op = nullptr;
    bool ends = false;
  };
  std::vector<Moment> moments(2 * history.size());
  for (const Operation& op : history.operations()) {
    moments[op.invoked] = {&op, false};
    if (op.completed != kNever) moments[op.completed] = {&op, true};
  }
  Streamed result;
  RegisterStream reg(kNilCell);
  std::vector<RegisterStream::Ticket> tickets(history.size());
  for (std::uint64_t at = 0; at < moments.size(); ++at) {
    const auto [op, ends] = moments[at];
    if (op == nullptr) continue;
    auto& ticket = tickets[op->id.value - 1];
    const bool reads = op->f == Function::kRead;
    bool fine = true;
    if (!ends) {
      ticket = reads ? reg.begin_read(at + 1) : reg.begin_write(cell_of(op->value), at + 1);
      if (op->completed == kNever) reg.lose(ticket);
    } else if (op->outcome == Outcome::kFail) {
      fine = reg.fail(ticket);
    } else {
      fine =
          reads ? reg.end_read(ticket, cell_of(op->value), at + 1) : reg.end_write(ticket, at + 1);
    }
    result.most_kept = std::max(result.most_kept, reg.kept());
    result.is_ambiguous = reg.ambiguous().has_value();
    if (result.is_ambiguous) return result;
    if (!fine) {
      result.refused_at = at;
      return result;
    }
  }
  return result;
}

std::vector<Kind> kinds(bool fails) {
  std::vector<Kind> all = {{.f = Function::kRead, .value = 1},
                           {.f = Function::kRead, .value = 2},
                           {.f = Function::kRead, .value = 3},
                           {.f = Function::kRead},
                           {.f = Function::kWrite, .value = 1},
                           {.f = Function::kWrite, .value = 2},
                           {.f = Function::kWrite, .value = 3},
                           {.f = Function::kWrite, .outcome = Outcome::kUnknown, .value = 2}};
  if (fails) all.push_back({.f = Function::kWrite, .outcome = Outcome::kFail, .value = 3});
  return all;
}

void agree(bool fails, std::uint64_t seed, int histories) {
  Rng rng(seed);
  int judged = 0;
  int violated = 0;
  for (int i = 0; i < histories; ++i) {
    const History history = testing::random_history(rng, 2 + rng.below(7), kinds(fails));
    const Streamed streamed = stream(history);
    if (streamed.is_ambiguous) continue;
    const bool holds = testing::has_order(history, std::nullopt);
    ++judged;
    violated += holds ? 0 : 1;
    ASSERT_EQ(streamed.refused_at == kNever, holds) << "history " << i;
    if (holds || fails) continue;
    // What was read up to just before it has an order.
    const History before =
        testing::rebuild(history, streamed.refused_at - 1, [](const Operation&) { return true; });
    ASSERT_TRUE(testing::has_order(before, std::nullopt)) << "history " << i;
  }
  EXPECT_GT(judged, histories / 10);
  EXPECT_GT(violated, judged / 10);
  EXPECT_LT(violated, judged * 9 / 10);
}

TEST(RegisterStream, RefusesTheFirstOperationThatHasNoPlace) {
  agree(false, 31, 30'000);
}
TEST(RegisterStream, AgreesWithAllOrdersWhenWritesFail) {
  agree(true, 32, 30'000);
}

TEST(RegisterStream, AgreesWithTheZonesOfLongerHistories) {
  Rng rng(33);
  int violated = 0;
  for (int i = 0; i < rounds(400); ++i) {
    const History clean = testing::clean_history(
        rng, {.operations = 120, .processes = 2 + rng.below(6), .unknown = rng.below(4)});
    const std::uint64_t at = rng.below(120);
    const History odd = testing::edited(clean, [&](Operation& op) {
      const bool wrong = op.f == Function::kRead && op.id.value == at + 1 && op.value;
      if (wrong && i % 2 == 0) op.value = *op.value > 2 ? *op.value - 2 : 1;
    });
    const auto parts = split_by_key(odd, std::nullopt);
    ASSERT_EQ(parts.size(), 1U);
    ASSERT_TRUE(parts[0].unique_writes);
    const ZoneResult zones = check_zones(parts[0]);
    const Streamed streamed = stream(odd);
    ASSERT_FALSE(streamed.is_ambiguous);
    std::uint64_t expected = kNever;
    if (zones.contradiction != kOpen) {
      const OpId id = parts[0].ops[parts[0].events[zones.contradiction].op].id;
      expected = odd.operation(id).completed;
      ++violated;
    }
    ASSERT_EQ(streamed.refused_at, expected) << "history " << i;
  }
  EXPECT_GT(violated, 50);
}

TEST(RegisterStream, KeepsWhatIsUnderWayHoweverLongTheHistory) {
  std::size_t most[2] = {};
  for (int i = 0; i < 2; ++i) {
    const History history = bench::register_history(bench::object_calls(
        {.kind = ObjectKind::kRegister, .calls = i == 0 ? 2'000U : 200'000U, .processes = 8}));
    const Streamed streamed = stream(history);
    EXPECT_EQ(streamed.refused_at, kNever);
    EXPECT_FALSE(streamed.is_ambiguous);
    most[i] = streamed.most_kept;
  }
  EXPECT_LE(most[1], 120U);
  EXPECT_LE(most[1], most[0] + 60);
}

// A history of one register as Jepsen stores it, each value written once.
std::string edn(std::uint64_t calls, bool planted) {
  const auto made = bench::object_calls(
      {.kind = ObjectKind::kRegister, .calls = calls, .processes = 5, .planted = planted});
  std::vector<std::string> lines(2 * made.size());
  for (const auto& timed : made) {
    const bool reads = timed.call.method == Method::kRead;
    const Cell value = reads ? timed.call.result : timed.call.a;
    const std::string text = value == kNilCell ? "nil" : std::to_string(integer_of(value));
    const std::string head = "{:process " + std::to_string(timed.call.process) + ", :f " +
                             (reads ? ":read" : ":write") + ", :type ";
    lines[timed.invoked] = head + ":invoke, :value " + (reads ? "nil" : text) + "}\n";
    lines[timed.completed] = head + ":ok, :value " + text + "}\n";
  }
  std::string all;
  for (const std::string& line : lines) all += line;
  return all;
}

TEST(JudgeStream, PiecesOfAnySizeSayTheSame) {
  for (const bool planted : {false, true}) {
    const std::string text = edn(400, planted);
    for (const std::size_t piece : {1U, 7U, 100U, 4'096U, 1U << 20U}) {
      std::istringstream in(text);
      const StreamFinding found = judge_stream(in, {.piece = piece});
      ASSERT_FALSE(found.error);
      EXPECT_EQ(found.finding.verdict, planted ? Verdict::kViolated : Verdict::kHolds);
      EXPECT_EQ(found.finding.lines.empty(), !planted);
      if (!planted) {
        EXPECT_EQ(found.finding.operations, 400U);
      }
    }
  }
}

TEST(JudgeStream, SaysWhatItCannotJudge) {
  const std::pair<std::string, std::string> texts[] = {
      {"{:process 0, :type :invoke, :f :swap, :value 2}\n", "no object has these functions: swap"},
      {edn(60, false) + "{:process 7, :type :invoke, :f :swap, :value 1}\n", "line 121: `swap`"},
      {"[{:process 0, :type :ok, :f :read, :value 1}]", "a history in one collection"},
      {"w 0 0\n=====\nr 0 0\n", "this form of history"},
      {"{:process 0, :type :ok, :f :poll, :value [[:poll {3 [[0 7]]}]]}\n",
       "a log that is sent to and polled"},
      {"{:process 0, :type :ok, :f :transfer, :value {:from 1}}\n", "a bank"},
      {"{:type :ok, :f :read, :value 1}\n", "no operation has a :process"},
      {edn(6, false) + "{:process 7, :type :ok, :f :read, :value 1}\n", "line 13: a completion"},
      {"{:process 0, :type :invoke, :f :write, :value 1}\n"
       "{:process 1, :type :invoke, :f :write, :value 1}\n",
       "line 2: the value 1"}};
  for (const auto& [text, reason] : texts) {
    std::istringstream in(text);
    const StreamFinding found = judge_stream(in, {.piece = 1'000});
    EXPECT_EQ(found.finding.verdict, Verdict::kUnknown) << text;
    EXPECT_TRUE(found.finding.reason.starts_with(reason)) << found.finding.reason;
  }
}

// Gives some text and then an error, as a disk may.
class Failing : public std::streambuf {
 public:
  explicit Failing(std::string text) : text_(std::move(text)) {
    setg(text_.data(), text_.data(), text_.data() + text_.size());
  }

 protected:
  int_type underflow() override { throw std::ios_base::failure("it cannot be read"); }

 private:
  std::string text_;
};

TEST(JudgeStream, AFileThatCannotBeReadToItsEndHasNoVerdict) {
  for (const std::uint64_t operations : {0U, 6U}) {
    Failing text(edn(operations, false));
    std::istream in(&text);
    const StreamFinding found = judge_stream(in, {});
    EXPECT_EQ(found.finding.verdict, Verdict::kUnknown);
    ASSERT_TRUE(found.error);
    EXPECT_EQ(found.error->message, "what follows cannot be read");
  }
}

TEST(JudgeStream, ACompareAndSetMayComeFirst) {
  std::istringstream in(
      "{:process 0, :type :invoke, :f :cas, :value [0 1]}\n"
      "{:process 0, :type :ok, :f :cas, :value [0 1]}\n"
      "{:process 0, :type :invoke, :f :write, :value 2}\n"
      "{:process 0, :type :ok, :f :write, :value 2}\n");
  const StreamFinding found = judge_stream(in, {.initial = integer_cell(0)});
  EXPECT_EQ(found.finding.verdict, Verdict::kHolds) << found.finding.reason;
}

TEST(JudgeStream, CompareAndSetIsSearchedAsItIsRead) {
  const std::vector<Kind> kinds = {
      {.f = Function::kRead, .value = 1},
      {.f = Function::kRead, .value = 2},
      {.f = Function::kRead, .value = 3},
      {.f = Function::kWrite, .value = 1},
      {.f = Function::kWrite, .outcome = Outcome::kUnknown, .value = 2},
      {.f = Function::kCas, .value = 2, .expected = 1},
      {.f = Function::kCas, .value = 3, .expected = 2},
      {.f = Function::kCas, .outcome = Outcome::kUnknown, .value = 3, .expected = 1},
      {.f = Function::kCas, .outcome = Outcome::kFail, .value = 3, .expected = 1}};
  Rng rng(35);
  int searched = 0;
  int violated = 0;
  for (int i = 0; i < rounds(2'000); ++i) {
    const History history = testing::random_history(rng, 2 + rng.below(7), kinds);
    Journal journal = journal_of(history, [](Key) { return "k"; });
    std::istringstream in(to_jepsen_edn(journal));
    const StreamFinding found = judge_stream(in, {});
    if (found.finding.verdict == Verdict::kUnknown) continue;  // the same value written again
    ++searched;
    violated += found.finding.verdict == Verdict::kViolated ? 1 : 0;
    ASSERT_EQ(found.finding.verdict, judge_journal(journal, {}).verdict) << "history " << i;
  }
  EXPECT_GT(searched, 1'000);
  EXPECT_GT(violated, 300);
  EXPECT_LT(violated, searched - 300);
}

TEST(JudgeStream, DamageIsLocatedInTheWholeFile) {
  std::istringstream in(edn(300, false) + "{:process 1, :type :maybe}\n");
  const StreamFinding found = judge_stream(in, {.piece = 500});
  ASSERT_TRUE(found.error);
  EXPECT_EQ(found.error->line, 601U);
}

TEST(JudgeStream, TooMuchToKeepIsUnknown) {
  std::string text;
  for (int i = 0; i < rounds(100); ++i) {
    text += "{:process " + std::to_string(i) + ", :type :invoke, :f :write, :value " +
            std::to_string(i) + "}\n";
  }
  std::istringstream in(text);
  const StreamFinding found = judge_stream(in, {.max_kept = 50});
  EXPECT_EQ(found.finding.verdict, Verdict::kUnknown);
  EXPECT_NE(found.finding.reason.find("over 50"), std::string::npos);
}

}  // namespace
}  // namespace quorumlab::models
