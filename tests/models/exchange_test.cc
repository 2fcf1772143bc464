#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "models/exchange/draw.h"
#include "models/exchange/from_history.h"
#include "models/exchange/journal.h"
#include "models/exchange/judge.h"
#include "models/exchange/judge_stream.h"
#include "models/exchange/scanner.h"
#include "tests/models/history_support.h"

namespace quorumlab::models {
namespace {

Journal journal_of(std::string_view text) {
  JournalResult result = read_journal(text);
  EXPECT_FALSE(result.error) << result.error->message;
  return result.journal ? std::move(*result.journal) : Journal{};
}

Finding judge(std::string_view text, const JudgeOptions& options = {}) {
  Journal journal = journal_of(text);
  return judge_journal(journal, options);
}

constexpr std::string_view kRegister =
    "; a comment\n"
    "[{:process 0, :type :invoke, :f :write, :value 3, :time 10, :index 0}\n"
    " {:type :info, :process :nemesis, :f :start, :value {:isolated #{\"n1\" \"n2\"}}}\n"
    " #jepsen.history.Op{:process 0, :type :ok, :f :write, :value 3, :error [:a \"b\\n\" 1.5 "
    "1/2]}\n"
    " {:process 1, :type :invoke, :f :read, :value nil} #_{:ignored \\newline}\n"
    " {:process 1, :type :ok, :f :read, :value 3}]";

TEST(Journal, ReadsEdnWithAllThatRealFilesHave) {
  const Journal journal = journal_of(kRegister);
  ASSERT_EQ(journal.events.size(), 5U);
  EXPECT_EQ(journal.form, JournalForm::kJepsenEdn);
  EXPECT_FALSE(journal.events[1].client);
  EXPECT_EQ(journal.events[0].time, 10);
  EXPECT_EQ(pair_events(journal).size(), 2U);
  EXPECT_EQ(judge(kRegister).verdict, Verdict::kHolds);
}

TEST(Journal, SurvivesConversionToEdnAndJson) {
  for (const std::string& text :
       {to_jepsen_edn(journal_of(kRegister)), to_jepsen_json(journal_of(kRegister))}) {
    const Journal again = journal_of(text);
    ASSERT_EQ(again.events.size(), 5U) << text;
    EXPECT_EQ(again.f(again.events[3]), "read");
    EXPECT_EQ(integer_of(again.value(again.events[4]).front()), 3);
    EXPECT_EQ(judge(text).verdict, Verdict::kHolds);
  }
}

TEST(Journal, SurvivesConversionToPorcupinesLogs) {
  const Journal etcd = journal_of(to_porcupine(journal_of(kRegister)));
  EXPECT_EQ(etcd.form, JournalForm::kEtcdLog);
  EXPECT_EQ(pair_events(etcd).size(), 2U);
  EXPECT_EQ(judge(to_porcupine(etcd)).verdict, Verdict::kHolds);
  const std::string_view kv =
      "{:process 0, :type :invoke, :f :append, :key \"a\", :value \"x\"}\n"
      "{:process 0, :type :ok, :f :append, :key \"a\", :value \"x\"}\n"
      "{:process 0, :type :invoke, :f :get, :key \"a\", :value nil}\n"
      "{:process 0, :type :ok, :f :get, :key \"a\", :value \"x\"}\n";
  EXPECT_EQ(to_porcupine(journal_of(kv)), kv);
  EXPECT_THROW((void)to_porcupine(journal_of("{:type :ok, :process 0, :f :enqueue, :value 1}")),
               std::invalid_argument);
}

TEST(Journal, OfARunHasItsOperations) {
  testing::Rng rng(3);
  const History history = testing::clean_history(
      rng, {.operations = 60, .keys = 3, .values = 4, .cas = 20, .unknown = 5});
  Journal journal =
      models::journal_of(history, [](Key key) { return "k" + std::to_string(key.value); });
  EXPECT_EQ(pair_events(journal).size(), history.size());
  EXPECT_EQ(judge_journal(journal, {}).verdict, Verdict::kHolds);
  EXPECT_EQ(judge(to_jepsen_json(journal)).verdict, Verdict::kHolds);
  EXPECT_NE(judge(to_jepsen_edn(journal), {.model = "durable"}).verdict, Verdict::kViolated);
}

TEST(Journal, ReadsEveryForm) {
  const std::pair<JournalForm, std::string_view> forms[] = {
      {JournalForm::kJepsenJson,
       R"({"type":"invoke","f":"txn","value":[["append",3,7],["r",3,null]],"process":0})"
       "\n"
       R"({"type":"ok","f":"txn","value":[["append",3,7],["r",3,[7]]],"process":0})"},
      {JournalForm::kEtcdLog,
       "INFO  jepsen.util - 0\t:invoke\t:cas\t[1 2]\nnoise\nINFO jepsen.util - :nemesis :info :a "
       "nil\n"
       "INFO  jepsen.util - 0   :fail   :cas   [1 2]\n"},
      {JournalForm::kPlume, "w(1,7,0,0)\nr(1,7,1,1)\nw(2,8,0,-1)\n"},
      {JournalForm::kAwdit, "w 0 0\nw 1 1\n=====\nr 0 0\n-----\nr 1 1\n"},
      {JournalForm::kPolyLin, "# queue\nenq 2 0 3\ndeq 2 1 4\n"}};
  for (const auto& [form, text] : forms) {
    EXPECT_EQ(journal_of(text).form, form) << text;
    EXPECT_EQ(judge(text).verdict, Verdict::kHolds) << text;
  }
}

TEST(Journal, TellsWhereTextIsDamaged) {
  const std::tuple<std::string_view, std::size_t, std::size_t, std::string_view> damaged[] = {
      {"{:process 0, :type :invoke, :f :read, :value nil}\n{:process 0, :type :ok", 2, 1, "closed"},
      {"{:process 0, :f :read, :value nil}", 1, 1, ":type"},
      {"{:process 0, :type :maybe, :f :read}", 1, 20, "maybe"},
      {"{:process 0, :type :ok, :f :read, :value \"abc}", 1, 42, "string"},
      {"{:process 0, :type :invoke, :f :read}\n{:process 0, :type :invoke, :f :read}", 2, 1,
       "before it has ended"},
      {"{:process 0, :type :invoke, :f :read}\n{:process 1, :type :ok, :f :read}", 2, 1,
       "did not begin"},
      {"{:process 0, :type :invoke, :f :read}\n{:process 0, :type :ok, :f :write}", 2, 1, "began"},
      {"[{:process 0, :type :invoke, :f :read}", 1, 1, "closed"},
      {"{\"type\" \"ok\"}", 1, 9, "colon"},
      {"w(1,2,3)\n", 1, 1, "four numbers"},
      {"w 1 2\nx\n", 2, 1, "expected"},
      {"# queue\nenq 1 5 4\n", 2, 1, "ends before"},
      {"hello", 1, 1, "operation"}};
  for (const auto& [text, line, column, message] : damaged) {
    const JournalResult result = read_journal(text);
    ASSERT_TRUE(result.error) << text;
    EXPECT_EQ(result.error->line, line) << text;
    EXPECT_EQ(result.error->column, column) << text;
    EXPECT_NE(result.error->message.find(message), std::string::npos) << result.error->message;
  }
}

// Whatever is cut or changed: an error or a verdict, and never a crash.
TEST(Journal, NoDamageIsACrash) {
  testing::Rng rng(1);
  const std::string_view texts[] = {
      kRegister,
      "{\"type\":\"invoke\",\"f\":\"txn\",\"value\":[[\"w\",1,2]],\"process\":0}\n",
      "{:type :ok, :process 0, :f :txn, :value [[:append 1 1] [:r 1 [1]]]}",
      "{:type :ok, :process 0, :f :cas, :value [1 [2 3]]}{:type :ok, :process 1, :f :read}",
      "w(1,7,0,0)\nr(1,7,1,1)\n",
      "# stack\npush 1 0 1\npop 1 2 3\n",
      "INFO  jepsen.util - 0\t:invoke\t:cas\t[1 2]\n"};
  constexpr std::string_view kAlphabet = "[](){}:\"\\#_;, \n0-9aN/";
  for (const std::string_view text : texts) {
    for (int i = 0; i < 3'000; ++i) {
      std::string damaged(text.substr(0, rng.below(static_cast<std::uint32_t>(text.size()) + 1)));
      for (std::uint32_t n = rng.below(4); n > 0 && !damaged.empty(); --n) {
        damaged[rng.below(static_cast<std::uint32_t>(damaged.size()))] =
            kAlphabet[rng.below(static_cast<std::uint32_t>(kAlphabet.size()))];
      }
      JournalResult result = read_journal(damaged);
      ASSERT_NE(result.journal.has_value(), result.error.has_value());
      if (!result.journal) continue;
      try {
        (void)judge_journal(*result.journal, {});
      } catch (const InputError&) {
      } catch (const std::invalid_argument&) {
      }
    }
  }
}

TEST(Journal, DeepNestingIsRefused) {
  const std::string deep = "{:type :ok, :value " + std::string(100'000, '[');
  EXPECT_TRUE(read_journal(deep).error);
}

TEST(Journal, IndependentKeysAreJudgedApart) {
  const std::string_view text =
      "{:process 0, :type :invoke, :f :write, :value [:x 1]}\n"
      "{:process 0, :type :ok, :f :write, :value [:x 1]}\n"
      "{:process 0, :type :invoke, :f :cas, :value [:y [nil 2]]}\n"
      "{:process 0, :type :ok, :f :cas, :value [:y [nil 2]]}\n"
      "{:process 0, :type :invoke, :f :read, :value [:y nil]}\n"
      "{:process 0, :type :ok, :f :read, :value [:y 2]}\n";
  EXPECT_EQ(judge(text).verdict, Verdict::kHolds);
  std::string wrong(text);
  wrong.replace(wrong.rfind('2'), 1, "1");
  const Finding finding = judge(wrong);
  EXPECT_EQ(finding.verdict, Verdict::kViolated);
  EXPECT_NE(finding.claim.find(":y"), std::string::npos) << finding.claim;
}

TEST(Judge, KnowsModelsHoweverTheirWordsAreJoinedAndSuggestsOthers) {
  const std::string stale =
      "{:type :ok, :process 1, :f :txn, :value [[:append 1 1]]}\n"
      "{:type :ok, :process 2, :f :txn, :value [[:r 1 []]]}\n";
  for (const char* model : {"strict-serializable", "strict_serializable", "snapshot_isolation"}) {
    Journal journal = journal_of(stale);
    const Finding finding = judge_journal(journal, {.model = model});
    EXPECT_NE(finding.verdict, Verdict::kUnknown) << model << finding.reason;
    EXPECT_EQ(finding.model.find('_'), std::string::npos) << finding.model;
  }
  Journal journal = journal_of(stale);
  try {
    (void)judge_journal(journal, {.model = "snapshot-isolatoin"});
    ADD_FAILURE() << "no such model";
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean `snapshot-isolation`?"),
              std::string::npos)
        << error.what();
  }
}

TEST(Judge, AReadOfACounterThatDoesNotSayWhatItReadCondemnsNobody) {
  const std::string text =
      "{:type :invoke, :process 0, :f :inc, :value 1}\n"
      "{:type :ok, :process 0, :f :inc, :value 1}\n"
      "{:type :invoke, :process 1, :f :read, :value nil}\n"
      "{:type :ok, :process 1, :f :read, :value nil}\n";
  EXPECT_EQ(judge(text).verdict, Verdict::kHolds);
  EXPECT_EQ(judge(text, {.model = "sequential"}).verdict, Verdict::kHolds);
  std::istringstream in(text);
  EXPECT_EQ(judge_stream(in, {}).finding.verdict, Verdict::kHolds);
}

TEST(Judge, ACertificateThatIsNotFoundLeavesTheVerdictAsItIs) {
  std::string text;
  for (const char* phase : {"invoke", "ok"}) {
    for (int i = 1; i <= 3; ++i) {
      text += fmt::format("{{:type :{}, :process {}, :f :push, :value {}}}\n", phase, i, i);
    }
  }
  for (const int value : {1, 3}) {
    text += fmt::format(
        "{{:type :invoke, :process 0, :f :pop}}\n{{:type :ok, :process 0, :f :pop, :value {}}}\n",
        value);
  }
  for (const bool certify : {false, true}) {
    const Finding finding = judge(text, {.budget = {.max_steps = 1}, .certify = certify});
    EXPECT_EQ(finding.verdict, Verdict::kHolds) << finding.reason;
    EXPECT_TRUE(finding.orders.empty());
  }
}

TEST(Draw, ShowsCyclesAndBars) {
  Journal skew = journal_of(
      "{:type :invoke, :process 1, :f :txn, :value [[:r 1 nil] [:append 2 1]]}\n"
      "{:type :invoke, :process 2, :f :txn, :value [[:r 2 nil] [:append 1 1]]}\n"
      "{:type :ok, :process 1, :f :txn, :value [[:r 1 []] [:append 2 1]]}\n"
      "{:type :ok, :process 2, :f :txn, :value [[:r 2 []] [:append 1 1]]}\n");
  const Finding finding = judge_journal(skew, {});
  const std::string dot = cycles_dot(skew, finding);
  EXPECT_NE(dot.find("label=\"G2-item\""), std::string::npos) << dot;
  EXPECT_NE(dot.find("c0_0 [label=\"T0\\n[[:r 1 []] [:append 2 1]]\"]"), std::string::npos) << dot;
  EXPECT_NE(dot.find("c0_0 -> c0_1 [label=\" rw \\nT0 read key 1 before T1\\n"), std::string::npos)
      << dot;
  const std::string svg = bars_svg(skew, finding);
  EXPECT_NE(svg.find("process 2"), std::string::npos) << svg;
  EXPECT_NE(svg.find(">T0: [[:r 1 []] [:append 2 1]]"), std::string::npos) << svg;
  EXPECT_NE(svg.find("marker-end=\"url(#rw)\""), std::string::npos) << svg;
  EXPECT_NE(svg.find(">T0 before T1 (rw): T0 read key 1"), std::string::npos) << svg;
}

TEST(Draw, ShowsWhichOrdersCannotBeWhereNoneIsFound) {
  // Two writers of each of two registers, and four readers who saw all four combinations.
  std::string text;
  const char* values[] = {"[:w 1 1]",          "[:w 1 2]",          "[:w 2 1]",
                          "[:w 2 2]",          "[:r 1 1] [:r 2 1]", "[:r 1 1] [:r 2 2]",
                          "[:r 1 2] [:r 2 1]", "[:r 1 2] [:r 2 2]"};
  for (const char* phase : {"invoke", "ok"}) {
    for (int i = 0; i < 8; ++i) {
      text +=
          fmt::format("{{:type :{}, :process {}, :f :txn, :value [{}]}}\n", phase, i, values[i]);
    }
  }
  Journal journal = journal_of(text);
  const Finding finding = judge_journal(journal, {.model = "serializable"});
  ASSERT_EQ(finding.verdict, Verdict::kViolated);
  const std::string lines = fmt::format("{}", fmt::join(finding.lines, "\n"));
  EXPECT_NE(lines.find("cannot be: T"), std::string::npos) << lines;
  const std::string svg = bars_svg(journal, finding);
  EXPECT_NE(svg.find(">cannot be</text>"), std::string::npos) << svg;
  EXPECT_NE(svg.find(", if T"), std::string::npos) << svg;
}

// Two writers of each of two registers, and four readers who saw all four combinations; and two
// who each missed what the other wrote, where the order is known.
std::string history_without_snapshots() {
  const char* values[] = {"[:w 1 1]",           "[:w 1 2]",          "[:w 2 1]",
                          "[:w 2 2]",           "[:r 1 1] [:r 2 1]", "[:r 1 1] [:r 2 2]",
                          "[:r 1 2] [:r 2 1]",  "[:r 1 2] [:r 2 2]", "[:r 3 nil] [:w 4 1]",
                          "[:r 4 nil] [:w 3 1]"};
  std::string text;
  for (const char* phase : {"invoke", "ok"}) {
    for (int i = 0; i < 10; ++i) {
      text +=
          fmt::format("{{:type :{}, :process {}, :f :txn, :value [{}]}}\n", phase, i, values[i]);
    }
  }
  return text;
}

TEST(Draw, ShowsWhichOrdersCannotBeAlsoBesideWhatTheModelAllows) {
  Journal journal = journal_of(history_without_snapshots());
  for (const bool certify : {false, true}) {
    const Finding finding =
        judge_journal(journal, {.model = "snapshot-isolation", .certify = certify});
    ASSERT_EQ(finding.verdict, Verdict::kViolated);
    EXPECT_EQ(finding.anomalies.front().type, "G2-item");
    const std::string lines = fmt::format("{}", fmt::join(finding.lines, "\n"));
    EXPECT_NE(lines.find("cannot be: T"), std::string::npos) << lines;
    const std::string svg = bars_svg(journal, finding);
    EXPECT_NE(svg.find(">cannot be</text>"), std::string::npos) << svg;
  }
}

TEST(Draw, SaysSoWhereNothingIsWrong) {
  Journal good = journal_of("{:type :ok, :process 1, :f :write, :value 1}\n");
  const std::string svg = bars_svg(good, judge_journal(good, {}));
  EXPECT_NE(svg.find(">linearizable: holds"), std::string::npos) << svg;
}

}  // namespace
}  // namespace quorumlab::models
